"""Laws of the decision, drawn around the edges where a rule turns."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, time, timedelta

from hypothesis import assume, event, given, settings
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
from policy_guard.edition import Edition, known
from policy_guard.vocabulary import (
    SPEECH,
    Author,
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Push,
    Question,
    QuietHours,
    Settings,
    Token,
    TokenKind,
)

EDITIONS = known()
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DAY, WEEK, YEAR = timedelta(days=1), timedelta(days=7), timedelta(days=365)
MARGIN = 5 * MINUTE
TOPICS = ("back_in_stock:sku-42", "back_in_stock:sku-4", "back_in_stock", "delivery", "news")
REGIONS = ("US", "FR", "GB", "JP", "EU", "EEA", "NO", "BR")
OTN = "one_time_notification"
FORBIDDEN = {r.__name__ for r in rules.FORBIDS}
POSTPONED = {r.__name__ for r in rules.POSTPONES}
NAMES = {r.__name__ for group in (rules.GROUNDS, rules.LAST) for r in group}
NAMES |= FORBIDDEN | POSTPONED | {"no_ground"}

law = settings(max_examples=300, deadline=None)

# --- drawing questions -----------------------------------------------------------------------------

#: One second before, at, and after each span at which a rule turns; also ahead of the clock.
EDGES = tuple(
    span + nudge
    for span in (timedelta(0), DAY - MARGIN, DAY, WEEK, YEAR, -MARGIN)
    for nudge in (-SECOND, timedelta(0), SECOND)
)
RECENT, OLD = (timedelta(hours=1),) * 6, (DAY * 3, DAY * 30) * 4
ages = st.sampled_from(EDGES + RECENT + OLD)

#: One second before, at, and after the first instant of each edition, never before the first.
BOUNDARIES = tuple(
    e.valid_from + nudge for e in EDITIONS.all for nudge in (-SECOND, timedelta(0), SECOND)
)[1:]
BETWEEN = tuple(e.valid_from + timedelta(days=20.55) for e in EDITIONS.all)
moments = st.sampled_from(BOUNDARIES + BETWEEN * 2)

messages = st.builds(
    Message,
    purpose=st.sampled_from((*Purpose, Purpose.ALERT, Purpose.ALERT, Purpose.REPLY)),
    topic=st.sampled_from((None, TOPICS[0], *TOPICS)),
    parts=st.sampled_from((1, 1, 1, 2)),
    push=st.sampled_from((None, *Push)),
    template=st.sampled_from((None, None, None, rules.OTN_REQUEST, "generic")),
    hold_for=st.sampled_from((None, None, timedelta(0), DAY)),
    author=st.sampled_from((Author.BOT, Author.BOT, Author.HUMAN)),
    in_turn=st.booleans(),
    turn_paid=st.sampled_from((False,) * 6 + (True,)),
)

_opener = st.tuples(
    st.sampled_from((OpenerKind.MESSAGE,) * 12 + tuple(OpenerKind)),
    ages,
    st.sampled_from((None, "autumn")),
)
_token = st.tuples(
    st.sampled_from((None,) * 12 + TOPICS),  # None: the message's own topic
    ages,
    st.sampled_from((TokenKind.ONE_TIME,) * 5 + (TokenKind.RECURRING,)),
    st.sampled_from(((False, False),) * 6 + ((True, False), (False, True), (True, True))),
    st.sampled_from((None, None, SECOND, timedelta(0), -SECOND)),  # till the platform ends it
)

pages = st.builds(
    Page,
    human_agent=st.booleans(),
    one_time_notification=st.sampled_from((True, True, False)),
    ours=st.sampled_from((True,) * 9 + (False,)),
    region=st.sampled_from(("US",) * 8 + REGIONS),
    time_zone=st.sampled_from(("UTC", "Asia/Kolkata")),
    restricted=st.sampled_from((False,) * 6 + (True,)),
)

own_caution = st.builds(
    Settings,
    window_margin=st.sampled_from((MARGIN, timedelta(0))),
    quiet_hours=st.sampled_from(
        (None, None, QuietHours(time(8), time(22)), QuietHours(time(22), time(8)))
    ),
    proactive_per_day=st.sampled_from((None, None, None, 0, 1, 2)),
)


def _ask(
    at: datetime,
    message: Message,
    page: Page,
    caution: Settings,
    opened: list[tuple[OpenerKind, timedelta, str | None]],
    granted: list[tuple[str | None, timedelta, TokenKind, tuple[bool, bool], timedelta | None]],
    chosen: bool,
    stop: tuple[bool, timedelta | None],
    pause: timedelta | None,
    lives: tuple[str | None, str | None],
    blocked: bool,
    today: int,
) -> Question:
    """Put a question together from what was drawn, every age counted back from its moment."""
    openers = tuple(Opener(kind, at - age, ref) for kind, age, ref in opened)
    stopped, stopped_ago = stop
    person = Person(
        openers=openers,
        last_message_at=max((o.at for o in openers if o.kind in SPEECH), default=None),
        tokens=tuple(
            Token(
                id=f"tok_{n}",
                topic=topic or message.topic or TOPICS[0],
                granted_at=at - age,
                kind=kind,
                spent=spent,
                fulfilled=fulfilled,
                expires_at=None if left is None else at + left,
            )
            for n, (topic, age, kind, (spent, fulfilled), left) in enumerate(granted)
        ),
        alerts=frozenset(TOPICS) if chosen else frozenset(),
        stopped=stopped,
        stopped_at=at - stopped_ago if stopped and stopped_ago is not None else None,
        paused_until=None if pause is None else at + pause,
        region=lives[0],
        time_zone=lives[1],
        blocked=blocked,
        proactive_today=today,
    )
    return Question(at, message, person, page, EDITIONS.at(at), caution)


_QUESTIONS = st.builds(
    _ask,
    moments,
    messages,
    pages,
    own_caution,
    st.lists(_opener, max_size=2),
    st.lists(_token, max_size=2),
    st.sampled_from((True, True, True, False)),
    st.tuples(st.sampled_from((False,) * 6 + (True,)), st.none() | ages),
    st.sampled_from((None, None, None, SECOND, timedelta(0), -SECOND)),
    st.tuples(
        st.sampled_from((None, None, None, *REGIONS)),
        st.sampled_from((None, "Europe/Paris", "America/New_York", "Asia/Tokyo")),
    ),
    st.sampled_from((False,) * 9 + (True,)),
    st.integers(0, 2),
)


def questions() -> st.SearchStrategy[Question]:
    """Return what draws questions, built once: building it is what takes the time."""
    return _QUESTIONS


def answered(q: Question) -> Decision:
    """Decide, and keep statistics of what kinds of answers the law has met."""
    decision = decide(q)
    event(name_of(decision))
    event(f"rule: {decision.reason.rule}")
    if isinstance(decision, Send):
        event(f"ground: {decision.ground}")
    return decision


def nothing_else(q: Question) -> Question:
    """Return the question with nothing in its way but the grounds themselves."""
    person = replace(
        q.person, stopped=False, stopped_at=None, blocked=False, paused_until=None,
        alerts=frozenset(TOPICS), proactive_today=0,
    )  # fmt: skip
    return replace(
        q,
        person=person,
        message=replace(q.message, turn_paid=False),
        page=replace(q.page, ours=True, restricted=False),
        settings=Settings(window_margin=q.settings.window_margin),
    )


# --- the person's word -----------------------------------------------------------------------------


@law
@given(questions())
def test_a_person_who_stopped_gets_nothing_proactive(q: Question) -> None:
    assume(q.message.proactive)
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
@given(questions())
def test_a_person_who_paused_gets_nothing_proactive_before_the_end(q: Question) -> None:
    person = replace(q.person, paused_until=q.at + SECOND)
    decision = answered(replace(q, person=person))
    assert not (q.message.proactive and isinstance(decision, Send))


@law
@given(questions())
def test_an_alert_type_that_was_not_chosen_is_never_sent(q: Question) -> None:
    needs_none = (Purpose.REPLY, Purpose.HUMAN_AGENT, Purpose.FEEDBACK)
    assume(q.message.topic and ":" not in q.message.topic and q.message.purpose not in needs_none)
    decision = answered(replace(q, person=replace(q.person, alerts=frozenset({"account"}))))
    assert isinstance(decision, Refuse)


# --- grounds ---------------------------------------------------------------------------------------


@law
@given(questions())
def test_every_ground_is_really_there(q: Question) -> None:
    """Work out by another way, from the platform's dates, whether the named ground carries."""
    decision = answered(nothing_else(q))
    if not isinstance(decision, Send):
        return
    check: dict[str, Callable[[Question], bool]] = {
        "standard_window": in_window,
        "one_time_notification": has_token,
        "tag:HUMAN_AGENT": may_answer_as_person,
    }
    assert check.get(decision.ground, has_update_tag)(q), decision


