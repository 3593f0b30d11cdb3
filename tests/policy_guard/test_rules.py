"""Rules that a case row cannot ask about: what only the shell, or an author, can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from typing import Any

import pytest

from policy_guard import rules
from policy_guard.decide import decide
from policy_guard.decisions import Hold, Refuse, Send, Whose, changes_of
from policy_guard.edition import known
from policy_guard.vocabulary import (
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
)

NOON = datetime(2021, 7, 1, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
SKU = "back_in_stock:sku-42"
PAGE = Page(human_agent=True, one_time_notification=True)


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
        assert decision.until == datetime(2021, 7, 2, tzinfo=timezone.utc)


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
    assert decision.until == datetime(2021, 7, 2, 4, tzinfo=timezone.utc)


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
    assert decision.lacking[-1].says == "a token pays for one message, and this would be 2"
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
    assert decision.lacking[-1].says == said


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
        "token_held",
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
    change: dict[str, bool],
) -> None:
    """`hold_for: 0s` says so; the reason is the one for which it would have been held."""
    at = datetime(2021, 7, 1, 12, tzinfo=timezone.utc)
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
    at = datetime(2021, 7, 1, 12, tzinfo=timezone.utc)
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
