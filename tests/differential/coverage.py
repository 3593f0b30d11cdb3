"""What a run reached: every rule, every ground, and both sides of every edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policy_guard import rules
from policy_guard.decisions import Send, findings_of, name_of
from policy_guard.vocabulary import Frequency, OpenerKind, Token, TokenKind

from .compare import Outcome
from .worlds import DAY, EDITION_DAYS, SECOND, World

RULES = tuple(
    rule.__name__
    for group in (rules.FORBIDS, rules.GROUNDS, rules.POSTPONES, rules.LAST)
    for rule in group
)
#: What no drawn world can reach, and why.
NOT_DRAWN = {
    "person_answers": "the worlds have nobody who answers beside the bot: ours, tested by rows",
    "facts_are_readable": "a world's facts can all be read",
    "quiet_hours": "the worlds have no quiet hours: they are our own caution, tested by rows",
    "wording_reads_as_promotion": "the worlds' words are never judged: our own caution, by rows",
    "lane_stopped": "the platform tells by its errors alone that a way is stopped: tested by rows",
    "daily_cap": "the worlds have no daily cap: it is our own caution, tested by rows",
}
GROUNDS = (
    "standard_window",
    "tag:CONFIRMED_EVENT_UPDATE",
    "tag:POST_PURCHASE_UPDATE",
    "tag:ACCOUNT_UPDATE",
    "tag:HUMAN_AGENT",
    "tag:CUSTOMER_FEEDBACK",
    "tag:NON_PROMOTIONAL_SUBSCRIPTION",
    "one_time_notification",
    "recurring_notification",
    "utility_template",
    "private_reply",
    "plus_one",
)
EDGES = (
    "a day on which the rules change",
    "24 hours after what opens the window",
    "7 days after the person's last message",
    "7 days after a comment",
    "a year after a one-time token was given",
    "24 hours after a recurring notification",
    "48 hours after a recurring notification",
    "the end of a recurring agreement",
    "the end of a pause",
    "the end of the time in which a person answers",
    "7 days after the first message that followed a click on an ad",
    "our margin before the end of the window",
    "7 days after a request for recurring notifications",
    "7 days after a weekly notification",
    "30 days after a monthly notification",
)
WEEK = timedelta(days=7)
EDGES_OF_FREQUENCY = {
    Frequency.WEEKLY: (EDGES[13], WEEK),
    Frequency.MONTHLY: (EDGES[14], timedelta(days=30)),
}
SIDES = {-SECOND: "before", timedelta(0): "at", SECOND: "after"}


@dataclass
class Reached:
    """How often each thing was reached."""

    decisions: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)  # as the reason of a decision
    looked_at: Counter[str] = field(default_factory=Counter)  # as a reason or a finding
    grounds: Counter[str] = field(default_factory=Counter)
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)
    stricter: Counter[str] = field(default_factory=Counter)

    def add(self, world: World, outcome: Outcome) -> None:
        """Count one world."""
        decision = outcome.decision
        self.decisions[name_of(decision)] += 1
        self.rules[decision.reason.rule] += 1
        for finding in (decision.reason, *findings_of(decision)):
            self.looked_at[finding.rule] += 1
        if isinstance(decision, Send):
            self.grounds[decision.ground] += 1
        if outcome.explained:
            self.stricter[outcome.explained] += 1
        for name, edge in edges_of(world):
            side = SIDES.get(world.at - edge)
            if side is not None:
                self.edges[name, side] += 1

    def merge(self, other: Reached) -> None:
        """Add what another part of the run reached."""
        for name in ("decisions", "rules", "looked_at", "grounds", "edges", "stricter"):
            getattr(self, name).update(getattr(other, name))

    def never(self) -> list[str]:
        """Return, as sentences, what had to be reached and was not."""
        missing = [f"the rule `{r}`" for r in RULES if not self.looked_at[r] and r not in NOT_DRAWN]
        missing += [f"the ground `{g}`" for g in GROUNDS if not self.grounds[g]]
        for edge in EDGES:
            missing += [f"{s} {edge}" for s in SIDES.values() if not self.edges[edge, s]]
        return missing

    def report(self) -> str:
        """Return everything that was reached, a line each."""
        lines = ["decisions: " + _counts(self.decisions)]
        lines += ["reasons:", *(f"  {n:>9}  {name}" for name, n in self.rules.most_common())]
        lines += ["grounds:", *(f"  {self.grounds[g]:>9}  {g}" for g in GROUNDS)]
        lines.append("edges (a second before, at, a second after):")
        for edge in EDGES:
            counts = "  ".join(f"{self.edges[edge, side]:>7}" for side in SIDES.values())
            lines.append(f"  {counts}  {edge}")
        lines.append("the guard is stricter on purpose:")
        lines += [f"  {n:>9}  {why}" for why, n in self.stricter.most_common()]
        return "\n".join(lines)


def edges_of(world: World) -> Iterator[tuple[str, datetime]]:
    """Give every edge that the world has, as a moment."""
    person = world.question.person
    for day in EDITION_DAYS:
        yield EDGES[0], day
    for opener in person.openers:
        if opener.kind in world.question.edition.openers:
            yield EDGES[1], opener.at + DAY
        if opener.kind is OpenerKind.COMMENT:
            yield EDGES[3], opener.at + 7 * DAY
    if person.last_message_at is not None:
        yield EDGES[2], person.last_message_at + 7 * DAY
    for token in person.tokens:
        if token.kind is TokenKind.ONE_TIME:
            yield EDGES[4], token.granted_at + 365 * DAY
        if token.kind is TokenKind.RECURRING:
            yield from _agreement_edges(token)
    yield from ((EDGES[12], request.at + WEEK) for request in person.requests)
    if person.paused_until is not None:
        yield EDGES[8], person.paused_until
    if person.human_until is not None:
        yield EDGES[9], person.human_until
    yield from _window_edges(world)


def _agreement_edges(token: Token) -> Iterator[tuple[str, datetime]]:
    """Give the edges of an agreement to recurring notifications."""
    if token.last_used_at is not None:
        yield EDGES[5], token.last_used_at + DAY
        yield EDGES[6], token.last_used_at + 2 * DAY
        if token.frequency in EDGES_OF_FREQUENCY:
            edge, span = EDGES_OF_FREQUENCY[token.frequency]
            yield edge, token.last_used_at + span
    if token.expires_at is not None:
        yield EDGES[7], token.expires_at


def _window_edges(world: World) -> Iterator[tuple[str, datetime]]:
    """Give the edges of a longer window after an ad, and of our own margin."""
    edition, settings = world.question.edition, world.question.settings
    for opener in world.question.person.openers:
        after_ad = opener.kind is OpenerKind.AD_CLICK_MESSAGE
        if after_ad and opener.at >= edition.ad_click_since and settings.ad_click_window >= WEEK:
            yield EDGES[10], opener.at + edition.ad_click_longest
        if opener.kind in edition.openers and settings.window_margin:
            yield EDGES[11], opener.at + edition.window - settings.window_margin


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counter.most_common())
