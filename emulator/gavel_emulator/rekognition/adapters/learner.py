"""Learns from examples: `python -m gavel_emulator.rekognition.adapters.learner`, a lesson on stdin, a model on stdout.

A process of its own, since scikit-learn takes seconds to load, 150 MB to keep, and the interpreter while it learns.
"""

import io
import sys

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

STIFFNESS = 0.1
"""Of the regression (C): with more, few pictures are learned by heart."""


def learn(
    features: NDArray[np.float32], base: NDArray[np.float32], truth: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and intercepts, a row for each label, for features as they are."""
    rows = [_one(np.column_stack([features, base[:, number]]), truth[:, number]) for number in range(truth.shape[1])]
    return np.stack([weights for weights, _ in rows]), np.array([intercept for _, intercept in rows])


def _one(inputs: NDArray[np.float32], truth: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    if truth.all() or not truth.any():
        # Nothing to tell apart: the share of true ones, by Laplace's rule of succession.
        share = (truth.sum() + 1) / (len(truth) + 2)
        return np.zeros(inputs.shape[1]), float(np.log(share / (1 - share)))
    scaler = StandardScaler().fit(inputs)
    regression = LogisticRegression(C=STIFFNESS, class_weight="balanced", max_iter=2000)
    regression.fit(scaler.transform(inputs), truth)
    weights = regression.coef_[0] / scaler.scale_
    return weights, float(regression.intercept_[0] - weights @ scaler.mean_)


def main() -> None:
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as lesson:
        weights, intercepts = learn(lesson["features"], lesson["base"], lesson["truth"])
    np.savez(sys.stdout.buffer, weights=weights, intercepts=intercepts)


if __name__ == "__main__":
    main()
