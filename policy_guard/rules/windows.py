"""The standard messaging window and the regions of the two sides: what several rules look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from ..regions import inside, surely_inside
from ..vocabulary import OpenerKind, Purpose, Question


def window_until(q: Question) -> tuple[OpenerKind, datetime, str] | None:
    """Return what keeps the window open longest, until when (UTC), and the source that says so.

    None where the person did nothing that opens one.

    The first message after a click on an ad may give more than the standard window, as far as the
    settings count on it and the edition knows of it (Messenger Platform policy, 2026-09-28).
    """
    best: tuple[datetime, OpenerKind, str] | None = None
    for opener in q.person.openers:
        rule = q.edition.openers.get(opener.kind)
        if rule is None or (rule.needs_ref and not opener.ref):
            continue
        length, source = q.edition.window, rule.source
        after_ad = opener.kind is OpenerKind.AD_CLICK_MESSAGE
        if after_ad and opener.at >= q.edition.ad_click_since:
            counted = min(q.settings.ad_click_window, q.edition.ad_click_longest)
            if counted > length:
                length, source = counted, q.edition.ad_click_source
        ends = (min(opener.at, q.at) + length, opener.kind, source)
        if best is None or ends > best:
            best = ends
    return None if best is None else (best[1], best[0], best[2])


def ad_could_open(q: Question) -> bool:
    """Tell whether the window were open if the settings counted on all that an ad may give."""
    longest = q.edition.ad_click_longest
    if not any(opener.kind is OpenerKind.AD_CLICK_MESSAGE for opener in q.person.openers):
        return False
    opened = window_until(replace(q, settings=replace(q.settings, ad_click_window=longest)))
    return opened is not None and q.at < opened[1] - q.settings.window_margin


def conversed(q: Question) -> bool:
    """Tell whether there is a conversation: the person began one, or agreed to something in one."""
    return window_until(q) is not None or bool(q.person.tokens)


def sides(q: Question) -> Iterator[tuple[dict[str, object], str]]:
    """Give each side of the conversation, in the words of a sentence, and its region."""
    yield {"who": "Page", "who_fr": "la Page"}, q.page.region
    yield {"who": "person", "who_fr": "la personne"}, q.person_region


def closed_to(q: Question, areas: Iterable[str]) -> dict[str, object] | None:
    """Return who may be in one of the closed *areas*, and which, None where nobody is."""
    if not areas:
        return None
    for words, region in sides(q):
        area = inside(region, areas)
        if area is not None:
            return {**words, "area": area}
    return None


def not_open_to(q: Question, areas: Iterable[str]) -> dict[str, object] | None:
    """Return who may be outside all of the open *areas*, None where both are inside."""
    for words, region in sides(q):
        if not surely_inside(region, areas):
            return {**words, "region": region}
    return None


def untagged_type(q: Question) -> str:
    """Return the messaging type of a message that rests on the window: an answer or an update."""
    return "RESPONSE" if q.message.purpose is Purpose.REPLY else "UPDATE"