@law
@given(questions())
def test_without_any_ground_we_hold_or_refuse_and_with_one_we_send(q: Question) -> None:
    q = nothing_else(q)
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
@given(questions())
def test_a_free_ground_comes_before_a_token(q: Question) -> None:
    decision = answered(nothing_else(q))
    assume(isinstance(decision, Send) and decision.token_id)
    assert isinstance(decision, Send)
    assert decision.ground == "one_time_notification"
    assert [f.rule for f in decision.passed] == ["window_open", "tag_covers_purpose"]
    q = nothing_else(q)
    assert not isinstance(decide(replace(q, person=replace(q.person, tokens=()))), Send)


@law
@given(questions())
def test_a_refusal_or_a_hold_names_no_token(q: Question) -> None:
    decision = answered(q)
    assume(not isinstance(decision, Send))
    assert as_dict(decision)["token"] is None
    assert "tok_" not in repr(decision)


@law
@given(questions())
def test_a_token_pays_only_for_its_own_topic_once_and_in_one_message(q: Question) -> None:
    decision = answered(nothing_else(q))
    assume(isinstance(decision, Send) and decision.token_id)
    assert isinstance(decision, Send)
    (paid,) = (t for t in q.person.tokens if t.id == decision.token_id)
    assert paid.topic == q.message.topic
    assert paid.kind is TokenKind.ONE_TIME
    assert not (paid.spent or paid.fulfilled)
    assert q.message.parts == 1
    assert (decision.messaging_type, decision.tag) == (None, None)


