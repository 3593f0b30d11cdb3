"""A person instead of the bot: when one answers, and what to ask where nothing was understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.people import People

from . import hours
from .domain import quick_replies_of
from .turn import ChoiceAction, Turn, read_turn

AFFIRMATION = "utter_ask_affirmation"
NONE_OF_THESE = "out_of_scope"
#: How many of the model's guesses are offered.
GUESSES = 3
_INTENT = re.compile(r"/([A-Za-z_]\w*)")


class HandOver(ChoiceAction):
    """Finds out when a person answers; the rules say it and pass the conversation on."""

    leaves_form = frozenset({"handed_over", "handed_over_unpromised", "unavailable"})

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_hand_over"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Promise only what was measured or is configured, else nothing."""
        known = hours.answering()
        if known is None:
            return {"outcome": "handed_over_unpromised", "answer_promise": None}
        promise = known.standing(turn.language).answer_time
        return {"outcome": "handed_over", "answer_promise": promise}


class AskAffirmation(Action):
    """Asks which of the likeliest things the person meant, in the words of the domain."""

    def name(self) -> str:
        """Return the name by which Rasa's two-stage fallback calls it."""
        return "action_default_ask_affirmation"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Offer the quick replies of `utter_ask_affirmation` that fit, all of them if none does."""
        offered = quick_replies_of(domain, AFFIRMATION, read_turn(tracker).language)
        ranking = (tracker.latest_message or {}).get("intent_ranking") or ()
        guesses = [str(each.get("name")) for each in ranking][: GUESSES + 1]
        fits = [one for one in offered if _intent_of(one) in guesses][:GUESSES]
        last = [one for one in offered if _intent_of(one) == NONE_OF_THESE]
        if fits and fits != last:
            chosen = [one for one in fits if one not in last] + last
            dispatcher.utter_message(response=AFFIRMATION, quick_replies=chosen)
        else:
            dispatcher.utter_message(response=AFFIRMATION)
        return []


def _intent_of(reply: Mapping[str, Any]) -> str | None:
    found = _INTENT.match(str(reply.get("payload")))
    return found[1] if found else None
