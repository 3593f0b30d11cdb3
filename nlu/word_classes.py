"""Words put into classes by their meaning, so that a product nobody trained on is read as one.

A tagger that knows words only by their letters cannot tell that `kettle` is like `toaster`. Each
word's meaning (the sentence encoder's vector of the word alone) is put into a coarse, a finer and a
fine class; the tagger sees the classes beside the word. Figures: docs/decisions/0008.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from .features import as_read, meanings

#: How many classes there are, from coarse to fine.
SIZES = (32, 128, 512)
_MIDDLES, _WORDS = "word_classes.npz", "word_classes.json"
_REMEMBERED = 20_000  # words met while talking; each costs a few bytes
Classes = tuple[str, ...]


class WordClasses:
    """For each of a row of sizes, the middle of every class (512 numbers each), and known words."""

    def __init__(
        self,
        middles: tuple[NDArray[np.float32], ...] = (),
        known: Mapping[str, Classes] | None = None,
    ) -> None:
        self._middles = middles
        self._known = dict(known or {})
        self._met: dict[str, Classes] = {}

    @classmethod
    def learnt(cls, words: Iterable[str]) -> WordClasses:
        """Return the classes into which *words* fall apart; no more of them than words."""
        read = sorted({as_read(word) for word in words})
        rows = meanings(read)
        middles = []
        for size in SIZES:
            machine = MiniBatchKMeans(
                min(size, len(read)), random_state=0, n_init=3, batch_size=2048
            )
            middles.append(machine.fit(rows).cluster_centers_.astype(np.float32))
        found = cls(tuple(middles))
        found._known = dict(zip(read, found._classes(rows), strict=True))
        return found

    def of(self, words: Iterable[str]) -> list[Classes]:
        """Return the classes of each word, coarse first; of none where nothing was learnt."""
        read = [as_read(word) for word in words]
        new = sorted({word for word in read if word not in self._known and word not in self._met})
        if new and self._middles:
            if len(self._met) + len(new) > _REMEMBERED:
                self._met = {word: self._met[word] for word in read if word in self._met}
            self._met |= zip(new, self._classes(meanings(new)), strict=True)
        return [self._known.get(word) or self._met.get(word, ()) for word in read]

    def _classes(self, rows: NDArray[np.float32]) -> list[Classes]:
        nearest = [_nearest(rows, middles) for middles in self._middles]
        return [tuple(str(number) for number in numbers) for numbers in zip(*nearest, strict=True)]

    def save(self, folder: Path) -> None:
        """Write the classes into *folder*, the words readable."""
        np.savez_compressed(folder / _MIDDLES, *self._middles)
        (folder / _WORDS).write_text(json.dumps(self._known, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> WordClasses:
        """Return the classes that `save` wrote into *folder*."""
        known = json.loads((folder / _WORDS).read_text("utf-8"))
        with np.load(folder / _MIDDLES, allow_pickle=False) as kept:
            middles = tuple(kept[name] for name in kept.files)
        return cls(middles, {word: tuple(classes) for word, classes in known.items()})


def _nearest(rows: NDArray[np.float32], middles: NDArray[np.float32]) -> list[int]:
    # |row - middle|² without |row|², which is the same for every middle
    distances = (middles**2).sum(axis=1) - 2 * rows @ middles.T
    return [int(place) for place in distances.argmin(axis=1)]
