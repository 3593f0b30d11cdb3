"""Laws of the decision, drawn around the edges where a rule turns."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from hypothesis import event, given, settings
from hypothesis import strategies as st

from policy_guard import rules
from policy_guard.decide import decide
from policy_guard.decisions import (
    Decision,
    Hold,
    Refuse,
    Send,
    Whose,
    as_dict,
    findings_of,
    name_of,
)
from policy_guard.edition import Edition, TagRule, known
from policy_guard.regions import EU
from policy_guard.vocabulary import (
    Author,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Question,
    Token,
    TokenKind,
)
from tests.policy_guard.worlds import (
    DAY,
    MARGIN,
    REGIONS,
    SECOND,
    TEMPLATE,
    TOPICS,
    WAYS,
    WEEK,
    YEAR,
    after_an_ad,
    agreed,
    commented,
    early,
    hindered,
    law,
    paid,
    questions,
    selling,
    stopped,
    templated,
    unhindered,
    well_grounded,
)

EDITIONS = known()
OTN, WINDOW = "one_time_notification", "standard_window"
RECURRING, UTILITY, PRIVATE = "recurring_notification", "utility_template", "private_reply"
GROUND_RULES = [r.__name__ for r in rules.GROUNDS]
FORBIDDEN = {r.__name__ for r in rules.FORBIDS}
POSTPONED = {r.__name__ for r in rules.POSTPONES}
NAMES = {*GROUND_RULES, *(r.__name__ for r in rules.LAST)}
NAMES |= FORBIDDEN | POSTPONED | {"no_ground"}


def answered(q: Question) -> Decision:
    """Decide, and keep statistics of what kinds of answers the law has met."""
    decision = decide(q)
    event(name_of(decision))
    event(f"rule: {decision.reason.rule}")
    if isinstance(decision, Send):
        event(f"ground: {decision.ground}")
    return decision


# --- what is drawn -------------------------------------------------------------------------------


EVERY_GROUND = {WINDOW, OTN, RECURRING, UTILITY, PRIVATE, "plus_one"}
EVERY_GROUND |= {f"tag:{name}" for edition in EDITIONS.all for name in edition.tags}


@lru_cache(maxsize=1)
def met() -> tuple[set[str], set[str]]:
    """Draw once, the same each time: the rules, grounds and answers met, and what was missed.

    Missed is what, taken away from an edition, turned a send into something else.
    """
    seen: set[str] = set()
    missed: set[str] = set()

    @settings(max_examples=4500, deadline=None, derandomize=True, database=None)
    @given(
        questions() | unhindered() | hindered() | stopped() | well_grounded() | selling(),
        st.integers(0, 50),
    )
    def draw(q: Question, pick: int) -> None:
        decision = decide(q)
        seen.update((decision.reason.rule, str(as_dict(decision)["ground"]), name_of(decision)))
        if isinstance(decision, Send):
            for what in set(TAKEN_AWAY) - missed:
                poorer = replace(q, edition=TAKEN_AWAY[what](q.edition, pick))
                if not isinstance(decide(poorer), Send):
                    missed.add(what)

    draw()
    return seen, missed


def test_what_is_drawn_reaches_every_ground_and_nearly_every_rule() -> None:
    """Laws about questions that are never drawn would say nothing.

    `facts_are_readable` asks what only the store can tell, and `sponsored_message` never decides:
    it tells what would carry the promotion elsewhere.
    """
    seen, _ = met()
    assert {"send", "hold", "refuse", *EVERY_GROUND} - seen == set()
    assert NAMES - seen == {"facts_are_readable", "sponsored_message"}


def test_each_permission_that_is_taken_away_is_missed_by_something_drawn() -> None:
    """A law about a change that changes nothing would say nothing; ads carry nothing of ours."""
    _, missed = met()
    assert set(TAKEN_AWAY) - missed == {"ads"}


# --- words that read as promotion ----------------------------------------------------------------


@law
@given(questions() | selling())
def test_words_that_sell_turn_a_send_into_our_own_hold_and_nothing_else(q: Question) -> None:
    plain = decide(replace(q, message=replace(q.message, promotional=False)))
    decision = answered(replace(q, message=replace(q.message, promotional=True)))
    if decision == plain:
        return
    assert q.settings.hold_promotional
    assert decision.reason.rule == "wording_reads_as_promotion"
    assert decision.reason.whose is Whose.OURS
    assert not (isinstance(plain, Send) and plain.ground == WINDOW)
    assert q.message.purpose not in {Purpose.REPLY, Purpose.PROMOTION, Purpose.ALERT}


@law
@given(questions() | selling())
def test_where_words_are_only_noted_they_change_no_answer(q: Question) -> None:
    q = replace(q, settings=replace(q.settings, hold_promotional=False))
    either = [decide(replace(q, message=replace(q.message, promotional=p))) for p in (True, False)]
    assert either[0] == either[1]


# --- the person's word ---------------------------------------------------------------------------


@law
@given(questions())
def test_a_person_who_stopped_gets_nothing_proactive(q: Question) -> None:
    if not q.message.proactive:
        q = replace(q, message=replace(q.message, purpose=Purpose.PROMOTION))
    person = replace(q.person, stopped=True)
    decision = answered(replace(q, person=person))
    assert isinstance(decision, Refuse)
    assert decision.reason.rule in {
        "nothing_from_the_future",
        "person_can_be_reached",
        "person_stopped",
    }


@law
@given(questions())
def test_a_person_who_stopped_gets_at_most_an_answer_to_what_they_wrote_later(q: Question) -> None:
    decision = answered(replace(q, person=replace(q.person, stopped=True)))
    if isinstance(decision, Send):
        wrote, stopped_at = q.person.last_message_at, q.person.stopped_at
        assert not q.message.proactive
        assert wrote is not None
        assert stopped_at is None or wrote > stopped_at


@law
@given(questions() | hindered())
def test_a_person_who_paused_gets_nothing_proactive_before_the_end(q: Question) -> None:
    person = replace(q.person, paused_until=q.at + SECOND)
    decision = answered(replace(q, person=person))
    assert not (q.message.proactive and isinstance(decision, Send))


@law
@given(questions() | stopped() | well_grounded())
def test_while_every_way_is_stopped_only_the_window_carries_and_nothing_is_paid(
    q: Question,
) -> None:
    decision = answered(replace(q, page=replace(q.page, stopped=WAYS)))
    if isinstance(decision, Send):
        assert decision.ground == WINDOW
        assert decision.token_id is None
    if decision.reason.rule == "lane_stopped":
        # a ground carries it, even where it could not go at once and is worth nothing later
        lifted = decide(replace(q, page=replace(q.page, stopped=frozenset())))
        assert isinstance(lifted, Send | Hold) or lifted.reason.rule in POSTPONED


@law
@given(questions() | hindered() | well_grounded(), st.booleans())
def test_while_a_person_answers_the_bot_only_confirms_an_order(q: Question, order: bool) -> None:
    message = replace(q.message, author=Author.BOT, confirms_order=order)
    person = replace(q.person, human_until=q.at + SECOND)
    decision = answered(replace(q, message=message, person=person))
    if isinstance(decision, Send):
        assert order
        assert q.message.in_turn
    over = replace(q, message=message, person=replace(q.person, human_until=q.at))
    assert decide(over) == decide(replace(over, person=replace(q.person, human_until=None)))


@law
@given(questions())
def test_an_alert_type_that_was_not_chosen_is_never_sent(q: Question) -> None:
    if q.message.purpose in (Purpose.REPLY, Purpose.HUMAN_AGENT, Purpose.FEEDBACK):
        q = replace(q, message=replace(q.message, purpose=Purpose.ACCOUNT_UPDATE))
    q = replace(q, message=replace(q.message, topic="delivery"))
    decision = answered(replace(q, person=replace(q.person, alerts=frozenset({"account"}))))
    assert isinstance(decision, Refuse)


# --- grounds -------------------------------------------------------------------------------------


@law
@given(unhindered() | well_grounded())
def test_every_ground_is_really_there(q: Question) -> None:
    """Work out by another way, from the platform's dates, whether the named ground carries."""
    decision = answered(q)
    if isinstance(decision, Send):
        assert REALLY_THERE[decision.ground](q), decision


