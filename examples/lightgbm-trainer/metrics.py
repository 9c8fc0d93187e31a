"""How well the model did on the rows that were set apart for choosing; the comparison that decides is Understudy's own."""

import numpy as np
from scipy.stats import rankdata

SMALLEST = 1e-15


def holdout_metrics(scores: np.ndarray, labels: np.ndarray) -> dict | None:
    """None when there is nothing to measure on: no rows, or one class only."""
    rows, positives = len(labels), int(labels.sum())
    if positives in (0, rows):
        return None
    ranks = rankdata(scores)
    auc = (ranks[labels == 1].sum() - positives * (positives + 1) / 2) / (positives * (rows - positives))
    clipped = np.clip(scores, SMALLEST, 1 - SMALLEST)
    log_loss = -np.mean(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped))
    return {
        "rows": rows,
        "positives": positives,
        "auc": float(auc),
        "logLoss": float(log_loss),
        "brier": float(np.mean((scores - labels) ** 2)),
    }
