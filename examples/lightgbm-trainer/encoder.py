"""
How a row becomes numbers, written down for the gateway in the same tables that Understudy's own trainers write
(src/features/encoder.ts). Trees take a number as it is and a category as its code; both are NaN when missing.
"""

import math
from dataclasses import dataclass

import numpy as np

from failures import Refused
from sql import literal, source

LARGEST = 1e30
"""The gateway bounds every number by this, so that a sum of products stays finite in any model."""


@dataclass
class Encoder:
    inputs: list[dict]
    columns: list[dict]
    missing_texts: list[str]

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def categorical(self) -> list[int]:
        return [index for index, column in enumerate(self.columns) if column["kind"] == "code"]

    def name_of(self, place: int) -> str:
        return self.inputs[self.columns[place]["input"]]["name"]

    def encode(self, instance: dict) -> np.ndarray:
        """One row as a request brings it. Training reads whole columns by `place_sql` instead; golden rows prove that both agree."""
        return np.array([self.value(column, instance[self.inputs[column["input"]]["name"]]) for column in self.columns], dtype=np.float32)

    def value(self, column: dict, value) -> float:
        if value is None:
            return math.nan
        if column["kind"] == "raw":
            return bounded(float(value))
        text = value.strip()
        if text == "" or text in self.missing_texts:
            return math.nan
        return column["values"].index(text) if text in column["values"] else len(column["values"])

    def as_json(self) -> dict:
        return {
            "format": "understudy.encoder.v1",
            "inputs": self.inputs,
            "columns": self.columns,
            "width": self.width,
            "missingTexts": self.missing_texts,
        }


def bounded(value: float) -> float:
    return max(-LARGEST, min(LARGEST, value))


def fit_encoder(features: list[dict], missing_texts: list[str], categories_of) -> Encoder:
    inputs, columns = [], []
    for feature in features:
        derive = feature["derive"]
        if derive is not None and derive["kind"] != "aggregate":
            raise Refused("SpecInvalid", f'the LightGBM trainer derives no features, and "{feature["name"]}" is derived: trees find most of it themselves, so leave it out, or use a trainer of Understudy\'s own')
        described = {key: feature[key] for key in ("name", "type", "nullable")}
        if derive is not None:
            described["online"] = {"table": derive["table"], "otherwise": derive["otherwise"]}
        place = {"kind": "raw", "input": len(inputs)}
        if feature["type"] == "category":
            place = {"kind": "code", "input": len(inputs), "values": categories_of(feature)}
        inputs.append(described)
        columns.append(place)
    return Encoder(inputs, columns, missing_texts)


def place_sql(encoder: Encoder, place: dict) -> str:
    name = source(encoder.inputs[place["input"]]["name"])
    if place["kind"] == "raw":
        return f"{name}::double"
    values = ", ".join(literal(value) for value in place["values"])
    return f"case when {name} is not null then coalesce(list_position([{values}]::varchar[], {name}) - 1, {len(place['values'])}) end::double"
