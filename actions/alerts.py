"""Choosing, seeing, stopping, pausing and resuming alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.catalogue import Catalogue, Consent
from policy_guard.errors import GuardError
from policy_guard.people import Choices, People

from . import wiring, words
from .turn import ChoiceAction, Turn, read_turn

#: Below this an unnamed "stop" may be a misunderstanding, and silencing someone wrongly is no
#: kindness: the bot asks once. A tap and the word STOP itself are never doubted.
SURE = 0.5


def titles(ids: Iterable[str], catalogue: Catalogue, language: str | None) -> str:
    """Return the titles of these alert types in one line, in the catalogue's order."""
    wanted = set(ids)
    code = language or catalogue.languages[0]
    return ", ".join(kind.title(code) for kind in catalogue.types if kind.id in wanted)


def products(choices: Choices) -> str:
    """Return what the person waits for in one line."""
    return ", ".join(words.product_of(wish.topic) for wish in choices.wishes)


class ChooseAlerts(ChoiceAction):
    """Keeps the alert types a person names; asks when none is named."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_choose_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, str | None]:
        """Record the standing choices; a one-time type needs a product and is never chosen here."""
        catalogue = people.catalogue
        wanted = words.wanted_types(turn.typed, turn.entities, catalogue)
        standing = [t for t in wanted if _is_standing(t, catalogue)]
        if not wanted:
            return {"outcome": "ask"}
        if not standing:
            return {"outcome": "needs_product"}
        choices = people.choose(turn.psid, standing, turn.origin(people.now()))
        outcome = "chosen" if len(standing) == len(wanted) else "chosen_and_product"
        return {
            # Choosing is no START: only the person's own word takes back a STOP.
            "outcome": "stopped" if choices.stopped else outcome,
            "alert_names": titles(choices.alerts, catalogue, turn.language),
        }


class OfferAlerts(Action):
    """Shows the catalogue with a quick reply per alert type, in the person's language."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_offer_alerts"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Send one message; a one-time type leads to the question which product."""
        try:
            catalogue = wiring.people().catalogue
        except GuardError:
            return []
        code = read_turn(tracker).language or catalogue.languages[0]
        lines = [f"{kind.title(code)}: {kind.description(code)}" for kind in catalogue.types]
        replies = [
            {"title": kind.title(code), "payload": _payload(kind.id, kind.consent)}
            for kind in catalogue.types
        ]
        dispatcher.utter_message(text="\n".join(lines), quick_replies=replies)
        return []


class ListAlerts(ChoiceAction):
    """Says what a person gets and waits for."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_list_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, str | None]:
        """Read the choices; a stop and a pause come first, they decide what arrives."""
        choices = people.choices(turn.psid)
        chosen = titles(choices.alerts, people.catalogue, turn.language)
        waiting = products(choices)
        slots: dict[str, str | None] = {"alert_names": chosen, "waiting_for": waiting}
        if choices.stopped:
            return slots | {"outcome": "stopped"}
        if choices.paused_until is not None and (chosen or waiting):
            return slots | {
                "outcome": "paused",
                "alert_names": ", ".join(part for part in (chosen, waiting) if part),
                "paused_until": words.moment_in_words(choices.paused_until, turn.language),
            }
        if chosen:
            return slots | {"outcome": "listed_waiting" if waiting else "listed"}
        return slots | {"outcome": "waiting" if waiting else "nothing"}


class StopAlerts(ChoiceAction):
    """Stops the alert types a person names, or everything when they name none."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_stop_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, str | None]:
        """Drop what is named; a stop of everything counts like the word STOP."""
        named = words.named_types(turn.typed, turn.entities, people.catalogue)
        origin = turn.origin(people.now())
        if not named:
            if turn.typed and turn.confidence < SURE:
                return {"outcome": "ask"}
            people.stop_all(turn.psid, origin)
            return {"outcome": "stopped"}
        before = people.before(turn.psid, origin)
        wished = [w.topic for w in before.wishes if w.topic.partition(":")[0] in named]
        held = [t for t in named if t in before.alerts]
        # Dropped even when it was not chosen: an older choice may still be on its way in.
        people.drop(turn.psid, named, origin)
        if wished:
            people.cancel_wishes(turn.psid, wished, origin)
        return {
            "outcome": "dropped" if held or wished else "not_chosen",
            "alert_names": titles(named, people.catalogue, turn.language),
        }


class PauseAlerts(ChoiceAction):
    """Holds everything until a day the person names, or for a week."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_pause_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, str | None]:
        """Pause from the event's own time on."""
        origin = turn.origin(people.now())
        said = turn.typed or " ".join(each.value for each in turn.named("duration"))
        until = words.pause_end(said, origin.at)
        choices = people.pause(turn.psid, until, origin)
        shown = words.moment_in_words(choices.paused_until or until, turn.language)
        return {"outcome": "paused", "paused_until": shown}


class ResumeAlerts(ChoiceAction):
    """Ends a pause; a STOP stays in force until the person writes START."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_resume_alerts"

    def act(self, turn: Turn, people: People) -> dict[str, str | None]:
        """End the pause and say honestly whether messages come again."""
        choices = people.resume(turn.psid, turn.origin(people.now()))
        return {"outcome": "stopped" if choices.stopped else "resumed"}


def _is_standing(type_id: str, catalogue: Catalogue) -> bool:
    kind = catalogue.get(type_id)
    return kind is not None and kind.consent is Consent.PREFERENCE


def _payload(type_id: str, consent: Consent) -> str:
    if consent is Consent.ONE_TIME:
        return "/request_notification"
    return f'/choose_alerts{{"alert_type": "{type_id}"}}'
