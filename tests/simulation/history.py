"""What happened in a world, as it was seen from outside: at the platform and by the people.

An operation is begun (`invoke`) and ends well (`ok`), ends badly (`fail`) or nobody can say
(`info`). The checker judges by this and by the tables alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

INVOKE, OK, FAIL, INFO = "invoke", "ok", "fail", "info"


@dataclass(frozen=True)
class Op:
    """One line of the history: `at` in milliseconds since 1970 by the platform's own clock.

    `ticks` are the seconds in which something ran: where time is skipped, none pass.
    """

    n: int
    at: int
    type: str
    f: str
    id: str
    value: Mapping[str, Any]
    ticks: float = 0.0

    def told(self) -> str:
        """Return the line for a person to read."""
        when = datetime.fromtimestamp(self.at / 1000, timezone.utc)
        said = ", ".join(f"{name} {_short(value)}" for name, value in self.value.items())
        stamp = when.strftime("%m-%d %H:%M:%S.") + f"{when.microsecond // 1000:03d}"
        return f"{self.n:4} {stamp} {self.type:6} {self.f:8} {self.id:12} {said}"


@dataclass
class History:
    """The lines in the order in which things happened."""

    now: Callable[[], int]
    ops: list[Op] = field(default_factory=list)
    ticks: Callable[[], float] = lambda: 0.0

    def add(self, type: str, f: str, id: str, **value: Any) -> Op:
        """Write a line."""
        op = Op(len(self.ops), self.now(), type, f, id, value, self.ticks())
        self.ops.append(op)
        return op


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + " ".join(_short(one) for one in value) + "]"
    return "-" if value is None else str(value)
