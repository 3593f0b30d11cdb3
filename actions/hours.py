"""When people of the shop are there, and how soon one of them answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from threading import Lock
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.answering import Answering
from policy_guard.errors import GuardError

from .days import day_asked
from .turn import Turn, read_turn

logger = logging.getLogger(__name__)

#: Answers to these say themselves when a person is there.
_SAYS_IT_ALREADY = frozenset({"opening_hours_response_time", "human_handoff"})
#: Who says this wants nobody.
_WANTS_NOBODY = frozenset({"stop_alerts", "goodbye", "thank"})

_lock = Lock()
_opened: list[Answering | None] = []


def answering() -> Answering | None:
    """Return the opening hours, opened at the first call; None where no file says them.

    Raises GuardError when they cannot be read, or their store cannot be opened.
    """
    with _lock:
        if not _opened:
            _opened.append(Answering.open())
        return _opened[0]


def use(one: Answering | None) -> None:
    """Make the actions use these opening hours, or none."""
    with _lock:
        _opened[:] = [one]


def reopen() -> None:
    """Have the opening hours opened again at the next turn."""
    with _lock:
        _opened.clear()


class TellHours(Action):
    """Answers "are you open?"; the rules say the words for the `outcome` it leaves."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_tell_hours"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Leave how things stand now, or the hours of the day that is named, else `unavailable`."""
        turn = read_turn(tracker)
        try:
            hours = answering()
            slots = (hours and _day_asked(hours, turn)) or _slots(hours, turn)
        except GuardError as error:
            logger.error("%s: %s", self.name(), error)  # noqa: TRY400 - the sentence says it all
            slots = {"outcome": "unavailable"}
        return [SlotSet(name, value) for name, value in slots.items()]


def _day_asked(hours: Answering, turn: Turn) -> dict[str, str] | None:
    """Return what is known of another day where the question names one."""
    today = hours.today()
    asked = day_asked(turn.typed, today, hours.hours.holidays, hours.languages)
    if asked is None or asked.days == (today,):
        return None
    if asked.holiday:
        listed = hours.holidays(turn.language)
        return {"outcome": "holidays", "holidays": listed} if listed else {"outcome": "unknown"}
    if asked.weekdays:
        named, told = hours.on_weekdays(asked.weekdays, turn.language)
    elif asked.days:
        named, told = hours.on_days(asked.days, turn.language)
    else:
        return {"outcome": "unknown"}
    if asked.weekend:
        named = hours.languages.get(turn.language).say("weekend")
    known = all(hours.foretold(day) for day in asked.days)
    return {
        "outcome": "hours_on_day" if known else "usual_hours_on_day",
        "hours_day": named,
        "hours_of_day": told,
    }


def _slots(hours: Answering | None, turn: Turn) -> dict[str, str]:
    if hours is None:
        return {"outcome": "unavailable"}
    standing = hours.standing(turn.language)
    if not standing.is_open and standing.next_opening is None:
        return {"outcome": "unavailable"}
    return {
        "outcome": "open_now" if standing.is_open else "closed_now",
        "hours_today": standing.hours_today,
        "next_opening": standing.next_opening or "",
        "answer_time": standing.answer_time,
    }


class SayClosed(Action):
    """Says, before a person's first answer in a closed time, when somebody of the shop is there.

    Rasa asks it at every turn, once the slots are filled and before anything is answered: its name
    is Rasa's own for that place.
    """

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_validate_slot_mappings"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Say it once; where the store cannot be used nothing is said, and no slot ever changes."""
        turn = read_turn(tracker)
        if not turn.typed or turn.intent in _WANTS_NOBODY:
            return []
        try:
            hours = answering()
            if hours is not None and hours.tells_closed(turn.psid, turn.key):
                opening = hours.standing(turn.language).next_opening
                if opening is not None and turn.intent not in _SAYS_IT_ALREADY:
                    dispatcher.utter_message(response="utter_outside_hours", next_opening=opening)
        except GuardError as error:
            logger.error("%s: %s", self.name(), error)  # noqa: TRY400 - the sentence says it all
        return []
