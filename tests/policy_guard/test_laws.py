"""Laws of the decision, drawn around the edges where a rule turns."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import combinations

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
OTN, WINDOW = "one_time_notification", "standard_window"
FORBIDDEN = {r.__name__ for r in rules.FORBIDS}
POSTPONED = {r.__name__ for r in rules.POSTPONES}
NAMES = {r.__name__ for group in (rules.GROUNDS, rules.LAST) for r in group}
NAMES |= FORBIDDEN | POSTPONED | {"no_ground"}

law = settings(max_examples=200, deadline=None)

# --- drawing questions ---------------------------------------------------------------------------

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

#: What may stand in the way besides a missing ground, mostly nothing, one thing, or two.
OBSTACLES = (
    "paid blocked stopped stopped_earlier stopped_just_now paused pause_over unchosen restricted "
    "theirs night day capped"
).split()
IN_THE_WAY = st.sampled_from(
    [()] * 24 + [(one,) for one in OBSTACLES] + list(combinations(OBSTACLES, 2))[::3]
)

_kinds = st.sampled_from((OpenerKind.MESSAGE,) * 12 + tuple(OpenerKind))
_opener = st.tuples(_kinds, ages)
_token = st.tuples(
    st.sampled_from((None,) * 12 + TOPICS),  # None: the message's own topic
    ages,
    st.sampled_from(("live",) * 8 + ("spent", "fulfilled", "recurring", "ends", "ended")),
)
_message = st.tuples(
    st.sampled_from((*Purpose, Purpose.ALERT, Purpose.ALERT, Purpose.REPLY)),
    st.sampled_from((None, *TOPICS[:1] * 5, *TOPICS[1:])),
    st.sampled_from(("bot",) * 5 + ("human",) * 3 + ("two parts", "request", "template")),
    st.sampled_from((None, timedelta(0), DAY)),
    st.booleans(),
)
_page = st.sampled_from(
    [
        Page(human_agent=agent, one_time_notification=otn, region=region)
        for agent in (True, False)
        for otn in (True, True, False)
        for region in ("US",) * 8 + REGIONS
    ]
)


def _put_together(
    at: datetime,
    said: tuple[Purpose, str | None, str, timedelta | None, bool],
    page: Page,
    opened: list[tuple[OpenerKind, timedelta]],
    granted: list[tuple[str | None, timedelta, str]],
    lives: str | None,
    margin: timedelta,
    obstacles: tuple[str, ...],
) -> Question:
    """Put a question together from what was drawn, every age counted back from its moment."""
    purpose, topic, how, hold_for, in_turn = said
    message = Message(
        purpose,
        topic,
        parts=2 if how == "two parts" else 1,
        template={"request": rules.OTN_REQUEST, "template": "generic"}.get(how),
        hold_for=hold_for,
        author=Author.HUMAN if how == "human" else Author.BOT,
        in_turn=in_turn,
        turn_paid="paid" in obstacles,
    )
    openers = tuple(Opener(k, at - age, "autumn" if age < WEEK else None) for k, age in opened)
    tokens = tuple(
        Token(
            id=f"tok_{n}",
            topic=about or topic or TOPICS[0],
            granted_at=at - age,
            kind=TokenKind.RECURRING if state == "recurring" else TokenKind.ONE_TIME,
            spent=state == "spent",
            fulfilled=state == "fulfilled",
            expires_at={"ends": at + SECOND, "ended": at}.get(state),
        )
        for n, (about, age, state) in enumerate(granted)
    )
    stops = {"stopped_earlier": at - DAY, "stopped_just_now": at}
    person = Person(
        openers=openers,
        last_message_at=max((o.at for o in openers if o.kind in SPEECH), default=None),
        tokens=tokens,
        alerts=frozenset() if "unchosen" in obstacles else frozenset(TOPICS),
        stopped=any(o.startswith("stopped") for o in obstacles),
        stopped_at=next((stops[o] for o in obstacles if o in stops), None),
        paused_until={"paused": at + SECOND, "pause_over": at}.get((*obstacles, "")[0]),
        region=lives,
        time_zone="Europe/Paris" if lives == "FR" else None,
        blocked="blocked" in obstacles,
        proactive_today=2,
    )
    page = replace(page, ours="theirs" not in obstacles, restricted="restricted" in obstacles)
    quiet = QuietHours(time(22), time(8)) if "night" in obstacles else None
    caution = Settings(
        window_margin=margin,
        quiet_hours=QuietHours(time(8), time(22)) if "day" in obstacles else quiet,
        proactive_per_day=2 if "capped" in obstacles else None,
    )
    return Question(at, message, person, page, EDITIONS.at(at), caution)


#: Built once: building a strategy takes more time than drawing from it.
QUESTIONS = st.builds(
    _put_together,
    moments,
    _message,
    _page,
    st.lists(_opener, max_size=2),
    st.lists(_token, max_size=2),
    st.sampled_from((None,) * 6 + REGIONS),
    st.sampled_from((MARGIN, timedelta(0))),
    IN_THE_WAY,
)


def questions() -> st.SearchStrategy[Question]:
    """Return what draws questions of every kind."""
    return QUESTIONS


def unhindered() -> st.SearchStrategy[Question]:
    """Return what draws questions with nothing in the way but the grounds themselves."""
    return CLEAN


def paid() -> st.SearchStrategy[Question]:
    """Return what draws questions about an alert with nothing but tokens to pay for it."""
    return PAID


def tagged() -> st.SearchStrategy[Question]:
    """Return what draws questions that a message tag may answer, or just not."""
    return TAGGED


def hindered() -> st.SearchStrategy[Question]:
    """Return what draws questions with an open window and anything else in the way."""
    return HINDERED


def _cleared(q: Question) -> Question:
    person = replace(
        q.person,
        stopped=False,
        stopped_at=None,
        blocked=False,
        paused_until=None,
        alerts=frozenset(TOPICS),
    )
    return replace(
        q,
        person=person,
        message=replace(q.message, turn_paid=False),
        page=replace(q.page, ours=True, restricted=False),
        settings=Settings(window_margin=q.settings.window_margin),
    )


def _with_tokens_only(q: Question, age: timedelta) -> Question:
    topic = q.message.topic or TOPICS[0]
    message = replace(q.message, purpose=Purpose.ALERT, topic=topic, template=None)
    more = Token("tok_own", topic, q.at - age)
    openers = tuple(replace(o, at=o.at - DAY) for o in q.person.openers if o.at <= q.at)
    return replace(
        q,
        message=message,
        page=replace(q.page, one_time_notification=True),
        person=replace(q.person, openers=openers, tokens=(*q.person.tokens, more)),
    )


def _outside_the_window(q: Question, purpose: Purpose, age: timedelta) -> Question:
    wrote = Opener(OpenerKind.MESSAGE, q.at - age)
    return replace(
        q,
        message=replace(q.message, purpose=purpose, template=None),
        page=replace(q.page, human_agent=True),
        person=replace(q.person, openers=(wrote,), last_message_at=wrote.at),
    )


def _in_the_window(q: Question, obstacle: str) -> Question:
    wrote = Opener(OpenerKind.MESSAGE, q.at)
    caution = {"capped": replace(q.settings, proactive_per_day=2)}
    return replace(
        q,
        message=replace(q.message, purpose=Purpose.PROMOTION, topic="delivery", turn_paid=False),
        page=replace(q.page, restricted=obstacle == "restricted"),
        person=replace(
            q.person,
            openers=(wrote,),
            last_message_at=q.at,
            alerts=frozenset(() if obstacle == "unchosen" else TOPICS),
        ),
        settings=caution.get(obstacle, q.settings),
    )


CLEAN = QUESTIONS.map(_cleared)
HINDERED = st.builds(
    _in_the_window, QUESTIONS, st.sampled_from(("restricted", "capped", "unchosen", "", ""))
)
TAGGED = st.builds(
    _outside_the_window,
    CLEAN,
    st.sampled_from(
        (
            Purpose.ACCOUNT_UPDATE,
            Purpose.POST_PURCHASE_UPDATE,
            Purpose.CONFIRMED_EVENT_UPDATE,
            Purpose.HUMAN_AGENT,
        )
    ),
    st.sampled_from((DAY, WEEK - SECOND, WEEK, WEEK * 9)),
)
PAID = st.builds(_with_tokens_only, CLEAN, st.sampled_from((DAY, YEAR - SECOND, YEAR)))


def answered(q: Question) -> Decision:
    """Decide, and keep statistics of what kinds of answers the law has met."""
    decision = decide(q)
    event(name_of(decision))
    event(f"rule: {decision.reason.rule}")
    if isinstance(decision, Send):
        event(f"ground: {decision.ground}")
    return decision


# --- what is drawn -------------------------------------------------------------------------------


def test_what_is_drawn_reaches_every_ground_and_nearly_every_rule() -> None:
    """Laws about questions that are never drawn would say nothing."""
    met: set[str] = set()

    @settings(max_examples=1000, deadline=None, derandomize=True, database=None)
    @given(questions() | unhindered() | hindered() | tagged() | paid())
    def draw(q: Question) -> None:
        decision = decide(q)
        met.update((decision.reason.rule, str(as_dict(decision)["ground"]), name_of(decision)))

    draw()
    assert {"send", "hold", "refuse", WINDOW, OTN, "tag:HUMAN_AGENT"} <= met
    assert {"tag:ACCOUNT_UPDATE", "tag:POST_PURCHASE_UPDATE", "tag:CONFIRMED_EVENT_UPDATE"} <= met
    assert NAMES - met == {"facts_are_readable"}


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
@given(questions())
def test_an_alert_type_that_was_not_chosen_is_never_sent(q: Question) -> None:
    if q.message.purpose in (Purpose.REPLY, Purpose.HUMAN_AGENT, Purpose.FEEDBACK):
        q = replace(q, message=replace(q.message, purpose=Purpose.ACCOUNT_UPDATE))
    q = replace(q, message=replace(q.message, topic="delivery"))
    decision = answered(replace(q, person=replace(q.person, alerts=frozenset({"account"}))))
    assert isinstance(decision, Refuse)


# --- grounds -------------------------------------------------------------------------------------


@law
@given(unhindered() | tagged() | paid())
def test_every_ground_is_really_there(q: Question) -> None:
    """Work out by another way, from the platform's dates, whether the named ground carries."""
    decision = answered(q)
    if not isinstance(decision, Send):
        return
    check: dict[str, Callable[[Question], bool]] = {
        WINDOW: in_window,
        OTN: has_token,
        "tag:HUMAN_AGENT": may_answer_as_person,
    }
    assert check.get(decision.ground, has_update_tag)(q), decision


