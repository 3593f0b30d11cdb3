"""The few objects of the Marketing API that a sponsored message is made of.

They are kept as they were given, so that a test can read them; nothing is ever delivered. What a
sponsored message is made of follows public clients of the Marketing API: a creative with
`messenger_sponsored_message`, in an ad set whose `messenger_positions` are `sponsored_messages`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .facts import Facts
from .reading import RefusedError, refusal

Json = dict[str, Any]
# Kind of object: what it needs, and which of its fields names another object of which kind.
EDGES: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "campaigns": (("name", "objective"), {}),
    "adsets": (("name", "campaign_id"), {"campaign_id": "campaigns"}),
    "adcreatives": ((), {}),
    "ads": (("name", "adset_id", "creative"), {"adset_id": "adsets"}),
}
POSITION = "sponsored_messages"


@dataclass(frozen=True)
class AdObject:
    """A campaign, an ad set, a creative or an ad; `fields` are those it was given."""

    id: str
    edge: str
    created_at: datetime
    fields: Json


class Ads:
    """Everything advertised, oldest first."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._all: dict[str, AdObject] = {}

    def clear(self) -> None:
        """Forget it all."""
        self._all.clear()

    def all(self, edge: str | None = None) -> list[AdObject]:
        """Return every object, or those of one kind."""
        return [one for one in self._all.values() if edge in (None, one.edge)]

    def get(self, known_as: str) -> AdObject | None:
        """Return the object with this id."""
        return self._all.get(known_as)

    def create(self, edge: str, fields: Json, moment: datetime, *, reopened: bool) -> AdObject:
        """Return a new object; `reopened` lets sponsored messages go on; raises RefusedError."""
        needed, named = EDGES[edge]
        for name in needed:
            if name not in fields:
                raise self._wrong(f"`{name}` is missing")
        for name, kind in named.items():
            self._other(fields[name], kind, name)
        if edge == "ads":
            self._creative_of(fields)
        ended = moment >= self._facts.sponsored_until and not reopened
        if ended and self._is_sponsored(edge, fields):
            raise refusal(self._facts, "sponsored_ended")
        made = AdObject(str(secrets.randbelow(9 * 10**16) + 10**16), edge, moment, dict(fields))
        self._all[made.id] = made
        return made

    def change(self, one: AdObject, fields: Json) -> None:
        """Write new values into an object."""
        one.fields.update(fields)

    def _is_sponsored(self, edge: str, fields: Json) -> bool:
        if edge == "adcreatives":
            return "messenger_sponsored_message" in fields
        if edge == "adsets":
            targeting = fields.get("targeting")
            positions = targeting.get("messenger_positions") if isinstance(targeting, dict) else ()
            return isinstance(positions, (list, tuple)) and POSITION in positions
        if edge == "ads":
            parts = (
                self._other(fields["adset_id"], "adsets", "adset_id"),
                self._creative_of(fields),
            )
            return any(self._is_sponsored(part.edge, part.fields) for part in parts)
        return False

    def _creative_of(self, fields: Json) -> AdObject:
        creative = fields["creative"]
        known_as = creative.get("creative_id") if isinstance(creative, dict) else None
        return self._other(known_as, "adcreatives", "creative.creative_id")

    def _other(self, known_as: object, edge: str, name: str) -> AdObject:
        found = self._all.get(str(known_as))
        if found is None or found.edge != edge:
            raise self._wrong(f"`{name}` names none of the {edge}")
        return found

    def _wrong(self, sentence: str) -> RefusedError:
        return refusal(self._facts, "bad_parameter", sentence)
