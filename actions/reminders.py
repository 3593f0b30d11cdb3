"""A reminder inside the conversation: Rasa's own, which a restart of the server forgets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ReminderScheduled, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from policy_guard.clock import Clock, SystemClock
from policy_guard.durations import duration

from .turn import read_turn

USUAL_DELAY = timedelta(minutes=10)


class RemindMe(Action):
    """Schedules EXTERNAL_reminder after the `duration` (`2s`, `10m`, `3h`) of the event."""

    #: Rasa's scheduler runs on the machine's clock, never on a simulated one.
    clock: Clock = SystemClock()

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_remind_me"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Schedule it; a duration that cannot be read means ten minutes."""
        turn = read_turn(tracker)
        try:
            delay = duration(turn.named("duration")[0].value)
        except (IndexError, ValueError):
            delay = USUAL_DELAY
        reminder = ReminderScheduled(
            "EXTERNAL_reminder",
            trigger_date_time=self.clock.now() + delay,
            # The scheduler's names are shared by everyone: one person must not replace another's.
            name=f"reminder:{turn.psid}:{turn.key}",
            kill_on_user_message=False,
        )
        return [SlotSet("outcome", "reminded"), reminder]
