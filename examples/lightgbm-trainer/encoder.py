"""
How a row becomes numbers, written down for the gateway in the same tables that Understudy's own trainers write
(src/features/encoder.ts), and computed here by DuckDB. Trees take a number as it is and a category as its code; both are NaN when
missing. The golden rows prove that the gateway, which computes all of it again in TypeScript, comes to the same numbers.
"""

from dataclasses import dataclass

from derive import derived_sql
from sql import literal, source


@dataclass
class Encoder:
    inputs: list[dict]
    derived: list[dict]
    columns: list[dict]
    missing_texts: list[str]

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def categorical(self) -> list[int]:
        return [index for index, column in enumerate(self.columns) if column["kind"] == "code"]

    def name_of(self, place: int) -> str:
        return [*self.inputs, *self.derived][self.columns[place]["input"]]["name"]

    def place_sql(self, place: int) -> str:
        """The number of a place, as a double that is null when missing."""
        column, value = self.columns[place], self.value_sql(self.name_of(place))
        if column["kind"] == "raw":
            return f"({value})::double"
        values = ", ".join(literal(each) for each in column["values"])
        return f"case when {value} is not null then coalesce(list_position([{values}]::varchar[], {value}) - 1, {len(column['values'])}) end::double"

    def value_sql(self, name: str) -> str:
        return value_sql(name, self.inputs, self.derived)

    def as_json(self) -> dict:
        return {
            "format": "understudy.encoder.v1",
            "inputs": self.inputs,
            "derived": self.derived,
            "columns": self.columns,
            "width": self.width,
            "missingTexts": self.missing_texts,
        }


def value_sql(name: str, inputs: list[dict], derived: list[dict]) -> str:
    """A named value of a row: a column of the source (times in milliseconds), or what is derived of others."""
    for each in inputs:
        if each["name"] == name:
            return f"epoch_ms({source(name)})::double" if each["type"] == "time" else source(name)
    made = next(each for each in derived if each["name"] == name)
    return derived_sql(made["derive"], lambda operand: value_sql(operand, inputs, derived))


def fit_encoder(input: dict, categories_of) -> Encoder:
    """`categories_of(sql, most)` lists the texts that a value has in the training rows, the most frequent first."""
    inputs, derived = input["encoder"]["inputs"], input["encoder"]["derived"]
    names = [each["name"] for each in [*inputs, *derived]]
    columns = []
    for feature in input["features"]:
        place = {"kind": "raw", "input": names.index(feature["name"])}
        if feature["type"] == "category":
            values = categories_of(value_sql(feature["name"], inputs, derived), feature["maxCategories"])
            place = {**place, "kind": "code", "values": values}
        columns.append(place)
    return Encoder(inputs, derived, columns, input["missingTexts"])
