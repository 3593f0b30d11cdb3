"""How quickly people are answered: what is a question, what an answer, and whose window closes."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_guard import cli, inbox_rows, journal, people_rows
from policy_guard.answering import Answering, measured_from
from policy_guard.cli import main
from policy_guard.hours import Hours, Measured, Span
from policy_guard.people_rows import Who
from policy_guard.response_rows import hand_overs, steps
from policy_guard.responsiveness import (
    Exchange,
    HandOver,
    Step,
    Tally,
    exchanges,
    measure,
    measured,
)
from policy_guard.vocabulary import Opener, OpenerKind, Purpose
from tests.conftest import LANGUAGES, Bench

UTC = timezone.utc
START = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
OPEN = Hours(ZoneInfo("UTC"), ((Span(540, 1020),),) * 5 + ((), ()), timedelta(hours=2), 3)


def talk(text: str, psid: str = "ann") -> list[Step]:
    """Return a conversation of one letter a minute: p the person, b the answers, . silence."""
    return [
        Step("page", psid, START + number * MINUTE, letter == "p")
        for number, letter in enumerate(text)
        if letter != "."
    ]


def waits(found: list[Exchange]) -> list[int | None]:
    """Return how many minutes each question waited."""
    return [
        None if e.answered_at is None else (e.answered_at - e.asked_at) // MINUTE for e in found
    ]


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("pb", [1]),
        ("p..b", [3]),
        ("pp.b", [3]),  # from the first of several messages on
        ("pbbb", [1]),  # to the first of several answers
        ("pbpb", [1, 1]),
        ("b..p", [None]),
        ("bb", []),
        ("pb.p", [1, None]),
        ("", []),
    ],
)
def test_a_wait_is_from_the_first_unanswered_message_to_the_first_answer(said, minutes):
    assert waits(list(exchanges(talk(said)))) == minutes


def test_one_conversation_never_answers_another():
    found = list(exchanges([*talk("p", "ann"), *talk("b", "bob"), *talk("p.b", "cid")]))
    assert [(e.psid, e.answered_at is not None) for e in found] == [("ann", False), ("cid", True)]


@given(st.text("pb.", max_size=40))
def test_every_question_is_counted_once(said):
    found = list(exchanges(talk(said)))
    runs = [run for run in said.replace(".", "").split("b") if run]
    assert len(found) == len(runs)
    assert sum(each.answered_at is None for each in found) <= 1


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=50), st.sampled_from([0.5, 0.9, 1.0]))
def test_a_share_of_the_waits_is_not_longer_than_what_is_said_of_them(seconds, share):
    tally = Tally()
    for wait in seconds:
        asked = Exchange("page", "ann", START, START, START + timedelta(seconds=wait))
        tally.add(asked)
    said = tally.at_share(share)
    assert said is not None
    assert sum(wait <= said.total_seconds() for wait in seconds) >= math.ceil(share * len(seconds))
    assert said.total_seconds() in seconds


def test_the_report_goes_by_the_shops_own_days_and_hours():
    late = [Step("page", "ann", datetime(2026, 11, 24, 3, 30, tzinfo=UTC), True)]
    report = measure(
        exchanges(late), START, START + timedelta(days=2), ZoneInfo("America/New_York")
    )
    assert [f"{day}" for day in report.days] == ["2026-11-23"]
    assert list(report.hours) == [22]
    assert report.everything.rate == 0
    assert report.everything.at_share(0.5) is None


def test_a_question_from_before_the_period_is_not_counted_but_still_waits():
    found = exchanges(talk("p"))
    report = measure(found, START + MINUTE, START + timedelta(days=1), UTC)
    assert report.everything.asked == 0
    assert report.everything.rate is None
    assert len(report.waiting) == 1


# -- hand-overs ------------------------------------------------------------------------------------


def over(minutes: int | None, at: datetime = START) -> HandOver:
    return HandOver(at, None if minutes is None else at + minutes * MINUTE)


def test_the_median_hand_over_is_one_that_happened():
    found = [over(5), over(90), over(30)]
    assert measured(found, OPEN, START + timedelta(hours=4)) == Measured(3, 30 * MINUTE)


def test_a_night_between_question_and_answer_is_no_delay():
    evening = datetime(2026, 11, 23, 16, 50, tzinfo=UTC)
    found = [HandOver(evening, evening + timedelta(hours=16, minutes=20))]  # 9:10 on the next day
    assert measured(found, OPEN, START + timedelta(days=2)) == Measured(1, 20 * MINUTE)


def test_somebody_who_answers_while_it_is_closed_is_measured_by_the_clock():
    night = datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert measured([over(7, night)], OPEN, START + timedelta(days=2)) == Measured(1, 7 * MINUTE)


def test_hand_overs_without_an_answer_count_once_the_promise_is_over():
    found = [over(5), over(None), over(None)]
    assert measured(found, OPEN, START + timedelta(hours=2)) == Measured(1, 5 * MINUTE)
    assert measured(found, OPEN, START + timedelta(hours=2, minutes=1)) == Measured(3, None)


def test_nothing_measured_is_no_figure():
    assert measured([], OPEN, START) == Measured(0, None)


# -- the store -------------------------------------------------------------------------------------


@pytest.fixture
def shop(bench: Bench) -> Bench:
    """A store at ten on a Monday."""
    bench.clock.at = START
    return bench


def writes(bench: Bench, key: str, psid: str = "person-1", kind: str = "message") -> None:
    """Let a person write, or do something else, now; it opens their window."""
    now, who = bench.clock.now(), Who(bench.who.page, psid)
    with bench.store.write() as tx:
        inbox_rows.add(
            tx,
            page=who.page,
            psid=who.psid,
            key=key,
            kind=kind,
            at=now,
            received_at=now,
            body={"text": "a private word"},
            state=inbox_rows.DONE,
        )
        people_rows.ensure(tx, who)
        people_rows.record_opener(tx, who, Opener(OpenerKind.MESSAGE, now))


def notes(bench: Bench, what: str, psid: str = "person-1") -> None:
    """Write a line of the journal now."""
    with bench.store.write() as tx:
        journal.write(tx, bench.clock.now(), Who(bench.who.page, psid), what)


def said(bench: Bench) -> list[bool]:
    """Return who said each thing that the store holds: True the person."""
    with bench.store.read() as tx:
        return [step.by_person for step in steps(tx, START)]


def test_a_message_that_left_answers_the_person(shop: Bench) -> None:
    writes(shop, "m-1")
    shop.clock.move(minutes=3)
    shop.deliver(shop.decided(shop.out("m-1")))
    with shop.store.read() as tx:
        (only,) = exchanges(steps(tx, START))
    assert only.answered_at == START + 3 * MINUTE


def test_a_message_that_was_only_decided_on_answers_nobody(shop: Bench) -> None:
    writes(shop, "m-1")
    shop.decided(shop.out("m-1"))
    assert said(shop) == [True]


def test_an_alert_answers_nobody(shop: Bench) -> None:
    writes(shop, "m-1")
    row = shop.decided(shop.out("n-1", purpose=Purpose.ACCOUNT_UPDATE, in_turn=False))
    shop.deliver(row)
    assert shop.row(row.id).state == "sent"
    assert said(shop) == [True]


def test_a_person_who_answers_in_the_inbox_answers_too(shop: Bench) -> None:
    writes(shop, "m-1")
    shop.clock.move(minutes=9)
    notes(shop, "human_wrote")
    assert said(shop) == [True, False]


def test_what_says_nothing_is_no_question(shop: Bench) -> None:
    writes(shop, "r-1", kind="read")
    writes(shop, "d-1", kind="delivery")
    writes(shop, "p-1", kind="postback")
    assert said(shop) == [True]


def test_a_hand_over_ends_with_the_first_word_of_a_person(shop: Bench) -> None:
    notes(shop, "handed_over")
    shop.clock.move(minutes=4)
    notes(shop, "handed_over")  # again, before anybody answered
    notes(shop, "human_wrote", "somebody-else")
    shop.clock.move(minutes=6)
    notes(shop, "human_wrote")
    notes(shop, "human_wrote")
    notes(shop, "handed_over", "person-2")
    with shop.store.read() as tx:
        found = list(hand_overs(tx, START))
        taken = measured_from(tx, OPEN, shop.clock.now())
    assert found == [over(10), HandOver(START + 10 * MINUTE, None)]
    assert taken == Measured(1, 10 * MINUTE)


def test_the_dialogue_says_what_was_measured_once_there_is_enough(shop: Bench) -> None:
    answering = Answering(shop.store, shop.clock, OPEN, LANGUAGES)
    assert answering.standing("en").answer_time == "within 2 hours"
    for number in range(3):
        notes(shop, "handed_over", f"person-{number}")
    shop.clock.move(minutes=12)
    for number in range(3):
        notes(shop, "human_wrote", f"person-{number}")
    standing = answering.standing("fr")
    assert standing.is_open
    assert standing.answer_time == "en général en moins de 15 minutes"
    assert answering.standing(None).answer_time == "usually within 15 minutes"


def test_that_nobody_is_there_is_said_once_in_each_closed_time(shop: Bench) -> None:
    answering = Answering(shop.store, shop.clock, OPEN, LANGUAGES)
    assert not answering.tells_closed("ann", "m-0")  # it is open
    shop.clock.move(hours=8)
    assert answering.tells_closed("ann", "m-1")
    assert answering.tells_closed("ann", "m-1")  # the same event, run again
    assert not answering.tells_closed("ann", "m-2")
    assert answering.tells_closed("bob", "m-3")  # each person by themselves
    shop.clock.move(hours=13)
    assert not answering.tells_closed("ann", "m-4")  # still the same night
    shop.clock.move(hours=11)
    assert answering.tells_closed("ann", "m-5")  # the next evening
    later = Answering(shop.store, shop.clock, OPEN, LANGUAGES)
    assert not later.tells_closed("ann", "m-6")  # the store knows, not the process


# -- the command -----------------------------------------------------------------------------------

WEEK = """\
time_zone: America/New_York
weekly: {mon: ["09:00-17:00"], tue: [], wed: [], thu: [], fri: [], sat: [], sun: []}
promise: 2h
measured_from: 3
"""


@pytest.fixture
def project(shop: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose store holds an answered and two unanswered conversations."""
    monkeypatch.setattr(cli, "_clock", lambda _tx: shop.clock)
    (tmp_path / "endpoints.yml").write_text(
        f"policy_guard:\n  url: {shop.url}\n  page: {{region: US}}\n"
    )
    (tmp_path / "hours.yml").write_text(WEEK)
    writes(shop, "m-1")
    shop.clock.move(minutes=5)
    shop.deliver(shop.decided(shop.out("m-1")))
    writes(shop, "m-2", "person-2")
    shop.clock.move(hours=10)
    writes(shop, "m-3", "person-3")
    shop.clock.move(hours=10)
    return tmp_path / "endpoints.yml"


