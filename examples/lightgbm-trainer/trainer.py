"""From `TrainerInput` to `TrainerOutput` (src/training/trainer.ts): read, fit, write the graph and its manifest. Knows nothing of Temporal."""

import difflib
import os
import platform
import threading
import time
from dataclasses import dataclass, field

# Threads that wait for each other spin otherwise, which on a busy machine takes ten times as long as the work.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import lightgbm
import numpy as np

from artifacts import Artifacts
from encoder import Encoder, fit_encoder
from failures import Cancelled, Refused
from golden import ORDINARY, golden_rows
from metrics import holdout_metrics
from onnx_trees import write_onnx
from profile import reference_profile
from snapshot import Rows, Snapshot

PARAMETERS = {
    "num_iterations": 300,
    "learning_rate": 0.05,
    "num_leaves": 31,
    "max_depth": -1,
    "min_data_in_leaf": 20,
    "min_sum_hessian_in_leaf": 1e-3,
    "min_gain_to_split": 0.0,
    "lambda_l1": 0.0,
    "lambda_l2": 0.0,
    "feature_fraction": 1.0,
    "bagging_fraction": 1.0,
    "bagging_freq": 0,
    "max_bin": 255,
    "cat_smooth": 10.0,
    "cat_l2": 10.0,
    "early_stopping_round": 30,
}
"""Those of LightGBM that a spec may set, with the values they have when it doesn't."""

# The same input gives the same bytes, on any number of threads: see "Reproducible" in README.md.
THREADS = int(os.environ.get("UNDERSTUDY_LIGHTGBM_THREADS") or 2)
REPRODUCIBLE = {"deterministic": True, "force_row_wise": True, "num_threads": THREADS, "verbosity": -1}
MOST_CONTRIBUTIONS = 10_000


@dataclass
class Context:
    cancelled: threading.Event
    progress: dict = field(default_factory=lambda: {"stage": "starting", "done": 0, "total": 0})

    def tell(self, stage: str, done: int = 0, total: int = 0) -> None:
        if self.cancelled.is_set():
            raise Cancelled()
        self.progress = {"stage": stage, "done": done, "total": total}


def train(input: dict, context: Context) -> dict:
    began = time.monotonic()
    parameters = parameters_of(input)
    insist_on_what_is_known(input)
    artifacts = Artifacts(input["artifactsUrl"])
    context.tell("reading")
    paths = (artifacts.verified_path(input["snapshotArtifact"]), artifacts.verified_path(input["splitDigest"]))
    snapshot = Snapshot(*paths, context.cancelled)
    try:
        output = train_on(snapshot, input, parameters, artifacts, context)
        return {**output, "trainedMs": round((time.monotonic() - began) * 1000), "threads": THREADS, "surroundings": surroundings()}
    finally:
        snapshot.close()