@law
@given(unhindered() | tagged() | paid())
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
@given(paid(), st.sampled_from(Purpose))
def test_a_free_ground_comes_before_a_token(q: Question, purpose: Purpose) -> None:
    q = replace(q, message=replace(q.message, purpose=purpose))
    decision = answered(q)
    if isinstance(decision, Send) and decision.token_id:
        assert decision.ground == OTN
        assert [f.rule for f in decision.passed] == ["window_open", "tag_covers_purpose"]
        assert not isinstance(decide(replace(q, person=replace(q.person, tokens=()))), Send)
    wrote = Opener(OpenerKind.MESSAGE, q.at)
    free = decide(replace(q, person=replace(q.person, openers=(*q.person.openers, wrote))))
    assert as_dict(free)["token"] is None


@law
@given(questions() | hindered() | paid())
def test_a_refusal_or_a_hold_names_no_token(q: Question) -> None:
    decision = answered(q)
    if not isinstance(decision, Send):
        assert as_dict(decision)["token"] is None
        assert "tok_" not in repr(decision)


@law
@given(paid())
def test_a_token_pays_only_for_its_own_topic_once_and_in_one_message(q: Question) -> None:
    decision = answered(q)
    if not (isinstance(decision, Send) and decision.token_id):
        return
    (paying,) = (t for t in q.person.tokens if t.id == decision.token_id)
    assert paying.topic == q.message.topic
    assert paying.kind is TokenKind.ONE_TIME
    assert (paying.spent, paying.fulfilled) == (False, False)
    assert q.message.parts == 1
    assert (decision.messaging_type, decision.tag) == (None, None)


