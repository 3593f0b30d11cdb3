"""When a person is there: what the actions leave for the rules, and what they say by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions import hours
from policy_guard.answering import Standing
from policy_guard.errors import StoreError
from policy_guard.hours import Holiday
from policy_guard.languages import Languages
from tests.actions.conftest import LANGUAGES

ENGLISH = Standing(True, "9:00 to 17:30", "tomorrow from 9:00", "within 2 hours")
FRENCH = Standing(False, "fermé", "demain à partir de 9 h", "demain à partir de 9 h")


@dataclass
class FakeAnswering:
    """The same shape as the store's; the first to ask is told to say that it is closed."""

    states: dict[str | None, Standing] = field(
        default_factory=lambda: {None: ENGLISH, "en": ENGLISH, "fr": FRENCH}
    )
    broken: bool = False
    asked: list[str] = field(default_factory=list)
    languages: Languages = LANGUAGES
    listed: str | None = "Christmas on 25 December (closed)"
    dated: dict[date, Holiday] = field(
        default_factory=lambda: {date(2026, 12, 25): Holiday((("en", "Christmas"),))}
    )

    def today(self) -> date:
        if self.broken:
            raise StoreError("the store cannot be opened")
        return date(2026, 5, 13)  # a Wednesday

    @property
    def hours(self) -> SimpleNamespace:
        return SimpleNamespace(holidays=self.dated)

    def holidays(self, language: str | None) -> str | None:
        return self.listed

    def on_days(self, days: Sequence[date], language: str | None) -> tuple[str, str]:
        return f"<{' '.join(map(str, days))}>", f"<hours of it in {language}>"

    def on_weekdays(self, weekdays: Sequence[int], language: str | None) -> tuple[str, str]:
        return f"<weekdays {weekdays}>", f"<hours of it in {language}>"

    def foretold(self, day: date) -> bool:
        return day < date(2027, 1, 1)

    def standing(self, language: str | None) -> Standing:
        if self.broken:
            raise StoreError("the store cannot be opened")
        return self.states[language]

    def tells_closed(self, psid: str, event: str) -> bool:
        if self.broken:
            raise StoreError("the store cannot be opened")
        self.asked.append(event)
        return self.asked[0] == event


@pytest.fixture
def shop() -> Iterator[FakeAnswering]:
    """The opening hours that the actions use during a test."""
    fake = FakeAnswering()
    hours.use(fake)  # type: ignore[arg-type] # it has the two methods that the actions call
    yield fake
    hours.reopen()


@pytest.fixture
def said(make_turn: Callable[..., Any]) -> Callable[..., list[dict[str, Any]]]:
    """Run the action of every turn and return what it says."""

    def go(
        text: str, intent: str = "greet", key: str = "m-1", **slots: Any
    ) -> list[dict[str, Any]]:
        dispatcher = CollectingDispatcher()
        event = {"psid": "ann", "key": key, "at_ms": 1_700_000_000_000}
        tracker = make_turn(text, intent, messenger=event, **slots)
        assert hours.SayClosed().run(dispatcher, tracker, {}) == []
        return [
            {"response": each["response"], "next_opening": each["next_opening"]}
            for each in dispatcher.messages
        ]

    return go


def test_open_hours_are_told_with_when_a_person_answers(shop, run):
    assert run(hours.TellHours(), "are you open?", "opening_hours_response_time") == {
        "outcome": "open_now",
        "hours_today": "9:00 to 17:30",
        "next_opening": "tomorrow from 9:00",
        "answer_time": "within 2 hours",
    }


def test_closed_hours_are_told_in_the_persons_language(shop, run):
    told = run(hours.TellHours(), "ouvert ?", "opening_hours_response_time", language="fr")
    assert told["outcome"] == "closed_now"
    assert told["next_opening"] == "demain à partir de 9 h"


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("are you open on sunday?", "2026-05-17"),
        ("vous ouvrez DIMANCHE ?", "2026-05-17"),
        ("open tomorrow", "2026-05-14"),
        ("monday hours pls", "2026-05-18"),
    ],
)
def test_a_day_that_is_named_is_answered_with_its_hours(shop, run, said, day):
    told = run(hours.TellHours(), said, "opening_hours_response_time", language="fr")
    assert told == {
        "outcome": "hours_on_day",
        "hours_day": f"<{day}>",
        "hours_of_day": "<hours of it in fr>",
    }


