"""Turns: what Rasa is told of an event, and which responses belong to it."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policy_guard.clock import to_ms
from policy_guard.inbox_rows import InboxRow
from policy_guard.languages import Languages
from policy_guard.people_rows import Who

from .events import Comment, Event, Message, Optin, Postback
from .typed_text import intent_payload, keyword, neutralise

#: Machine-only intents: no text and no payload can name them.
OPTIN = "EXTERNAL_one_time_notification_optin"
STOP = "EXTERNAL_stop"
START = "EXTERNAL_start"
ATTACHMENT = "EXTERNAL_attachment"
REFERRAL = "EXTERNAL_referral"
COMMENT = "EXTERNAL_comment"
GET_STARTED = "GET_STARTED"


class ActionsAwayError(Exception):
    """The action server could not be reached in the middle of a turn, of which nothing is kept."""


@dataclass
class Turn:
    """One run of the dialogue for one event; numbers the responses that belong to it."""

    key: str
    who: Who
    by_person: bool
    confirms_stop: bool = False
    confirms_order: bool = False
    silent: bool = False  # a STOP that was confirmed before: the turn runs and says nothing
    over: bool = False
    spoken: bool = False
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def next_ordinal(self) -> int:
        """Return the number of the next response, from 0 on: the same in every run."""
        self.spoken = True
        return next(self._numbers)


def loose_turn(who: Who) -> Turn:
    """Return a turn for something that no event of ours started: a reminder, a trigger."""
    return Turn(f"loose:{uuid.uuid4().hex}", who, by_person=False)


@dataclass(frozen=True)
class Heard:
    """What Rasa is told: a text, or with *parse_data* an intent that no text can name."""

    text: str
    parse_data: Mapping[str, Any] | None
    metadata: Mapping[str, Any]
    confirms_stop: bool = False
    confirms_order: bool = False  # STOP or START


@dataclass(frozen=True)
class Payloads:
    """Which intents and entities a payload of the bot's own buttons may name."""

    intents: frozenset[str]
    entities: frozenset[str]

    def passed(self, payload: str | None) -> str | None:
        """Return the payload if it may name an intent, else None."""
        if not payload:
            return None
        if payload == GET_STARTED and "greet" in self.intents:
            return "/greet"
        return intent_payload(payload, self.intents, self.entities)


def hear(
    row: InboxRow, event: Event, payloads: Payloads, store_id: str, languages: Languages
) -> Heard:
    """Return what Rasa is told of an event; typed text never names an intent.

    The store's id goes along, so that an action server with another store is noticed.
    """
    about = {
        "store": store_id,
        "key": row.key,
        "at_ms": to_ms(row.at),
        "page_id": row.page,
        "psid": row.who.psid if row.who else None,
        "kind": row.kind,
    }
    if isinstance(event, Message):
        return _hear_message(event, about, payloads, languages)
    if isinstance(event, Postback):
        order = payloads.passed(event.payload)
        if order is None:
            return _said(event.title or event.payload or "", about)
        # The menu and Get Started are shown in the language of the person's profile.
        titled = {"title": event.title} if event.title else {}
        return Heard(order, None, _meta({**about, **titled}))
    if isinstance(event, Optin) and event.kind == "one_time_notification_optin":
        return _machine(OPTIN, {**about, "topic": event.payload})
    if isinstance(event, Comment):
        return _machine(COMMENT, {**about, "comment": event.text, "on": event.kind})
    return _machine(REFERRAL, {**about, "ref": getattr(event, "ref", None)})


def _hear_message(
    event: Message, about: Mapping[str, Any], payloads: Payloads, languages: Languages
) -> Heard:
    order = payloads.passed(event.quick_reply)
    if order is not None:
        return Heard(order, None, _meta(about))
    text = event.text or ""
    word = keyword(text, languages) if event.quick_reply is None else None
    if word is not None:
        # The word goes along: it says in which language the order was given.
        heard = _machine(STOP if word == "stop" else START, {**about, "typed": text})
        return replace(heard, confirms_stop=word == "stop", confirms_order=True)
    return _said(text, about)


def _said(text: str, about: Mapping[str, Any]) -> Heard:
    """Tell Rasa words; words that are empty to its classifier are told as an attachment."""
    plain = neutralise(text)
    if not any(char.isprintable() and not char.isspace() for char in plain):
        return _machine(ATTACHMENT, about)
    typed = {} if plain == text else {"typed": text}
    return Heard(plain, None, _meta({**about, **typed}))


def _machine(intent: str, about: Mapping[str, Any]) -> Heard:
    """Tell Rasa an intent with parse data, which skips the reading of the text altogether."""
    data = {"text": "", "intent": {"name": intent, "confidence": 1.0}, "entities": []}
    return Heard(f"EXTERNAL: {intent}", data, _meta(about))


def _meta(about: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"messenger": dict(about)}