@law
@given(unhindered() | well_grounded())
def test_a_ground_that_is_really_there_is_found(q: Question) -> None:
    """What another way of working it out calls lawful is never refused for want of a ground."""
    decision = answered(q)
    if decision.reason.rule not in FORBIDDEN:
        carried = [ground for ground, there in REALLY_THERE.items() if there(q)]
        assert isinstance(decision, Send) == bool(carried), carried


def test_every_ground_has_another_way_of_working_it_out() -> None:
    assert set(REALLY_THERE) == EVERY_GROUND


@law
@given(unhindered() | well_grounded())
def test_without_any_ground_we_hold_or_refuse_and_with_one_we_send(q: Question) -> None:
    grounds = [ground(q) for ground in rules.GROUNDS]
    decision = answered(q)
    if decision.reason.rule in FORBIDDEN:
        return
    assert isinstance(decision, Send) == any(isinstance(g, Send) for g in grounds)
    if isinstance(decision, (Hold, Refuse)):
        assert list(findings_of(decision)) == grounds


@law
@given(questions())
def test_to_a_person_who_did_nothing_and_granted_nothing_nothing_goes(q: Question) -> None:
    person = replace(q.person, openers=(), last_message_at=None, tokens=())
    assert not isinstance(answered(replace(q, person=person)), Send)


