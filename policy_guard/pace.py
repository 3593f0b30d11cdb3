"""How fast a Page may send: the arithmetic of its pace, without a store and without a clock.

A generic cell rate algorithm: all that is kept of a bucket is when it will be full again. The rate
is cut so that no second of any kind holds more messages than the setting says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .errors import CaseError

MESSAGES, MEDIA = "messages", "media"
SECOND = 1_000_000  # microseconds
FULL = 1000  # thousandths: nothing slows the Page down
#: Attachments that the platform fetches and stores. It names 10 calls a second for audio and video
#: (Messenger Platform, rate limits); of images and files it says nothing: the careful reading.
_MEDIA_TYPES = frozenset({"audio", "video", "image", "file"})
_LEAST = 50  # thousandths: it is never slowed down further than to a twentieth
_RECOVERS = 100  # thousandths that come back in a minute
_MINUTE = 60_000  # milliseconds
_SKEW = 60_000  # milliseconds that the clocks of two hosts may differ
_TENTH = 10
_SLOWEST, _QUICKEST = 0.1, 1000  # messages a second that a setting may ask for
_MOST_RESERVED = 0.9
#: Usage (percent of what the platform allows) from which we go slower before it refuses.
BUSY_AT = 80
#: One overload is told by many answers at once: it slows the Page down once in this time.
ONCE_IN = timedelta(seconds=5)
#: The longest pause that one answer of the platform can ask for; what is longer is a misreading.
LONGEST_BLOCK = timedelta(hours=24)


@dataclass(frozen=True)
class Pace:
    """How many messages a second, None for no limit; shares from 0 to below 1.

    Above 40 messages a second the platform throttles a Page (Messenger Platform, rate limits, high
    volume); the cap of one thread is ours, since the platform publishes no number for its own.
    """

    messages_per_second: float | None = 40
    media_per_second: float | None = 10
    reserved_for_live: float = 0.25
    per_thread_per_second: float | None = 2
    per_thread_burst: int = 10


UNLIMITED = Pace(None, None, 0.25, None)


@dataclass(frozen=True)
class Usage:
    """How much of what the platform allows is used (percent), and when it will take calls again."""

    percent: int
    regain: timedelta | None = None

    @property
    def busy(self) -> bool:
        """Tell whether to go slower before the platform refuses."""
        return self.percent >= BUSY_AT or self.regain is not None


@dataclass(frozen=True)
class Bucket:
    """A rate as spacing: *every* microseconds one message, and *burst* of them at once."""

    every: int
    burst: int

    @property
    def slack(self) -> int:
        """Return how far ahead of now (microseconds) the next free moment may be."""
        return self.every * (self.burst - 1)


def bucket(per_second: float, share: int = FULL) -> Bucket:
    """Return the bucket of a rate that is slowed down to *share* thousandths.

    A tenth of the rate may go at once, and is taken from what comes after it: so any one second
    holds at most *per_second* messages.
    """
    burst = max(1, int(per_second) // _TENTH)
    rate = (per_second - (burst - 1)) * share / FULL
    return Bucket(round(SECOND / rate), burst)


def is_of_before(since_ms: int, now_ms: int) -> bool:
    """Tell whether something was written before the clock went back: it lies ahead of now."""
    return since_ms > now_ms + _SKEW


def share_at(share: int, since_ms: int, now_ms: int) -> int:
    """Return what a share has recovered to: so much a minute, up to the whole.

    Since when cannot be told any more after a clock went back: then it has.
    """
    if is_of_before(since_ms, now_ms):
        return FULL
    passed = max(0, now_ms - since_ms)
    return min(FULL, share + _RECOVERS * passed // _MINUTE)


def halved(share: int) -> int:
    """Return the share after the platform asked us to go slower."""
    return max(_LEAST, share // 2)


def kind_of(body: Mapping[str, Any]) -> str:
    """Return whether a body of the Send API counts as media."""
    message = body.get("message")
    attachment = message.get("attachment") if isinstance(message, Mapping) else None
    kind = attachment.get("type") if isinstance(attachment, Mapping) else None
    return MEDIA if kind in _MEDIA_TYPES else MESSAGES


_KEYS = frozenset(
    {"messages_per_second", "media_per_second", "reserved_for_live", "per_thread_per_second"}
)


def read(value: object, path: str = "pace") -> Pace:
    """Return what `policy_guard.pace` says; `none` lifts one limit, or all; raises CaseError."""
    if value is None:
        return Pace()
    if value == "none":
        return UNLIMITED
    if not isinstance(value, Mapping):
        raise CaseError(f"`policy_guard.pace` is `{value}`, neither a mapping nor `none`", path)
    for key in value:
        if key not in _KEYS:
            raise CaseError(f"unknown key `policy_guard.pace.{key}`", f"{path}.{key}")
    usual = Pace()
    return Pace(
        messages_per_second=_rate(value, "messages_per_second", usual.messages_per_second, path),
        media_per_second=_rate(value, "media_per_second", usual.media_per_second, path),
        reserved_for_live=_share(value, usual.reserved_for_live, path),
        per_thread_per_second=_rate(
            value, "per_thread_per_second", usual.per_thread_per_second, path
        ),
    )


def _rate(given: Mapping[str, Any], key: str, usual: float | None, path: str) -> float | None:
    value = given.get(key, usual)
    if value == "none" or value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not _SLOWEST <= value <= _QUICKEST:
        raise CaseError(
            f"`policy_guard.pace.{key}` is `{value}`, neither `none` nor a number from "
            f"{_SLOWEST} to {_QUICKEST}",
            f"{path}.{key}",
        )
    return float(value)


def read_share(value: object) -> float | None:
    """Return a share that is written as `25%` or 0.25, None where it is no number."""
    text = str(value).strip()
    try:
        return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None


def _share(given: Mapping[str, Any], usual: float, path: str) -> float:
    value = given.get("reserved_for_live")
    if value is None:
        return usual
    share = read_share(value)
    if share is None or not 0 <= share <= _MOST_RESERVED:
        raise CaseError(
            f"`policy_guard.pace.reserved_for_live` is `{value}`, not a share from `0%` to `90%`",
            f"{path}.reserved_for_live",
        )
    return share
