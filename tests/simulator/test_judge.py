"""The judge on both sides of every date and every edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from simulator.facts import load_facts, parse_moment
from simulator.judge import (
    Accepted,
    Opening,
    PageFacts,
    PersonFacts,
    Token,
    Verdict,
    judge,
    keyword,
    promotional_phrase,
)
from simulator.reading import PlatformError

Error = tuple[int, int | None]
TAKEN: Error = (0, None)
OUTSIDE: Error = (10, 2018278)
RETIRED: Error = (100, 1893061)
REGION: Error = (10, 2018336)
THREE_TAGS = ["CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "ACCOUNT_UPDATE"]
SECOND = timedelta(seconds=1)
NOON = datetime(2021, 6, 2, 12, tzinfo=timezone.utc)
US = PageFacts(region="US", human_agent=True)


def wrote(at: datetime, **more: Any) -> PersonFacts:
    """Return somebody whose last message came at `at`."""
    return PersonFacts("1", (Opening("message", at),), last_message_at=at, **more)


def text(words: str = "hello", **more: Any) -> dict[str, Any]:
    """Return an ordinary answer."""
    body = {"recipient": {"id": "1"}, "messaging_type": "RESPONSE", "message": {"text": words}}
    return {**body, **more}


def tagged(tag: str, words: str = "hello") -> dict[str, Any]:
    return text(words, messaging_type="MESSAGE_TAG", tag=tag)


def paid(value: str = "tok") -> dict[str, Any]:
    return {"recipient": {"one_time_notif_token": value}, "message": {"text": "It is back."}}


def asking() -> dict[str, Any]:
    payload = {"template_type": "one_time_notif_req", "title": "Tell me", "payload": "t"}
    return text(message={"attachment": {"type": "template", "payload": payload}})


def said(verdict: Verdict) -> Error:
    """Return code and subcode, TAKEN when the API took it."""
    if isinstance(verdict.api, PlatformError):
        return verdict.api.code, verdict.api.subcode
    return TAKEN


def rules(verdict: Verdict) -> list[str]:
    return [objection.rule for objection in verdict.reviewer]


# -- the window -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (timedelta(0), TAKEN),
        (timedelta(hours=24) - SECOND, TAKEN),
        (timedelta(hours=24), OUTSIDE),
        (timedelta(days=8), OUTSIDE),
    ],
)
def test_the_window_is_open_for_24_hours_and_not_a_second_more(
    age: timedelta, answer: Error
) -> None:
    assert said(judge(text(), wrote(NOON - age), US, NOON)) == answer


@pytest.mark.parametrize(
    ("kind", "ref", "answer"),
    [
        ("message", None, TAKEN),
        ("postback", None, TAKEN),
        ("reaction", None, TAKEN),
        ("send_to_messenger", None, TAKEN),
        ("ad_click_message", None, TAKEN),
        ("referral", "autumn", TAKEN),
        ("referral", None, OUTSIDE),
        ("unreact", None, OUTSIDE),
        ("read", None, OUTSIDE),
        ("delivery", None, OUTSIDE),
        ("echo", None, OUTSIDE),
        ("message_edit", None, OUTSIDE),
        ("comment", None, OUTSIDE),
        ("ad_click_without_message", None, OUTSIDE),
        ("one_time_notification_optin", None, OUTSIDE),
        ("recurring_notification_optin", None, OUTSIDE),
    ],
)
def test_only_what_the_platform_lists_opens_the_window(
    kind: str, ref: str | None, answer: Error
) -> None:
    person = PersonFacts("1", (Opening(kind, NOON - SECOND, ref),))
    assert said(judge(text(), person, US, NOON)) == answer


def test_the_latest_opener_counts_whatever_order_they_came_in() -> None:
    old, new = Opening("message", NOON - timedelta(days=3)), Opening("reaction", NOON - SECOND)
    for openings in ((old, new), (new, old)):
        assert said(judge(text(), PersonFacts("1", openings), US, NOON)) == TAKEN


def test_what_will_only_happen_later_opens_nothing() -> None:
    assert said(judge(text(), wrote(NOON + SECOND), US, NOON)) == OUTSIDE


@pytest.mark.parametrize("action", ["typing_on", "typing_off", "mark_seen"])
def test_a_sender_action_too_needs_the_window(action: str) -> None:
    body = {"recipient": {"id": "1"}, "sender_action": action}
    assert said(judge(body, wrote(NOON - SECOND), US, NOON)) == TAKEN
    assert said(judge(body, wrote(NOON - timedelta(days=1)), US, NOON)) == OUTSIDE


def test_nothing_before_the_simulated_history_is_judged() -> None:
    start = load_facts().history_starts
    assert said(judge(text(), wrote(start - SECOND), US, start)) == TAKEN
    early = judge(text(), wrote(start - SECOND), US, start - SECOND)
    assert said(early) == (100, None)
    assert isinstance(early.api, PlatformError)
    assert "2020-03-04" in early.api.message


# -- tags -------------------------------------------------------------------------------------

RETIREMENT = parse_moment("2026-04-27T00:00:00Z")


@pytest.mark.parametrize("tag", THREE_TAGS)
@pytest.mark.parametrize("age", [SECOND, timedelta(days=40)], ids=["in window", "outside"])
@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (parse_moment("2020-03-04T00:00:00Z"), TAKEN),
        (parse_moment("2026-02-10T00:00:00Z"), TAKEN),
        (RETIREMENT - SECOND, TAKEN),
        (RETIREMENT, RETIRED),
        (RETIREMENT + timedelta(days=1), RETIRED),
    ],
)
def test_three_tags_end_on_2026_04_27_inside_the_window_too(
    tag: str, age: timedelta, at: datetime, answer: Error
) -> None:
    assert said(judge(tagged(tag), wrote(at - age), US, at)) == answer


@pytest.mark.parametrize(
    ("age", "approved", "answer"),
    [
        (timedelta(days=7) - SECOND, True, TAKEN),
        (timedelta(days=7), True, OUTSIDE),
        (timedelta(hours=1), True, TAKEN),
        (timedelta(hours=1), False, (100, 2018276)),
        (timedelta(days=9), False, (100, 2018276)),
    ],
)
def test_human_agent_needs_approval_and_a_message_of_the_last_7_days(
    age: timedelta, approved: bool, answer: Error
) -> None:
    page = replace(US, human_agent=approved)
    assert said(judge(tagged("HUMAN_AGENT"), wrote(NOON - age), page, NOON)) == answer


def test_human_agent_counts_from_a_message_and_not_from_a_reaction() -> None:
    reacted = PersonFacts("1", (Opening("reaction", NOON - SECOND),))
    assert said(judge(tagged("HUMAN_AGENT"), reacted, US, NOON)) == OUTSIDE


def test_a_tag_nobody_knows_and_one_for_news_pages_are_refused() -> None:
    assert said(judge(tagged("PAIRING_UPDATE"), wrote(NOON), US, NOON)) == (100, None)
    news = judge(tagged("NON_PROMOTIONAL_SUBSCRIPTION"), wrote(NOON), US, NOON)
    assert said(news) == (10, 2018065)


def test_a_tag_does_not_begin_a_conversation() -> None:
    assert said(judge(tagged("ACCOUNT_UPDATE"), PersonFacts("1"), US, NOON)) == OUTSIDE


# -- one-time notifications -------------------------------------------------------------------


def granted(at: datetime, **more: Any) -> PersonFacts:
    """Return somebody whose window closed long ago and who granted a token at `at`."""
    person = wrote(at - timedelta(days=400))
    return replace(person, tokens=(Token("tok", "t", at, **more),))


@pytest.mark.parametrize(
    ("age", "answer"),
    [
        (SECOND, TAKEN),
        (timedelta(days=365) - SECOND, TAKEN),
        (timedelta(days=365), (100, None)),
    ],
)
def test_a_token_pays_for_a_year_outside_the_window(age: timedelta, answer: Error) -> None:
    verdict = judge(paid(), granted(NOON - age), US, NOON)
    assert said(verdict) == answer
    if answer == TAKEN:
        assert isinstance(verdict.api, Accepted)
        assert verdict.api.token is not None


@pytest.mark.parametrize(
    ("body", "person", "sentence"),
    [
        (paid("other"), granted(NOON - SECOND), "unknown"),
        (paid(), None, "unknown"),
        (paid(), granted(NOON - SECOND, used_at=NOON - SECOND), "used before"),
        (paid(), granted(NOON - timedelta(days=366)), "expired"),
        (paid(), granted(NOON + SECOND), "unknown"),
    ],
)
def test_a_bad_token_is_refused_with_code_100(
    body: dict[str, Any], person: PersonFacts | None, sentence: str
) -> None:
    verdict = judge(body, person, US, NOON)
    assert said(verdict) == (100, None)
    assert isinstance(verdict.api, PlatformError)
    assert sentence in verdict.api.message


def test_asking_to_notify_needs_the_window_and_the_permission() -> None:
    assert said(judge(asking(), wrote(NOON - SECOND), US, NOON)) == TAKEN
    assert said(judge(asking(), wrote(NOON - timedelta(days=1)), US, NOON)) == OUTSIDE
    denied = replace(US, one_time_notification=False)
    assert said(judge(asking(), wrote(NOON - SECOND), denied, NOON)) == (10, None)
    assert said(judge(paid(), granted(NOON - SECOND), denied, NOON)) == (10, None)


def test_a_tag_does_not_carry_a_request_to_notify_outside_the_window() -> None:
    body = {**asking(), "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}
    assert said(judge(body, wrote(NOON - timedelta(days=2)), US, NOON)) == OUTSIDE


@pytest.mark.parametrize(
    ("region", "at", "answer"),
    [
        ("FR", "2020-12-15T23:59:59Z", TAKEN),
        ("FR", "2020-12-16T00:00:00Z", REGION),
        ("GB", "2020-12-16T00:00:00Z", REGION),
        ("NO", "2022-05-18T23:59:59Z", REGION),
        ("FR", "2022-05-19T00:00:00Z", TAKEN),
        ("JP", "2021-03-29T23:59:59Z", TAKEN),
        ("JP", "2021-03-30T00:00:00Z", REGION),
        ("JP", "2022-05-19T00:00:00Z", TAKEN),
        ("US", "2021-06-02T00:00:00Z", TAKEN),
        ("CH", "2021-06-02T00:00:00Z", TAKEN),
    ],
)
@pytest.mark.parametrize("whose", ["page", "person"])
def test_europe_and_japan_had_no_one_time_notifications_for_a_while(
    region: str, at: str, answer: Error, whose: str
) -> None:
    now = parse_moment(at)
    page = replace(US, region=region) if whose == "page" else US
    where = None if whose == "page" else region
    asked = judge(asking(), replace(wrote(now - SECOND), region=where), page, now)
    used = judge(paid(), replace(granted(now - SECOND), region=where), page, now)
    assert (said(asked), said(used)) == (answer, answer)


# -- who is written to ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "page", "answer"),
    [
        (None, US, (100, 2018001)),
        (replace(wrote(NOON), psid="2"), US, (100, 2018001)),
        (wrote(NOON, blocked=True), US, (551, 1545041)),
        (wrote(NOON, thread_owner="other"), US, (100, 2534037)),
        (wrote(NOON), replace(US, restricted=True), (10, 1893063)),
        (PersonFacts("1"), US, OUTSIDE),
    ],
)
def test_whom_the_page_cannot_reach(
    person: PersonFacts | None, page: PageFacts, answer: Error
) -> None:
    assert said(judge(text(), person, page, NOON)) == answer


def test_a_reply_names_a_message_of_the_thread() -> None:
    now = parse_moment("2026-01-01T00:00:00Z")
    person = replace(wrote(now - SECOND), mids=frozenset({"m_1"}))
    assert said(judge(text(reply_to={"mid": "m_1"}), person, US, now)) == TAKEN
    assert said(judge(text(reply_to={"mid": "m_9"}), person, US, now)) == (100, None)


# -- the reviewer -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "promotes"),
    [
        ("Your order 4711 has shipped.", False),
        ("Votre commande 4711 est partie.", False),
        ("Your job offer was accepted.", False),
        ("Your appointment is on Friday at 10 a.m.", False),
        ("Charge of 20 % VAT on your invoice", False),
        ("Your order shipped. Get 20% off the next one!", True),
        ("Use the promo code HELLO", True),
        ("Flash sale this week", True),
        ("20 % de réduction sur tout", True),
        ("Les SOLDES commencent demain", True),
        ("Profitez vite de nos offres", True),
    ],
)
def test_a_reviewer_objects_to_promotion_under_a_tag_but_not_in_an_answer(
    words: str, promotes: bool
) -> None:
    person = wrote(NOON - SECOND)
    under_tag = judge(tagged("POST_PURCHASE_UPDATE", words), person, US, NOON)
    assert under_tag.accepted
    assert rules(under_tag) == (["promotion_under_a_tag"] if promotes else [])
    assert rules(judge(text(words), person, US, NOON)) == []
    assert (promotional_phrase(words, load_facts()) is not None) is promotes


def test_a_reviewer_objects_to_a_bot_that_passes_for_a_person() -> None:
    person = wrote(NOON - SECOND)
    body = tagged("HUMAN_AGENT")
    assert rules(judge(body, person, US, NOON)) == ["human_agent_by_a_bot"]
    assert rules(judge(body, person, US, NOON, human_wrote=True)) == []


@pytest.mark.parametrize(
    ("body", "objected"),
    [
        (text(), False),
        (text(messaging_type="UPDATE"), True),
        (tagged("POST_PURCHASE_UPDATE"), True),
        (tagged("HUMAN_AGENT"), False),
        (paid(), True),
    ],
)
def test_after_stop_only_an_answer_is_unobjectionable(body: dict[str, Any], objected: bool) -> None:
    person = replace(wrote(NOON - SECOND), stopped_at=NOON - SECOND)
    person = replace(person, tokens=(Token("tok", "t", NOON - timedelta(days=1)),))
    verdict = judge(body, person, US, NOON, human_wrote=True)
    assert verdict.accepted
    assert rules(verdict) == (["sent_after_stop"] if objected else [])


def test_an_answer_to_what_was_written_before_stop_is_objected_to() -> None:
    person = replace(wrote(NOON - timedelta(hours=2)), stopped_at=NOON - timedelta(hours=1))
    assert rules(judge(text(), person, US, NOON)) == ["sent_after_stop"]


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("STOP", "stop"),
        (" stop. ", "stop"),
        ("Arrêt", "stop"),
        ("arret!", "stop"),
        ("Unsubscribe", "stop"),
        ("START", "start"),
        ("don't stop", None),
        ("stop please", None),
        ("", None),
    ],
)
def test_stop_and_start_are_whole_messages(words: str, meaning: str | None) -> None:
    assert keyword(words, load_facts()) == meaning