@law
@given(paid() | agreed(), st.sampled_from(Purpose))
def test_a_free_ground_comes_before_a_token(q: Question, purpose: Purpose) -> None:
    q = replace(q, message=replace(q.message, purpose=purpose))
    decision = answered(q)
    if isinstance(decision, Send):
        before = GROUND_RULES[: GROUND_RULES.index(decision.reason.rule)]
        assert [f.rule for f in decision.passed] == before
    if isinstance(decision, Send) and decision.token_id:
        assert decision.ground in {OTN, RECURRING}
        assert not isinstance(decide(replace(q, person=replace(q.person, tokens=()))), Send)
    wrote = Opener(OpenerKind.MESSAGE, q.at)
    free = decide(replace(q, person=replace(q.person, openers=(*q.person.openers, wrote))))
    assert as_dict(free)["token"] is None


@law
@given(agreed())
def test_an_agreement_is_used_before_a_token_that_can_be_used_once(q: Question) -> None:
    topic = q.message.topic or TOPICS[0]
    once = Token("tok_once", topic, q.at - DAY)
    more = replace(q, person=replace(q.person, tokens=(*q.person.tokens, once)))
    decision = answered(q)
    if isinstance(decision, Send) and decision.ground == RECURRING:
        assert as_dict(decide(more))["token"] == decision.token_id


@law
@given(questions() | hindered() | well_grounded())
def test_a_refusal_or_a_hold_names_no_token(q: Question) -> None:
    decision = answered(q)
    if not isinstance(decision, Send):
        assert as_dict(decision)["token"] is None
        assert "tok_" not in repr(decision)


@law
@given(paid() | agreed() | unhindered())
def test_a_token_pays_only_for_its_own_topic_once_and_in_one_message(q: Question) -> None:
    decision = answered(q)
    if not (isinstance(decision, Send) and decision.token_id):
        return
    (paying,) = (t for t in q.person.tokens if t.id == decision.token_id)
    assert paying.topic == q.message.topic
    assert paying.kind is {OTN: TokenKind.ONE_TIME, RECURRING: TokenKind.RECURRING}[decision.ground]
    assert (paying.spent, paying.fulfilled) == (False, False)
    assert q.message.parts == 1
    assert (decision.messaging_type, decision.tag) == (None, None)


@law
@given(paid() | agreed(), st.sampled_from(TOPICS))
def test_a_token_for_one_topic_never_pays_for_another(q: Question, other: str) -> None:
    if q.message.topic == other:
        other += "0"
    mine = tuple(replace(t, topic=other) for t in q.person.tokens)
    decision = answered(replace(q, person=replace(q.person, tokens=mine)))
    assert as_dict(decision)["token"] is None


@law
@given(questions() | well_grounded(), st.sampled_from((timedelta(0), DAY, YEAR - SECOND)))
def test_one_more_live_token_never_turns_a_send_into_something_else(
    q: Question, age: timedelta
) -> None:
    before = answered(q)
    more = Token("tok_more", q.message.topic or TOPICS[0], q.at - age)
    after = decide(replace(q, person=replace(q.person, tokens=(*q.person.tokens, more))))
    if isinstance(before, Send):
        assert isinstance(after, Send)
        assert after.ground == before.ground


# --- what each ground carries --------------------------------------------------------------------


@law
@given(early() | unhindered())
def test_one_further_message_goes_once_and_never_from_2020_03_04_on(q: Question) -> None:
    decision = answered(q)
    if isinstance(decision, Send) and decision.ground == "plus_one":
        assert q.at < datetime(2020, 3, 4, tzinfo=timezone.utc)
        assert (q.message.parts, q.message.governed, decision.tag) == (1, None, None)
        assert not q.person.plus_one_used
        after = decide(replace(q, person=replace(q.person, plus_one_used=True)))
        assert as_dict(after)["ground"] != "plus_one"


@law
@given(templated(), st.sampled_from(Purpose))
def test_a_utility_template_carries_an_update_and_nothing_else(
    q: Question, purpose: Purpose
) -> None:
    decision = answered(replace(q, message=replace(q.message, purpose=purpose)))
    if isinstance(decision, Send) and decision.ground == UTILITY:
        assert purpose.value in {
            "account_update",
            "post_purchase_update",
            "confirmed_event_update",
        }
        assert (decision.messaging_type, decision.tag, decision.token_id) == ("UTILITY", None, None)
        assert q.message.utility_template in q.page.utility_templates
        assert (q.message.unfilled, q.message.parts, q.message.governed) == ((), 1, None)


