"""Makes logistic-regression.reference.json with scikit-learn (an independent method: lbfgs and newton-cholesky, both to a tight tolerance)."""
import json
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

def case(name, x, y, ridge):
    x = np.asarray(x, dtype=np.float32).astype(np.float64)
    fits = [LogisticRegression(C=1 / ridge, solver=s, tol=1e-12, max_iter=100000).fit(x, y) for s in ("lbfgs", "newton-cholesky")]
    assert np.allclose(fits[0].coef_, fits[1].coef_, atol=2e-4), (name, fits[0].coef_ - fits[1].coef_)
    fit = fits[1]
    return {"name": name, "ridge": ridge, "width": x.shape[1], "x": [float(str(np.float32(v))) for v in x.ravel()], "y": [int(v) for v in y],
            "weights": [float(v) for v in fit.coef_[0]], "bias": float(fit.intercept_[0])}

rng = np.random.default_rng(7)
n = 200
plain = rng.normal(size=(n, 3)).round(3)
label = (rng.random(n) < 1 / (1 + np.exp(-(0.5 + plain @ [1.0, -2.0, 0.3])))).astype(int)
onehot = np.eye(4)[rng.integers(0, 4, n)]
constant = np.column_stack([plain, np.ones(n), np.zeros(n)])
twice = np.column_stack([plain, plain[:, 0], onehot])
separable = np.column_stack([np.where(label == 1, 1.0, -1.0) + 0.1 * plain[:, 0], plain[:, 1]]).round(3)
rare = (np.arange(n) < 3).astype(int)
scaled = (plain * [1, 100, 0.001]).round(5)

print(json.dumps({"made_by": f"logistic-regression.reference.py, scikit-learn {sklearn.__version__}", "cases": [
    case("plain", plain, label, 1.0), case("a strong ridge", plain, label, 50.0), case("constant columns", constant, label, 1.0),
    case("a column twice and one-hot columns", twice, label, 0.1), case("classes that can be separated", separable, label, 0.01),
    case("three positives", plain, rare, 1.0), case("columns of different size", scaled, label, 1.0)]}))