@law
@given(paid(), st.sampled_from(TOPICS))
def test_a_token_for_one_topic_never_pays_for_another(q: Question, other: str) -> None:
    if q.message.topic == other:
        other += "0"
    mine = tuple(replace(t, topic=other) for t in q.person.tokens)
    decision = answered(replace(q, person=replace(q.person, tokens=mine)))
    assert as_dict(decision)["token"] is None


@law
@given(questions() | paid(), st.sampled_from((timedelta(0), DAY, YEAR - SECOND)))
def test_one_more_live_token_never_turns_a_send_into_something_else(
    q: Question, age: timedelta
) -> None:
    before = answered(q)
    more = Token("tok_more", q.message.topic or TOPICS[0], q.at - age)
    after = decide(replace(q, person=replace(q.person, tokens=(*q.person.tokens, more))))
    if isinstance(before, Send):
        assert isinstance(after, Send)
        assert after.ground == before.ground


# --- time ----------------------------------------------------------------------------------------


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
        assert decision.reason.rule in FORBIDDEN | POSTPONED


@law
@given(questions() | hindered())
def test_a_hold_ends_later_than_now_and_expires_later_than_it_ends(q: Question) -> None:
    decision = answered(q)
    if isinstance(decision, Hold):
        assert decision.until is None or decision.until > q.at
        assert decision.expires_at > (decision.until or q.at)