def test_a_weekend_is_called_so_in_the_persons_language(shop, run):
    told = run(hours.TellHours(), "open at the weekend?", language="fr")
    assert (told["outcome"], told["hours_day"]) == ("hours_on_day", "le week-end")


def test_a_day_of_every_week_has_its_usual_hours(shop, run):
    told = run(hours.TellHours(), "open on sundays?")
    assert (told["outcome"], told["hours_day"]) == ("hours_on_day", "<weekdays (6,)>")


def test_a_holiday_is_known_by_its_name(shop, run):
    told = run(hours.TellHours(), "are you open on Christmas?")
    assert (told["outcome"], told["hours_day"]) == ("hours_on_day", "<2026-12-25>")


def test_a_day_whose_holidays_are_not_known_yet_is_told_as_usual(shop, run):
    told = run(hours.TellHours(), "open on 3 May?")
    assert (told["outcome"], told["hours_day"]) == ("usual_hours_on_day", "<2027-05-03>")


def test_a_holiday_that_is_not_known_is_answered_with_those_that_are(shop, run):
    told = run(hours.TellHours(), "are you open on bank holidays?")
    assert told == {"outcome": "holidays", "holidays": "Christmas on 25 December (closed)"}


@pytest.mark.parametrize("said", ["open at easter?", "are you open on 31 April?"])
def test_what_nothing_is_known_of_is_said_to_be_unknown(shop, run, said):
    shop.listed = None
    assert run(hours.TellHours(), said) == {"outcome": "unknown"}


def test_today_by_its_name_is_told_as_today(shop, run):
    assert run(hours.TellHours(), "are you open wednesday")["outcome"] == "open_now"


def test_hours_that_no_file_says_are_not_invented(run):
    hours.use(None)
    assert run(hours.TellHours(), "open?") == {"outcome": "unavailable"}
    hours.reopen()


def test_a_shop_that_will_not_open_again_says_no_day(shop, run):
    shop.states[None] = Standing(False, "closed", None, "we can't say when")
    assert run(hours.TellHours(), "open?") == {"outcome": "unavailable"}


def test_a_store_that_cannot_be_used_says_nothing_about_hours(shop, run, said, caplog):
    shop.broken = True
    assert run(hours.TellHours(), "open?") == {"outcome": "unavailable"}
    assert said("hello") == []
    assert "the store cannot be opened" in caplog.text


def test_that_the_team_is_away_is_said_to_the_first_message_and_to_no_other(shop, said):
    assert said("hello") == [
        {"response": "utter_outside_hours", "next_opening": "tomorrow from 9:00"}
    ]
    assert said("hello", key="m-2") == []


def test_it_is_said_again_where_the_same_event_runs_again(shop, said):
    assert said("hello") == said("hello")


def test_it_is_said_in_the_persons_language(shop, said):
    (told,) = said("bonjour", language="fr")
    assert told["next_opening"] == "demain à partir de 9 h"


def test_a_tap_and_what_no_person_writes_are_no_first_message(shop, said):
    assert said("/choose_alerts", "choose_alerts") == []
    assert said("EXTERNAL: EXTERNAL_stop", "EXTERNAL_stop") == []
    assert shop.asked == []


@pytest.mark.parametrize("intent", ["stop_alerts", "goodbye", "thank"])
def test_who_wants_nobody_is_told_of_nobody(shop, said, intent):
    assert said("bye", intent) == []
    assert shop.asked == []


@pytest.mark.parametrize("intent", ["opening_hours_response_time", "human_handoff"])
def test_an_answer_that_says_it_anyway_is_the_once(shop, said, intent):
    assert said("are you there?", intent) == []
    assert said("hello", key="m-2") == []


def test_the_opening_hours_are_opened_from_the_projects_files_once(tmp_path: Path, monkeypatch):
    (tmp_path / "endpoints.yml").write_text(
        f"policy_guard:\n  url: sqlite:///{tmp_path}/guard.db\n  page: {{region: US}}\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POLICY_GUARD_HOURS", raising=False)
    monkeypatch.delenv("POLICY_GUARD_DB", raising=False)
    hours.reopen()
    assert hours.answering() is None
    project = Path(__file__).parents[2]
    languages = (project / "languages.yml").read_text("utf-8")
    (tmp_path / "languages.yml").write_text(languages, "utf-8")
    monkeypatch.setenv("POLICY_GUARD_HOURS", str(project / "hours.yml"))
    assert hours.answering() is None
    hours.reopen()
    found = hours.answering()
    assert found is not None
    assert found is hours.answering()
    assert found.standing("en").hours_today
    hours.reopen()
