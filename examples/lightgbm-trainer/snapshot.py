"""The rows of a snapshot that serve one purpose, as the numbers that LightGBM learns from."""

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from encoder import LARGEST, Encoder, place_sql
from failures import Cancelled
from sql import literal, source


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
    def __init__(self, snapshot_path: Path, split_path: Path, cancelled: threading.Event):
        self.cancelled = cancelled
        self.duck = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1GB"})
        # A column of that name in the snapshot is left to its owner: what counts is the split that was handed over.
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
        """In the order of the rows' ids, which is as good as random and always the same."""
        has = {"treated": input["treatment"] is not None, "weight": input["weight"] is not None}
        columns = [
            "label::double as label",
            *(["treated::double as treated"] if has["treated"] else []),
            *([f"{source(input['weight'])}::double as weight"] if has["weight"] else []),
            *[f"{place_sql(encoder, place)} as place_{index}" for index, place in enumerate(encoder.columns)],
        ]
        found = self.fetch(f"select {', '.join(columns)} from chosen where serves = {literal(purpose)} order by row_id")
        x = np.empty((len(found["label"]), encoder.width), dtype=np.float32)
        for index in range(encoder.width):
            x[:, index] = np.clip(plain(found[f"place_{index}"]), -LARGEST, LARGEST)
        return Rows(
            x=x,
            label=plain(found["label"]),
            treated=plain(found["treated"]) if has["treated"] else None,
            weight=plain(found["weight"]) if has["weight"] else None,
        )

    def categories_of(self, feature: dict) -> list[str]:
        """Of the training rows, most frequent first; the rarer ones share one code."""
        name = source(feature["name"])
        found = self.fetch(
            f"""select {name} as value from chosen where serves = 'training' and {name} is not null
            group by 1 order by count(*) desc, 1 limit {int(feature['maxCategories'])}"""
        )
        return [str(value) for value in found["value"]]

    def instances(self, features: list[dict], places: list[int]) -> list[dict]:
        """Training rows as a request would bring them, by their place in the order of `rows`."""
        names = ", ".join(f"{source(feature['name'])} as f{index}" for index, feature in enumerate(features))
        wanted = ", ".join(str(place) for place in sorted(set(places)))
        self.fetch("select 1")
        found = self.duck.execute(
            f"""select place, {names} from (select *, row_number() over (order by row_id) - 1 as place from chosen where serves = 'training')
            where place in ({wanted})"""
        ).fetchall()
        by_place = {row[0]: {feature["name"]: value for feature, value in zip(features, row[1:])} for row in found}
        return [by_place[place] for place in places]

    def columns(self, features: list[dict]) -> list[np.ndarray]:
        """The training rows' values, one array for each feature: numbers with NaN, texts and booleans with None."""
        names = ", ".join(f"{source(feature['name'])} as f{index}" for index, feature in enumerate(features))
        found = self.fetch(f"select {names} from chosen where serves = 'training' order by row_id")
        return [
            plain(found[f"f{index}"]) if feature["type"] == "number" else as_objects(found[f"f{index}"])
            for index, feature in enumerate(features)
        ]

    def close(self) -> None:
        self.duck.close()


def plain(column) -> np.ndarray:
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)


def as_objects(column) -> list:
    return np.ma.asarray(column, dtype=object).tolist()


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
