"""One turn as the actions see it: who wrote what, in which language, caused by which event."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.errors import GuardError
from policy_guard.people import Origin, People

from . import wiring

logger = logging.getLogger(__name__)

MACHINE_INTENTS = "EXTERNAL_"
#: How often a question is asked again before it is left, with a person on offer.
MOST_MISSES = 2
#: How many of the bot's turns are looked back at for a question that is still open.
LATELY = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Entity:
    """Something named in the message; *start* and *end* count characters of its text."""

    name: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Turn:
    """What the person's latest event says; *typed* is empty when they tapped or wrote nothing.

    *ordered* is the whole message of who wrote STOP or START, which is never *typed*; *titled* is
    what stands on the button or menu item that was tapped.
    """

    psid: str
    language: str | None
    typed: str
    intent: str
    confidence: float
    entities: tuple[Entity, ...]
    product: str | None
    notification_type: str | None
    key: str
    at: datetime | None
    store: str | None = None  # the id of the channel's store
    ordered: str = ""
    titled: str = ""
    #: The actions and responses of the bot's last turns, the latest first.
    lately: tuple[frozenset[str], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # of products, by topic, as typed
    topic: str | None = None  # of the notification that was asked for last
    misses: int = 0  # answers in a row to an open question that were none
    open_question: str | None = None
    requested: str | None = None  # the slot that a form has asked for

    def named(self, entity: str) -> tuple[Entity, ...]:
        """Return the entities of this name, in the order of the text."""
        found = (each for each in self.entities if each.name == entity)
        return tuple(sorted(found, key=lambda each: each.start))

    @property
    def before(self) -> frozenset[str]:
        """Return what the bot did and said in its turn before this one."""
        return self.lately[0] if self.lately else frozenset()

    def origin(self, now: datetime) -> Origin:
        """Return the event that caused the turn, at its own time, or *now* where it has none."""
        return Origin(key=self.key, at=self.at or now)


def read_turn(tracker: Tracker) -> Turn:
    """Return the latest turn of *tracker*; works on every channel, not on Messenger alone."""
    latest: Mapping[str, Any] = tracker.latest_message or {}
    text = str(latest.get("text") or "")
    intent: Mapping[str, Any] = latest.get("intent") or {}
    name = str(intent.get("name") or "")
    event = _messenger(latest)
    tapped = text.startswith("/") or name.startswith(MACHINE_INTENTS)
    return Turn(
        psid=str(event.get("psid") or tracker.sender_id),
        language=tracker.slots.get("language"),
        typed="" if tapped else text,
        intent=name,
        confidence=float(intent.get("confidence") or 0.0),
        entities=_entities(latest),
        product=tracker.slots.get("product"),
        notification_type=tracker.slots.get("notification_type"),
        lately=_done_lately(tracker),
        names=dict(tracker.slots.get("product_names") or {}),
        topic=tracker.slots.get("notification_topic"),
        misses=int(tracker.slots.get("misses") or 0),
        open_question=tracker.slots.get("open_question"),
        requested=tracker.slots.get("requested_slot"),
        key=str(event.get("key") or _own_key(tracker, latest)),
        at=_moment(event.get("at_ms")),
        store=event.get("store"),
        ordered=str(event.get("typed") or "") if name.startswith(MACHINE_INTENTS) else "",
        titled=str(event.get("title") or "") if tapped else "",
    )


def _messenger(latest: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = latest.get("metadata")
    event = metadata.get("messenger") if isinstance(metadata, Mapping) else None
    return event if isinstance(event, Mapping) else {}


def _entities(latest: Mapping[str, Any]) -> tuple[Entity, ...]:
    """Return each entity once: two extractors may find the same words."""
    found: dict[Entity, None] = {}
    for each in latest.get("entities") or ():
        value = each.get("value")
        if isinstance(value, str):
            start, end = int(each.get("start") or 0), int(each.get("end") or 0)
            found[Entity(str(each.get("entity")), value, start, end)] = None
    return tuple(found)


def _done_lately(tracker: Tracker) -> tuple[frozenset[str], ...]:
    """Return what the bot did and said before the person's latest event, turn by turn."""
    turns: list[set[str]] = []
    for event in reversed(tracker.events):
        kind = event.get("event")
        if kind == "user":
            if len(turns) == LATELY:
                break
            turns.append(set())
        elif turns and kind == "action":
            turns[-1].add(str(event.get("name")))
        elif turns and kind == "bot":
            turns[-1].add(str((event.get("metadata") or {}).get("utter_action")))
    return tuple(frozenset(done) for done in turns)


def offered_in(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the quick replies of what has been said in this turn so far.

    Messenger shows those of the last message only, so what follows has to carry them.
    """
    offered: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        if event.get("event") == "bot":
            offered = [*((event.get("data") or {}).get("quick_replies") or ()), *offered]
    return offered


def _own_key(tracker: Tracker, latest: Mapping[str, Any]) -> str:
    """Return a key for an event that did not come from Messenger: a shell, a test."""
    users = [event for event in tracker.events if event.get("event") == "user"]
    number = latest.get("message_id") or (users[-1].get("timestamp") if users else None)
    return f"{tracker.sender_id}:{number or 'unknown'}"


def _moment(at_ms: object) -> datetime | None:
    if isinstance(at_ms, bool) or not isinstance(at_ms, int):
        return None
    return _EPOCH + timedelta(milliseconds=at_ms)


def missed(turn: Turn, slot: str) -> dict[str, object]:
    """Return what an answer that was none leaves: the question again, after the last one no more.

    The action that follows the form finds the slot empty and so many misses. What a form finds as
    it opens, before it has asked anything, is no answer.
    """
    if turn.requested != slot:
        return {slot: None}
    misses = turn.misses + 1
    left: dict[str, object] = {slot: None, "misses": misses}
    return left if misses <= MOST_MISSES else {**left, "requested_slot": None}


class ChoiceAction(Action, ABC):
    """An action on a person's choices; the rules say the words for the `outcome` it leaves.

    After an outcome in *leaves_form* a question that is open is not asked again.
    """

    leaves_form: frozenset[str] = frozenset()

    @abstractmethod
    def act(self, turn: Turn, people: People) -> Mapping[str, object]:
        """Return the slots to set; raises GuardError when the store cannot be used."""

    def run(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """Do it, and leave `unavailable` where the store cannot be used."""
        try:
            turn = read_turn(tracker)
            slots = dict(self.act(turn, wiring.people(turn.store)))
        except GuardError as error:
            logger.error("%s: %s", self.name(), error)  # noqa: TRY400 - the sentence says it all
            slots = {"outcome": "unavailable"}
        done = [SlotSet(name, value) for name, value in slots.items()]
        if slots.get("outcome") in self.leaves_form and tracker.active_loop.get("name"):
            done += [ActiveLoop(None), SlotSet("requested_slot", None)]
        return done
