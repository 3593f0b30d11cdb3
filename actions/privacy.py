"""What is kept of a person, and having it deleted."""

from __future__ import annotations

import re

from policy_guard.durations import span_text
from policy_guard.people import People

from .turn import ChoiceAction, Turn

#: Who writes one of these about their data is asked at once whether everything is to be deleted.
_DELETE = re.compile(r"\b(delet|eras|remov|wip|forget|effac|supprim|oubli)", re.IGNORECASE)


class ExplainPrivacy(ChoiceAction):
    """Says how long messages are kept, or asks whether everything is to be deleted."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_explain_privacy"

    def act(self, turn: Turn, people: People) -> dict[str, str | bool | None]:
        """Only a tap or a word for deleting leads to the question; its yes is one to deleting."""
        tapped = any(each.value == "delete" for each in turn.named("data_request"))
        if tapped or _DELETE.search(turn.typed):
            return {"outcome": "confirm", "asked_deletion": True}
        kept = people.retention.messages
        if kept is None:
            return {"outcome": "unlimited", "asked_deletion": False}
        said = str(span_text(kept, turn.language or "en"))
        return {"outcome": "explained", "asked_deletion": False, "kept_for": said}


class DeleteData(ChoiceAction):
    """Asks for everything of the person's to be deleted, once they have said yes to it."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_delete_data"

    def act(self, turn: Turn, people: People) -> dict[str, str | bool | None]:
        """Leave the request in the store: it is carried out when this turn's answer has left."""
        people.forget(turn.psid, turn.origin(people.now()))
        return {"outcome": "deleting"}