@law
@given(agreed(), st.integers(0, 2 * 86_400))
def test_an_agreement_is_never_used_twice_within_its_gap(q: Question, seconds: int) -> None:
    first = answered(q)
    if not (isinstance(first, Send) and first.ground == RECURRING):
        return
    used = tuple(
        replace(t, last_used_at=q.at) if t.id == first.token_id else t for t in q.person.tokens
    )
    at = q.at + timedelta(seconds=seconds)
    again = replace(q, at=at, edition=EDITIONS.at(at), person=replace(q.person, tokens=used))
    if timedelta(seconds=seconds) < again.edition.recurring.gap:
        assert as_dict(decide(again))["ground"] != RECURRING
    # nor does the first moment after the gap stay closed, where nothing else has changed
    gap = q.edition.recurring.gap
    freed = replace(again, at=q.at + gap, edition=q.edition)
    endless = tuple(replace(t, expires_at=None) for t in used)
    freed = replace(freed, person=replace(freed.person, tokens=endless))
    assert as_dict(decide(freed))["ground"] == RECURRING


@law
@given(agreed())
def test_who_waits_for_the_gap_is_held_until_its_very_end(q: Question) -> None:
    """Where a use is dated ahead of the clock, nobody can tell when the gap ends."""
    q = replace(q, message=replace(q.message, hold_for=3 * DAY))
    if any(t.last_used_at and t.last_used_at > q.at for t in q.person.tokens):
        return
    decision = answered(q)
    if isinstance(decision, Hold) and decision.reason.rule == "may_wait" and decision.until:
        at = decision.until
        assert decision.expires_at == at + 3 * DAY
        endless = tuple(replace(t, expires_at=None) for t in q.person.tokens)
        then = replace(q, at=at, person=replace(q.person, tokens=endless))
        assert as_dict(decide(then))["ground"] == RECURRING
        assert as_dict(decide(replace(then, at=at - SECOND)))["ground"] is None


@law
@given(commented())
def test_a_comment_is_answered_in_private_once_and_within_seven_days(q: Question) -> None:
    decision = answered(q)
    if not (isinstance(decision, Send) and decision.ground == PRIVATE):
        return
    comments = [o.at for o in q.person.openers if o.kind is OpenerKind.COMMENT]
    assert q.at < max(comments) + WEEK
    assert decision.token_id == q.person.private_reply_id
    assert (decision.messaging_type, decision.tag) == (None, None)
    assert q.message.parts == 1
    assert q.message.in_turn
    assert q.message.purpose in {Purpose.REPLY, Purpose.PROMOTION}
    used = replace(q, person=replace(q.person, private_reply_used=True))
    late = max(comments) + WEEK
    for again in (used, replace(q, at=late, edition=EDITIONS.at(late))):
        assert as_dict(decide(again))["ground"] != PRIVATE


@law
@given(questions() | well_grounded())
def test_promotion_goes_on_one_of_four_grounds_and_never_as_an_ad(q: Question) -> None:
    decision = answered(replace(q, message=replace(q.message, purpose=Purpose.PROMOTION)))
    if isinstance(decision, Send):
        assert decision.ground in {WINDOW, "plus_one", RECURRING, PRIVATE}
    assert decision.reason.rule != "sponsored_message"


# --- time ----------------------------------------------------------------------------------------


@law
@given(after_an_ad(), st.sampled_from((timedelta(0), timedelta(hours=1), DAY, 3 * DAY, 9 * DAY)))
def test_counting_on_less_after_an_ad_never_turns_a_no_into_a_send(
    q: Question, longest: timedelta
) -> None:
    cautious = replace(q.settings, ad_click_window=min(longest, q.settings.ad_click_window))
    if isinstance(answered(replace(q, settings=cautious)), Send):
        assert isinstance(decide(q), Send)


@law
@given(after_an_ad())
def test_no_window_lasts_longer_than_a_day_or_what_the_settings_count_on_after_an_ad(
    q: Question,
) -> None:
    decision = answered(q)
    if isinstance(decision, Send) and decision.ground == WINDOW:
        longest = max(DAY, min(WEEK, q.settings.ad_click_window))
        assert any(q.at < o.at + longest for o in q.person.openers)


@law
@given(st.integers(0, 3 * 10**9) | st.sampled_from([e.valid_from for e in EDITIONS.all]).map(
    lambda at: int((at - EDITIONS.all[0].valid_from).total_seconds())
), st.integers(-1, 1))  # fmt: skip
def test_every_moment_from_2018_on_has_exactly_one_edition(seconds: int, nudge: int) -> None:
    at = datetime(2018, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=max(0, seconds + nudge))
    ends = [e.valid_from for e in EDITIONS.all[1:]] + [None]
    in_force = [
        e
        for e, end in zip(EDITIONS.all, ends, strict=True)
        if e.valid_from <= at and (end is None or at < end)
    ]
    assert in_force == [EDITIONS.at(at)]


