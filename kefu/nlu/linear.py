"""A linear model with calibrated probabilities: a support vector machine, softmaxed at the temperature that unseen scores fit best.

Why this one and none of the others that were tried: docs/decisions/0008-what-reads-a-sentence.md.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.svm import LinearSVC

from kefu.nlu.features import Seen

TOLERANCE = 1e-2  # of the solver: a tighter one changed no prediction on 2,200 sentences and takes a third longer


class CalibratedLinear:
    """Three classes or more. `penalty`: C of the machine; `held_out`: the share of examples its temperature is fitted on."""

    def __init__(self, penalty: float, held_out: float, seed: int) -> None:
        self.penalty, self.held_out, self.seed = penalty, held_out, seed

    def fit(self, seen: Seen, labels: List[str]) -> "CalibratedLinear":
        stacked, known = seen.stacked(), np.array(labels)
        with ThreadPoolExecutor(2) as pool:  # the solver lets go of the interpreter
            whole = pool.submit(lambda: self._model().fit(stacked, known))
            self.sharpness = self._calibrate(stacked, known)
            model = whole.result()
        self.classes = [str(name) for name in model.classes_]
        of_counts = seen.counts.shape[1]
        self._of_counts = np.ascontiguousarray(model.coef_[:, :of_counts].T, dtype=np.float32)
        self._of_dense = np.ascontiguousarray(model.coef_[:, of_counts:].T, dtype=np.float32)
        self._bias = model.intercept_.astype(np.float32)
        return self

    def _model(self) -> LinearSVC:
        return LinearSVC(C=self.penalty, class_weight="balanced", random_state=self.seed, tol=TOLERANCE)

    def _calibrate(self, stacked: Any, known: Any) -> float:
        split = StratifiedShuffleSplit(1, test_size=self.held_out, random_state=self.seed).split(stacked, known)
        learnt, unseen = next(split)
        scores = self._model().fit(stacked[learnt], known[learnt]).decision_function(stacked[unseen])
        target = np.searchsorted(np.unique(known), known[unseen])
        rows = np.arange(len(target))

        def loss(sharpness: float) -> float:
            return float(-np.log(_softmax(scores * sharpness)[rows, target] + 1e-12).mean())

        return float(minimize_scalar(loss, bounds=(0.1, 30), method="bounded").x)

    def probabilities(self, seen: Seen) -> Any:
        """One row a sentence, one column a class, in the order of `classes`."""
        scores = seen.counts @ self._of_counts + seen.dense @ self._of_dense + self._bias
        return _softmax(np.asarray(scores, dtype=np.float64) * self.sharpness)

    def likeliest(self, row: Any, most: int) -> List[Dict[str, Any]]:
        """One row of probabilities as Rasa ranks: [{"name", "confidence"}], the likeliest first."""
        return [{"name": self.classes[i], "confidence": float(row[i])} for i in np.argsort(-row)[:most]]


def _softmax(scores: Any) -> Any:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