# --- less is never more --------------------------------------------------------------------------


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
@given(unhindered() | tagged() | paid(), st.sampled_from(TAKEN_AWAY), st.integers(0, 50))
def test_taking_a_permission_from_an_edition_never_turns_a_no_into_a_send(
    q: Question, take: Callable[[Edition, int], Edition], pick: int
) -> None:
    if isinstance(answered(replace(q, edition=take(q.edition, pick))), Send):
        assert isinstance(decide(q), Send)


TAKEN_FROM_THE_PAGE: tuple[Callable[[Page, bool], Page], ...] = (
    lambda page, allowed: replace(page, human_agent=allowed),
    lambda page, allowed: replace(page, one_time_notification=allowed),
    lambda page, allowed: replace(page, ours=allowed),
    lambda page, allowed: replace(page, restricted=not allowed),
)


@law
@given(unhindered() | tagged() | paid(), st.sampled_from(TAKEN_FROM_THE_PAGE))
def test_taking_a_permission_from_the_page_never_turns_a_no_into_a_send(
    q: Question, give: Callable[[Page, bool], Page]
) -> None:
    if isinstance(answered(replace(q, page=give(q.page, False))), Send):
        assert isinstance(decide(replace(q, page=give(q.page, True))), Send)


# --- the answer itself ---------------------------------------------------------------------------


@law
@given(questions())
def test_the_same_question_has_the_same_answer(q: Question) -> None:
    assert answered(q) == decide(deepcopy(q))


@law
@given(questions())
def test_the_order_in_which_facts_are_listed_changes_nothing(q: Question) -> None:
    turned = replace(q.person, openers=q.person.openers[::-1], tokens=q.person.tokens[::-1])
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


# --- the grounds worked out another way ----------------------------------------------------------


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
