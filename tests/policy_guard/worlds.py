"""Questions drawn around the edges where a rule turns: what the laws are asked of.

Every strategy is built once: building one takes more time than drawing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import combinations

from hypothesis import settings
from hypothesis import strategies as st

from policy_guard import rules
from policy_guard.edition import known
from policy_guard.vocabulary import (
    GOVERNED,
    SPEECH,
    Author,
    Feature,
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
#: Every way of sending that a breaker can stop.
WAYS = frozenset(
    {
        *(f"tag:{name}" for edition in EDITIONS.all for name in edition.tags),
        *(f"template:{name}" for name in GOVERNED),
        *("one_time_notification", "recurring_notification", "utility_template"),
        *("private_reply", "plus_one"),
    }
)
REGIONS = ("US", "FR", "GB", "JP", "EU", "EEA", "NO", "BR", "VN", "KR")
TEMPLATE = "order_shipped"
UPDATES = (
    Purpose.ACCOUNT_UPDATE,
    Purpose.POST_PURCHASE_UPDATE,
    Purpose.CONFIRMED_EVENT_UPDATE,
)

law = settings(max_examples=200, deadline=None)

#: One second before, at, and after each span at which a rule turns; also ahead of the clock.
EDGES = tuple(
    span + nudge
    for span in (timedelta(0), DAY - MARGIN, DAY, 2 * DAY, WEEK, YEAR, -MARGIN)
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
    "ways_stopped "
    "theirs night day capped human human_over"
).split()
IN_THE_WAY = st.sampled_from(
    [()] * 24 + [(one,) for one in OBSTACLES] + list(combinations(OBSTACLES, 2))[::3]
)

_kinds = st.sampled_from((OpenerKind.MESSAGE,) * 12 + (OpenerKind.COMMENT,) * 2 + tuple(OpenerKind))
_opener = st.tuples(_kinds, ages)
_token = st.tuples(
    st.sampled_from((None,) * 12 + TOPICS),  # None: the message's own topic
    ages,
    st.sampled_from(
        ("live",) * 8
        + ("spent", "fulfilled", "recurring", "recurring used", "recurring ended", "ends", "ended")
    ),
)
_message = st.tuples(
    st.sampled_from((*Purpose, Purpose.ALERT, Purpose.ALERT, Purpose.REPLY)),
    st.sampled_from((None, *TOPICS[:1] * 5, *TOPICS[1:])),
    st.sampled_from(
        ("bot",) * 6
        + ("human",) * 3
        + ("two parts", "request", "asks again", "shape", "feedback", "utility", "unfilled")
    ),
    st.sampled_from((None, timedelta(0), DAY)),
    st.booleans(),
    st.sampled_from(((),) * 9 + tuple((feature,) for feature in Feature)),
)
_page = st.sampled_from(
    [
        Page(
            human_agent=agent,
            one_time_notification=otn,
            recurring_notifications=recurring,
            utility_templates=templates,
            news_page_index=not agent,
            region=region,
        )
        for agent in (True, False)
        for otn in (True, True, False)
        for recurring in (True, False)
        for templates in ((TEMPLATE,), ())
        for region in ("US",) * 8 + REGIONS
    ]
)
_used = st.sampled_from((frozenset(), frozenset(), {"private"}, {"plus_one"}))
#: Our margin, and how long the settings take the window after an ad click to be.
_caution = st.sampled_from(
    [(margin, ad) for margin in (MARGIN, timedelta(0)) for ad in (DAY, DAY, WEEK, 10 * DAY)]
)


def _put_together(
    at: datetime,
    said: tuple[Purpose, str | None, str, timedelta | None, bool, tuple[Feature, ...]],
    page: Page,
    opened: list[tuple[OpenerKind, timedelta]],
    granted: list[tuple[str | None, timedelta, str]],
    used: frozenset[str],
    lives: str | None,
    caution: tuple[timedelta, timedelta],
    obstacles: tuple[str, ...],
) -> Question:
    """Put a question together from what was drawn, every age counted back from its moment."""
    purpose, topic, how, hold_for, in_turn, features = said
    templates = {
        "request": rules.OTN_REQUEST,
        "asks again": "notification_messages",
        "shape": "generic",
        "feedback": "customer_feedback",
    }
    message = Message(
        purpose,
        topic,
        parts=2 if how == "two parts" else 1,
        template=templates.get(how),
        utility_template=TEMPLATE if how in {"utility", "unfilled"} else None,
        unfilled=("order_id",) if how == "unfilled" else (),
        features=frozenset(features),
        hold_for=hold_for,
        author=Author.HUMAN if how == "human" else Author.BOT,
        in_turn=in_turn,
        turn_paid="paid" in obstacles,
    )
    openers = tuple(Opener(k, at - age, "autumn" if age < WEEK else None) for k, age in opened)
    tokens = tuple(
        _drawn_token(f"tok_{n}", about or topic or TOPICS[0], at, age, state)
        for n, (about, age, state) in enumerate(granted)
    )
    stops = {"stopped_earlier": at - DAY, "stopped_just_now": at}
    person = Person(
        openers=openers,
        last_message_at=_last_words(openers),
        tokens=tokens,
        alerts=frozenset() if "unchosen" in obstacles else frozenset(TOPICS),
        stopped=any(o.startswith("stopped") for o in obstacles),
        stopped_at=next((stops[o] for o in obstacles if o in stops), None),
        paused_until={"paused": at + SECOND, "pause_over": at}.get((*obstacles, "")[0]),
        human_until={"human": at + SECOND, "human_over": at}.get(("", *obstacles)[-1]),
        region=lives,
        time_zone="Europe/Paris" if lives == "FR" else None,
        blocked="blocked" in obstacles,
        private_reply_used="private" in used,
        plus_one_used="plus_one" in used,
        proactive_today=2,
    )
    page = replace(page, ours="theirs" not in obstacles, restricted="restricted" in obstacles)
    if "ways_stopped" in obstacles:
        page = replace(page, stopped=WAYS)
    quiet = QuietHours(time(22), time(8)) if "night" in obstacles else None
    margin, ad_click = caution
    ours = Settings(
        window_margin=margin,
        quiet_hours=QuietHours(time(8), time(22)) if "day" in obstacles else quiet,
        proactive_per_day=2 if "capped" in obstacles else None,
        ad_click_window=ad_click,
    )
    return Question(at, message, person, page, EDITIONS.at(at), ours)


def _drawn_token(name: str, topic: str, at: datetime, age: timedelta, state: str) -> Token:
    return Token(
        id=name,
        topic=topic,
        granted_at=at - age,
        kind=TokenKind.RECURRING if state.startswith("recurring") else TokenKind.ONE_TIME,
        spent=state == "spent",
        fulfilled=state == "fulfilled",
        last_used_at=at - DAY if state == "recurring used" else None,
        expires_at={"ends": at + SECOND, "ended": at, "recurring ended": at}.get(state),
    )


def _last_words(openers: Sequence[Opener]) -> datetime | None:
    return max((o.at for o in openers if o.kind in SPEECH), default=None)


QUESTIONS = st.builds(
    _put_together,
    moments,
    _message,
    _page,
    st.lists(_opener, max_size=2),
    st.lists(_token, max_size=2),
    _used,
    st.sampled_from((None,) * 6 + REGIONS),
    _caution,
    IN_THE_WAY,
)


# --- with nothing in the way, or with only one thing to go by ------------------------------------


def _cleared(q: Question) -> Question:
    person = replace(
        q.person,
        stopped=False,
        stopped_at=None,
        blocked=False,
        paused_until=None,
        human_until=None,
        alerts=frozenset(TOPICS),
    )
    return replace(
        q,
        person=person,
        message=replace(q.message, turn_paid=False, features=frozenset()),
        page=replace(q.page, ours=True, restricted=False, stopped=frozenset()),
        settings=Settings(
            window_margin=q.settings.window_margin, ad_click_window=q.settings.ad_click_window
        ),
    )


def _at(q: Question, at: datetime) -> Question:
    """Return the question at another moment, with every fact as old as it was."""
    span = at - q.at
    person = replace(
        q.person,
        openers=tuple(replace(o, at=o.at + span) for o in q.person.openers),
        last_message_at=q.person.last_message_at and q.person.last_message_at + span,
        tokens=tuple(
            replace(
                t,
                granted_at=t.granted_at + span,
                last_used_at=t.last_used_at and t.last_used_at + span,
                expires_at=t.expires_at and t.expires_at + span,
            )
            for t in q.person.tokens
        ),
    )
    return replace(q, at=at, person=person, edition=EDITIONS.at(at))


def _who(q: Question, kind: OpenerKind, age: timedelta) -> Person:
    """Return the person as one who did this and nothing else."""
    did = (Opener(kind, q.at - age),)
    return replace(q.person, openers=did, last_message_at=_last_words(did))


def _with_tokens_only(q: Question, age: timedelta) -> Question:
    topic = q.message.topic or TOPICS[0]
    message = replace(q.message, purpose=Purpose.ALERT, topic=topic, template=None)
    more = Token("tok_own", topic, q.at - age)
    openers = tuple(replace(o, at=o.at - DAY) for o in q.person.openers if o.at <= q.at)
    return replace(
        q,
        message=message,
        page=replace(q.page, one_time_notification=True),
        person=replace(
            q.person, openers=openers, tokens=(*q.person.tokens, more), plus_one_used=True
        ),
    )


def _outside_the_window(
    q: Question, purpose: Purpose, author: Author, age: timedelta, template: str | None
) -> Question:
    if template == "its own":
        template = "customer_feedback" if purpose is Purpose.FEEDBACK else None
    return replace(
        q,
        message=replace(q.message, purpose=purpose, author=author, template=template),
        page=replace(q.page, human_agent=True),
        person=_who(q, OpenerKind.MESSAGE, age),
    )


def _in_words_that_sell(q: Question, held: bool) -> Question:
    message, ours = replace(q.message, promotional=True), replace(q.settings, hold_promotional=held)
    return replace(q, message=message, settings=ours)


def _in_the_window(q: Question, obstacle: str) -> Question:
    wrote = Opener(OpenerKind.MESSAGE, q.at)
    caution = {
        "capped": replace(q.settings, proactive_per_day=2),
        "day": replace(q.settings, quiet_hours=QuietHours(time(8), time(22))),
    }
    return replace(
        q,
        message=replace(
            q.message,
            purpose=Purpose.PROMOTION,
            topic="delivery",
            turn_paid=obstacle == "paid",
            features=frozenset({Feature.MEDIA}) if obstacle == "features" else frozenset(),
        ),
        page=replace(q.page, restricted=obstacle == "restricted", ours=obstacle != "theirs"),
        person=replace(
            q.person,
            openers=(wrote,),
            last_message_at=q.at,
            paused_until=q.at + SECOND if obstacle == "paused" else None,
            human_until=q.at + SECOND if obstacle == "human" else None,
            alerts=frozenset(() if obstacle == "unchosen" else TOPICS),
        ),
        settings=caution.get(obstacle, q.settings),
    )


def _with_a_template(
    q: Question,
    at: datetime,
    how: str,
    purpose: Purpose,
    where: tuple[str, str | None],
    age: timedelta,
) -> Question:
    q = _at(q, at)
    message = replace(
        q.message,
        purpose=purpose,
        utility_template=None if how == "unnamed" else TEMPLATE,
        unfilled=("order_id",) if how == "unfilled" else (),
        template={"template": "customer_feedback", "shape": "generic"}.get(how),
        parts=2 if how == "two parts" else 1,
    )
    approved = () if how == "unapproved" else ("order_late", TEMPLATE)
    return replace(
        q,
        message=message,
        page=replace(q.page, utility_templates=approved, region=where[0]),
        person=replace(_who(q, OpenerKind.MESSAGE, age), region=where[1]),
    )


def _with_an_agreement(
    q: Question,
    at: datetime,
    how: str,
    purpose: Purpose,
    where: tuple[str, str | None],
    used: tuple[timedelta | None, ...],
    ends: timedelta | None,
) -> Question:
    q = _at(q, at)
    topic = q.message.topic or "delivery"
    tokens = tuple(
        Token(
            f"tok_again_{n}",
            topic,
            at - 60 * DAY + n * DAY,
            TokenKind.RECURRING,
            spent=how == "spent",
            last_used_at=None if last is None else at - last,
            expires_at=None if ends is None else at + ends,
        )
        for n, last in enumerate(used)
    )
    message = replace(
        q.message,
        purpose=purpose,
        topic=None if how == "no topic" else topic,
        template={"template": "notification_messages", "shape": "generic"}.get(how),
        parts=2 if how == "two parts" else 1,
    )
    return replace(
        q,
        message=message,
        page=replace(q.page, recurring_notifications=how != "not permitted", region=where[0]),
        person=replace(
            _who(q, OpenerKind.MESSAGE, 9 * DAY),
            region=where[1],
            tokens=tokens,
            plus_one_used=True,
        ),
    )


def _with_a_comment(
    q: Question, how: str, purpose: Purpose, age: timedelta, wrote: timedelta | None
) -> Question:
    did = [Opener(OpenerKind.COMMENT, q.at - age)]
    did += [] if wrote is None else [Opener(OpenerKind.MESSAGE, q.at - wrote)]
    message = replace(
        q.message,
        purpose=purpose,
        in_turn=how != "no answer",
        template={"template": "customer_feedback", "shape": "generic"}.get(how),
        parts=2 if how == "two parts" else 1,
    )
    person = replace(
        q.person,
        openers=tuple(did),
        last_message_at=_last_words(did),
        private_reply_used=how == "used",
        private_reply_id="tok_comment",
    )
    return replace(q, message=message, person=person)


def _with_one_message_left(
    q: Question, at: datetime, how: str, kind: OpenerKind, age: timedelta
) -> Question:
    q = _at(q, at)
    message = replace(
        q.message,
        template={"template": rules.OTN_REQUEST, "shape": "generic"}.get(how),
        parts=2 if how == "two parts" else 1,
    )
    person = replace(_who(q, kind, age), tokens=(), plus_one_used=how == "used")
    return replace(q, message=message, person=person)


def _after_an_ad(
    q: Question, at: datetime, age: timedelta, longest: timedelta, wrote: timedelta | None
) -> Question:
    q = _at(q, at)
    did = [Opener(OpenerKind.AD_CLICK_MESSAGE, q.at - age)]
    did += [] if wrote is None else [Opener(OpenerKind.MESSAGE, q.at - wrote)]
    person = replace(q.person, openers=tuple(did), last_message_at=_last_words(did), tokens=())
    return replace(q, person=person, settings=replace(q.settings, ad_click_window=longest))


def _moments_around(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Return what draws the drawn moments from the second before a day to another day."""
    begin = datetime.fromisoformat(f"{first}T00:00:00+00:00") - SECOND
    end = datetime.fromisoformat(f"{last}T00:00:00+00:00")
    return st.sampled_from([at for at in BOUNDARIES + BETWEEN if begin <= at <= end])