def answer(project: Path, *words: str) -> int:
    """Run the command."""
    return main(["--endpoints", str(project), "responsiveness", *words])


def test_the_command_tells_the_rate_the_waits_and_whose_window_closes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(project) == 0
    out = capsys.readouterr().out
    assert "2026-11-17 06:05:00 UTC to 2026-11-24 06:05:00 UTC" in out
    assert "America/New_York" in out
    assert "all                3         1    33%    5m 00s    5m 00s" in out
    assert "closes 2026-11-24 10:05:00 UTC  person person-2" in out
    assert "person-3" not in out  # ten hours are left
    assert "no hand-over to a person is measured yet" in out
    assert "private" not in out


def test_json_holds_seconds_and_the_span_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(project, "--closing-within", "15h", "--days", "1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["all"] == {
        "asked": 3,
        "answered": 1,
        "rate": pytest.approx(1 / 3),
        "median_seconds": 300,
        "p90_seconds": 300,
    }
    assert [each["psid"] for each in told["closing"]] == ["person-2", "person-3"]
    assert told["hand_overs"] == {"count": 0, "median_seconds": None, "enough": False}
    assert {hour: told["by_hour"][hour]["asked"] for hour in told["by_hour"]} == {"5": 2, "15": 1}


def test_a_window_that_has_closed_is_not_about_to(
    project: Path, shop: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.clock.move(hours=4)
    assert answer(project, "--closing-within", "1h") == 0
    assert "no unanswered conversation closes within 1h" in capsys.readouterr().out


def test_without_a_file_of_hours_the_page_s_zone_is_used_and_no_hand_over_is_judged(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.parent / "hours.yml").unlink()
    assert answer(project, "--json") == 0
    assert json.loads(capsys.readouterr().out)["hand_overs"] is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--days", "0"], "`0` is not a number of days from 1 to 3650"),
        (["--days", "week"], "`week` is not a number of days"),
        (["--closing-within", "4"], "`4` is not a duration such as"),
    ],
)
def test_a_period_that_cannot_be_meant_is_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert answer(project, *words) == 2
    assert says in capsys.readouterr().err


def test_hours_that_cannot_be_read_are_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.parent / "hours.yml").write_text(WEEK.replace("2h", "soon"))
    assert answer(project) == 2
    assert "hours.yml:3: `soon` is not a duration" in capsys.readouterr().err
