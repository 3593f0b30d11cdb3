"""Which intent a sentence has: linear support vectors over `nlu.features`, kept as JSON and npz."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from .features import Features, Vocabulary

#: How much the classifier may bend to single sentences; measured in docs/decisions/0008.
_PENALTY = 0.3
#: Turns distances to the borders into probabilities: the value at which cross-validated log loss is
#: least, see docs/decisions/0008.
_SHARPNESS = 4.0
_WORDS = "words.json"
_NUMBERS = "weights.npz"


class IntentModel:
    """Sentences in, a probability for every intent out."""

    def __init__(
        self,
        intents: Sequence[str],
        features: Features,
        weights: NDArray[np.float32],
        offsets: NDArray[np.float64],
    ) -> None:
        self.intents = tuple(intents)
        self._features = features
        self._weights = weights  # one row a feature, one column an intent
        self._offsets = offsets

    @classmethod
    def trained(cls, texts: Sequence[str], intents: Sequence[str]) -> IntentModel:
        """Return the model of labelled sentences; raises ValueError below three intents."""
        if len(set(intents)) < 3:  # noqa: PLR2004  with two, scikit-learn keeps one border only
            raise ValueError(f"at least 3 intents are needed, there are `{len(set(intents))}`")
        features = Features.learnt(texts)
        machine = LinearSVC(C=_PENALTY, random_state=0)
        machine.fit(features.rows(texts), list(intents))
        return cls(
            [str(name) for name in machine.classes_],
            features,
            machine.coef_.T.astype(np.float32),
            machine.intercept_,
        )

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return one row a text, one column an intent, in the order of `intents`."""
        distances = self._features.rows(texts) @ self._weights + self._offsets
        raised = np.exp(_SHARPNESS * (distances - distances.max(axis=1, keepdims=True)))
        shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
        return shares

    def save(self, folder: Path) -> None:
        """Write the model into *folder* as readable words and plain numbers."""
        words, characters = self._features.vocabularies
        content = {
            "intents": self.intents,
            "words": words.terms,
            "characters": characters.terms,
        }
        (folder / _WORDS).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        np.savez_compressed(
            folder / _NUMBERS,
            weights=self._weights,
            offsets=self._offsets,
            words=words.weights,
            characters=characters.weights,
        )

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Return the model that `save` wrote into *folder*."""
        content = json.loads((folder / _WORDS).read_text("utf-8"))
        with np.load(folder / _NUMBERS, allow_pickle=False) as numbers:
            features = Features.restored(
                Vocabulary(tuple(content["words"]), numbers["words"]),
                Vocabulary(tuple(content["characters"]), numbers["characters"]),
            )
            return cls(content["intents"], features, numbers["weights"], numbers["offsets"])
