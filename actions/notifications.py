"""Being told once that a product is back: asking for it, and taking it back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.catalogue import Consent
from policy_guard.errors import GuardError
from policy_guard.languages import Languages
from policy_guard.people import People

from . import wiring, words
from .alerts import products
from .turn import ChoiceAction, Turn, read_turn

logger = logging.getLogger(__name__)

CARD = "utter_ask_notification"


class NewRequest(Action):
    """Settles which one-time alert type is asked for, and forgets the product of the last time."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_new_request"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Clear the slot so that the form asks, unless this message names a product itself."""
        turn = read_turn(tracker)
        forgotten = [] if turn.named("product") else [SlotSet("product", None)]
        try:
            catalogue = wiring.people(turn.store).catalogue
        except GuardError:
            return forgotten  # the action at the form's end then says that it is not possible
        once = [kind.id for kind in catalogue.types if kind.consent is Consent.ONE_TIME]
        named = words.named_types(turn.typed, turn.entities, catalogue)
        wanted = [type_id for type_id in named if type_id in once] or once
        return [*forgotten, SlotSet("notification_type", wanted[0] if wanted else None)]


class ValidateNotificationForm(FormValidationAction):
    """Takes a product's name out of an answer."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "validate_notification_form"

    def validate_product(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Mapping[str, Any],
    ) -> dict[str, str | None]:
        """Return the name alone; where there is none, the form asks again."""
        try:
            languages = wiring.people(read_turn(tracker).store).languages
        except GuardError:
            return {"product": str(value)}  # the action then says that it is not possible
        return {"product": words.clean_product(str(value), languages)}


class RequestNotification(ChoiceAction):
    """Prepares the platform's "Notify me" card for the product the form asked for."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_request_notification"

    def act(self, turn: Turn, people: People) -> dict[str, str | None]:
        """Say whether the card may go out now; set its topic, and a name that fits its title."""
        if turn.product is None:
            return {"outcome": "unavailable"}
        kind = turn.notification_type or words.BACK_IN_STOCK
        topic = words.topic_of(turn.product, people.languages, kind)
        slots: dict[str, str | None] = {
            "notification_topic": topic,
            "product": words.short_name(turn.product),
        }
        choices = people.choices(turn.psid)
        if choices.stopped:
            return slots | {"outcome": "stopped"}
        if any(wish.topic == topic for wish in choices.wishes):
            return slots | {"outcome": "already"}
        if people.asked_to_notify(turn.psid, topic, turn.origin(people.now())):
            # One request for one thing: the card is still there, whether it was declined or not.
            return slots | {"outcome": "asked", "open_question": "notify"}
        allowed, why = people.may_ask_to_notify(turn.psid, topic)
        if not allowed:
            logger.info("no one-time notification is offered on `%s`: %s", topic, why)
            return slots | {"outcome": "refused"}
        return slots | {"outcome": "allowed", "open_question": "notify"}

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Leave another outcome where the type has a card of its own in the domain."""
        events = super().run(dispatcher, tracker, domain)
        allowed, own = SlotSet("outcome", "allowed"), SlotSet("outcome", "allowed_own_words")
        if _own_card(read_turn(tracker).notification_type) in (domain.get("responses") or {}):
            return [own if event == allowed else event for event in events]
        return events


class CancelNotification(ChoiceAction):
    """Takes back the request for the product that is named, or all requests."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_cancel_notification"

    def act(self, turn: Turn, people: People) -> dict[str, str | None]:
        """Cancel, and say what was cancelled; nothing else is touched."""
        origin = turn.origin(people.now())
        before = people.before(turn.psid, origin)
        if not before.wishes:
            return {"outcome": "nothing"}
        named = [each.value for each in turn.named("product")]
        topics = [
            w.topic
            for w in before.wishes
            if not named or _is_named(w.topic, named, people.languages)
        ]
        if not topics:
            return {"outcome": "not_waiting", "waiting_for": products(before)}
        people.cancel_wishes(turn.psid, topics, origin)
        gone = ", ".join(words.product_of(topic) for topic in topics)
        return {"outcome": "cancelled", "waiting_for": gone}


class AskNotification(Action):
    """Sends the "Notify me" card in the words that its alert type has of its own."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_ask_notification"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Pick the response by the name of the type."""
        dispatcher.utter_message(response=_own_card(read_turn(tracker).notification_type))
        return []


def _own_card(type_id: str | None) -> str:
    return f"{CARD}_{type_id}"


class TellBackInStock(Action):
    """Tells a person who asked for it that a product is back, where the shop's event says so."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_tell_back_in_stock"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Say it with the topic of the wish; nobody is told of what they did not ask for."""
        turn = read_turn(tracker)
        try:
            people = wiring.people(turn.store)
            topic = words.topic_of(turn.product or "", people.languages)
            waits = any(wish.topic == topic for wish in people.choices(turn.psid).wishes)
        except GuardError as error:
            logger.error("%s: %s", self.name(), error)  # noqa: TRY400 - the sentence says it all
            return []
        if waits:
            dispatcher.utter_message(response="utter_back_in_stock", messenger={"topic": topic})
        else:
            logger.info("nobody asked on `%s`, so nobody is told", topic)
        return []


def _is_named(topic: str, named: list[str], languages: Languages) -> bool:
    """Tell whether one of the names is the topic's product, or a part of its words."""
    thing = topic.partition(":")[2]
    slugs = (words.slug(name, languages) for name in named)
    return any(
        slug == thing or set(slug.split("-")) <= set(thing.split("-")) for slug in slugs if slug
    )
