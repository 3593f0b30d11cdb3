"""What a run reached: every rule, every ground, and both sides of every edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from policy_guard import rules
from policy_guard.decisions import Send, findings_of, name_of
from policy_guard.regions import WORLD, inside
from policy_guard.rules.forbids import FEEDBACK
from policy_guard.vocabulary import Feature, Frequency, OpenerKind, Token, TokenKind

from .compare import Outcome
from .worlds import DAY, EDITION_DAYS, SECOND, World

RULES = tuple(
    rule.__name__
    for group in (rules.FORBIDS, rules.GROUNDS, rules.POSTPONES, rules.LAST)
    for rule in group
)
#: What no drawn world can reach, and why.
NOT_DRAWN = {
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
#: What is limited to some regions at times, and every place of either side that has to be drawn.
LIMITED = {
    "one-time notifications": ("EEA", "GB", "JP"),
    "recurring notifications": ("AU", "EU", "JP", "KR", "GB"),
    "utility templates": ("US", "VN", "TH", "PH"),
    "media": ("EEA", "GB", "JP"),
    "customer feedback": ("EEA", "GB", "JP"),
}
#: Groups of which it is known only that somebody is in them: each is a place of its own.
GROUPED = ("EU", "EEA")
LIMITS = tuple(
    (
        what,
        tuple(
            f"{side} in {place}"
            for side in ("Page", "person")
            for place in (*areas, *(f"the {group} somewhere" for group in GROUPED), "none of them")
        ),
    )
    for what, areas in LIMITED.items()
)
SIDES = {-SECOND: "before", timedelta(0): "at", SECOND: "after"}


@dataclass
class Reached:
    """How often each thing was reached."""

    decisions: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)  # as the reason of a decision
    looked_at: Counter[str] = field(default_factory=Counter)  # as a reason or a finding
    grounds: Counter[str] = field(default_factory=Counter)
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)
    regions: Counter[tuple[str, str]] = field(default_factory=Counter)
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
        self.regions.update(regions_of(world))

    def merge(self, other: Reached) -> None:
        """Add what another part of the run reached."""
        for name in ("decisions", "rules", "looked_at", "grounds", "edges", "regions", "stricter"):
            getattr(self, name).update(getattr(other, name))

    def never(self) -> list[str]:
        """Return, as sentences, what had to be reached and was not."""
        missing = [f"the rule `{r}`" for r in RULES if not self.looked_at[r] and r not in NOT_DRAWN]
        missing += [f"the ground `{g}`" for g in GROUNDS if not self.grounds[g]]
        for edge in EDGES:
            missing += [f"{s} {edge}" for s in SIDES.values() if not self.edges[edge, s]]
        for what, where in LIMITS:
            missing += [f"{what}, {place}" for place in where if not self.regions[what, place]]
        return missing

    def excused(self) -> list[str]:
        """Return the rules that were reached although they are listed as not drawn."""
        return [f"the rule `{r}` is listed as not drawn" for r in NOT_DRAWN if self.looked_at[r]]

    def report(self) -> str:
        """Return everything that was reached, a line each."""
        lines = ["decisions: " + _counts(self.decisions)]
        lines += ["reasons:", *(f"  {n:>9}  {name}" for name, n in self.rules.most_common())]
        lines += ["grounds:", *(f"  {self.grounds[g]:>9}  {g}" for g in GROUNDS)]
        lines.append("edges (a second before, at, a second after):")
        for edge in EDGES:
            counts = "  ".join(f"{self.edges[edge, side]:>7}" for side in SIDES.values())
            lines.append(f"  {counts}  {edge}")
        lines.append("regions (the Page's, the person's, of what is limited to some):")
        for what, where in LIMITS:
            counts = ", ".join(f"{place} {self.regions[what, place]}" for place in where)
            lines.append(f"  {what}: {counts}")
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


def regions_of(world: World) -> Iterator[tuple[str, str]]:
    """Give where both sides are, for all that is limited to regions and that the world is about."""
    q = world.question
    for what in _about(world):
        for side, region in (("Page", q.page.region), ("person", q.person_region)):
            if region in GROUPED:
                yield what, f"{side} in the {region} somewhere"
            else:
                area = inside(region, LIMITED[what])
                yield what, f"{side} in {area or 'none of them'}"


def _about(world: World) -> Iterator[str]:
    """Give what the world is about of all that is limited to some regions at its moment."""
    q, m = world.question, world.question.message
    kinds = {token.kind for token in q.person.tokens}
    if q.edition.one_time.closed_in and TokenKind.ONE_TIME in kinds:
        yield "one-time notifications"
    if WORLD not in q.edition.recurring.open_in and TokenKind.RECURRING in kinds:
        yield "recurring notifications"
    if q.edition.utility.offered and m.utility_template is not None:
        yield "utility templates"
    if Feature.MEDIA in m.features and q.edition.features[Feature.MEDIA].closed_in:
        yield "media"
    feedback = q.edition.features[Feature.CUSTOMER_FEEDBACK].closed_in
    if m.template == FEEDBACK and feedback and WORLD not in feedback:
        yield "customer feedback"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counter.most_common())
