"""Rows on which the served model must answer as LightGBM did: ordinary ones, and those at which encoders go wrong."""

ORDINARY = 16
VARIANTS = 24


def golden_rows(inputs: list[dict], ordinary: list[dict]) -> list[dict]:
    """`ordinary` and what is returned: what a request brings (`instance`), and when (`at`)."""
    first = ordinary[0]
    nullable = [each["name"] for each in inputs if each["nullable"]]
    absent = [{name: None} for name in nullable]
    unseen = [{each["name"]: "a category never seen"} for each in inputs if each["type"] == "category"]
    extreme = [{each["name"]: value} for each in inputs if each["type"] == "number" for value in (-1e6, 1e6)]
    all_absent = [{name: None for name in nullable}] if nullable else []
    changes = (all_absent + interleaved([absent, unseen, extreme]))[:VARIANTS]
    variants = [{**first, "instance": {**first["instance"], **change}} for change in changes]
    padding = [ordinary[index % len(ordinary)] for index in range(max(0, 20 - len(ordinary) - len(variants)))]
    return ordinary + variants + padding


def interleaved(lists: list[list]) -> list:
    longest = max((len(each) for each in lists), default=0)
    return [each[index] for index in range(longest) for each in lists if index < len(each)]
