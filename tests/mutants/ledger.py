"""What is known of the changes: which are accepted and why, and what earlier runs found."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.sources import digest

from .mutate import Mutant
from .trial import COPIED_FILES, Outcome

ACCEPTED = Path(__file__).with_name("accepted.yaml")
#: What may notice a change: where any of it is new, changes that nothing noticed are tried again.
NOTICING = ("tests/cases", "tests/policy_guard", "tests/differential", "simulator", "channels")


class LedgerError(ValueError):
    """An entry of `accepted.yaml` that cannot stand, with one sentence saying why."""


@dataclass(frozen=True)
class Accepted:
    """A change that nobody can observe, and why."""

    key: str
    because: str


def accepted(path: Path = ACCEPTED) -> dict[str, Accepted]:
    """Return the accepted changes by their keys; raises LedgerError for one without a reason."""
    found: dict[str, Accepted] = {}
    for number, entry in enumerate(yaml.safe_load(path.read_text("utf-8")) or [], 1):
        try:
            where = f"{entry['file']}: {entry['function']}: {entry['change']}"
            entries = [f"{where} ({nth})" for nth in entry.get("nth", [1])]
            because = str(entry["because"]).strip()
        except (KeyError, TypeError) as missing:
            raise LedgerError(f"`{path.name}`, entry {number}: {missing} is missing") from None
        for key in entries:
            if not because or key in found:
                what = "is listed twice" if because else "has no reason"
                raise LedgerError(f"`{path.name}`, entry {number}: `{key}` {what}")
            found[key] = Accepted(key, because)
    return found


def gone(listed: Iterable[str], mutants: Sequence[Mutant]) -> list[str]:
    """Return the listed changes that no source has any more."""
    there = {m.key for m in mutants}
    return [key for key in listed if key not in there]


@dataclass
class Ledger:
    """The outcomes of earlier runs, kept in a file.

    What noticed a change is kept while the changed file is the same; a change that nothing noticed
    is tried again as soon as there is anything new that might.
    """

    path: Path
    noticing: str
    kept: dict[str, dict[str, str | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Ledger:
        """Return the ledger in a file, an empty one where there is none."""
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return cls(path, digest(NOTICING, COPIED_FILES), kept)

    def outcome(self, mutant: Mutant, stages: Sequence[str]) -> Outcome | None:
        """Return what is known of a change, None where it has to be tried."""
        found = self.kept.get(mutant.key)
        if found is None or found["text"] != _text_digest(mutant):
            return None
        if found["by"] is None:
            same = found["noticing"] == self.noticing and found["stages"] == " ".join(stages)
            return Outcome(None) if same else None
        return Outcome(found["by"], found["says"] or "")

    def note(self, mutant: Mutant, outcome: Outcome, stages: Sequence[str]) -> None:
        """Keep what came of a change."""
        self.kept[mutant.key] = {
            "text": _text_digest(mutant),
            "noticing": self.noticing,
            "stages": " ".join(stages),
            "by": outcome.by,
            "says": outcome.says,
        }

    def write(self) -> None:
        """Write everything down."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.kept, indent=1), "utf-8")


@dataclass
class Report:
    """What a run found."""

    outcomes: Mapping[str, tuple[Mutant, Outcome]]
    listed: Mapping[str, Accepted]
    gone: Sequence[str]

    @property
    def survivors(self) -> list[Mutant]:
        """Return what nothing noticed and nobody accepted."""
        return [
            m for key, (m, o) in self.outcomes.items() if o.by is None and key not in self.listed
        ]

    @property
    def noticed_after_all(self) -> list[tuple[Mutant, Outcome]]:
        """Return what is listed as accepted although something notices it."""
        return [
            (m, o)
            for key, (m, o) in self.outcomes.items()
            if o.by is not None and key in self.listed
        ]

    def lines(self) -> list[str]:
        """Return the report, a line each."""
        by = Counter(o.by for _, o in self.outcomes.values() if o.by)
        accepted_ones = sum(
            1 for key, (_, o) in self.outcomes.items() if o.by is None and key in self.listed
        )
        noticed = ", ".join(f"{n} by {stage}" for stage, n in by.most_common())
        lines = [
            f"{len(self.outcomes)} changes: {sum(by.values())} noticed ({noticed}), "
            f"{accepted_ones} accepted, {len(self.survivors)} unnoticed"
        ]
        lines += [f"unnoticed: {m}" for m in self.survivors]
        lines += [
            f"listed in `accepted.yaml` and noticed by {o.by}: {m}: {o.says}"
            for m, o in self.noticed_after_all
        ]
        lines += [f"listed in `accepted.yaml` and gone: {key}" for key in self.gone]
        return lines

    @property
    def good(self) -> bool:
        """Tell whether every change was noticed, or is accepted and was not."""
        return not (self.survivors or self.noticed_after_all or self.gone)


def _text_digest(mutant: Mutant) -> str:
    return hashlib.sha256(mutant.text.encode()).hexdigest()[:16]