@law
@given(unhindered(), st.sampled_from((SECOND, MARGIN, DAY, WEEK, YEAR)) | st.integers(0, 10**8).map(
    lambda s: timedelta(seconds=s)
))  # fmt: skip
def test_a_closed_window_does_not_open_by_waiting(q: Question, span: timedelta) -> None:
    now = answered(q)
    if as_dict(now)["ground"] == WINDOW or now.reason.rule in FORBIDDEN:
        return
    at = q.at + span
    later = decide(replace(q, at=at, edition=EDITIONS.at(at)))
    assert as_dict(later)["ground"] != WINDOW


@law
@given(questions())
def test_a_fresh_message_opens_the_window_unless_something_forbids(q: Question) -> None:
    wrote = Opener(OpenerKind.MESSAGE, q.at)
    person = replace(q.person, openers=(*q.person.openers, wrote), last_message_at=q.at)
    decision = answered(replace(q, person=person))
    if isinstance(decision, Send):
        assert decision.ground == WINDOW
        assert (decision.tag, decision.token_id) == (None, None)
        is_reply = q.message.purpose is Purpose.REPLY
        assert decision.messaging_type == ("RESPONSE" if is_reply else "UPDATE")
    else:
        # where the window's way is stopped, what is no answer is refused for that first
        last = {"reply_needs_its_turn"} if WINDOW in q.page.stopped else set()
        assert decision.reason.rule in FORBIDDEN | POSTPONED | last


@law
@given(questions() | hindered() | agreed())
def test_a_hold_ends_later_than_now_and_expires_later_than_it_ends(q: Question) -> None:
    decision = answered(q)
    if isinstance(decision, Hold):
        assert decision.until is None or decision.until > q.at
        assert decision.expires_at > (decision.until or q.at)


# --- less is never more --------------------------------------------------------------------------


def _with_tags(e: Edition, change: Callable[[TagRule], TagRule]) -> Edition:
    """Return *e* with every tag changed, by its name and by what it carries."""
    return replace(
        e,
        tags={name: change(tag) for name, tag in e.tags.items()},
        carriers={purpose: change(tag) for purpose, tag in e.carriers.items()},
    )


def _with_a_tag(e: Edition, pick: int, change: Callable[[TagRule], TagRule]) -> Edition:
    name = sorted(e.tags)[pick % len(e.tags)]
    return _with_tags(e, lambda tag: change(tag) if tag.name == name else tag)


def _without_a_tag(e: Edition, pick: int) -> Edition:
    return _with_a_tag(e, pick, lambda tag: replace(tag, accepted=False))


def _with_a_tag_closed(e: Edition, pick: int) -> Edition:
    region = REGIONS[pick % len(REGIONS)]
    return _with_tags(e, lambda tag: replace(tag, closed_in=(*tag.closed_in, region)))


def _with_tags_for_people_only(e: Edition, _: int) -> Edition:
    return _with_tags(e, lambda tag: replace(tag, authors=tag.authors & {Author.HUMAN}))


def _with_tags_for_a_day(e: Edition, _: int) -> Edition:
    return _with_tags(e, lambda tag: replace(tag, within=DAY))


def _with_tags_by_permission(e: Edition, _: int) -> Edition:
    return _with_tags(e, lambda tag: replace(tag, needs=tag.needs or "human_agent"))


def _without_an_opener(e: Edition, pick: int) -> Edition:
    kind = sorted(e.openers)[pick % len(e.openers)]
    return replace(e, openers={k: r for k, r in e.openers.items() if k is not kind})


def _with_openers_that_need_a_ref(e: Edition, _: int) -> Edition:
    return replace(e, openers={k: replace(r, needs_ref=True) for k, r in e.openers.items()})


def _with_a_region_closed(e: Edition, pick: int) -> Edition:
    closed = (*e.one_time.closed_in, REGIONS[pick % len(REGIONS)])
    return replace(e, one_time=replace(e.one_time, closed_in=closed))


def _with_features_closed(e: Edition, pick: int) -> Edition:
    closed = (REGIONS[pick % len(REGIONS)],)
    features = {f: replace(r, closed_in=r.closed_in + closed) for f, r in e.features.items()}
    return replace(e, features=features)


def _less(served: frozenset[Purpose], pick: int) -> frozenset[Purpose]:
    return served - {sorted(served)[pick % len(served)]}


def _fewer(areas: tuple[str, ...], pick: int) -> tuple[str, ...]:
    return areas[: pick % len(areas)] if areas else ()


