"""What a yes, a no and a "why?" mean: the question that the bot has just asked decides."""

from __future__ import annotations

from policy_guard.people import People

from . import words
from .alerts import CARDS, card_left, just_noted, products, wants_nothing
from .turn import ChoiceAction, Turn

#: What asks whether everything is to be deleted.
DELETION = frozenset({"utter_confirm_deletion", "utter_explain_deletion"})
#: What asks whether everything is to be stopped.
STOP = frozenset({"utter_confirm_stop"})
STOPPED = "utter_stopped"
#: After these a question asked before them is answered.
_SETTLED = frozenset(
    {"utter_denied", "utter_deleting", "utter_unavailable", "utter_offer_less", STOPPED}
)


class TakeYes(ChoiceAction):
    """A yes to no question: one that was asked lately, and lost sight of, is asked again.

    Nothing is stopped or deleted by a yes that does not follow its question at once.
    """

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_take_yes"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Look back over the bot's last turns."""
        for done in turn.lately:
            if done & _SETTLED:
                break
            if done & DELETION:
                return {"outcome": "confirm", "open_question": "delete"}
            if done & STOP:
                return {"outcome": "ask", "open_question": "stop"}
        return {"outcome": "affirmed"}


class TakeNo(ChoiceAction):
    """A no: after a STOP it wants the messages back, under a card it leaves the card.

    "Cancel" right after a wish was noted cancels that wish; a plain no does not.
    """

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_take_no"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Only the person's own START takes back a STOP; the answer says so."""
        if STOPPED in turn.before and wants_nothing(people.choices(turn.psid)):
            return {"outcome": "stopped"}
        if turn.before & CARDS and turn.topic is not None:
            return card_left(turn)
        if words.speaks_of_cancelling(turn.typed, people.languages):
            origin = turn.origin(people.now())
            noted = just_noted(turn, people.before(turn.psid, origin))
            if noted is not None:
                people.cancel_wishes(turn.psid, [noted], origin)
                return {"outcome": "cancelled", "waiting_for": products([noted], turn)}
        return {"outcome": "denied"}


class Explain(ChoiceAction):
    """Why, and what happens then: of the question that is open, else of the shop's messages."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_explain"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """A question that is explained stays open: its answer asks it again."""
        if turn.before & DELETION:
            return {"outcome": "deletion", "open_question": "delete"}
        if turn.before & STOP:
            return {"outcome": "ask", "open_question": "stop"}
        return {"outcome": "plain"}
