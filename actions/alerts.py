"""Choosing, seeing, stopping, pausing and resuming alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.catalogue import Catalogue, Consent
from policy_guard.errors import GuardError
from policy_guard.people import Choices, Origin, People

from . import wiring, words
from .domain import quick_replies_of
from .pauses import pause_end
from .turn import MOST_MISSES, ChoiceAction, Turn, missed, offered_in, read_turn

#: Below this an unnamed "stop" may be a misunderstanding, and silencing someone wrongly is no
#: kindness: the bot asks once. A tap and the word STOP itself are never doubted.
SURE = 0.5
#: The platform shows so many quick replies under one message (Quick Replies, 2026-04-22).
MOST_REPLIES = 13
#: Asked at first, then where an answer was none, then for the last time.
ASK_CHOICE = (
    "utter_ask_alert_choice",
    "utter_ask_alert_choice_again",
    "utter_ask_alert_choice_last",
)
#: What a complaint is answered with before anything is stopped.
OFFER = "utter_offer_less"
#: What asks for the tap on "Notify me", which a "cancel" then means.
CARDS = frozenset({"utter_ask_notification", "action_ask_notification", "utter_tap_the_card"})

#: What says that a wish was noted, and that it can be cancelled.
NOTED = frozenset(
    {
        "utter_notification_granted",
        "utter_notification_granted_paused",
        "utter_notification_granted_stopped",
    }
)


def titles(ids: Iterable[str], catalogue: Catalogue, language: str | None) -> str:
    """Return the titles of these alert types in one line, in the catalogue's order."""
    wanted, code = set(ids), language or catalogue.languages[0]
    return ", ".join(kind.title(code) for kind in catalogue.types if kind.id in wanted)


def moment_of(people: People, turn: Turn, at: datetime) -> str:
    """Return a moment in the person's language and on their clock."""
    return people.languages.get(turn.language).moment(people.wall_time(turn.psid, at))


def products(topics: Iterable[str], turn: Turn) -> str:
    """Return the products of these topics in one line, in the words that the person used."""
    return ", ".join(words.product_of(topic, turn.names) for topic in topics)


def wants_nothing(choices: Choices) -> bool:
    """Tell whether the person stopped everything; that their data was deleted is no such word."""
    return choices.stopped and not choices.forgotten


def card_left(turn: Turn) -> dict[str, object]:
    """Return what is left of a card that a person wants nothing of; it cannot be taken back."""
    named = words.product_of(turn.topic, turn.names) if turn.topic else None
    return {"outcome": "card_left", "open_question": "none", "product": named}


def just_noted(turn: Turn, choices: Choices) -> str | None:
    """Return the topic of the wish that the bot has just noted, None where it noted none."""
    if not turn.before & NOTED or not choices.wishes:
        return None
    return max(choices.wishes, key=lambda wish: wish.asked_at).topic


def with_offers(
    own: Sequence[Mapping[str, Any]], tracker: Tracker, most: int = MOST_REPLIES
) -> list[dict[str, Any]]:
    """Return a question's quick replies, then those of what was said before it in this turn."""
    kept: dict[str, dict[str, Any]] = {}
    for reply in (*own, *offered_in(tracker)):
        shown = {"title": reply.get("title"), "payload": reply.get("payload")}
        kept.setdefault(str(reply.get("payload")), shown)
    return list(kept.values())[:most]


class ChooseAlerts(ChoiceAction):
    """Keeps the alert types a person names; asks when none is named."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_choose_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Record the standing choices; a one-time type needs a product and is never chosen here."""
        catalogue = people.catalogue
        said = (turn.typed, turn.entities, catalogue, people.languages)
        wanted = words.wanted_types(*said)
        standing = [t for t in wanted if _is_standing(t, catalogue)]
        origin = turn.origin(people.now())
        had = people.before(turn.psid, origin)
        dropped = [t for t in words.refused_types(*said) if t in had.alerts]
        if standing and words.narrows(turn.typed, people.languages):
            dropped += [t for t in had.alerts if t not in (*standing, *dropped)]
        if dropped:  # they have changed their mind
            people.drop(turn.psid, dropped, origin)
        if dropped and not wanted:
            return {
                "outcome": "dropped",
                "alert_names": titles(dropped, catalogue, turn.language),
            }
        if not wanted:
            if turn.misses > MOST_MISSES and turn.intent != "choose_alerts":
                return {"outcome": "gave_up", "misses": 0}
            # Who stopped is told so before the question: nothing that they choose would come.
            return {"outcome": "start_first" if wants_nothing(had) else "ask", "misses": 0}
        if not standing:
            return {"outcome": "needs_product"}
        choices = people.choose(turn.psid, standing, origin)
        kept = titles(choices.alerts, catalogue, turn.language)
        slots: dict[str, object] = {"alert_names": kept}
        if choices.stopped:
            # Choosing is no START: only the person's own word takes back a STOP.
            return slots | {"outcome": "stopped"}
        if len(standing) < len(wanted):
            return slots | {"outcome": "chosen_and_product"}
        if choices.paused_until is not None:
            shown = moment_of(people, turn, choices.paused_until)
            return slots | {"outcome": "chosen_paused", "paused_until": shown}
        new = set(standing) - set(had.alerts)
        return slots | {"outcome": "chosen" if new or dropped else "chosen_already"}


