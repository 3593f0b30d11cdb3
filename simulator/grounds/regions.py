"""What the privacy rules of Europe and Japan took away for a while."""

from __future__ import annotations

from datetime import datetime

from ..facts import Facts
from ..known import PageFacts, PersonFacts
from ..reading import refusal
from ..shape import Call


def regions_of(person: PersonFacts, page: PageFacts) -> frozenset[str]:
    """Return where the Page and the person are."""
    return frozenset((page.region, person.region or page.region))


def check_cuts(
    call: Call, person: PersonFacts, page: PageFacts, moment: datetime, facts: Facts
) -> None:
    """Raise RefusedError for what was not available there at the moment."""
    for cut in facts.cuts:
        if (
            cut.start <= moment < cut.end
            and _needs(call, cut.what)
            and not cut.regions.isdisjoint(regions_of(person, page))
        ):
            raise refusal(facts, "region_limits", f"`{cut.what}` is not available there now")


def _needs(call: Call, what: str) -> bool:
    if what == "one_time_notification":
        return call.recipient == "one_time_notif_token" or call.one_time is not None
    if what == "sender_action":
        return call.kind == "sender_action"
    if what == "media":
        return call.shape.media is not None
    if what == "persona":
        return call.persona_id is not None
    return call.shape.template == what
