"""When an event happened: by its own time, never later than our clock has ever said it is."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from channels.intake import Intake
from channels.settings import PAGE_INBOX
from channels.threads import Apps
from channels.webhook import parse
from policy_guard import inbox_rows, people_rows
from policy_guard.clock import to_ms
from policy_guard.vocabulary import DEFAULT_TITLE as USUAL
from policy_guard.vocabulary import Frequency
from tests.conftest import LANGUAGES, Bench

APPS = Apps("111", PAGE_INBOX, timedelta(hours=1))


def says(bench: Bench, text: str, *, ahead: float) -> None:
    """Let the person write so many seconds ahead of our clock, or before it."""
    page, psid = bench.who.page, bench.who.psid
    event = {
        "sender": {"id": psid},
        "recipient": {"id": page},
        "timestamp": to_ms(bench.clock.now() + timedelta(seconds=ahead)),
        "message": {"mid": f"m_{text}", "text": text},
    }
    raw = json.dumps({"object": "page", "entry": [{"id": page, "messaging": [event]}]}).encode()
    Intake(bench.guard, page, APPS, LANGUAGES).receive(parse(raw, page_id=page))


def stopped(bench: Bench) -> bool:
    with bench.store.read() as tx:
        return people_rows.read(tx, bench.who, bench.clock.now(), "UTC").stopped


def first_in_line(bench: Bench) -> str:
    with bench.store.read() as tx:
        row = inbox_rows.next_of(tx, bench.who)
    assert row is not None
    return row.key


def test_an_event_from_the_future_happened_now(bench: Bench) -> None:
    says(bench, "hello", ahead=3600)
    with bench.store.read() as tx:
        row = inbox_rows.get(tx, bench.who.page, "message:m_hello")
    assert row is not None
    assert row.at == bench.clock.now()


def test_a_stop_counts_although_the_clock_went_back_since_the_start(bench: Bench) -> None:
    says(bench, "START", ahead=0)
    bench.clock.move(hours=-1)
    says(bench, "STOP", ahead=3600 + 300)
    assert stopped(bench)


def test_a_start_after_that_counts_too_once_the_clock_is_right(bench: Bench) -> None:
    says(bench, "STOP", ahead=0)
    bench.clock.move(hours=1)
    says(bench, "START", ahead=0)
    assert not stopped(bench)


def test_who_wrote_first_comes_first_although_the_clock_went_back_between(bench: Bench) -> None:
    says(bench, "first", ahead=0)
    bench.clock.move(hours=-1)
    says(bench, "second", ahead=3600 + 1)
    assert first_in_line(bench) == "message:m_first"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"notification_messages_frequency": "WEEKLY"}, (Frequency.WEEKLY, "News")),
        ({"notification_messages_frequency": "DAILY", "title": None}, (Frequency.DAILY, USUAL)),
        ({"notification_messages_frequency": "HOURLY"}, (None, "News")),
        ({}, (None, "News")),
    ],
)
def test_an_agreement_keeps_how_often_and_under_which_title_it_was_given(
    bench: Bench, told: dict[str, str | None], kept: tuple[Frequency | None, str]
) -> None:
    page, psid = bench.who.page, bench.who.psid
    optin = {
        "type": "notification_messages",
        "payload": "news",
        "notification_messages_token": "rn-1",
        "title": "News",
        **told,
    }
    event = {
        "sender": {"id": psid},
        "recipient": {"id": page},
        "timestamp": to_ms(bench.clock.now()),
        "optin": {name: value for name, value in optin.items() if value is not None},
    }
    raw = json.dumps({"object": "page", "entry": [{"id": page, "messaging": [event]}]}).encode()
    Intake(bench.guard, page, APPS, LANGUAGES).receive(parse(raw, page_id=page))
    with bench.store.read() as tx:
        (token,) = people_rows.read(tx, bench.who, bench.clock.now(), "UTC").tokens
    assert (token.frequency, token.title) == kept