_PLAIN = ("plain",) * 13 + ("shape",)
CLEAN = QUESTIONS.map(_cleared)
HINDERED = st.builds(
    _in_the_window,
    QUESTIONS,
    st.sampled_from(
        "restricted capped unchosen paused day paid theirs features human".split() + [""] * 3
    ),
)
TAGGED = st.builds(
    _outside_the_window,
    CLEAN,
    st.sampled_from(
        (*UPDATES, Purpose.NEWS, *(Purpose.HUMAN_AGENT,) * 3, *(Purpose.FEEDBACK,) * 3)
    ),
    st.sampled_from((Author.BOT, Author.HUMAN, Author.HUMAN)),
    st.sampled_from((DAY, WEEK - SECOND, WEEK, WEEK * 9)),
    st.sampled_from(("its own",) * 6 + (None, "generic", rules.OTN_REQUEST)),
)
SELLING = st.builds(_in_words_that_sell, TAGGED | HINDERED, st.sampled_from((True, True, False)))
PAID = st.builds(_with_tokens_only, CLEAN, st.sampled_from((DAY, YEAR - SECOND, YEAR)))
TEMPLATED = st.builds(
    _with_a_template,
    CLEAN,
    _moments_around("2025-07-29", "2099-01-01") | _moments_around("2026-04-27", "2099-01-01"),
    st.sampled_from((*_PLAIN, "unnamed", "unapproved", "unfilled", "template", "two parts")),
    st.sampled_from(UPDATES * 8 + tuple(Purpose)),
    st.sampled_from(
        [("US", None)] * 4 + [("VN", "TH"), ("PH", "US"), ("US", "FR"), ("JP", None), ("BR", "US")]
    ),
    st.sampled_from((DAY, WEEK, YEAR)),
)
AGREED = st.builds(
    _with_an_agreement,
    CLEAN,
    _moments_around("2022-05-19", "2099-01-01"),
    st.sampled_from((*_PLAIN, "no topic", "not permitted", "spent", "template", "two parts")),
    st.sampled_from((Purpose.PROMOTION, Purpose.ALERT, Purpose.NEWS) * 3 + tuple(Purpose)),
    st.sampled_from(
        [("US", None)] * 6
        + [("FR", None), ("KR", "JP"), ("AU", "EU"), ("GB", "EEA"), ("FR", "NO"), ("US", "FR")]
    ),
    st.sampled_from(
        [(None,)] * 4
        + [(timedelta(0),), (None, DAY), (-SECOND,), (DAY, timedelta(0))]
        + [(gap + nudge,) for gap in (DAY, 2 * DAY) for nudge in (-SECOND, timedelta(0))]
    ),
    st.sampled_from((None, None, YEAR, SECOND, timedelta(0), -DAY, *(-30 * DAY,) * 4)),
)
COMMENTED = st.builds(
    _with_a_comment,
    CLEAN,
    st.sampled_from((*_PLAIN, "used", "no answer", "template", "two parts")),
    st.sampled_from((Purpose.REPLY,) * 4 + (Purpose.PROMOTION,) * 2 + tuple(Purpose)),
    st.sampled_from((timedelta(0), DAY, WEEK - SECOND, WEEK, -MARGIN)),
    st.sampled_from((None, None, None, timedelta(0), DAY, 9 * WEEK)),
)
EARLY = st.builds(
    _with_one_message_left,
    CLEAN,
    _moments_around("2018-01-01", "2020-03-26"),
    st.sampled_from((*_PLAIN, "used", "template", "two parts")),
    st.sampled_from((OpenerKind.MESSAGE, OpenerKind.MESSAGE, OpenerKind.POSTBACK, *OpenerKind)),
    st.sampled_from((DAY - SECOND, DAY, 30 * DAY, YEAR)),
)
AFTER_AN_AD = st.builds(
    _after_an_ad,
    CLEAN,
    _moments_around("2026-09-28", "2099-01-01")
    | st.sampled_from([EDITIONS.all[-1].valid_from + DAY * n for n in (0.5, 2, 5)]),
    st.sampled_from((SECOND, DAY - SECOND, DAY, 3 * DAY, WEEK - SECOND, WEEK, 9 * DAY)),
    st.sampled_from((timedelta(hours=1), DAY, 3 * DAY, WEEK, 10 * DAY)),
    st.sampled_from((None, None, DAY, 9 * WEEK)),
)
WELL_GROUNDED = st.one_of(TAGGED, PAID, TEMPLATED, AGREED, COMMENTED, EARLY, AFTER_AN_AD)


