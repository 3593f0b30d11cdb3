"""Whether the channel can do its work now: each part with a sentence of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

#: How far the newest line of the journal may lie ahead of the clock before the clock is in doubt.
CLOCK_BACK = timedelta(minutes=5)


@dataclass(frozen=True)
class Part:
    """One thing that the channel needs; *says* is a sentence either way."""

    name: str
    ok: bool
    says: str


def store(problem: str | None) -> Part:
    """Return whether the store can be written to."""
    return Part("store", problem is None, problem or "the store can be written to")


def runner(*, alive: bool, backlog: int) -> Part:
    """Return whether turns are started and messages sent."""
    if alive:
        return Part("runner", True, f"turns run, {backlog} events wait")
    return Part("runner", False, "the runner of turns or the sender has ended; restart the process")


def clock(now: datetime, newest: datetime | None, *, simulated: bool) -> Part:
    """Return whether the machine's clock can be right: the journal has no line of the future."""
    if simulated:
        return Part("clock", True, f"the clock is the simulator's: {now.isoformat()}")
    if newest is None or newest - now <= CLOCK_BACK:
        return Part("clock", True, f"the clock says {now.isoformat()}")
    back = newest - now
    return Part(
        "clock",
        False,
        f"the clock says {now.isoformat()}, {back} before the journal's newest line; set the clock",
    )


def platform(reached: bool | None, seconds: float | None) -> Part:
    """Return whether the platform was reached at the last call; not known is no fault of ours."""
    if reached is None or seconds is None:
        return Part("platform", True, "the platform has not been called yet")
    ago = f"{seconds:.0f} s ago"
    if reached:
        return Part("platform", True, f"the platform answered {ago}")
    return Part("platform", False, f"the platform could not be reached at the last call, {ago}")


def delivery(troubles: Sequence[str]) -> Part:
    """Return what of the Page is stopped or slowed down; shown, and no fault of this process."""
    return Part("delivery", True, "; ".join(troubles) or "nothing is stopped or slowed down")


def answer(parts: Sequence[Part]) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of a probe's answer."""
    ready = all(part.ok for part in parts)
    body = {
        "ready": ready,
        "parts": {part.name: {"ok": part.ok, "says": part.says} for part in parts},
        "failing": [part.says for part in parts if not part.ok],
    }
    return (200 if ready else 503), body
