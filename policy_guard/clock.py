"""The only place that asks what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Clock(Protocol):
    """Something that knows the moment, in UTC."""

    def now(self) -> datetime:
        """Return the moment in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the moment in UTC."""
        return datetime.now(timezone.utc)


class OffsetClock:
    """The machine's clock moved by an offset (milliseconds) that is read at each look."""

    def __init__(self, offset_ms: Callable[[], int], base: Clock | None = None) -> None:
        self._offset_ms = offset_ms
        self._base = base or SystemClock()

    def now(self) -> datetime:
        """Return the moved moment in UTC."""
        return self._base.now() + timedelta(milliseconds=self._offset_ms())


def to_ms(at: datetime) -> int:
    """Return whole milliseconds since 1970 in UTC."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return the moment (UTC) of milliseconds since 1970; raises OverflowError beyond year 9999."""
    return _EPOCH + timedelta(milliseconds=ms)
