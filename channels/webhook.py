"""Webhook bodies: verify the raw bytes, parse every item of every entry into a typed event.

Pure: no clock, no store, no network. Run as a module it prints what the channel makes of a body:

    python -m channels.webhook [--page-id ID] < payload.json

prints one event a line as JSON with secrets masked, or one line of kind `problem` for a body that
is no JSON object, and exits 0 for anything a sender can send.

Platform facts: developers.facebook.com, Messenger Platform, "Webhooks" (2026-05-05) and the webhook
event reference (read 2026-11-22).
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import events
from .events import Event
from .readers import Item, read
from .typed_text import intent_payload, keyword, neutralise
from .wire_json import (
    BodyError,
    Fields,
    StrangeError,
    Twice,
    clean,
    decode,
    holds_more_than,
    millis,
    shown,
)

__all__ = ["Parsed", "intent_payload", "keyword", "main", "neutralise", "parse", "verify"]

#: Items in one body. The platform's other webhooks come in batches of up to 1000 updates; of
#: Messenger's only that there may be several in one is documented (Graph API, "Webhooks").
MOST_ITEMS = 1_000
#: Values in one body of so many items; a message with a quick reply and an attachment has about 20.
MOST_VALUES = 30_000

_SHA256 = re.compile(r"sha256=[0-9a-f]{64}")
_SECONDS_BELOW = 100_000_000_000  # the year 5138 in seconds, 1973 in milliseconds
_SHA1 = re.compile(r"sha1=[0-9a-f]{40}")


def verify(
    raw: bytes, headers: Mapping[str, str], secrets: Sequence[str], allow_sha1: bool = False
) -> bool:
    """Tell whether one of the secrets signed these raw bytes; any oddity is a no.

    `headers` has lower-case names. The platform sends `X-Hub-Signature-256`: `sha256=` and hex in
    lower case ("Webhooks", 2026-05-05). The older sha1 header counts only if allowed and alone, so
    that nobody can choose the weaker one. An empty secret among the secrets is a no for every body.
    """
    # A bare string would be a list of one-character secrets.
    if isinstance(secrets, str) or not secrets or not all(secret.strip() for secret in secrets):
        return False
    algorithm, given = "sha256", headers.get("x-hub-signature-256")
    if given is None and allow_sha1:
        algorithm, given = "sha1", headers.get("x-hub-signature")
    shape = _SHA256 if algorithm == "sha256" else _SHA1
    if given is None or not shape.fullmatch(given):
        return False
    try:
        keys = [secret.encode() for secret in secrets]
    except UnicodeEncodeError:
        return False
    signature = given.partition("=")[2].encode()
    # Every secret is tried, whichever matches, so that the time taken says nothing.
    matches = [
        hmac.compare_digest(hmac.new(key, raw, algorithm).hexdigest().encode(), signature)
        for key in keys
    ]
    return any(matches)


@dataclass(frozen=True)
class Parsed:
    """What a body holds: its events in order, how many items were for another Page, or a problem.

    Every item of the body is an event or is counted in `foreign`. With a `problem`, a sentence, the
    body was no JSON object and holds nothing.
    """

    events: tuple[Event, ...] = ()
    foreign: int = 0
    problem: str | None = None

    def slices(self, most: int) -> Iterator[Parsed]:
        """Give the same in parts of so many events at most, each event once however often it stands
        in the body; one part where there is no event."""
        once: dict[str, Event] = {}
        for event in self.events:
            once.setdefault(event.key, event)
        events = tuple(once.values())
        yield replace(self, events=events[:most])
        for start in range(most, len(events), most):
            yield Parsed(events[start : start + most])


def parse(raw: bytes, *, page_id: str | None, bounded: bool = False) -> Parsed:
    """Parse a body into typed events, for one Page or, without a `page_id`, for any.

    A *bounded* body of more items or values than the platform sends in one is a problem: a megabyte
    of empty objects would hold up everybody else for half a minute.

    Never raises for anything a sender can send. What is strange in a JSON object, or belongs to an
    `object` other than `page`, becomes `Unknown` with its reason, alone: its neighbours do not
    suffer.
    """
    try:
        body = decode(raw)
    except BodyError as problem:
        return Parsed(problem=str(problem))
    if bounded and _items_in(body) > MOST_ITEMS:
        return Parsed(problem=f"the body holds more than {MOST_ITEMS:,} items")
    if bounded and holds_more_than(MOST_VALUES, body):
        return Parsed(problem=f"the body holds more than {MOST_VALUES:,} values")
    found: list[Event] = []
    foreign = 0
    for item in _items(body):
        if item.strange is None and page_id is not None and item.page_id not in {"", page_id}:
            foreign += 1
        else:
            found.append(read(item, page_id))
    return Parsed(events=tuple(found), foreign=foreign)


def _items_in(body: dict[str, Any]) -> int:
    """Return how many items `_items` would give, at a glance."""
    entries = body.get("entry")
    if not isinstance(entries, list):
        return 1
    return sum(
        len(values) if isinstance(values, list) else 1
        for entry in entries
        for name, values in (entry.items() if isinstance(entry, dict) else [("", entry)])
        if name not in {"id", "time"}
    )


def _items(body: dict[str, Any]) -> Iterator[Item]:
    strange = "a key of the body is there twice" if isinstance(body, Twice) else None
    if body.get("object") != "page":
        strange = f"`object` is {shown(body.get('object'))} and not `page`"
    entries = body.get("entry")
    if isinstance(entries, list):
        for entry in entries:
            yield from _entry_items(entry, strange)
    else:
        yield _item(body, strange or "`entry` is not a list")


def _entry_items(entry: Any, strange: str | None) -> Iterator[Item]:
    if not isinstance(entry, dict):
        yield _item(entry, strange or "the entry is not an object")
        return
    if isinstance(entry, Twice):
        strange = strange or "a key of the entry is there twice"
    try:
        page_id = Fields(clean({"id": entry.get("id")}, set()), "entry").id("id") or ""
    except StrangeError as reason:
        page_id, strange = "", strange or str(reason)
    entry_ms = millis(entry.get("time"))
    for name, values in entry.items():
        if name in {"id", "time"}:
            continue
        why, time = strange, entry_ms
        if name == "changes":
            time = page_time(entry.get("time"))
        elif name not in {"messaging", "standby"}:
            why = strange or f"{shown(name)} of an entry is not read"
            time = None
        elif not isinstance(values, list):
            why = strange or f"`{name}` is not a list"
        for value in values if isinstance(values, list) else [values]:
            yield replace(
                _item(value, why, page_id, name == "standby", time), change=name == "changes"
            )


def page_time(value: Any) -> int | None:
    """Return the time of an entry about the Page in milliseconds.

    The platform writes such a time in seconds in some fields and in milliseconds in others.
    """
    whole = isinstance(value, int) and not isinstance(value, bool)
    return millis(value * 1000) if whole and 0 < value < _SECONDS_BELOW else millis(value)


def _item(
    value: Any,
    strange: str | None,
    page_id: str = "",
    standby: bool = False,
    entry_ms: int | None = None,
) -> Item:
    oddities: set[str] = set()
    data = clean(value, oddities)
    if strange is None and not isinstance(data, dict):
        strange = "the item is not an object"
    return Item(data, page_id, standby, entry_ms, strange or min(oddities, default=None))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the channel makes of the body on standard input, one JSON object a line.

    Items for another Page are left out and counted on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m channels.webhook", description=main.__doc__)
    parser.add_argument("--page-id", help="leave out events for any other Page")
    options = parser.parse_args(arguments)
    parsed = parse(sys.stdin.buffer.read(), page_id=options.page_id)
    try:
        if parsed.problem is not None:
            print(json.dumps({"kind": "problem", "reason": parsed.problem}))
        for event in parsed.events:
            print(json.dumps(events.to_json(event)))
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, a `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if parsed.foreign:
        print(f"events for another Page, left out: {parsed.foreign}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
