"""Durations and moments as people write them in our files."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_FIRST = datetime(1970, 1, 2, tzinfo=timezone.utc)
_LAST = datetime(9000, 1, 1, tzinfo=timezone.utc)  # leaves room for adding any duration
_LONGEST = timedelta(days=36_500)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def duration(text: object) -> timedelta:
    """Return `0s`, `10m`, `3h` or `2d` as a time span; raises ValueError with a sentence."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise ValueError(f"`{text}` is not a duration such as `10m`, `3h` or `2d`")
    span = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if span > _LONGEST:
        raise ValueError(f"`{text}` is longer than a hundred years")
    return span


def moment(value: object) -> datetime:
    """Return an RFC 3339 moment in UTC; raises ValueError where it has no offset or is no date."""
    if isinstance(value, datetime):
        parsed = value
    elif isinstance(value, str) and (found := _MOMENT.fullmatch(value.strip())):
        text = value.strip().replace(" ", "T").upper().replace("Z", "+00:00")
        if found[1]:  # Python 3.10 reads fractions of three or six digits only
            text = text.replace(found[1], found[1].ljust(7, "0"))
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"`{value}` is not a moment: {error}") from None
    else:
        raise ValueError(f"`{value}` is not a moment such as `2026-04-27T00:00:00Z`")
    if parsed.tzinfo is None:
        raise ValueError(f"`{value}` has no offset from UTC")
    try:
        at = parsed.astimezone(timezone.utc)
    except OverflowError:
        at = _LAST
    if not _FIRST <= at < _LAST:
        raise ValueError(f"`{value}` is not between the years 1970 and 9000")
    return at


def clock_text(at: datetime) -> str:
    """Return a moment as people read it, in UTC to the second."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


_SPANS = (("day", "jour", 86_400), ("hour", "heure", 3_600), ("minute", "minute", 60))


def span_text(value: object, language: str = "en") -> object:
    """Return a time span in words of `en` or `fr`; anything else as it is."""
    if not isinstance(value, timedelta):
        return value
    seconds = round(value.total_seconds())
    for english, french, size in _SPANS:
        if seconds and seconds % size == 0:
            number, word = seconds // size, french if language == "fr" else english
            return f"{number} {word}" if number == 1 else f"{number} {word}s"
    return f"{seconds} s"