Take = Callable[[Edition, int], Edition]
TAKEN_AWAY: dict[str, Take] = {
    "a tag": _without_a_tag,
    "a region of a tag": _with_a_tag_closed,
    "the bot's right to tags": _with_tags_for_people_only,
    "the life of tags": _with_tags_for_a_day,
    "tags without permission": _with_tags_by_permission,
    "an opener": _without_an_opener,
    "an opener without ref": _with_openers_that_need_a_ref,
    "the window": lambda e, _: replace(e, window=timedelta(hours=1)),
    "the window after an ad": lambda e, _: replace(e, ad_click_longest=timedelta(0)),
    "a region of one-time tokens": _with_a_region_closed,
    "a purpose of one-time tokens": lambda e, pick: replace(
        e, one_time=replace(e.one_time, serves=_less(e.one_time.serves, pick))
    ),
    "one-time tokens": lambda e, _: replace(e, one_time=replace(e.one_time, offered=False)),
    "the life of one-time tokens": lambda e, _: replace(e, one_time=replace(e.one_time, life=WEEK)),
    "one further message": lambda e, _: replace(e, plus_one=False),
    "agreements": lambda e, _: replace(e, recurring=replace(e.recurring, offered=False)),
    "a purpose of agreements": lambda e, pick: replace(
        e, recurring=replace(e.recurring, serves=_less(e.recurring.serves, pick))
    ),
    "a region of agreements": lambda e, pick: replace(
        e, recurring=replace(e.recurring, open_in=_fewer(e.recurring.open_in, pick))
    ),
    "the pace of agreements": lambda e, _: replace(e, recurring=replace(e.recurring, gap=WEEK)),
    "the life of agreements": lambda e, _: replace(
        e, recurring=replace(e.recurring, live_on_from=None)
    ),
    "some of the life of agreements": lambda e, _: replace(
        e, recurring=replace(e.recurring, live_on_from=e.valid_from)
    ),
    "templates": lambda e, _: replace(e, utility=replace(e.utility, offered=False)),
    "a purpose of templates": lambda e, pick: replace(
        e, utility=replace(e.utility, serves=_less(e.utility.serves, pick))
    ),
    "a region of templates": lambda e, pick: replace(
        e, utility=replace(e.utility, open_in=_fewer(e.utility.open_in, pick))
    ),
    "the private reply": lambda e, _: replace(
        e, private_reply=replace(e.private_reply, serves=frozenset())
    ),
    "the days of the private reply": lambda e, _: replace(
        e, private_reply=replace(e.private_reply, within=DAY)
    ),
    "features": _with_features_closed,
    "ads": lambda e, _: replace(e, sponsored=replace(e.sponsored, offered=False)),
}


@law
@given(
    questions() | unhindered() | well_grounded(),
    st.sampled_from(sorted(TAKEN_AWAY)),
    st.integers(0, 50),
)
def test_taking_a_permission_from_an_edition_never_turns_a_no_into_a_send(
    q: Question, what: str, pick: int
) -> None:
    if isinstance(answered(replace(q, edition=TAKEN_AWAY[what](q.edition, pick))), Send):
        assert isinstance(decide(q), Send)


TAKEN_FROM_THE_PAGE: dict[str, Callable[[Page, bool], Page]] = {
    "human_agent": lambda page, allowed: replace(page, human_agent=allowed),
    "one_time_notification": lambda page, allowed: replace(page, one_time_notification=allowed),
    "recurring_notifications": lambda page, allowed: replace(page, recurring_notifications=allowed),
    "utility_templates": lambda page, allowed: replace(
        page, utility_templates=(TEMPLATE,) if allowed else ()
    ),
    "news_page_index": lambda page, allowed: replace(page, news_page_index=allowed),
    "ours": lambda page, allowed: replace(page, ours=allowed),
    "restricted": lambda page, allowed: replace(page, restricted=not allowed),
    "stopped": lambda page, allowed: replace(page, stopped=frozenset() if allowed else WAYS),
}


def test_every_permission_of_a_page_may_be_taken_from_it() -> None:
    facts = {"region", "default_person_region", "time_zone"}
    assert set(TAKEN_FROM_THE_PAGE) == {f.name for f in fields(Page)} - facts


@law
@given(questions() | unhindered() | well_grounded(), st.sampled_from(sorted(TAKEN_FROM_THE_PAGE)))
def test_taking_a_permission_from_the_page_never_turns_a_no_into_a_send(
    q: Question, what: str
) -> None:
    give = TAKEN_FROM_THE_PAGE[what]
    if isinstance(answered(replace(q, page=give(q.page, False))), Send):
        assert isinstance(decide(replace(q, page=give(q.page, True))), Send)


TAKEN_FROM_THE_PERSON: dict[str, Callable[[Person, datetime], Person]] = {
    "the private reply": lambda person, _: replace(person, private_reply_used=True),
    "one further message": lambda person, _: replace(person, plus_one_used=True),
    "every opener": lambda person, _: replace(person, openers=()),
    "every token": lambda person, _: replace(person, tokens=()),
    "every choice": lambda person, _: replace(person, alerts=frozenset()),
    "peace": lambda person, at: replace(person, paused_until=at + DAY),
    "contact": lambda person, _: replace(person, blocked=True),
    "a bot to talk to": lambda person, at: replace(person, human_until=at + DAY),
    "patience": lambda person, at: replace(person, stopped=True, stopped_at=at),
    "the last word": lambda person, _: replace(person, last_message_at=None),
}