STOPPED = st.one_of(TAGGED, PAID, TEMPLATED).map(
    lambda q: replace(q, page=replace(q.page, stopped=WAYS))
)


def questions() -> st.SearchStrategy[Question]:
    """Return what draws questions of every kind."""
    return QUESTIONS


def unhindered() -> st.SearchStrategy[Question]:
    """Return what draws questions with nothing in the way but the grounds themselves."""
    return CLEAN


def hindered() -> st.SearchStrategy[Question]:
    """Return what draws questions with an open window and anything else in the way."""
    return HINDERED


def selling() -> st.SearchStrategy[Question]:
    """Return what draws questions about words that read as promotion, held for it or not."""
    return SELLING


def stopped() -> st.SearchStrategy[Question]:
    """Return what draws questions of which the platform has stopped every way of sending."""
    return STOPPED


def tagged() -> st.SearchStrategy[Question]:
    """Return what draws questions that a message tag may answer, or just not."""
    return TAGGED


def paid() -> st.SearchStrategy[Question]:
    """Return what draws questions about an alert with nothing but tokens to pay for it."""
    return PAID


def templated() -> st.SearchStrategy[Question]:
    """Return what draws questions that an approved utility template may answer, or just not."""
    return TEMPLATED


def agreed() -> st.SearchStrategy[Question]:
    """Return what draws questions that a standing agreement may answer, or just not."""
    return AGREED


def commented() -> st.SearchStrategy[Question]:
    """Return what draws questions to a person who commented on the Page."""
    return COMMENTED


def early() -> st.SearchStrategy[Question]:
    """Return what draws questions of the time in which one message might follow the window."""
    return EARLY


def after_an_ad() -> st.SearchStrategy[Question]:
    """Return what draws questions to a person who wrote after a click on an ad."""
    return AFTER_AN_AD


def well_grounded() -> st.SearchStrategy[Question]:
    """Return what draws questions that one ground or another may just answer."""
    return WELL_GROUNDED
