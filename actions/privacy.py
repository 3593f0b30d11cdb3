"""What is kept of a person, and having it deleted."""

from __future__ import annotations

from policy_guard.people import People

from . import words
from .answers import DELETION
from .turn import ChoiceAction, Turn


class ExplainPrivacy(ChoiceAction):
    """Says how long messages are kept, or asks whether everything is to be deleted."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_explain_privacy"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Only a tap or a word for deleting leads to the question; its yes is one to deleting."""
        tapped = any(each.value == "delete" for each in turn.named("data_request"))
        if tapped or words.speaks_of_deleting(turn.typed, people.languages):
            return {"outcome": "confirm", "open_question": "delete"}
        if turn.before & DELETION:
            return {"outcome": "deletion", "open_question": "delete"}  # asked about what was asked
        kept = people.retention.messages
        if kept is None:
            return {"outcome": "unlimited", "open_question": "none"}
        said = people.languages.get(turn.language).span(kept)
        return {"outcome": "explained", "open_question": "none", "kept_for": said}


class DeleteData(ChoiceAction):
    """Asks for everything of the person's to be deleted, once they have said yes to it."""

    leaves_form = frozenset({"deleting"})

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_delete_data"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Leave the request in the store: it is carried out when this turn's answer has left."""
        people.forget(turn.psid, turn.origin(people.now()))
        return {"outcome": "deleting", "open_question": "none"}
