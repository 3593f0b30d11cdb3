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
from policy_guard.people import Choices, Origin, People

from . import wiring, words
from .alerts import CARDS, card_left, just_noted, moment_of, products, wants_nothing, with_offers
from .domain import quick_replies_of
from .turn import MOST_MISSES, ChoiceAction, Turn, missed, read_turn

logger = logging.getLogger(__name__)

CARD = "utter_ask_notification"
#: Asked at first, then where an answer was none, then for the last time.
ASK_PRODUCT = ("utter_ask_product", "utter_ask_product_again", "utter_ask_product_last")
#: How many products are remembered in the words of who asked for them.
MOST_NAMES = 30


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
        cleared = [] if turn.named("product") else [SlotSet("product", None)]
        cleared.append(SlotSet("misses", 0))
        try:
            catalogue = wiring.people(turn.store).catalogue
        except GuardError:
            return cleared  # the action at the form's end then says that it is not possible
        once = [kind.id for kind in catalogue.types if kind.consent is Consent.ONE_TIME]
        named = words.named_types(turn.typed, turn.entities, catalogue)
        wanted = [type_id for type_id in named if type_id in once] or once
        return [*cleared, SlotSet("notification_type", wanted[0] if wanted else None)]


class AskProduct(Action):
    """Asks which product is meant, each time in other words; who stopped is not asked at all."""

    def name(self) -> str:
        """Return the name by which Rasa asks for the form's slot."""
        return "action_ask_product"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Send one message with the quick replies of all that was said in this turn."""
        turn = read_turn(tracker)
        try:
            if wants_nothing(wiring.people(turn.store).choices(turn.psid)):
                return [SlotSet("requested_slot", None)]  # the action at the form's end says why
        except GuardError:
            pass  # it says so too, once a product is named
        asked = ASK_PRODUCT[min(turn.misses, MOST_MISSES)]
        offered = with_offers(quick_replies_of(domain, asked, turn.language), tracker)
        dispatcher.utter_message(response=asked, quick_replies=offered)
        return []


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
    ) -> dict[str, object]:
        """Return the first name, and say so where there are more; noise has the form ask again."""
        turn = read_turn(tracker)
        # Rasa fills the slot with the last name of several
        said = [each.value for each in turn.named("product")] or [str(value)]
        try:
            languages = wiring.people(turn.store).languages
        except GuardError:
            return {"product": str(value)}  # the action then says so
        cleaned = [name for each in said if (name := words.clean_product(each, languages))]
        names = list({words.slug(name, languages): name for name in reversed(cleaned)}.values())
        names.reverse()
        plain = not turn.typed or bool(turn.named("product")) or words.is_name(said[0], languages)
        if not names or not plain or turn.intent == "affirm":
            return missed(turn, "product")
        if len(names) > 1:
            dispatcher.utter_message(
                response="utter_one_at_a_time", product=names[0], others=", ".join(names[1:])
            )
        return {"product": names[0]}


class RequestNotification(ChoiceAction):
    """Prepares the platform's "Notify me" card for the product the form asked for."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_request_notification"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Say whether the card may go out now; set its topic, and a name that fits its title."""
        choices = people.choices(turn.psid)
        if turn.product is None:
            if wants_nothing(choices):
                return {"outcome": "stopped"}
            gave_up = turn.misses > MOST_MISSES
            return {"outcome": "gave_up", "misses": 0} if gave_up else {"outcome": "unavailable"}
        kind = turn.notification_type or words.BACK_IN_STOCK
        topic = words.topic_of(turn.product, people.languages, kind)
        shown = words.short_name(turn.product)
        others = {each: name for each, name in turn.names.items() if each != topic}
        names = dict([*others.items(), (topic, shown)][-MOST_NAMES:])
        slots: dict[str, object] = {
            "notification_topic": topic,
            "product": shown,
            "product_names": names,
        }
        if wants_nothing(choices):
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
    """Takes back the request for the product that is named or was just noted, or all requests."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_cancel_notification"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Cancel, and say what was cancelled; nothing else is touched."""
        origin = turn.origin(people.now())
        before = people.before(turn.psid, origin)
        named = [each.value for each in turn.named("product")]
        if turn.topic and not named and _card_is_meant(turn, before, people, origin):
            return card_left(turn)
        if not before.wishes:
            return {"outcome": "nothing"}
        noted = just_noted(turn, before) if turn.typed and not named else None
        topics = [
            w.topic
            for w in before.wishes
            if (noted is None or w.topic == noted)
            and (not named or _is_named(w.topic, named, people.languages))
        ]
        if not topics:
            waiting = products((wish.topic for wish in before.wishes), turn)
            return {"outcome": "not_waiting", "waiting_for": waiting}
        people.cancel_wishes(turn.psid, topics, origin)
        return {"outcome": "cancelled", "waiting_for": products(topics, turn)}


class TakeWish(ChoiceAction):
    """Finds out what a tap on "Notify me" comes to while everything is paused or stopped."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_take_wish"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Promise a message only where one can come; the store holds the wish already."""
        choices = people.choices(turn.psid)
        if choices.stopped:
            return {"outcome": "granted_stopped"}
        if choices.paused_until is not None:
            shown = moment_of(people, turn, choices.paused_until)
            return {"outcome": "granted_paused", "paused_until": shown}
        return {"outcome": "granted"}


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


class TellOrderShipped(Action):
    """Tells a person that an order has left, with its number where the shop's event has one."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_tell_order_shipped"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Say it; the number of an earlier order is forgotten, for it is not this one's."""
        if read_turn(tracker).named("order_id"):
            dispatcher.utter_message(response="utter_order_shipped")
            return []
        dispatcher.utter_message(response="utter_order_shipped_unnumbered")
        return [SlotSet("order_id", None)]


def _card_is_meant(turn: Turn, before: Choices, people: People, origin: Origin) -> bool:
    """Tell whether "cancel" means the card: the one just shown, else an older one that stands."""
    if turn.before & CARDS:
        return True
    return not before.wishes and people.asked_to_notify(turn.psid, turn.topic or "", origin)


def _is_named(topic: str, named: list[str], languages: Languages) -> bool:
    """Tell whether one of the names is the topic's product, or a part of its words."""
    thing = topic.partition(":")[2]
    slugs = (words.slug(name, languages) for name in named)
    return any(
        slug == thing or set(slug.split("-")) <= set(thing.split("-")) for slug in slugs if slug
    )
