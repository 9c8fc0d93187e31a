"""What the training rows looked like, as monitoring compares live traffic with it (src/domain/reference-profile.ts)."""

import math

import numpy as np

BINS = 10
MOST_CATEGORIES = 50
ROUNDING = 1e-6


def reference_profile(features: list[dict], columns: list[np.ndarray], scores: np.ndarray, base_rate: float) -> dict:
    histograms = [
        {"feature": feature["name"], "histogram": number_histogram(column) if feature["type"] == "number" else category_histogram(column)}
        for feature, column in zip(features, columns)
    ]
    return {
        "format": "understudy.reference-profile.v1",
        "rows": len(scores),
        "features": histograms,
        "score": number_histogram(scores, beside),
        "baseRate": base_rate,
    }


def number_histogram(values: np.ndarray, edges_of=None) -> dict:
    known = np.sort(values[~np.isnan(values)].astype(np.float64))
    edges = (edges_of or decile_edges)(known)
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
    return {"kind": "number", "edges": edges, "counts": counts.tolist(), "nulls": int(len(values) - len(known))}


def decile_edges(known: np.ndarray) -> list[float]:
    """Where several deciles fall on one value, that value gets a bin of its own: [value, next number)."""
    edges: list[float] = []
    for k in range(1, BINS):
        if len(known) == 0:
            break
        edge = float(known[k * len(known) // BINS])
        if not edges or edge > edges[-1]:
            edges.append(edge)
        elif edge == edges[-1]:
            edges.append(math.nextafter(edge, math.inf))
    return edges


def beside(known: np.ndarray) -> list[float]:
    """Of scores, which the runtime rounds to 32 bits: an edge at a value that many rows share would have them all on its other side."""
    edges: list[float] = []
    deciles = [float(known[k * len(known) // BINS]) for k in range(1, BINS)] if len(known) > 0 else []
    for index, decile in enumerate(deciles):
        rounding = ROUNDING * max(abs(decile), ROUNDING)
        edge = decile + rounding if index > 0 and decile == deciles[index - 1] else decile - rounding
        if not edges or edge > edges[-1]:
            edges.append(edge)
    return edges


def category_histogram(values: np.ndarray) -> dict:
    """Booleans are the categories `true` and `false`."""
    texts = [None if value is None else str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    counts: dict[str, int] = {}
    for text in texts:
        if text is not None:
            counts[text] = counts.get(text, 0) + 1
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return {
        "kind": "category",
        "counts": [{"value": value, "count": count} for value, count in ranked[:MOST_CATEGORIES]],
        "other": sum(count for _, count in ranked[MOST_CATEGORIES:]),
        "nulls": texts.count(None),
    }
