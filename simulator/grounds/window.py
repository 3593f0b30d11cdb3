"""The standard messaging window, and the one further message there was before 2020-03-04."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..facts import Facts
from ..known import Opening, PageFacts, PersonFacts


def window_until(
    openings: Iterable[Opening],
    moment: datetime,
    facts: Facts,
    ad_click_window: timedelta | None = None,
) -> datetime | None:
    """Return when the standard window ends (UTC, excluded); None when nothing ever opened it.

    `ad_click_window` is how long the Page may answer the first message after an ad, None for the
    usual time.
    """
    until = None
    for opening in openings:
        if opening.at <= moment and opens(opening, facts):
            end = opening.at + _lasts(opening, facts, ad_click_window)
            if until is None or end > until:
                until = end
    return until


def opens(opening: Opening, facts: Facts) -> bool:
    """Whether what the person did opens the window at all."""
    if opening.kind == "referral" and not opening.ref:
        return False
    return opening.kind in facts.openers


def _lasts(opening: Opening, facts: Facts, ad_click_window: timedelta | None) -> timedelta:
    if (
        ad_click_window is not None
        and opening.kind == "ad_click_message"
        and opening.at >= facts.ad_click_from
    ):
        return max(facts.window, min(ad_click_window, facts.ad_click_most))
    return facts.window


class Window:
    """What the window says at one moment."""

    def __init__(
        self, person: PersonFacts, page: PageFacts, moment: datetime, facts: Facts
    ) -> None:
        self.until = window_until(person.openings, moment, facts, page.ad_click_window)
        self.is_open = self.until is not None and moment < self.until
        # One message more after the window, once, while that rule stood.
        self.has_plus_one = (
            self.until is not None
            and not self.is_open
            and moment < facts.plus_one_until
            and not person.plus_one_used
        )

    @property
    def has_thread(self) -> bool:
        """Whether the person ever began a conversation with the Page."""
        return self.until is not None
