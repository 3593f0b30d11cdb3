"""How long things are kept: `policy_guard.retention` of `endpoints.yml`, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from .durations import duration
from .errors import CaseError

#: The platform may deliver an event again for days; one that was forgotten would be answered twice.
SHORTEST = timedelta(days=7)


@dataclass(frozen=True)
class Retention:
    """How long messages and the journal are kept; None is for ever."""

    messages: timedelta | None = None
    journal: timedelta | None = None


def read(value: object, path: str = "retention") -> Retention:
    """Read `{messages: 90d, journal: 365d}`; raises CaseError that names the place."""
    if value is None:
        return Retention()
    if not isinstance(value, Mapping):
        raise CaseError("`policy_guard.retention` is not a map such as `{messages: 90d}`", path)
    for key in value:
        if key not in {"messages", "journal"}:
            raise CaseError(f"unknown key `policy_guard.retention.{key}`", f"{path}.{key}")
    kept = Retention(**{str(key): _span(key, text, path) for key, text in value.items()})
    if kept.journal is not None and (kept.messages is None or kept.journal < kept.messages):
        raise CaseError("`journal` is kept at least as long as `messages`", f"{path}.journal")
    return kept


def _span(key: str, text: object, path: str) -> timedelta:
    try:
        span = duration(text)
    except ValueError as problem:
        raise CaseError(str(problem), f"{path}.{key}") from None
    if span < SHORTEST:
        raise CaseError(
            f"`{text}` is shorter than `7d`: an event delivered again would be answered twice",
            f"{path}.{key}",
        )
    return span