class AskAlertChoice(Action):
    """Asks what the person wants to hear about, with a quick reply per alert type."""

    def name(self) -> str:
        """Return the name by which Rasa asks for the form's slot."""
        return "action_ask_alert_choice"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Send one message: the types of the catalogue, then what the domain offers beside them."""
        try:
            catalogue = wiring.people().catalogue
        except GuardError:
            dispatcher.utter_message(response="utter_unavailable")
            return []
        turn = read_turn(tracker)
        code, asked = turn.language, ASK_CHOICE[min(turn.misses, MOST_MISSES)]
        types = [
            {
                "title": kind.title(code or catalogue.languages[0]),
                "payload": _payload(kind.id, catalogue),
            }
            for kind in catalogue.types
        ]
        beside = quick_replies_of(domain, asked, code)
        offered = with_offers([*types, *beside], tracker)
        dispatcher.utter_message(response=asked, quick_replies=offered)
        return []


class ExplainAlerts(Action):
    """Says what each alert type is, in the words of the catalogue."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_explain_alerts"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Fill the list into the response's words."""
        try:
            people = wiring.people()
        except GuardError:
            return []
        spoken = people.languages.get(read_turn(tracker).language)
        code = spoken.code
        lines = [
            spoken.say("explained", title=kind.title(code), description=kind.description(code))
            for kind in people.catalogue.types
        ]
        dispatcher.utter_message(response="utter_explain_alerts", alert_list="\n".join(lines))
        return []


class ValidateAlertsForm(FormValidationAction):
    """Takes an answer that names an alert type; action_choose_alerts then keeps the choice."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "validate_alerts_form"

    def validate_alert_choice(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Mapping[str, Any],
    ) -> dict[str, object]:
        """Keep the answer; where no type is named in it, the form asks again, at most twice."""
        turn = read_turn(tracker)
        try:
            people = wiring.people(turn.store)
        except GuardError:
            return {"alert_choice": str(value)}  # the action then says that it is not possible
        said = (turn.typed, turn.entities, people.catalogue, people.languages)
        named = words.wanted_types(*said)
        if not named:
            held = people.choices(turn.psid).alerts
            named = tuple(t for t in words.refused_types(*said) if t in held)
        return {"alert_choice": ",".join(named)} if named else missed(turn, "alert_choice")


class ListAlerts(ChoiceAction):
    """Says what a person gets and waits for."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_list_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Read the choices; a stop and a pause come first, they decide what arrives."""
        choices = people.choices(turn.psid)
        chosen = titles(choices.alerts, people.catalogue, turn.language)
        waiting = products((wish.topic for wish in choices.wishes), turn)
        slots: dict[str, object] = {"alert_names": chosen, "waiting_for": waiting}
        if wants_nothing(choices):
            return slots | {"outcome": "stopped"}
        if choices.forgotten:
            return slots | {"outcome": "nothing_kept"}
        if choices.paused_until is not None and (chosen or waiting):
            return slots | {
                "outcome": "paused",
                "alert_names": ", ".join(part for part in (chosen, waiting) if part),
                "paused_until": moment_of(people, turn, choices.paused_until),
            }
        if chosen:
            return slots | {"outcome": "listed_waiting" if waiting else "listed"}
        return slots | {"outcome": "waiting" if waiting else "nothing"}