@law
@given(questions() | well_grounded(), st.sampled_from(sorted(TAKEN_FROM_THE_PERSON)))
def test_less_given_by_the_person_never_turns_a_no_into_a_send(q: Question, what: str) -> None:
    """A token that is taken away settles no wish, so a wish that was settled is left out."""
    if what == "every token" and any(t.fulfilled for t in q.person.tokens):
        return
    if what in {"every opener", "every token"} and _ahead(q):
        return
    if isinstance(answered(replace(q, person=TAKEN_FROM_THE_PERSON[what](q.person, q.at))), Send):
        assert isinstance(decide(q), Send)


def _ahead(q: Question) -> bool:
    """Tell whether a fact is dated ahead of the clock: without it there is nothing to distrust."""
    return any(
        at > q.at + MARGIN
        for at in (
            *(o.at for o in q.person.openers),
            *(t.granted_at for t in q.person.tokens),
        )
    )


# --- the answer itself ---------------------------------------------------------------------------


@law
@given(questions() | well_grounded())
def test_the_same_question_has_the_same_answer(q: Question) -> None:
    assert answered(q) == decide(deepcopy(q))


@law
@given(questions() | well_grounded())
def test_the_order_in_which_facts_are_listed_changes_nothing(q: Question) -> None:
    turned = replace(q.person, openers=q.person.openers[::-1], tokens=q.person.tokens[::-1])
    one, two = as_dict(answered(q)), as_dict(decide(replace(q, person=turned)))
    same = ("decision", "ground", "messaging_type", "tag", "token", "until", "rule", "whose")
    assert {k: one[k] for k in same} == {k: two[k] for k in same}


@law
@given(questions() | well_grounded())
def test_every_answer_names_its_rule_its_edition_and_a_described_source(q: Question) -> None:
    decision = answered(q)
    assert decision.edition == q.edition.id
    findings = (decision.reason, *findings_of(decision))
    for finding in findings:
        assert finding.rule in NAMES
        assert finding.says
        assert next(c for c in finding.says if c.isalpha()).islower()  # it may begin with a value
        assert not finding.says.endswith(".")
        assert finding.source is None or finding.source in q.edition.sources
    if isinstance(decision, Send):
        assert decision.reason.source is not None
        assert decision.notification_type in {"REGULAR", "SILENT_PUSH", "NO_PUSH"}
        assert (decision.messaging_type == "MESSAGE_TAG") == (decision.tag is not None)
    if isinstance(decision, Refuse) and decision.reason.rule in FORBIDDEN:
        assert decision.reason.whose is Whose.OURS or decision.reason.source or q.person.blocked


# --- the grounds worked out another way ----------------------------------------------------------


def day_of(q: Question) -> str:
    return q.at.astimezone(timezone.utc).date().isoformat()


def lives(q: Question) -> str:
    return q.person.region or q.page.region


def last_opened(q: Question) -> datetime | None:
    """Return when the window, whatever its length, was last opened."""
    opening = {"message", "postback", "reaction", "ad_click_message", "send_to_messenger"}
    return max(
        (
            o.at
            for o in q.person.openers
            if o.kind.value in opening or (o.kind is OpenerKind.REFERRAL and o.ref)
        ),
        default=None,
    )


def knows_us(q: Question) -> bool:
    return last_opened(q) is not None or q.person.tokens != ()


def is_only_a_shape(q: Question) -> bool:
    ruled = {"customer_feedback", "one_time_notif_req", "notification_messages"}
    return q.message.template not in ruled


AD_CLICK = datetime(2026, 9, 28, tzinfo=timezone.utc)


def in_window(q: Question) -> bool:
    opened, margin = last_opened(q), q.settings.window_margin
    if opened is not None and q.at - (DAY - margin) < opened:
        return True
    return any(
        q.at - (min(WEEK, q.settings.ad_click_window) - margin) < o.at
        for o in q.person.openers
        if o.kind is OpenerKind.AD_CLICK_MESSAGE and o.at >= AD_CLICK
    )


def has_token(q: Question) -> bool:
    served = {"alert", "feedback", "news", "account_update", "post_purchase_update"}
    europe = {"FR", "GB", "EU", "EEA", "NO"}
    closed: set[str] = set()
    day = day_of(q)
    if "2020-12-16" <= day < "2022-05-19":
        closed |= europe
    if "2021-03-30" <= day < "2022-05-19":
        closed |= {"JP"}
    return (
        day >= "2020-02-04"
        and q.page.one_time_notification
        and q.page.region not in closed
        and lives(q) not in closed
        and q.message.purpose.value in served | {"confirmed_event_update"}
        and q.message.parts == 1
        and q.message.template != "one_time_notif_req"
        and any(
            t.topic == q.message.topic
            and t.kind is TokenKind.ONE_TIME
            and not t.spent
            and not t.fulfilled
            and t.granted_at > q.at - YEAR
            and (t.expires_at is None or t.expires_at > q.at)
            for t in q.person.tokens
        )
    )


