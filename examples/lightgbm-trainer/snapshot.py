"""The rows of a snapshot that serve one purpose, as the numbers that LightGBM learns from."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from encoder import Encoder
from failures import Cancelled
from sql import literal, source

LARGEST = 1e30
"""The gateway bounds every number by this, so that a sum of products stays finite in any model."""
COLUMN_TYPES = {"number": "double", "boolean": "boolean", "category": "varchar", "time": "timestamp"}


@dataclass
class Rows:
    x: np.ndarray
    """float32, as they will be served: what differs by less is the same row to the model."""
    label: np.ndarray
    treated: np.ndarray | None
    weight: np.ndarray | None

    @property
    def count(self) -> int:
        return len(self.label)

    def where(self, chosen: np.ndarray) -> "Rows":
        return Rows(self.x[chosen], self.label[chosen], None, None if self.weight is None else self.weight[chosen])


class Snapshot:
    """Rows come in the order of their ids, which is as good as random and always the same."""

    def __init__(self, snapshot_path: Path, split_path: Path, cancelled: threading.Event):
        self.cancelled = cancelled
        self.duck = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"})
        # A column `purpose` of the snapshot's own is not the split that was handed over.
        self.duck.execute(
            f"""create view chosen as select snapshot.*, split.purpose as serves
            from read_parquet({literal(str(snapshot_path))}) snapshot join read_parquet({literal(str(split_path))}) split using (row_id)"""
        )

    def fetch(self, sql: str) -> dict[str, np.ndarray]:
        if self.cancelled.is_set():
            raise Cancelled()
        with interrupted_by(self.cancelled, self.duck):
            return self.duck.execute(sql).fetchnumpy()

    def rows(self, purpose: str, encoder: Encoder, input: dict) -> Rows:
        has = {"treated": input["treatment"] is not None, "weight": input["weight"] is not None}
        columns = [
            "label::double as label",
            *(["treated::double as treated"] if has["treated"] else []),
            *([f"{source(input['weight'])}::double as weight"] if has["weight"] else []),
        ]
        found = self.fetch(f"select {', '.join(columns)} from chosen where serves = {literal(purpose)} order by row_id")
        return Rows(
            x=self.encoded(encoder, f"chosen where serves = {literal(purpose)} order by row_id"),
            label=plain(found["label"]),
            treated=plain(found["treated"]) if has["treated"] else None,
            weight=plain(found["weight"]) if has["weight"] else None,
        )

    def encoded(self, encoder: Encoder, relation: str) -> np.ndarray:
        places = [f"{encoder.place_sql(index)} as place_{index}" for index in range(encoder.width)]
        found = self.fetch(f"select {', '.join(places)} from {relation}")
        x = np.empty((len(found["place_0"]), encoder.width), dtype=np.float32)
        for index in range(encoder.width):
            x[:, index] = np.clip(plain(found[f"place_{index}"]), -LARGEST, LARGEST)
        return x

    def encoded_instances(self, encoder: Encoder, golden: list[dict]) -> np.ndarray:
        """Rows as a request brings them, by way of a table, so that there is one way to compute a place."""
        names = [source(each["name"]) for each in encoder.inputs]
        types = [f"{name} {COLUMN_TYPES[each['type']]}" for name, each in zip(names, encoder.inputs)]
        self.duck.execute(f"create or replace temp table golden (place integer, seen_at timestamp, {', '.join(types)})")
        marks = ", ".join("make_timestamp((? * 1000)::bigint)" if each["type"] == "time" else "?" for each in encoder.inputs)
        for place, row in enumerate(golden):
            values = [cleaned(row["instance"][each["name"]], encoder.missing_texts) for each in encoder.inputs]
            self.duck.execute(f"insert into golden values (?, make_timestamp((? * 1000)::bigint), {marks})", [place, row["at"], *values])
        return self.encoded(encoder, "golden order by place")

    def categories_of(self, value: str, most: int) -> list[str]:
        """Of the training rows, most frequent first; the rarer ones share one code."""
        found = self.fetch(
            f"""select ({value})::varchar as value from chosen where serves = 'training' and ({value}) is not null
            group by 1 order by count(*) desc, 1 limit {int(most)}"""
        )
        return [str(each) for each in found["value"]]

    def instances(self, encoder: Encoder, places: list[int]) -> list[dict]:
        """Training rows as a request would bring them, by their place in the order of `rows`."""
        names = ", ".join(f"{encoder.value_sql(each['name'])} as f{index}" for index, each in enumerate(encoder.inputs))
        wanted = ", ".join(str(place) for place in sorted(set(places)))
        found = self.duck.execute(
            f"""select place, epoch_ms(seen_at)::double, {names}
            from (select *, row_number() over (order by row_id) - 1 as place from chosen where serves = 'training') where place in ({wanted})"""
        ).fetchall()
        by_place = {
            place: {"instance": {each["name"]: value for each, value in zip(encoder.inputs, values)}, "at": at} for place, at, *values in found
        }
        return [by_place[place] for place in places]

    def columns(self, encoder: Encoder, described: list[dict]) -> list[np.ndarray]:
        """The training rows' values, one list for each: numbers with NaN, texts and booleans with None."""
        names = ", ".join(f"{encoder.value_sql(each['name'])} as f{index}" for index, each in enumerate(described))
        found = self.fetch(f"select {names} from chosen where serves = 'training' order by row_id")
        return [
            plain(found[f"f{index}"]) if each["type"] == "number" else np.ma.asarray(found[f"f{index}"], dtype=object).tolist()
            for index, each in enumerate(described)
        ]

    def close(self) -> None:
        self.duck.close()


def plain(column) -> np.ndarray:
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)


def cleaned(value, missing_texts: list[str]):
    """A text as ingest would have kept it."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return None if text == "" or text in missing_texts else text


@contextmanager
def interrupted_by(cancelled: threading.Event, duck: duckdb.DuckDBPyConnection):
    """A query looks at nothing of ours, so somebody else has to look while it runs."""
    done = threading.Event()

    def watch():
        while not done.wait(0.2):
            if cancelled.is_set():
                return duck.interrupt()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    except duckdb.InterruptException as interrupt:
        raise Cancelled() from interrupt
    finally:
        done.set()
        watching.join()
