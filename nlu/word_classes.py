"""Words put into classes by their meaning, so that a product nobody trained on is read as one.

A tagger that knows words only by their letters cannot tell that `kettle` is like `toaster`. Each
word's meaning (the sentence encoder's vector of the word alone) is put into a coarse, a finer and a
fine class; the tagger sees the classes beside the word. Figures: docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans

from .features import as_read, meanings

#: How many classes there are, from coarse to fine.
SIZES = (32, 128, 512)
_FILE = "word_classes.npz"
_REMEMBERED = 20_000  # words met while talking; each costs a few bytes


class WordClasses:
    """For each of a row of sizes, the middle of every class (512 numbers each)."""

    def __init__(self, middles: tuple[NDArray[np.float32], ...] = ()) -> None:
        self._middles = middles
        self._known: dict[str, tuple[str, ...]] = {}

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
        return cls(tuple(middles))

    def of(self, words: Iterable[str]) -> list[tuple[str, ...]]:
        """Return the classes of each word, coarse first; of none where nothing was learnt."""
        read = [as_read(word) for word in words]
        new = sorted({word for word in read if word not in self._known})
        if new and self._middles:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
                new = sorted(set(read))
            self._known |= zip(new, self._classes(meanings(new)), strict=True)
        return [self._known.get(word, ()) for word in read]

    def _classes(self, rows: NDArray[np.float32]) -> list[tuple[str, ...]]:
        nearest = [_nearest(rows, middles) for middles in self._middles]
        return [tuple(str(number) for number in numbers) for numbers in zip(*nearest, strict=True)]

    def save(self, folder: Path) -> None:
        """Write the classes into *folder*."""
        np.savez_compressed(folder / _FILE, *self._middles)

    @classmethod
    def load(cls, folder: Path) -> WordClasses:
        """Return the classes that `save` wrote into *folder*."""
        with np.load(folder / _FILE, allow_pickle=False) as kept:
            return cls(tuple(kept[name] for name in kept.files))


def _nearest(rows: NDArray[np.float32], middles: NDArray[np.float32]) -> list[int]:
    # |row - middle|² without |row|², which is the same for every middle
    distances = (middles**2).sum(axis=1) - 2 * rows @ middles.T
    return [int(place) for place in distances.argmin(axis=1)]