def may_answer_as_person(q: Question) -> bool:
    wrote = q.person.last_message_at
    return (
        day_of(q) >= "2019-08-29"
        and q.message.author is Author.HUMAN
        and q.message.purpose is Purpose.HUMAN_AGENT
        and is_only_a_shape(q)
        and q.page.human_agent
        and knows_us(q)
        and wrote is not None
        and wrote > q.at - WEEK
    )


def has_update_tag(purpose: str) -> Callable[[Question], bool]:
    def there(q: Question) -> bool:
        return (
            q.message.purpose.value == purpose
            and day_of(q) < "2026-04-27"
            and is_only_a_shape(q)
            and knows_us(q)
        )

    return there


def may_ask_for_feedback(q: Question) -> bool:
    wrote, day = q.person.last_message_at, day_of(q)
    cut = {"FR", "GB", "JP", "EU", "EEA", "NO"} if day < "2021-09-14" else set()
    return (
        day >= "2021-06-02"
        and q.message.purpose is Purpose.FEEDBACK
        and q.message.template == "customer_feedback"
        and q.message.parts == 1
        and not {q.page.region, lives(q)} & cut
        and knows_us(q)
        and wrote is not None
        and wrote > q.at - WEEK
    )


def is_news_of_the_index(q: Question) -> bool:
    return (
        q.message.purpose is Purpose.NEWS
        and q.page.news_page_index
        and is_only_a_shape(q)
        and knows_us(q)
    )


def has_template(q: Question) -> bool:
    m = q.message
    return (
        day_of(q) >= "2025-07-29"
        and m.purpose.value in {"account_update", "post_purchase_update", "confirmed_event_update"}
        and {q.page.region, lives(q)} <= {"US", "VN", "TH", "PH"}
        and m.utility_template in q.page.utility_templates
        and (m.unfilled, m.parts) == ((), 1)
        and is_only_a_shape(q)
        and knows_us(q)
    )


#: What was to end on this day or later went on, as soon as the day had come.
NO_END = datetime(2023, 8, 10, tzinfo=timezone.utc)


def has_agreement(q: Question) -> bool:
    m, day = q.message, day_of(q)
    if day < "2022-05-19" or m.purpose.value in {"reply", "human_agent", "feedback"}:
        return False
    still_there = {"AU", "JP", "KR", "GB", "EU"} | EU
    if day >= "2026-02-10" and not {q.page.region, lives(q)} <= still_there:
        return False
    live = [
        t
        for t in q.person.tokens
        if t.kind is TokenKind.RECURRING
        and t.topic == m.topic
        and not (t.spent or t.fulfilled)
        and (t.expires_at is None or q.at < t.expires_at or t.expires_at >= NO_END)
    ]
    gap = 2 * DAY if day >= "2025-09-01" else DAY
    rested = all(t.last_used_at is None or t.last_used_at <= q.at - gap for t in live)
    permitted = q.page.recurring_notifications and is_only_a_shape(q) and m.parts == 1
    return permitted and bool(live) and rested


def has_comment(q: Question) -> bool:
    m = q.message
    return (
        any(o.kind is OpenerKind.COMMENT and q.at - WEEK < o.at for o in q.person.openers)
        and not q.person.private_reply_used
        and m.purpose.value in {"reply", "promotion"}
        and m.in_turn
        and is_only_a_shape(q)
        and m.parts == 1
    )


def has_one_message_left(q: Question) -> bool:
    return (
        day_of(q) < "2020-03-04"
        and last_opened(q) is not None
        and not q.person.plus_one_used
        and is_only_a_shape(q)
        and q.message.parts == 1
    )


REALLY_THERE: dict[str, Callable[[Question], bool]] = {
    WINDOW: in_window,
    OTN: has_token,
    RECURRING: has_agreement,
    UTILITY: has_template,
    PRIVATE: has_comment,
    "plus_one": has_one_message_left,
    "tag:HUMAN_AGENT": may_answer_as_person,
    "tag:CUSTOMER_FEEDBACK": may_ask_for_feedback,
    "tag:NON_PROMOTIONAL_SUBSCRIPTION": is_news_of_the_index,
    "tag:CONFIRMED_EVENT_UPDATE": has_update_tag("confirmed_event_update"),
    "tag:POST_PURCHASE_UPDATE": has_update_tag("post_purchase_update"),
    "tag:ACCOUNT_UPDATE": has_update_tag("account_update"),
}