@law
@given(questions(), st.sampled_from(TOPICS))
def test_a_token_for_one_topic_never_pays_for_another(q: Question, other: str) -> None:
    assume(q.message.topic != other)
    mine = tuple(replace(t, topic=other) for t in q.person.tokens)
    decision = answered(nothing_else(replace(q, person=replace(q.person, tokens=mine))))
    assert as_dict(decision)["token"] is None


@law
@given(questions(), ages)
def test_one_more_live_token_never_turns_a_send_into_something_else(
    q: Question, age: timedelta
) -> None:
    assume(timedelta(0) <= age < YEAR)
    before = answered(q)
    assume(isinstance(before, Send))
    more = Token("tok_more", q.message.topic or TOPICS[0], q.at - age)
    after = decide(replace(q, person=replace(q.person, tokens=(*q.person.tokens, more))))
    assert isinstance(after, Send)
    assert isinstance(before, Send)
    assert after.ground == before.ground


# --- time ------------------------------------------------------------------------------------------


@law
@given(questions(), st.integers(0, 800 * 86400))
def test_a_closed_window_does_not_open_by_waiting(q: Question, seconds: int) -> None:
    q = nothing_else(q)
    now = answered(q)
    assume(not (isinstance(now, Send) and now.ground == "standard_window"))
    assume(now.reason.rule not in FORBIDDEN)
    at = q.at + timedelta(seconds=seconds)
    later = decide(replace(q, at=at, edition=EDITIONS.at(at)))
    assert not (isinstance(later, Send) and later.ground == "standard_window")


@law
@given(questions())
def test_a_fresh_message_opens_the_window_unless_something_forbids(q: Question) -> None:
    wrote = Opener(OpenerKind.MESSAGE, q.at)
    person = replace(q.person, openers=(*q.person.openers, wrote), last_message_at=q.at)
    decision = answered(replace(q, person=person))
    if isinstance(decision, Send):
        assert decision.ground == "standard_window"
        assert (decision.tag, decision.token_id) == (None, None)
        is_reply = q.message.purpose is Purpose.REPLY
        assert decision.messaging_type == ("RESPONSE" if is_reply else "UPDATE")
    else:
        assert decision.reason.rule in FORBIDDEN | POSTPONED


@law
@given(questions())
def test_a_hold_ends_later_than_now_and_expires_no_sooner_than_it_ends(q: Question) -> None:
    decision = answered(q)
    assume(isinstance(decision, Hold))
    assert isinstance(decision, Hold)
    assert decision.until is None or decision.until > q.at
    assert decision.expires_at > (decision.until or q.at)


# --- less is never more ----------------------------------------------------------------------------


def _without_a_tag(e: Edition, pick: int) -> Edition:
    name = sorted(e.tags)[pick % len(e.tags)]
    return replace(e, tags={**e.tags, name: replace(e.tags[name], accepted=False)})


def _without_an_opener(e: Edition, pick: int) -> Edition:
    kind = sorted(e.openers)[pick % len(e.openers)]
    return replace(e, openers={k: r for k, r in e.openers.items() if k is not kind})


def _with_a_region_closed(e: Edition, pick: int) -> Edition:
    closed = (*e.one_time.closed_in, REGIONS[pick % len(REGIONS)])
    return replace(e, one_time=replace(e.one_time, closed_in=closed))


