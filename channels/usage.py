"""How much of its allowance the platform says that we have used, from the headers of an answer.

Graph API, rate limits (read 2026-11-22): `X-App-Usage` and `X-Page-Usage` hold percentages;
`X-Business-Use-Case-Usage` holds lists of them by business, with the minutes after which calls are
taken again. The platform sends them only after enough calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from policy_guard.pace import Usage

_SHARES = ("call_count", "total_time", "total_cputime")
_PLAIN = ("X-App-Usage", "X-Page-Usage")
_BY_BUSINESS = "X-Business-Use-Case-Usage"
_REGAIN = "estimated_time_to_regain_access"
_MOST = 100_000  # percent, or minutes: what is more is no number to build on


def usage_in(headers: Mapping[str, str]) -> Usage | None:
    """Return the highest usage that an answer tells, None where it tells none that can be read."""
    told = [one for one in _told(headers) if isinstance(one, Mapping)]
    shares = [_number(one.get(name)) for one in told for name in _SHARES]
    minutes = [_number(one.get(_REGAIN)) for one in told]
    known = [share for share in shares if share is not None]
    waits = [wait for wait in minutes if wait]
    if not known and not waits:
        return None
    regain = timedelta(minutes=max(waits)) if waits else None
    return Usage(max(known, default=0), regain)


def _told(headers: Mapping[str, str]) -> Iterator[Any]:
    for name in _PLAIN:
        yield _json(headers.get(name))
    by_business = _json(headers.get(_BY_BUSINESS))
    for listed in by_business.values() if isinstance(by_business, Mapping) else ():
        yield from listed if isinstance(listed, list) else ()


def _json(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        return None
    return int(value)
