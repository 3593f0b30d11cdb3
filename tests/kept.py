"""What a long proof has done so far, kept in a file so that it goes on where it stopped."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sources import TRIED, digest

FOLDER = Path("var/proof")


@dataclass
class Kept:
    """The rounds of a proof that are done: a figure of each by name, and what went wrong."""

    file: Path
    seed: int
    sources: str  # a digest of what was tried
    rounds: dict[int, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def resumed(cls, file: Path, seed: int, folder: str) -> Kept:
        """Return what is kept of the same seed and sources, or a new beginning.

        *folder* is where the proof itself is.
        """
        kept = cls(file, seed, digest((*TRIED, folder)))
        if file.exists():
            data = json.loads(file.read_text())
            if (data["seed"], data.get("sources")) == (seed, kept.sources):
                kept.rounds = {int(number): said for number, said in data["rounds"].items()}
        return kept

    def add(self, number: int, **figures: Any) -> None:
        """Keep a round."""
        self.rounds[number] = figures
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        about = {"seed": self.seed, "sources": self.sources}
        fresh.write_text(json.dumps({**about, "rounds": self.rounds}))
        fresh.replace(self.file)

    def sum(self, name: str) -> int:
        """Return a figure of all rounds together."""
        return sum(figures[name] for figures in self.rounds.values())

    @property
    def wrong(self) -> list[str]:
        """Return what went wrong in any round."""
        return [said for n in sorted(self.rounds) for said in self.rounds[n]["wrong"]]


@dataclass(frozen=True)
class Deadline:
    """When a proof stops for this time; never without minutes."""

    at: float | None

    @classmethod
    def after(cls, minutes: float | None) -> Deadline:
        """Return the deadline so many minutes from now."""
        return cls(None if minutes is None else time.monotonic() + 60 * minutes)

    @property
    def over(self) -> bool:
        """Tell whether it is time to stop."""
        return self.at is not None and time.monotonic() > self.at
