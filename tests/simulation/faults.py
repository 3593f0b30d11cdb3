"""What can go wrong in a world: every fault by name, drawn by the seed, counted where it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from channels.errors import ANY, TABLE

WEBHOOK = (
    "duplicate webhook",
    "reordered webhook",
    "webhook delayed by hours",
    "webhook delayed by days",
    "batch merged",
    "batch split",
)
CLOCK = ("clock jumps forward", "clock jumps back")
STORE = ("database locked", "disk full")
WIRE = (
    "connect refused",
    "timeout before write",
    "timeout after write",
    "reset in the response",
    "5xx, not taken",
    "5xx, taken",
    "slow body",
    "rate limit with usage header",
    "page token revoked",
    "echo before the response",
    "answer without a message id",
)
PEOPLE = ("person blocks", "person deletes the conversation")
RACES = ("two workers on one row", "opt-out between claim and commit")
DIALOGUE = ("turn fails once", "turn always fails")
#: What operators do and set, and what the platform does to a whole Page; each drawn by itself.
OPERATORS = (
    "broadcast paused",
    "broadcast resumed",
    "broadcast cancelled",
    "quiet hours",
    "answers in doubt go once more",
    "page blocked",
)
#: Where a process can be killed; after each step that another may build on.
POINTS = (
    "before a transaction",
    "before a commit",
    "after a commit",
    "before the first byte",
    "after the platform took it",
    "while the answer comes back",
    "in mid-turn",
    "before the tracker is saved",
    "after the tracker is saved",
    "before the acknowledgement",
)


def refusal(code: int, subcode: int | None) -> str:
    """Return the name of the fault that is one refusal of the platform's."""
    return f"refused {code}/{'any' if subcode == ANY else subcode or 'none'}"


#: The refusals of the Send API, one of each row of the channel's table. The Marketing Message API
#: is not spoken, so of its eighty codes the first stands for all.
REFUSALS = {
    refusal(row.code, row.subcode): (row.code, row.subcode)
    for row in TABLE
    if not 2300000 < row.code <= 2300080
}
_OFTEN = 0.25  # of the worlds have each of what operators do
_SINGLE = (*WEBHOOK, *CLOCK, *STORE, *WIRE, *PEOPLE, *RACES, *DIALOGUE)
KILLS = tuple(f"killed {point}" for point in POINTS)
ALL = (*_SINGLE, *OPERATORS, *KILLS, *REFUSALS)


@dataclass
class Weather:
    """The faults of one world: which may happen, how often, and how often each did."""

    random: Random
    seed: int
    reached: Counter[str] = field(default_factory=Counter)
    calm: bool = False
    _likely: dict[str, float] = field(default_factory=dict)
    _kills: list[int] = field(default_factory=list)
    _boundary: int = 0

    def __post_init__(self) -> None:
        drawn = self.random.sample(
            [name for name in _SINGLE if name != RACES[0]], self.random.randint(2, 6)
        )
        self._likely = {name: self.random.choice((0.1, 0.3, 0.6)) for name in drawn}
        others = Random(f"{self.seed}:operators")  # noqa: S311 - it draws tests, not secrets
        drawn = [name for name in OPERATORS if others.random() < _OFTEN]
        self._likely |= {name: others.choice((0.3, 0.6, 0.9)) for name in drawn}
        number = self.random.choice((0, 1, 1, 1, 2, 3))
        self._kills = sorted(self.random.randrange(10, 220) for _ in range(number))
        #: The refusals that this world's platform may give: each seed's are others.
        names = list(REFUSALS)
        self.codes = [names[(2 * self.seed + n) % len(names)] for n in range(2)]

    def drawn(self, fault: str) -> bool:
        """Tell whether a world is one in which this may happen."""
        return fault in self._likely

    def strikes(self, fault: str) -> bool:
        """Tell whether a fault happens here; who asks says with `happened` that it did."""
        likely = self._likely.get(fault, 0.0)
        return not self.calm and likely > 0 and self.random.random() < likely

    def happened(self, fault: str) -> None:
        """Count a fault that took place."""
        self.reached[fault] += 1

    def kills(self, point: str) -> bool:
        """Tell whether a process dies at this step."""
        if self.calm or not self._kills:
            return False
        self._boundary += 1
        if self._boundary < self._kills[0]:
            return False
        self._kills.pop(0)
        self.happened(f"killed {point}")
        return True

    @contextmanager
    def stilled(self) -> Iterator[None]:
        """Let nothing go wrong for a while."""
        before, self.calm = self.calm, True
        try:
            yield
        finally:
            self.calm = before


def never(reached: Counter[str]) -> list[str]:
    """Return the faults that no world has met."""
    return [name for name in ALL if not reached[name]]


def report(reached: Counter[str]) -> str:
    """Return how often each fault happened, the refusals by code on lines of their own."""
    lines = [f"{reached[name]:8} {name}" for name in (*_SINGLE, *OPERATORS, *KILLS)]
    codes = [f"{name.removeprefix('refused ')} {reached[name]}" for name in REFUSALS]
    lines.append(f"{sum(reached[name] for name in REFUSALS):8} refusals: " + ", ".join(codes))
    return "\n".join(lines)