def _without_a_purpose(e: Edition, pick: int) -> Edition:
    served = sorted(e.one_time.serves)
    less = frozenset(served) - {served[pick % len(served)]}
    return replace(e, one_time=replace(e.one_time, serves=less))


TAKEN_AWAY: tuple[Callable[[Edition, int], Edition], ...] = (
    _without_a_tag,
    _without_an_opener,
    _with_a_region_closed,
    _without_a_purpose,
    lambda e, _: replace(e, one_time=replace(e.one_time, offered=False)),
    lambda e, _: replace(e, one_time=replace(e.one_time, life=WEEK)),
    lambda e, _: replace(e, window=timedelta(hours=1)),
)


@law
@given(questions(), st.sampled_from(TAKEN_AWAY), st.integers(0, 50))
def test_taking_a_permission_from_an_edition_never_turns_a_no_into_a_send(
    q: Question, take: Callable[[Edition, int], Edition], pick: int
) -> None:
    after = answered(replace(q, edition=take(q.edition, pick)))
    assume(isinstance(after, Send))
    assert isinstance(decide(q), Send)


@law
@given(questions(), st.sampled_from(("human_agent", "one_time_notification", "ours")))
def test_taking_a_permission_from_the_page_never_turns_a_no_into_a_send(
    q: Question, name: str
) -> None:
    less: dict[str, bool] = {name: False}
    after = answered(replace(q, page=replace(q.page, **less)))
    assume(isinstance(after, Send))
    assert isinstance(decide(replace(q, page=replace(q.page, **{name: True}))), Send)


# --- the answer itself -----------------------------------------------------------------------------


@law
@given(questions())
def test_the_same_question_has_the_same_answer(q: Question) -> None:
    assert answered(q) == decide(deepcopy(q))


@law
@given(questions())
def test_the_order_in_which_facts_are_listed_changes_nothing(q: Question) -> None:
    turned = replace(
        q.person, openers=q.person.openers[::-1], tokens=q.person.tokens[::-1]
    )  # fmt: skip
    one, two = as_dict(answered(q)), as_dict(decide(replace(q, person=turned)))
    same = ("decision", "ground", "messaging_type", "tag", "token", "until", "rule", "whose")
    assert {k: one[k] for k in same} == {k: two[k] for k in same}


@law
@given(questions())
def test_every_answer_names_its_rule_its_edition_and_a_described_source(q: Question) -> None:
    decision = answered(q)
    assert decision.edition == q.edition.id
    findings = (decision.reason, *findings_of(decision))
    for finding in findings:
        assert finding.rule in NAMES
        assert finding.says
        assert finding.says[0].islower()
        assert not finding.says.endswith(".")
        assert finding.source is None or finding.source in q.edition.sources
    if isinstance(decision, Send):
        assert decision.reason.source is not None
        assert decision.notification_type in {"REGULAR", "SILENT_PUSH", "NO_PUSH"}
        assert (decision.messaging_type == "MESSAGE_TAG") == (decision.tag is not None)
    if isinstance(decision, Refuse) and decision.reason.rule in FORBIDDEN:
        assert decision.reason.whose is Whose.OURS or decision.reason.source or q.person.blocked


# --- the grounds worked out another way --------------------------------------------------------------


def in_window(q: Question) -> bool:
    opening = {"message", "postback", "reaction", "ad_click_message", "send_to_messenger"}
    return any(
        q.at - (DAY - q.settings.window_margin) < o.at
        for o in q.person.openers
        if o.kind.value in opening or (o.kind is OpenerKind.REFERRAL and o.ref)
    )


def has_token(q: Question) -> bool:
    served = {"alert", "feedback", "account_update", "post_purchase_update"}
    europe = {"FR", "GB", "EU", "EEA", "NO"}
    closed: set[str] = set()
    day = q.at.date().isoformat()
    if "2020-12-16" <= day < "2022-05-19":
        closed |= europe
    if "2021-03-30" <= day < "2022-05-19":
        closed |= {"JP"}
    return (
        q.page.one_time_notification
        and q.page.region not in closed
        and (q.person.region or q.page.region) not in closed
        and q.message.purpose.value in served | {"confirmed_event_update"}
        and any(
            t.topic == q.message.topic
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
        q.message.author is Author.HUMAN
        and q.message.purpose is Purpose.HUMAN_AGENT
        and q.page.human_agent
        and wrote is not None
        and wrote > q.at - WEEK
    )


def has_update_tag(q: Question) -> bool:
    carried = {"account_update", "post_purchase_update", "confirmed_event_update"}
    return q.message.purpose.value in carried and q.at.date().isoformat() < "2026-04-27"