class StopAlerts(ChoiceAction):
    """Stops the alert types a person names, or everything when they name none."""

    leaves_form = frozenset({"stopped", "is_stopped", "ask", "offer", "card_left"})

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_stop_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Drop what is named; an order to stop counts like the word STOP.

        A complaint ("too many messages") and a question ("how do I stop?") change nothing: they are
        answered with what can be done, and the person says which.
        """
        confirmed = turn.intent == "affirm"  # of utter_confirm_stop
        named = words.named_types(turn.typed, turn.entities, people.catalogue)
        origin = turn.origin(people.now())
        if not named or confirmed:
            doubt = None if confirmed or not turn.typed else _doubt(turn, people, origin)
            if doubt is not None:
                return doubt
            people.stop_all(turn.psid, origin)
            return {"outcome": "stopped", "open_question": "none"}
        before = people.before(turn.psid, origin)
        said = (turn.typed, turn.entities, people.catalogue, people.languages)
        if spared := words.spared_types(*said):
            named = tuple(kind.id for kind in people.catalogue.types if kind.id not in spared)
        wished = [w.topic for w in before.wishes if w.topic.partition(":")[0] in named]
        held = [t for t in named if t in before.alerts]
        # Dropped even when it was not chosen: an older choice may still be on its way in.
        people.drop(turn.psid, named, origin)
        if wished:
            people.cancel_wishes(turn.psid, wished, origin)
        return {
            "outcome": "dropped" if held or wished else "not_chosen",
            "open_question": "none",
            "alert_names": titles(
                _told(named, held, wished, spared), people.catalogue, turn.language
            ),
        }


def _doubt(turn: Turn, people: People, origin: Origin) -> dict[str, object] | None:
    """Return what to say before everything is stopped, None where it was told plainly."""
    if wants_nothing(people.before(turn.psid, origin)):
        return {"outcome": "is_stopped", "open_question": "none"}
    if words.orders_stop(turn.typed, people.languages):
        ask = turn.confidence < SURE
    elif turn.before & CARDS and turn.topic is not None:
        return card_left(turn)  # "annuler" under a card means the card
    else:
        ask = OFFER in turn.before  # who complains on is asked plainly
        if not ask:
            return {"outcome": "offer", "open_question": "none"}
    return {"outcome": "ask", "open_question": "stop"} if ask else None


def _told(
    named: Sequence[str], held: Sequence[str], wished: Sequence[str], spared: Sequence[str]
) -> list[str]:
    """Return what is named in the answer: what a person named, or what "all but" took away."""
    gone = {*held, *(topic.partition(":")[0] for topic in wished)}
    return [t for t in named if not spared or not gone or t in gone]


class PauseAlerts(ChoiceAction):
    """Holds everything until the end that the person names, or for a week where they name none."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_pause_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Pause from the event's own time on."""
        origin = turn.origin(people.now())
        said = turn.typed or " ".join(each.value for each in turn.named("duration"))
        here = people.wall_time(turn.psid, origin.at)
        end = pause_end(said, here, people.languages)
        if end is None:
            return {"outcome": "when"}
        until = end.astimezone(origin.at.tzinfo)
        choices = people.pause(turn.psid, until, origin)
        shown = moment_of(people, turn, choices.paused_until or until)
        return {"outcome": "paused", "paused_until": shown}


class ResumeAlerts(ChoiceAction):
    """Ends a pause; a STOP stays in force until the person writes START."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_resume_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """End the pause and say honestly whether messages come again."""
        origin = turn.origin(people.now())
        paused = people.before(turn.psid, origin).paused_until is not None
        if wants_nothing(people.resume(turn.psid, origin)):
            return {"outcome": "stopped"}
        return {"outcome": "resumed" if paused else "not_paused"}


def _is_standing(type_id: str, catalogue: Catalogue) -> bool:
    kind = catalogue.get(type_id)
    return kind is not None and kind.consent is Consent.PREFERENCE


def _payload(type_id: str, catalogue: Catalogue) -> str:
    """Return where a tap on an alert type leads: a one-time one to the question which product."""
    if _is_standing(type_id, catalogue):
        return f'/choose_alerts{{"alert_type": "{type_id}"}}'
    once = [kind.id for kind in catalogue.types if kind.consent is Consent.ONE_TIME]
    if type_id == once[0]:  # what is meant where none is named
        return "/request_notification"
    return f'/request_notification{{"alert_type": "{type_id}"}}'
