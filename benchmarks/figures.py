"""A measured figure and what it is to be read against."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; *aim* is the most, or with *at_least* the least, that it should be."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def missed(self) -> bool:
        """Tell whether the aim is missed."""
        if self.aim is None:
            return False
        return self.value < self.aim if self.at_least else self.value > self.aim

    @property
    def verdict(self) -> str:
        """Return the aim and whether it is met, in words, and what else there is to say."""
        if self.aim is None:
            return self.note
        word = "at least" if self.at_least else "at most"
        said = f"{word} {self.aim:g}: {'MISSED' if self.missed else 'met'}"
        return f"{said} ({self.note})" if self.note else said


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which *share* of the values lie; 0 where there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def best_of(
    runs: int,
    times: int,
    work: Callable[[], object],
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the seconds of one call: the quickest of *runs* rounds of *times* calls."""
    quickest = float("inf")
    for _ in range(runs):
        started = clock()
        for _ in range(times):
            work()
        quickest = min(quickest, (clock() - started) / times)
    return quickest
