"""Rules that a case row cannot ask about: what only the shell, or an author, can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from policy_guard import rules
from policy_guard.decide import decide
from policy_guard.decisions import (
    Decision,
    Finding,
    Hold,
    Refuse,
    Send,
    Whose,
    changes_of,
    findings_of,
)
from policy_guard.durations import moment
from policy_guard.edition import known
from policy_guard.sentences import said
from policy_guard.vocabulary import (
    GOVERNED,
    Author,
    Feature,
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Push,
    Question,
    QuietHours,
    Request,
    Settings,
    Token,
    TokenKind,
)

NOON = moment("2021-07-01T12:00:00Z")
DAY = timedelta(days=1)
SKU = "back_in_stock:sku-42"
PAGE = Page(human_agent=True, one_time_notification=True)
GROUND = {ground.__name__: ground for ground in rules.GROUNDS}


def wrote(ago: timedelta, **facts: Any) -> Person:
    at = NOON - ago
    facts.setdefault("last_message_at", at)
    return Person(openers=(Opener(OpenerKind.MESSAGE, at),), **facts)


IN_WINDOW, LONG_AGO = wrote(timedelta(hours=1)), wrote(timedelta(days=30))


def ask(person: Person, **more: Any) -> Question:
    settings = more.pop("settings", Settings())
    unreadable = more.pop("unreadable", ())
    page = more.pop("page", PAGE)
    at = more.pop("at", NOON)
    return Question(at, Message(**more), person, page, known().at(at), settings, unreadable)


def found(decision: Decision, rule: str) -> Finding:
    """Return what one ground lacked."""
    (finding,) = (f for f in findings_of(decision) if f.rule == rule)
    return finding


# --- facts ---------------------------------------------------------------------------------------


def test_a_fact_that_cannot_be_read_refuses_even_an_answer_in_the_window() -> None:
    decision = decide(ask(IN_WINDOW, unreadable=("`wink` is not a valid OpenerKind",)))
    assert isinstance(decision, Refuse)
    assert (decision.reason.rule, decision.reason.whose) == ("facts_are_readable", Whose.OURS)
    assert decision.reason.says == "a fact cannot be read: `wink` is not a valid OpenerKind"


# --- a turn --------------------------------------------------------------------------------------


def test_outside_the_window_an_answer_in_a_turn_of_the_person_waits() -> None:
    decision = decide(ask(LONG_AGO, in_turn=True))
    assert isinstance(decision, Hold)
    assert (decision.reason.rule, decision.until) == ("may_wait", None)
    assert decision.expires_at == NOON + timedelta(days=2)


def test_outside_the_window_an_answer_in_any_other_turn_is_refused_and_not_held() -> None:
    decision = decide(ask(LONG_AGO, in_turn=False, hold_for=DAY))
    assert isinstance(decision, Refuse)
    assert (decision.reason.rule, decision.reason.whose) == ("reply_needs_its_turn", Whose.OURS)
    assert [f.rule for f in decision.lacking] == [g.__name__ for g in rules.GROUNDS]


def test_inside_the_window_an_answer_goes_whoever_started_the_turn() -> None:
    decision = decide(ask(IN_WINDOW, in_turn=False))
    assert isinstance(decision, Send)
    assert decision.messaging_type == "RESPONSE"


@pytest.mark.parametrize("purpose", [Purpose.REPLY, Purpose.ALERT, Purpose.PROMOTION])
def test_after_a_paid_message_its_turn_says_nothing_more(purpose: Purpose) -> None:
    decision = decide(ask(IN_WINDOW, purpose=purpose, turn_paid=True))
    assert isinstance(decision, Refuse)
    assert decision.reason.rule == "notification_complete"
    assert decision.reason.whose is Whose.PLATFORM


def test_what_a_token_pays_for_is_sourced_where_tokens_are_described() -> None:
    """In 2021 too, when another page took tokens away from Europe and Japan."""
    person = replace(LONG_AGO, tokens=(Token("a", SKU, NOON - DAY),))
    paid = decide(ask(person, purpose=Purpose.ALERT, topic=SKU))
    complete = decide(ask(person, purpose=Purpose.ALERT, topic=SKU, turn_paid=True))
    assert isinstance(paid, Send)
    assert (paid.reason.source, complete.reason.source) == ("faq", "faq")


# --- holding -------------------------------------------------------------------------------------


def test_a_proactive_message_waits_as_long_as_its_author_said() -> None:
    decision = decide(ask(LONG_AGO, purpose=Purpose.PROMOTION, hold_for=DAY))
    assert isinstance(decision, Hold)
    assert (decision.reason.rule, decision.until, decision.expires_at) == (
        "may_wait",
        None,
        NOON + DAY,
    )


def test_an_answer_whose_author_said_not_to_wait_is_refused() -> None:
    decision = decide(ask(LONG_AGO, hold_for=timedelta(0)))
    assert isinstance(decision, Refuse)
    assert decision.reason.rule == "no_ground"


def test_a_wait_till_a_moment_lives_its_span_beyond_that_moment() -> None:
    person = replace(IN_WINDOW, paused_until=NOON + DAY)
    decision = decide(ask(person, purpose=Purpose.PROMOTION, hold_for=timedelta(hours=3)))
    assert isinstance(decision, Hold)
    assert decision.until == NOON + DAY
    assert decision.expires_at == NOON + DAY + timedelta(hours=3)


def test_a_hold_by_our_margin_is_ours_and_one_by_the_window_is_the_platforms() -> None:
    margin, past = wrote(DAY - timedelta(minutes=1)), wrote(DAY)
    ours, theirs = decide(ask(margin)), decide(ask(past))
    assert isinstance(ours, Hold)
    assert isinstance(theirs, Hold)
    assert (ours.reason.whose, theirs.reason.whose) == (Whose.OURS, Whose.PLATFORM)


# --- STOP ----------------------------------------------------------------------------------------


def test_the_confirmation_of_a_stop_goes_and_the_next_answer_does_not() -> None:
    stopped = wrote(timedelta(seconds=1), stopped=True, stopped_at=NOON - timedelta(seconds=1))
    assert isinstance(decide(ask(stopped, confirms_stop=True)), Send)
    after = decide(ask(stopped))
    assert isinstance(after, Refuse)
    assert after.reason.rule == "person_stopped"


def test_a_confirmation_of_a_stop_is_never_proactive() -> None:
    stopped = wrote(timedelta(seconds=1), stopped=True, stopped_at=NOON - timedelta(seconds=1))
    decision = decide(ask(stopped, purpose=Purpose.PROMOTION, confirms_stop=True))
    assert isinstance(decision, Refuse)
    assert decision.reason.rule == "person_stopped"


def test_a_bot_that_calls_itself_a_human_agent_is_proactive_and_a_person_is_not() -> None:
    bot = Message(purpose=Purpose.HUMAN_AGENT, author=Author.BOT)
    assert bot.proactive
    assert not replace(bot, author=Author.HUMAN).proactive


# --- our caution ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("today", "goes"), [(0, True), (1, True), (2, False), (3, False)])
def test_the_daily_cap_holds_from_the_message_after_the_last(today: int, goes: bool) -> None:
    person = replace(IN_WINDOW, proactive_today=today)
    decision = decide(
        ask(person, purpose=Purpose.PROMOTION, settings=Settings(proactive_per_day=2))
    )
    assert isinstance(decision, Send) is goes
    if not goes:
        assert isinstance(decision, Hold)
        assert decision.reason.rule == "daily_cap"
        assert decision.until == moment("2021-07-02T00:00:00Z")


def test_the_sentence_of_the_daily_cap_says_both_numbers() -> None:
    person = replace(IN_WINDOW, proactive_today=4)
    settings = Settings(proactive_per_day=3)
    says = decide(ask(person, purpose=Purpose.PROMOTION, settings=settings)).reason.says
    assert says == "the person has had 4 proactive messages today, our cap is 3"


def test_a_persons_day_ends_at_their_own_midnight() -> None:
    person = replace(IN_WINDOW, proactive_today=1, time_zone="America/New_York")
    settings = Settings(proactive_per_day=1)
    decision = decide(ask(person, purpose=Purpose.PROMOTION, settings=settings))
    assert isinstance(decision, Hold)
    assert decision.until == moment("2021-07-02T04:00:00Z")


def test_the_first_reason_to_wait_is_told() -> None:
    """The order is restriction, pause, quiet hours, cap."""
    settings = Settings(quiet_hours=QuietHours(time(11), time(13)), proactive_per_day=0)
    person = replace(IN_WINDOW, paused_until=NOON + DAY)
    page = replace(PAGE, restricted=True)
    told = []
    for who, where, own in (
        (person, page, settings),
        (person, PAGE, settings),
        (IN_WINDOW, PAGE, settings),
        (IN_WINDOW, PAGE, replace(settings, quiet_hours=None)),
    ):
        told.append(
            decide(ask(who, purpose=Purpose.PROMOTION, page=where, settings=own)).reason.rule
        )
    assert told == ["page_restricted", "person_paused", "quiet_hours", "daily_cap"]


# --- tokens --------------------------------------------------------------------------------------


def test_of_several_tokens_the_one_that_ends_first_pays() -> None:
    older, newer = Token("older", SKU, NOON - 2 * DAY), Token("newer", SKU, NOON - DAY)
    shorter = Token("shorter", SKU, NOON - DAY, expires_at=NOON + 30 * DAY)

    def paying(*tokens: Token) -> str | None:
        person = replace(LONG_AGO, tokens=tokens)
        decision = decide(ask(person, purpose=Purpose.ALERT, topic=SKU))
        assert isinstance(decision, Send)
        return decision.token_id

    assert paying(newer, older) == "older"
    assert paying(newer, older, shorter) == "shorter"


def test_a_response_of_two_messages_is_not_half_paid() -> None:
    person = replace(LONG_AGO, tokens=(Token("a", SKU, NOON - DAY),))
    decision = decide(ask(person, purpose=Purpose.ALERT, topic=SKU, parts=2))
    assert isinstance(decision, Refuse)
    says = found(decision, "token_held").says
    assert says == "a token pays for one message, and this would be 2"
    assert "the response fits in one message" in changes_of(decision)


def test_a_token_does_not_buy_another_request() -> None:
    person = replace(LONG_AGO, tokens=(Token("a", SKU, NOON - DAY),))
    question = ask(person, purpose=Purpose.ALERT, topic=SKU, template=rules.OTN_REQUEST)
    decision = decide(question)
    assert isinstance(decision, Refuse)
    assert decision.reason.rule == "no_ground"


@pytest.mark.parametrize(
    ("push", "wire"),
    [(None, "REGULAR"), (Push.REGULAR, "REGULAR"), (Push.SILENT, "SILENT_PUSH"),
     (Push.NONE, "NO_PUSH")],
)  # fmt: skip
def test_a_paid_message_is_told_as_loudly_as_declared(push: Push | None, wire: str) -> None:
    person = replace(LONG_AGO, tokens=(Token("a", SKU, NOON - DAY),))
    decision = decide(ask(person, purpose=Purpose.ALERT, topic=SKU, push=push))
    assert isinstance(decision, Send)
    assert decision.notification_type == wire


# --- what a message is made of -------------------------------------------------------------------

CUT = moment("2021-01-15T00:00:00Z")


@pytest.mark.parametrize("feature", [f for f in Feature if f is not Feature.CUSTOMER_FEEDBACK])
def test_a_feature_that_was_cut_in_europe_is_not_sent_even_inside_the_window(
    feature: Feature,
) -> None:
    """A case row names no feature but the feedback template: the rest is known once rendered."""
    person = Person(openers=(Opener(OpenerKind.MESSAGE, CUT),), last_message_at=CUT)

    def asked(page_region: str, person_region: str, *made_of: Feature) -> Decision:
        page, who = replace(PAGE, region=page_region), replace(person, region=person_region)
        return decide(ask(who, at=CUT, page=page, features=frozenset(made_of)))

    here, there = asked("FR", "US", feature), asked("US", "GB", feature)
    assert isinstance(here, Refuse)
    assert isinstance(there, Refuse)
    assert (here.reason.rule, here.reason.whose) == ("features_are_open", Whose.PLATFORM)
    assert here.reason.source == "europe_japan"
    assert here.reason.says == f"`{feature.value}` is closed in EEA, where the Page is"
    assert there.reason.says == f"`{feature.value}` is closed in GB, where the person is"
    assert isinstance(asked("FR", "GB"), Send)
    assert isinstance(asked("US", "BR", feature), Send)


def test_of_several_features_the_first_that_is_closed_is_named() -> None:
    page = replace(PAGE, region="JP")
    all_of_them = frozenset(Feature) - {Feature.CUSTOMER_FEEDBACK}
    decision = decide(ask(IN_WINDOW, page=page, features=all_of_them))
    assert decision.reason.says == "`media` is closed in JP, where the Page is"
    after = moment("2023-01-01T00:00:00Z")
    later = decide(ask(IN_WINDOW, at=after, page=page, features=all_of_them))
    assert later.reason.says == "`personas` is closed in JP, where the Page is"


@pytest.mark.parametrize(
    ("template", "at", "says"),
    [
        (
            "one_time_notif_req",
            moment("2020-01-01T00:00:00Z"),
            "the platform offers no one-time notifications",
        ),
        (
            "one_time_notif_req",
            moment("2021-07-01T00:00:00Z"),
            "the Page is not permitted one-time notifications",
        ),
        (
            "notification_messages",
            moment("2022-01-01T00:00:00Z"),
            "the platform offers no recurring notifications",
        ),
        (
            "notification_messages",
            moment("2023-01-01T00:00:00Z"),
            "the Page has no recurring notifications",
        ),
        (
            "customer_feedback",
            moment("2021-06-01T00:00:00Z"),
            "the platform has no `customer_feedback` at this time",
        ),
    ],
)
def test_a_template_with_rules_of_its_own_is_refused_where_the_platform_does_not_take_it(
    template: str, at: datetime, says: str
) -> None:
    person = Person(openers=(Opener(OpenerKind.MESSAGE, at),), last_message_at=at)
    decision = decide(ask(person, at=at, page=Page(), template=template))
    assert isinstance(decision, Refuse)
    assert decision.reason.rule in {"request_allowed", "features_are_open"}
    assert (decision.reason.says, decision.reason.whose) == (says, Whose.PLATFORM)
    assert decision.reason.source in known().at(at).sources


@pytest.mark.parametrize("template", [*GOVERNED, "generic", None])
def test_a_template_without_rules_of_its_own_is_only_a_shape(template: str | None) -> None:
    ruled = template is not None and template != "generic"
    assert Message(template=template).governed == (template if ruled else None)


# --- utility templates ---------------------------------------------------------------------------

LATE = moment("2026-06-01T12:00:00Z")
ONCE = Person(openers=(Opener(OpenerKind.MESSAGE, LATE - 30 * DAY),))
APPROVED = Page(utility_templates=("order_late", "order_shipped"))
UPDATE = {"purpose": Purpose.POST_PURCHASE_UPDATE, "utility_template": "order_shipped"}


def test_an_approved_template_goes_as_utility_without_tag_or_token() -> None:
    decision = decide(ask(ONCE, at=LATE, page=APPROVED, push=Push.SILENT, **UPDATE))
    assert isinstance(decision, Send)
    assert (decision.ground, decision.messaging_type) == ("utility_template", "UTILITY")
    assert (decision.tag, decision.token_id) == (None, None)
    assert decision.notification_type == "SILENT_PUSH"
    assert decision.reason.source == "utility_beta"


COUNTED_ON = "the switch `utility_everywhere` in endpoints.yml counts on templates there too"


@pytest.mark.parametrize(
    ("changed", "says", "change"),
    [
        (
            {"purpose": Purpose.ALERT},
            "a utility template does not serve the purpose `alert`",
            None,
        ),
        (
            {"at": moment("2025-07-28T23:59:59Z")},
            "the platform has no utility templates yet",
            None,
        ),
        (
            {"utility_template": None},
            "no utility template is named for this message",
            "alerts.yml or the response names an approved utility template",
        ),
        (
            {"page": replace(APPROVED, region="BR")},
            "utility templates are not known to be open where the Page is (`BR`)",
            COUNTED_ON,
        ),
        (
            {"person": replace(ONCE, region="FR")},
            "utility templates are not known to be open where the person is (`FR`)",
            COUNTED_ON,
        ),
        (
            {"page": Page(region="FR"), "utility_template": None},
            "utility templates are not known to be open where the Page is (`FR`)",
            COUNTED_ON,
        ),
        (
            {"template": "customer_feedback"},
            "a `customer_feedback` template cannot be sent as a utility template",
            None,
        ),
        (
            {"page": Page(utility_templates=("order_late",))},
            "the utility template `order_shipped` is not approved for this Page and language",
            "the platform approves the template `order_shipped` for the Page and the language",
        ),
        (
            {"unfilled": ("order_id", "carrier")},
            "the utility template `order_shipped` lacks a value for `order_id`",
            "the response gives a value for `order_id`",
        ),
        (
            {"parts": 2},
            "a utility template is one message, and this would be 2",
            "the response fits in one message",
        ),
        (
            {"person": Person()},
            "the person never started a conversation",
            "the person writes",
        ),
    ],
)
def test_what_keeps_a_utility_template_from_carrying_a_message_is_said(
    changed: dict[str, Any], says: str, change: str | None
) -> None:
    asked = {"person": ONCE, "at": LATE, "page": APPROVED, **UPDATE, **changed}
    finding = GROUND["template_approved"](ask(asked.pop("person"), **asked))
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.says) == ("template_approved", says)
    assert (finding.change and finding.change.text()) == change
    assert finding.whose is Whose.PLATFORM


def test_who_granted_a_token_once_has_a_conversation_with_us() -> None:
    granted = Person(tokens=(Token("a", SKU, LATE - 400 * DAY, spent=True),))
    assert isinstance(decide(ask(granted, at=LATE, page=APPROVED, **UPDATE)), Send)


# --- after a click on an ad ----------------------------------------------------------------------

AD_CLICK = moment("2026-09-28T00:00:00Z")
COUNTED_ON = Settings(window_margin=timedelta(0), ad_click_window=7 * DAY)


@pytest.mark.parametrize(
    ("wrote_at", "asked_at", "goes"),
    [
        ("2026-09-28T00:00:00Z", "2026-10-04T23:59:59Z", True),
        ("2026-09-28T00:00:00Z", "2026-10-05T00:00:00Z", False),
        ("2026-09-27T23:59:59Z", "2026-09-28T23:59:58Z", True),
        ("2026-09-27T23:59:59Z", "2026-09-28T23:59:59Z", False),
        ("2026-09-25T00:00:00Z", "2026-09-28T00:00:00Z", False),
    ],
)
def test_only_a_message_of_2026_09_28_or_later_may_have_the_longer_window(
    wrote_at: str, asked_at: str, goes: bool
) -> None:
    clicked = Opener(OpenerKind.AD_CLICK_MESSAGE, moment(wrote_at))
    asked = ask(
        Person(openers=(clicked,)),
        at=moment(asked_at),
        purpose=Purpose.PROMOTION,
        settings=COUNTED_ON,
    )
    assert isinstance(decide(asked), Send) is goes


@pytest.mark.parametrize("hours", [0, 1, 23])
def test_counting_on_less_than_a_day_after_an_ad_takes_nothing_from_the_standard_window(
    hours: int,
) -> None:
    clicked = Opener(OpenerKind.AD_CLICK_MESSAGE, AD_CLICK)
    settings = replace(COUNTED_ON, ad_click_window=timedelta(hours=hours))
    at = AD_CLICK + DAY - timedelta(seconds=1)
    assert isinstance(decide(ask(Person(openers=(clicked,)), at=at, settings=settings)), Send)


# --- agreements ----------------------------------------------------------------------------------

AGREED_AT = moment("2022-06-01T12:00:00Z")
PERMITTED = Page(recurring_notifications=True)
OFFER: dict[str, Any] = {"purpose": Purpose.PROMOTION, "topic": "offers:weekly"}


def agreement(name: str = "a", **facts: Any) -> Token:
    facts.setdefault("granted_at", AGREED_AT)
    return Token(name, "offers:weekly", kind=TokenKind.RECURRING, **facts)


def holding(*tokens: Token) -> Person:
    return Person(openers=(Opener(OpenerKind.MESSAGE, AGREED_AT),), tokens=tokens)


def test_an_agreement_pays_and_is_named() -> None:
    at = AGREED_AT + 9 * DAY
    decision = decide(ask(holding(agreement()), at=at, page=PERMITTED, push=Push.NONE, **OFFER))
    assert isinstance(decision, Send)
    assert (decision.ground, decision.token_id) == ("recurring_notification", "a")
    assert (decision.messaging_type, decision.tag) == (None, None)
    assert decision.notification_type == "NO_PUSH"


def test_of_several_agreements_the_oldest_pays() -> None:
    older, newer = agreement("older"), agreement("newer", granted_at=AGREED_AT + DAY)
    for tokens in ((older, newer), (newer, older)):
        at = AGREED_AT + 9 * DAY
        decision = decide(ask(holding(*tokens), at=at, page=PERMITTED, **OFFER))
        assert isinstance(decision, Send)
        assert decision.token_id == "older"


@pytest.mark.parametrize(
    ("changed", "says", "change"),
    [
        (
            {"purpose": Purpose.FEEDBACK},
            "a recurring notification does not serve the purpose `feedback`",
            None,
        ),
        (
            {"at": moment("2022-05-18T00:00:00Z")},
            "the platform offers no recurring notifications",
            None,
        ),
        ({"page": Page()}, "the Page has no recurring notifications", None),
        (
            {"at": moment("2026-02-10T00:00:00Z")},
            "recurring notifications have ended where the Page is (`US`)",
            None,
        ),
        (
            {
                "at": moment("2026-02-10T00:00:00Z"),
                "page": replace(PERMITTED, region="AU"),
                "person": replace(holding(agreement()), region="EEA"),
            },
            "recurring notifications have ended where the person is (`EEA`)",
            None,
        ),
        (
            {"topic": None},
            "a recurring notification needs a topic, and the message names none",
            None,
        ),
        (
            {"template": "notification_messages"},
            "a `notification_messages` template is sent inside the window only",
            None,
        ),
        (
            {"person": holding()},
            "the person has not agreed to recurring notifications of `offers:weekly`",
            "the person agrees to recurring notifications of it",
        ),
        (
            {
                "person": holding(
                    agreement(spent=True),
                    agreement(fulfilled=True),
                    Token("b", "offers:weekly", AGREED_AT),
                )
            },
            "the person has not agreed to recurring notifications of `offers:weekly`",
            "the person agrees to recurring notifications of it",
        ),
        (
            {"person": holding(agreement(expires_at=AGREED_AT + 9 * DAY))},
            "the agreement to recurring notifications of `offers:weekly` ended at "
            "2022-06-10 12:00:00 UTC",
            "the person agrees to recurring notifications of it",
        ),
        (
            {"parts": 3},
            "a recurring notification is one message, and this would be 3",
            "the response fits in one message",
        ),
        (
            {"person": holding(agreement(last_used_at=AGREED_AT + 8.5 * DAY))},
            "the next recurring notification of `offers:weekly` may go at 2022-06-11 00:00:00 UTC",
            "it is 2022-06-11 00:00:00 UTC",
        ),
    ],
)
def test_what_keeps_an_agreement_from_paying_is_said(
    changed: dict[str, Any], says: str, change: str | None
) -> None:
    asked = {
        "person": holding(agreement()),
        "at": AGREED_AT + 9 * DAY,
        "page": PERMITTED,
        **OFFER,
        **changed,
    }
    finding = GROUND["recurring_agreed"](ask(asked.pop("person"), **asked))
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.says) == ("recurring_agreed", says)
    if change is None:
        assert finding.change is None or finding.change.key == "if_approved"
    else:
        assert finding.change is not None
        assert finding.change.text() == change


def test_no_agreement_of_a_topic_is_used_before_the_gap_since_any_of_them() -> None:
    rested, tired = agreement("rested"), agreement("tired", last_used_at=AGREED_AT + 8.5 * DAY)
    asked = ask(holding(rested, tired), at=AGREED_AT + 9 * DAY, page=PERMITTED, **OFFER)
    decision = decide(asked)
    assert isinstance(decision, Refuse)
    assert found(decision, "recurring_agreed").opens_at == AGREED_AT + 9.5 * DAY


def test_a_use_that_is_dated_ahead_of_the_clock_counts_as_now() -> None:
    at = AGREED_AT + 9 * DAY
    ahead = holding(agreement(last_used_at=at + timedelta(minutes=4)))
    decision = decide(ask(ahead, at=at, page=PERMITTED, **OFFER))
    assert found(decision, "recurring_agreed").opens_at == at + DAY


def test_a_message_that_may_wait_waits_for_the_end_of_the_gap() -> None:
    person = holding(agreement(last_used_at=AGREED_AT + 8.5 * DAY))
    decision = decide(ask(person, at=AGREED_AT + 9 * DAY, page=PERMITTED, hold_for=DAY, **OFFER))
    assert isinstance(decision, Hold)
    assert (decision.reason.rule, decision.reason.whose) == ("may_wait", Whose.PLATFORM)
    assert decision.until == AGREED_AT + 9.5 * DAY
    assert decision.expires_at == AGREED_AT + 10.5 * DAY
    assert decision.reason.says == (
        "no ground is open now; it is kept until 2022-06-11 00:00:00 UTC, when one opens"
    )


@pytest.mark.parametrize(("hold_for", "until"), [(12, None), (12.001, 12), (0, None)])
def test_a_message_waits_for_a_moment_only_where_it_is_still_worth_something_then(
    hold_for: float, until: int | None
) -> None:
    person = holding(agreement(last_used_at=AGREED_AT + 8.5 * DAY))
    at = AGREED_AT + 9 * DAY
    asked = ask(person, at=at, page=PERMITTED, hold_for=timedelta(hours=hold_for), **OFFER)
    decision = decide(asked)
    if hold_for == 0:
        assert isinstance(decision, Refuse)
    else:
        assert isinstance(decision, Hold)
        assert decision.until == (None if until is None else at + timedelta(hours=until))


def test_of_several_grounds_that_open_by_themselves_the_first_is_waited_for() -> None:
    later, sooner = (
        Finding("a", said("waits"), opens_at=NOON + hours * timedelta(hours=1)) for hours in (9, 3)
    )
    for found_missing in ([later, sooner], [sooner, later]):
        hold = rules.LAST[-1](ask(LONG_AGO, hold_for=DAY), found_missing)
        assert isinstance(hold, Hold)
        assert hold.until == NOON + timedelta(hours=3)


# --- private replies -----------------------------------------------------------------------------

COMMENTED = Person(openers=(Opener(OpenerKind.COMMENT, NOON - DAY),), private_reply_id="comment-1")


@pytest.mark.parametrize("purpose", [Purpose.REPLY, Purpose.PROMOTION])
def test_a_comment_is_answered_in_private_with_its_own_permission(purpose: Purpose) -> None:
    decision = decide(ask(COMMENTED, purpose=purpose))
    assert isinstance(decision, Send)
    assert (decision.ground, decision.token_id) == ("private_reply", "comment-1")
    assert (decision.messaging_type, decision.tag) == (None, None)
    assert decision.reason.says == "a comment of 2021-06-30 12:00:00 UTC may have one private reply"


def test_a_comment_that_is_dated_ahead_of_the_clock_counts_as_now() -> None:
    ahead = Opener(OpenerKind.COMMENT, NOON + timedelta(minutes=4))
    says = decide(ask(replace(COMMENTED, openers=(ahead,)))).reason.says
    assert says == "a comment of 2021-07-01 12:00:00 UTC may have one private reply"


def test_the_days_of_a_private_reply_are_counted_from_the_last_comment() -> None:
    comments = tuple(Opener(OpenerKind.COMMENT, NOON - days * DAY) for days in (3, 9))
    for openers in (comments, comments[::-1]):
        decision = decide(ask(replace(COMMENTED, openers=openers)))
        assert isinstance(decision, Send)
        assert "2021-06-28" in decision.reason.says


@pytest.mark.parametrize(
    ("changed", "says", "change"),
    [
        (
            {"person": LONG_AGO},
            "the person has not commented on or posted to the Page",
            None,
        ),
        (
            {"purpose": Purpose.ALERT},
            "a private reply does not serve the purpose `alert`",
            None,
        ),
        (
            {"in_turn": False},
            "it is declared as an answer, but the person did not start this turn",
            "the person comments again",
        ),
        (
            {"template": "customer_feedback"},
            "a `customer_feedback` template is sent inside the window only",
            None,
        ),
        (
            {"person": replace(COMMENTED, private_reply_used=True)},
            "the comment has had its one private reply",
            "the person comments again",
        ),
        (
            {"person": Person(openers=(Opener(OpenerKind.COMMENT, NOON - 7 * DAY),))},
            "the comment could be answered in private until 2021-07-01 12:00:00 UTC",
            "the person comments again",
        ),
        (
            {"parts": 2},
            "a private reply is one message, and this would be 2",
            "the response fits in one message",
        ),
    ],
)
def test_what_keeps_a_comment_from_being_answered_in_private_is_said(
    changed: dict[str, Any], says: str, change: str | None
) -> None:
    asked = {"person": COMMENTED, **changed}
    finding = GROUND["private_reply_owed"](ask(asked.pop("person"), **asked))
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.says) == ("private_reply_owed", says)
    assert (finding.change and finding.change.text()) == change


# --- one further message -------------------------------------------------------------------------

EARLY = moment("2019-05-01T12:00:00Z")
LEFT = Person(openers=(Opener(OpenerKind.MESSAGE, EARLY - 2 * DAY),))


@pytest.mark.parametrize(
    ("purpose", "wire"), [(Purpose.REPLY, "RESPONSE"), (Purpose.PROMOTION, "UPDATE")]
)
def test_one_further_message_goes_after_the_window_as_it_would_have_gone_in_it(
    purpose: Purpose, wire: str
) -> None:
    decision = decide(ask(LEFT, at=EARLY, purpose=purpose))
    assert isinstance(decision, Send)
    assert (decision.ground, decision.messaging_type) == ("plus_one", wire)
    assert (decision.tag, decision.token_id) == (None, None)
    assert decision.reason.says == (
        "one further message may follow the window that ends at 2019-04-30 12:00:00 UTC"
    )


@pytest.mark.parametrize(
    ("changed", "says", "change"),
    [
        (
            {"at": NOON},
            "the one further message after the window is gone since 2020-03-04",
            None,
        ),
        (
            {"person": Person()},
            "the person never opened a window that one further message could follow",
            "the person writes or taps something",
        ),
        (
            {"person": replace(LEFT, plus_one_used=True)},
            "the one further message after the window is used",
            "the person writes or taps something",
        ),
        (
            {"template": "one_time_notif_req"},
            "a `one_time_notif_req` template is sent inside the window only",
            None,
        ),
        (
            {"parts": 2},
            "only one further message may follow the window, and this would be 2",
            "the response fits in one message",
        ),
    ],
)
def test_what_keeps_one_further_message_from_going_is_said(
    changed: dict[str, Any], says: str, change: str | None
) -> None:
    asked = {"person": LEFT, "at": EARLY, **changed}
    finding = GROUND["plus_one_left"](ask(asked.pop("person"), **asked))
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.says) == ("plus_one_left", says)
    assert (finding.change and finding.change.text()) == change


# --- promotion elsewhere -------------------------------------------------------------------------

MARKETING = "it goes through the paid Marketing Message API, open to technology providers"


@pytest.mark.parametrize(
    ("at", "says", "change"),
    [
        (
            moment("2024-04-30T23:59:59Z"),
            "promotion outside the window is never sent by the Send API; a sponsored message, an "
            "ad, may carry it",
            "it is planned as an ad with `policy-guard sponsored plan`",
        ),
        (
            moment("2024-05-01T00:00:00Z"),
            "promotion outside the window is never sent by the Send API, and sponsored messages "
            "are counted as ended since 2024-05-01",
            None,
        ),
        (
            moment("2025-06-30T23:59:59Z"),
            "promotion outside the window is never sent by the Send API, and sponsored messages "
            "are counted as ended since 2024-05-01",
            None,
        ),
        (
            moment("2025-07-01T00:00:00Z"),
            "promotion outside the window is never sent by the Send API, and sponsored messages "
            "are counted as ended since 2024-05-01",
            MARKETING,
        ),
    ],
)
def test_promotion_is_never_sent_as_an_ad_but_told_what_would_carry_it(
    at: datetime, says: str, change: str | None
) -> None:
    decision = decide(ask(LONG_AGO, at=at, purpose=Purpose.PROMOTION))
    assert isinstance(decision, Refuse)
    finding = found(decision, "sponsored_message")
    assert (finding.says, finding.change and finding.change.text()) == (says, change)
    assert (MARKETING in changes_of(decision)) is (change == MARKETING)


@pytest.mark.parametrize(
    ("business", "people", "open_there"),
    [
        ("US", "US", True),
        ("AU", "US", True),
        ("PE", "BR", True),
        ("FR", "US", False),
        ("GB", "US", False),
        ("EEA", "US", False),
        ("US", "DE", False),
        ("US", "EU", False),
        ("US", "EEA", False),  # may be in the Union
        ("US", "NO", True),
        ("US", "JP", False),
        ("US", "KR", False),
        ("US", "AU", False),
        ("US", "GB", False),
    ],
)
def test_the_marketing_message_api_is_advised_only_where_both_sides_may_have_it(
    business: str, people: str, open_there: bool
) -> None:
    person = replace(LONG_AGO, region=people)
    at = moment("2026-05-01T12:00:00Z")
    decision = decide(ask(person, page=Page(region=business), at=at, purpose=Purpose.PROMOTION))
    assert isinstance(decision, Refuse)
    assert (MARKETING in changes_of(decision)) is open_there


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.PROMOTION])
def test_an_ad_is_nothing_for_anything_but_promotion(purpose: Purpose) -> None:
    finding = GROUND["sponsored_message"](ask(LONG_AGO, purpose=purpose))
    assert isinstance(finding, Finding)
    assert finding.says == f"an ad does not serve the purpose `{purpose.value}`"
    assert finding.change is None


# --- tags ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "at", "wire"),
    [
        (
            Purpose.CONFIRMED_EVENT_UPDATE,
            moment("2019-08-28T00:00:00Z"),
            "CONFIRMED_EVENT_REMINDER",
        ),
        (Purpose.POST_PURCHASE_UPDATE, moment("2019-08-28T00:00:00Z"), "SHIPPING_UPDATE"),
        (Purpose.ACCOUNT_UPDATE, moment("2019-08-28T00:00:00Z"), "ACCOUNT_UPDATE"),
        (Purpose.CONFIRMED_EVENT_UPDATE, moment("2019-08-29T00:00:00Z"), "CONFIRMED_EVENT_UPDATE"),
        (Purpose.POST_PURCHASE_UPDATE, moment("2019-08-29T00:00:00Z"), "POST_PURCHASE_UPDATE"),
        (Purpose.ACCOUNT_UPDATE, moment("2019-08-29T00:00:00Z"), "ACCOUNT_UPDATE"),
    ],
)
def test_before_2019_08_29_a_tag_goes_out_under_its_name_of_then(
    purpose: Purpose, at: datetime, wire: str
) -> None:
    person = Person(openers=(Opener(OpenerKind.MESSAGE, at - 9 * DAY),))
    decision = decide(ask(person, at=at, purpose=purpose))
    assert isinstance(decision, Send)
    assert decision.ground == f"tag:{purpose.value.upper()}"
    assert (decision.messaging_type, decision.tag) == ("MESSAGE_TAG", wire)
    assert f"the tag {wire} carries" in decision.reason.says


@pytest.mark.parametrize(
    ("changed", "says", "change"),
    [
        (
            {"at": moment("2018-06-01T00:00:00Z"), "purpose": Purpose.HUMAN_AGENT},
            "the platform does not take the tag HUMAN_AGENT yet",
            None,
        ),
        (
            {"at": LATE, "purpose": Purpose.ACCOUNT_UPDATE},
            "the platform refuses the tag ACCOUNT_UPDATE since 2026-04-27",
            None,
        ),
        (
            {"purpose": Purpose.FEEDBACK},
            "the tag CUSTOMER_FEEDBACK carries only the `customer_feedback` template",
            "the message is a `customer_feedback` template",
        ),
        (
            {"purpose": Purpose.FEEDBACK, "template": "customer_feedback", "parts": 2},
            "the tag CUSTOMER_FEEDBACK carries its template alone, and this would be 2 messages",
            "the response fits in one message",
        ),
        (
            {"purpose": Purpose.NEWS, "template": "customer_feedback"},
            "the tag NON_PROMOTIONAL_SUBSCRIPTION does not carry a `customer_feedback` template",
            None,
        ),
        (
            {"purpose": Purpose.HUMAN_AGENT},
            "the tag HUMAN_AGENT is for a person's own words, not for the bot's",
            None,
        ),
        (
            {"purpose": Purpose.NEWS},
            "the Page is not approved for the tag NON_PROMOTIONAL_SUBSCRIPTION",
            "the platform approves `news_page_index` for the Page",
        ),
        (
            {"purpose": Purpose.ACCOUNT_UPDATE, "person": Person()},
            "the person never started a conversation",
            "the person writes",
        ),
        (
            {
                "purpose": Purpose.FEEDBACK,
                "template": "customer_feedback",
                "person": Person(openers=(Opener(OpenerKind.REACTION, NOON - 2 * DAY),)),
            },
            "the person has never written",
            "the person writes",
        ),
        (
            {
                "purpose": Purpose.FEEDBACK,
                "template": "customer_feedback",
                "person": wrote(7 * DAY),
            },
            "the tag CUSTOMER_FEEDBACK could be used until 2021-07-01 12:00:00 UTC",
            "the person writes again",
        ),
    ],
)
def test_what_keeps_a_tag_from_carrying_a_message_is_said(
    changed: dict[str, Any], says: str, change: str | None
) -> None:
    asked = {"person": LONG_AGO, **changed}
    finding = GROUND["tag_covers_purpose"](ask(asked.pop("person"), **asked))
    assert isinstance(finding, Finding)
    assert (finding.rule, finding.says) == ("tag_covers_purpose", says)
    assert (finding.change and finding.change.text()) == change


def test_a_tag_that_an_edition_closes_somewhere_is_closed_on_both_sides() -> None:
    """No shipped edition closes a tag; one with a switch does."""
    at = moment("2021-01-15T00:00:00Z")
    cut = known(frozenset({"europe_cuts_tags"})).at(at)

    def asked(page_region: str, person_region: str | None) -> Decision:
        person = Person(openers=(Opener(OpenerKind.MESSAGE, at - 9 * DAY),), region=person_region)
        page = replace(PAGE, region=page_region)
        question = ask(person, at=at, page=page, purpose=Purpose.ACCOUNT_UPDATE)
        return decide(replace(question, edition=cut))

    for page_region, person_region, who in (("FR", "US", "Page"), ("US", "EU", "person")):
        says = found(asked(page_region, person_region), "tag_covers_purpose").says
        assert says == f"the tag ACCOUNT_UPDATE is closed in EEA, where the {who} is"
    assert isinstance(asked("US", "JP"), Send)


# --- regions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page_region", "person_region", "said"),
    [
        ("FR", None, "one-time notifications are closed in EEA, where the Page is"),
        ("US", "NO", "one-time notifications are closed in EEA, where the person is"),
        ("US", "EU", "one-time notifications are closed in EEA, where the person is"),
        ("GB", "US", "one-time notifications are closed in GB, where the Page is"),
        ("US", "JP", "one-time notifications are closed in JP, where the person is"),
    ],
)
def test_a_closed_region_is_named_with_who_is_there(
    page_region: str, person_region: str | None, said: str
) -> None:
    person = replace(LONG_AGO, tokens=(Token("a", SKU, NOON - DAY),), region=person_region)
    page = replace(PAGE, region=page_region)
    decision = decide(ask(person, purpose=Purpose.ALERT, topic=SKU, page=page))
    assert isinstance(decision, Refuse)
    assert found(decision, "token_held").says == said


@pytest.mark.parametrize(("page_region", "person_region"), [("US", "BR"), ("BR", None)])
def test_an_open_region_is_paid_for(page_region: str, person_region: str | None) -> None:
    person = replace(LONG_AGO, tokens=(Token("a", SKU, NOON - DAY),), region=person_region)
    page = replace(PAGE, region=page_region)
    assert isinstance(decide(ask(person, purpose=Purpose.ALERT, topic=SKU, page=page)), Send)


# --- order ---------------------------------------------------------------------------------------


def test_grounds_are_listed_from_free_to_dear() -> None:
    assert [g.__name__ for g in rules.GROUNDS] == [
        "window_open",
        "tag_covers_purpose",
        "template_approved",
        "recurring_agreed",
        "private_reply_owed",
        "plus_one_left",
        "token_held",
        "sponsored_message",
    ]


def test_what_forbids_is_asked_in_an_order() -> None:
    """A fact that cannot be read comes first, waiting for others last."""
    assert [f.__name__ for f in rules.FORBIDS] == [
        "facts_are_readable",
        "nothing_from_the_future",
        "person_can_be_reached",
        "person_stopped",
        "alert_chosen",
        "asked_once_told_once",
        "notification_complete",
        "request_allowed",
        "features_are_open",
        "thread_is_ours",
        "person_answers",
    ]


@pytest.mark.parametrize(
    "rule",
    [*rules.FORBIDS, *rules.GROUNDS, *rules.POSTPONES, *rules.LAST],
    ids=lambda r: r.__name__,
)
def test_every_rule_has_a_sentence_of_its_own(rule: Any) -> None:
    assert rule.__doc__
    assert rule.__doc__.splitlines()[0].endswith((".", "no"))


@pytest.mark.parametrize(
    "change", [{"ours": False}, {"restricted": True}], ids=["another's thread", "a restricted page"]
)
def test_a_message_that_is_worth_nothing_later_is_refused_instead_of_held(
    change: dict[str, Any],
) -> None:
    """`hold_for: 0s` says so; the reason is the one for which it would have been held."""
    at = moment("2021-07-01T12:00:00Z")
    asked = Question(
        at,
        Message(purpose=Purpose.PROMOTION, hold_for=timedelta(0)),
        Person(openers=(Opener(OpenerKind.MESSAGE, at),), last_message_at=at),
        replace(Page(), **change),
        known().at(at),
    )
    waits = decide(replace(asked, message=replace(asked.message, hold_for=None)))
    refused = decide(asked)
    assert isinstance(waits, Hold)
    assert isinstance(refused, Refuse)
    assert refused.reason == waits.reason


def test_what_is_declared_an_answer_but_answers_nothing_is_silenced_by_a_stop() -> None:
    """A reminder without a purpose is no answer, even to somebody who wrote after their STOP."""
    at = moment("2021-07-01T12:00:00Z")
    person = Person(
        openers=(Opener(OpenerKind.MESSAGE, at),),
        last_message_at=at,
        stopped=True,
        stopped_at=at - timedelta(hours=1),
    )
    asked = Question(at, Message(), person, Page(), known().at(at))
    reminded = decide(replace(asked, message=Message(in_turn=False)))
    assert isinstance(decide(asked), Send)
    assert isinstance(reminded, Refuse)
    assert reminded.reason.rule == "person_stopped"
    assert reminded.reason.whose is Whose.OURS


def test_the_gap_between_recurring_notifications_is_the_persons_whatever_the_topic() -> None:
    at, hour = moment("2025-12-01T12:00:00Z"), timedelta(hours=1)
    used = Token("r1", "news", at - timedelta(days=9), TokenKind.RECURRING, last_used_at=at - hour)
    ended = replace(used, fulfilled=True)
    fresh = Token("r2", "delivery", at - timedelta(days=3), TokenKind.RECURRING)
    for other in (used, ended):
        person = Person(tokens=(other, fresh), alerts=frozenset({"delivery"}))
        page = Page(recurring_notifications=True, region="FR")
        question = Question(at, Message(Purpose.ALERT, "delivery"), person, page, known().at(at))
        decision = decide(question)
        assert isinstance(decision, Refuse)
        (finding,) = [f for f in decision.lacking if f.rule == "recurring_agreed"]
        assert finding.said.key == "recurring_gap"


# --- what would change a refused request ---------------------------------------------------------

_APPROVED_ONCE = "the platform approves `one_time_notification` for the Page"
_APPROVED_AGAIN = "the platform approves `recurring_notifications` for the Page"


@pytest.mark.parametrize(
    ("template", "day", "region", "says", "change"),
    [
        (
            *(rules.OTN_REQUEST, "2021-01-10", "FR"),
            "one-time notifications are closed in EEA, where the Page is",
            None,
        ),
        (
            *(rules.OTN_REQUEST, "2021-01-10", "US"),
            "the Page is not permitted one-time notifications",
            _APPROVED_ONCE,
        ),
        (
            *(rules.OTN_REQUEST, "2022-05-19", "FR"),
            "the Page is not permitted one-time notifications",
            _APPROVED_ONCE,
        ),
        (
            *("notification_messages", "2025-08-31", "US"),
            "the Page has no recurring notifications",
            _APPROVED_AGAIN,
        ),
        (
            *("notification_messages", "2025-09-01", "US"),
            "the Page has no recurring notifications, and no new business may begin with them",
            None,
        ),
        (
            *("notification_messages", "2026-02-11", "US"),
            "recurring notifications have ended where the Page is (`US`)",
            None,
        ),
        (
            *("notification_messages", "2026-02-11", "FR"),
            "the Page has no recurring notifications, and no new business may begin with them",
            None,
        ),
    ],
)
def test_a_refused_request_is_advised_nothing_that_its_place_or_day_forbids(
    template: str, day: str, region: str, says: str, change: str | None
) -> None:
    at = moment(f"{day}T00:00:00Z")
    person = Person(openers=(Opener(OpenerKind.MESSAGE, at),), last_message_at=at)
    decision = decide(ask(person, at=at, page=Page(region=region), template=template))
    assert isinstance(decision, Refuse)
    assert (decision.reason.rule, decision.reason.says) == ("request_allowed", says)
    assert (decision.reason.change and decision.reason.change.text()) == change


@pytest.mark.parametrize(("topic", "advised"), [(SKU, True), ("delivery", False)])
def test_only_a_single_thing_is_advised_to_be_asked_for(topic: str, advised: bool) -> None:
    person = replace(LONG_AGO, alerts=frozenset({"delivery"}))
    decision = decide(ask(person, purpose=Purpose.ALERT, topic=topic))
    assert isinstance(decision, Refuse)
    assert found(decision, "token_held").says == f"the person holds no token for `{topic}`"
    assert ("the person asks to be notified of it" in changes_of(decision)) is advised


# --- a request that repeats another --------------------------------------------------------------


def _asked_again(**more: Any) -> Question:
    at = moment("2024-06-02T12:00:00Z")
    person = Person(openers=(Opener(OpenerKind.MESSAGE, at),), last_message_at=at, **more)
    page = Page(recurring_notifications=True)
    words = {"template": "notification_messages", "request_title": "Our sales"}
    asked = ask(person, at=at, page=page, request_topic="sales", **words)
    recurring = replace(asked.edition.recurring, cites={"same_title": "faq"})
    return replace(asked, edition=replace(asked.edition, recurring=recurring))


def test_a_repeated_request_says_when_it_may_go_counted_from_the_last_and_who_says_so() -> None:
    days = (2, 9, 5)
    at = moment("2024-06-02T12:00:00Z")
    decision = decide(
        _asked_again(requests=tuple(Request("Our sales", at - n * DAY) for n in days))
    )
    assert isinstance(decision, Refuse)
    assert decision.reason.says == (
        "a request with the title `Our sales` may go again at 2024-06-07 12:00:00 UTC, a week "
        "after the last"
    )
    assert decision.reason.source == "faq"
    assert decision.reason.change is not None
    assert decision.reason.change.text() == "it is 2024-06-07 12:00:00 UTC"


def test_a_request_for_what_was_agreed_to_says_so_and_who_says_so() -> None:
    agreed = Token("r", "sales", moment("2024-05-01T12:00:00Z"), TokenKind.RECURRING)
    decision = decide(_asked_again(tokens=(agreed,)))
    assert isinstance(decision, Refuse)
    assert decision.reason.says == (
        "the person has agreed to recurring notifications of `sales` already"
    )
    assert (decision.reason.source, decision.reason.change) == ("faq", None)
