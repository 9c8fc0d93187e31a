"""Trains by the example's trainer, then lets LightGBM score the comparison rows itself: what the served graph is held against."""

import json
import sys
import threading

import trainer
from artifacts import Artifacts
from snapshot import Snapshot

input = json.load(sys.stdin)
kept = {}
write = trainer.write_onnx


def keeping(boosters, *rest):
    kept["boosters"] = boosters
    return write(boosters, *rest)


def keeping_encoder(*args):
    kept["encoder"] = fit(*args)
    return kept["encoder"]


fit = trainer.fit_encoder
trainer.write_onnx, trainer.fit_encoder = keeping, keeping_encoder
output = trainer.train(input, trainer.Context(threading.Event()))
artifacts = Artifacts(input["artifactsUrl"])
snapshot = Snapshot(artifacts.path_of(input["snapshotArtifact"]), artifacts.path_of(input["splitDigest"]), threading.Event())
rows = snapshot.rows("comparison", kept["encoder"], input)
each = [booster.predict(rows.x) for booster in kept["boosters"]]
print(json.dumps({"output": output, "scores": (each[0] - each[1] if len(each) == 2 else each[0]).tolist()}))
