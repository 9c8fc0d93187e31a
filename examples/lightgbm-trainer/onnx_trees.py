"""
LightGBM's trees as an ONNX graph: features -> TreeEnsemble (ai.onnx.ml 5) -> Sigmoid -> score, [n, width] to [n, 1].

A row goes left in LightGBM when x <= threshold, with a threshold of 64 bits; the graph compares in 32. The threshold is rounded
DOWN: the numbers of a row have 32 bits, so x <= threshold and x <= (the largest 32-bit number not above it) are the same question.
"""

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

LEQ, MEMBER = 0, 6
"""Modes of a node in the TreeEnsemble of ai.onnx.ml 5."""


class Trees:
    """The flat lists of the operator, filled tree by tree. Nodes and leaves are numbered each for themselves."""

    def __init__(self):
        self.roots: list[int] = []
        self.features: list[int] = []
        self.splits: list[float] = []
        self.modes: list[int] = []
        self.true_ids: list[int] = []
        self.true_leafs: list[int] = []
        self.false_ids: list[int] = []
        self.false_leafs: list[int] = []
        self.missing_true: list[int] = []
        self.members: list[float] = []
        self.leaves: list[float] = []

    def add(self, tree: dict) -> None:
        structure = tree["tree_structure"]
        if "split_index" not in structure:
            # The operator knows no tree of one leaf; one whose branches are the same leaf says the same.
            leaf = {"leaf_value": structure.get("leaf_value", 0.0)}
            structure = {"split_index": 0, "split_feature": 0, "decision_type": "<=", "threshold": 0.0, "missing_type": "None", "default_left": True, "left_child": leaf, "right_child": leaf}
        self.roots.append(len(self.features))
        self.add_node(structure)

    def add_node(self, node: dict) -> tuple[int, int]:
        """The place of the node, and whether it is a leaf. Sets of members stand in the order of their nodes, so a node comes before its branches."""
        if "split_index" not in node:
            self.leaves.append(node["leaf_value"])
            return len(self.leaves) - 1, 1
        place = len(self.features)
        self.features.append(node["split_feature"])
        for each in (self.true_ids, self.true_leafs, self.false_ids, self.false_leafs):
            each.append(0)
        if node["decision_type"] == "==":
            # LightGBM sends what is missing to the right of a split by categories, and so does a NaN that is a member of nothing.
            self.add_split(MEMBER, 0.0, False)
            self.members += [*(float(code) for code in node["threshold"].split("||")), float("nan")]
        else:
            self.add_split(LEQ, round_down(node["threshold"]), sends_missing_left(node))
        self.true_ids[place], self.true_leafs[place] = self.add_node(node["left_child"])
        self.false_ids[place], self.false_leafs[place] = self.add_node(node["right_child"])
        return place, 0

    def add_split(self, mode: int, split: float, missing_true: bool) -> None:
        self.modes.append(mode)
        self.splits.append(split)
        self.missing_true.append(int(missing_true))

    def node(self, input: str, output: str):
        attributes = dict(
            n_targets=1,
            aggregate_function=1,
            post_transform=0,
            tree_roots=self.roots,
            nodes_featureids=self.features,
            nodes_splits=tensor("nodes_splits", np.array(self.splits, dtype=np.float32)),
            nodes_modes=tensor("nodes_modes", np.array(self.modes, dtype=np.uint8)),
            nodes_truenodeids=self.true_ids,
            nodes_trueleafs=self.true_leafs,
            nodes_falsenodeids=self.false_ids,
            nodes_falseleafs=self.false_leafs,
            nodes_missing_value_tracks_true=self.missing_true,
            leaf_targetids=[0] * len(self.leaves),
            leaf_weights=tensor("leaf_weights", np.array(self.leaves, dtype=np.float32)),
        )
        if self.members:
            attributes["membership_values"] = tensor("membership_values", np.array(self.members, dtype=np.float32))
        return helper.make_node("TreeEnsemble", [input], [output], name=output, domain="ai.onnx.ml", **attributes)


def sends_missing_left(node: dict) -> bool:
    """A feature that was never missing in training has no side for it; LightGBM then reads 0."""
    return node["default_left"] if node["missing_type"] == "NaN" else 0.0 <= node["threshold"]


def round_down(threshold: float) -> float:
    with np.errstate(over="ignore"):
        rounded = np.float32(threshold)
    return float(rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf)))


def tensor(name: str, values: np.ndarray):
    return numpy_helper.from_array(values, name)


def write_onnx(boosters: list, width: int, is_probability: bool) -> bytes:
    """One booster answers its score; two (of the treated and of the others) the difference of theirs."""
    nodes, scores = [], []
    for index, booster in enumerate(boosters):
        trees = Trees()
        for tree in booster.dump_model()["tree_info"]:
            trees.add(tree)
        score = "score" if len(boosters) == 1 else f"score_{index}"
        sums = f"sums_{index}" if is_probability else score
        nodes.append(trees.node("features", sums))
        if is_probability:
            nodes.append(helper.make_node("Sigmoid", [sums], [score], name=score))
        scores.append(score)
    if len(scores) == 2:
        nodes.append(helper.make_node("Sub", scores, ["score"], name="score"))
    graph = helper.make_graph(
        nodes,
        "lightgbm",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n", 1])],
    )
    # The newest that every runtime in use reads; the package's own defaults are newer.
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    model: ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="understudy-lightgbm")
    return model.SerializeToString(deterministic=True)