def train_on(snapshot: Snapshot, input: dict, parameters: dict, artifacts: Artifacts, context: Context) -> dict:
    encoder = fit_encoder(input, snapshot.categories_of)
    training, validation = (snapshot.rows(purpose, encoder, input) for purpose in ("training", "validation"))
    insist_on_rows(input, training)
    model = Model(input, encoder, parameters)
    model.fit(training, validation, context)

    context.tell("scoring")
    scores = model.scores(training.x)
    ordinary = snapshot.instances(encoder, [index * training.count // ORDINARY for index in range(ORDINARY)])
    rows = golden_rows(encoder.inputs, ordinary)
    golden = [{**row, "score": float(score)} for row, score in zip(rows, model.scores(snapshot.encoded_instances(encoder, rows)))]
    described = input["features"] + [each for each in input["inputs"] if each["type"] != "time"]
    base_rate = float(np.mean(training.label))
    importances = model.importances(training.x)

    context.tell("writing")
    artifact = artifacts.put(write_onnx(model.boosters, encoder.width, input["task"] != "regression"))
    manifest = {
        "format": "understudy.manifest.v1",
        "model": input["model"],
        "task": input["task"],
        "encoder": encoder.as_json(),
        "onnx": {"input": "features", "output": "score", "width": encoder.width},
        "outputRange": {"binary-classification": "probability", "regression": "number", "uplift": "difference"}[input["task"]],
        "artifactDigest": artifact,
        "trainer": {"name": input["trainer"], "seed": input["seed"], "parameters": parameters},
        "snapshotDigest": input["snapshotDigest"],
        "splitDigest": input["splitDigest"],
        "golden": golden,
        "referenceProfile": reference_profile(described, snapshot.columns(encoder, described), scores, base_rate),
        "trainedRows": training.count,
        "baseRate": base_rate,
        "baseline": baseline_of(input, training),
        "importances": importances,
    }
    return {
        "artifactDigest": artifact,
        "manifestDigest": artifacts.put_json(manifest),
        "trainedRows": training.count,
        "baseRate": base_rate,
        "validation": holdout_metrics(model.scores(validation.x), validation.label) if input["task"] == "binary-classification" else None,
        "importances": importances,
    }


class Model:
    """One booster; two for uplift, of the treated rows and of the others, whose difference is the effect."""

    def __init__(self, input: dict, encoder: Encoder, parameters: dict):
        self.is_binary = input["task"] != "regression"
        self.is_uplift = input["task"] == "uplift"
        self.encoder = encoder
        self.rounds = int(parameters["num_iterations"])
        self.patience = int(parameters["early_stopping_round"])
        self.boosters: list[lightgbm.Booster] = []
        directions = {"none": 0, "increasing": 1, "decreasing": -1}
        chosen = {key: value for key, value in parameters.items() if key not in ("num_iterations", "early_stopping_round")}
        self.settings = {
            **{key: int(value) if float(value).is_integer() else value for key, value in chosen.items()},
            **REPRODUCIBLE,
            "objective": "binary" if self.is_binary else "regression",
            "seed": input["seed"],
        }
        monotone = [directions[feature["monotone"]] for feature in input["features"]]
        if any(monotone):
            self.settings["monotone_constraints"] = monotone

    def fit(self, training: Rows, validation: Rows, context: Context) -> None:
        arms = [1.0, 0.0] if self.is_uplift else [None]
        for number, arm in enumerate(arms):
            mine, judging = (rows if arm is None else rows.where(rows.treated == arm) for rows in (training, validation))
            self.boosters.append(self.fit_one(mine, judging, lambda done, offset=number: context.tell("fitting", offset * self.rounds + done, len(arms) * self.rounds)))

    def fit_one(self, training: Rows, validation: Rows, tell) -> lightgbm.Booster:
        data = lightgbm.Dataset(training.x, training.label, weight=training.weight, categorical_feature=self.encoder.categorical, params=self.settings)
        callbacks = [lambda iteration: tell(iteration.iteration + 1)]
        judged = {}
        if self.patience > 0 and validation.count > 0 and len(np.unique(validation.label)) > 1:
            judged = {"valid_sets": [lightgbm.Dataset(validation.x, validation.label, weight=validation.weight, reference=data)]}
            callbacks.append(lightgbm.early_stopping(self.patience, verbose=False))
        booster = lightgbm.train(self.settings, data, num_boost_round=self.rounds, callbacks=callbacks, **judged)
        # What came after the best tree is not served, so it is not kept either.
        best = booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()
        return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best))

    def scores(self, x: np.ndarray) -> np.ndarray:
        """LightGBM's own arithmetic, in 64 bits: what the served graph is held against."""
        each = [booster.predict(x, num_threads=THREADS) if len(x) > 0 else np.zeros(0) for booster in self.boosters]
        return each[0] - each[1] if self.is_uplift else each[0]

    def importances(self, x: np.ndarray) -> list[dict]:
        """Standard deviation, over training rows, of what each feature adds to the raw score (Shapley values of the trees; Lundberg 2018)."""
        rows = x[:: max(1, len(x) // MOST_CONTRIBUTIONS)][:MOST_CONTRIBUTIONS]
        each = [booster.predict(rows, pred_contrib=True, num_threads=THREADS)[:, :-1] for booster in self.boosters]
        moved = (each[0] - each[1] if self.is_uplift else each[0]).std(axis=0)
        found = [{"feature": self.encoder.name_of(place), "importance": float(value)} for place, value in enumerate(moved)]
        return sorted(found, key=lambda one: (-one["importance"], one["feature"]))


def baseline_of(input: dict, training: Rows) -> dict:
    """What the simplest model answers to everybody: the base rate, the mean, or the difference between the arms."""
    if input["task"] == "binary-classification":
        return {"kind": "base-rate", "rate": float(np.mean(training.label))}
    if input["task"] == "regression":
        return {"kind": "mean", "mean": float(np.mean(training.label))}
    treated, control = (float(np.mean(training.label[training.treated == arm])) for arm in (1.0, 0.0))
    return {"kind": "mean", "mean": treated - control}


def surroundings() -> dict:
    """What may explain other bytes from the same input elsewhere."""
    processor = "unknown"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as lines:
            processor = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), processor)
    return {
        "platform": f"{platform.system().lower()} {platform.machine()}",
        "processor": processor,
        "runtime": f"Python {platform.python_version()}, LightGBM {lightgbm.__version__}",
    }


def parameters_of(input: dict) -> dict:
    for name in input["parameters"]:
        if name not in PARAMETERS:
            nearest = difflib.get_close_matches(name, PARAMETERS, 1)
            hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
            raise Refused("SpecInvalid", f'trainer {input["trainer"]} has no parameter "{name}": expected {", ".join(PARAMETERS)}{hint}')
    return {**PARAMETERS, **input["parameters"]}


def insist_on_what_is_known(input: dict) -> None:
    if input["trainer"] != "lightgbm":
        raise Refused("TrainerUnknown", f'this worker has no trainer "{input["trainer"]}": expected lightgbm, or another task queue')
    for wish in ("calibration", "search"):
        if input[wish] not in (None, "none"):
            raise Refused("SpecInvalid", f"the LightGBM trainer knows no trainer.{wish}: leave it out, or use a trainer of Understudy's own")


def insist_on_rows(input: dict, training: Rows) -> None:
    arms = [training.label] if training.treated is None else [training.label[training.treated == arm] for arm in (1.0, 0.0)]
    for labels in arms:
        if input["task"] == "regression":
            if len(labels) > 1:
                continue
            raise Refused("TrainingDataRejected", f"{len(labels)} training rows: expected at least two")
        positives = int(labels.sum())
        if 0 < positives < len(labels):
            continue
        label, found = input["label"], "none" if positives == 0 else "all"
        raise Refused(
            "TrainingDataRejected",
            f'{len(labels)} training rows have one class only: expected "{label["column"]}" to be "{label["positive"]}" in some of them, found it in {found}',
        )
