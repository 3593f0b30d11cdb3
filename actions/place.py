"""Where a person says they are: it decides what they may be offered, and when their night is."""

from __future__ import annotations

from policy_guard.people import People

from .turn import ChoiceAction, Turn


class RememberPlace(ChoiceAction):
    """Keeps the country a person names; asks where none is named."""

    def name(self) -> str:
        """Return the name the domain knows."""
        return "action_remember_place"

    def act(self, turn: Turn, people: People) -> dict[str, object]:
        """Keep it in the store, where the guard looks."""
        region = people.languages.region_named(turn.typed)
        if region is None:
            return {"outcome": "unknown"}
        people.remember_region(turn.psid, region)
        return {"outcome": "noted", "place": people.languages.region_name(region, turn.language)}
