"""Rows on which the served model must answer as LightGBM did: ordinary ones, and those at which encoders go wrong."""

ORDINARY = 16
VARIANTS = 24


def golden_instances(features: list[dict], ordinary: list[dict]) -> list[dict]:
    first = ordinary[0]
    nullable = [feature["name"] for feature in features if feature["nullable"]]
    absent = [{**first, name: None} for name in nullable]
    unseen = [{**first, feature["name"]: "a category never seen"} for feature in features if feature["type"] == "category"]
    extreme = [{**first, feature["name"]: value} for feature in features if feature["type"] == "number" for value in (-1e6, 1e6)]
    all_absent = [{**first, **{name: None for name in nullable}}] if nullable else []
    variants = (all_absent + interleaved([absent, unseen, extreme]))[:VARIANTS]
    padding = [ordinary[index % len(ordinary)] for index in range(max(0, 20 - len(ordinary) - len(variants)))]
    return ordinary + variants + padding


def interleaved(lists: list[list]) -> list:
    longest = max((len(each) for each in lists), default=0)
    return [each[index] for index in range(longest) for each in lists if index < len(each)]
