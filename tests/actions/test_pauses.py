"""Until when a person wants silence, in their own words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from actions.pauses import LONGEST_PAUSE, USUAL_PAUSE, pause_end
from tests.actions.conftest import LANGUAGES

NOW = datetime(2026, 11, 22, 16, 40, tzinfo=timezone.utc)  # a Sunday


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("pause for 2 weeks", NOW + timedelta(days=14)),
        ("mute for 24h", NOW + timedelta(hours=24)),
        ("pause une semaine", NOW + timedelta(days=7)),
        ("pause 10 jours", NOW + timedelta(days=10)),
        ("a few days", NOW + timedelta(days=3)),
        ("a couple of days", NOW + timedelta(days=2)),
        ("pendant trois mois", NOW + timedelta(days=90)),
        ("pause 0 days", NOW + timedelta(days=1)),
        ("for 999 months", NOW + LONGEST_PAUSE),
    ],
)
def test_a_pause_for_a_stretch_of_time_is_that_long(said, until):
    assert pause_end(said, NOW, LANGUAGES) == until


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("pause until friday", day(2026, 11, 27)),
        ("pause until Monday please", day(2026, 11, 23)),
        ("no messages till fri", day(2026, 11, 27)),
        ("mets en pause jusqu'à vendredi", day(2026, 11, 27)),
        ("jusqu'à lundi prochain", day(2026, 11, 23)),
        ("pause over the weekend", day(2026, 11, 23)),
        ("quiet for the weekend", day(2026, 11, 23)),
        ("pause until the weekend", day(2026, 11, 28)),
        ("pause ce week-end", day(2026, 11, 23)),
        ("until next week", day(2026, 11, 23)),
        ("jusqu'à la semaine prochaine", day(2026, 11, 23)),
        ("until next month", day(2026, 12, 1)),
        ("jusqu'à la fin du mois", day(2026, 12, 1)),
        ("pause jusqu'à Noël", day(2026, 12, 25)),
        ("until christmas", day(2026, 12, 25)),
        ("until new year", day(2027, 1, 1)),
        ("until 3 May", day(2027, 5, 3)),
        ("until May 3rd", day(2027, 5, 3)),
        ("until the 3rd of May", day(2027, 5, 3)),
        ("till dec 24", day(2026, 12, 24)),
        ("jusqu'au 3 mai", day(2027, 5, 3)),
        ("jusqu'au 1er mars 2027", day(2027, 3, 1)),
        ("jusqu'au 15 déc.", day(2026, 12, 15)),
        ("until January", day(2027, 1, 1)),
        ("jusqu'en février", day(2027, 2, 1)),
        ("until the 15th", day(2026, 12, 15)),
        ("jusqu'au 28", day(2026, 11, 28)),
        ("until 2026-12-31", day(2026, 12, 31)),
        ("jusqu'au 24/12", day(2026, 12, 24)),
        ("until tomorrow", day(2026, 11, 23)),
        ("jusqu'à demain", day(2026, 11, 23)),
    ],
)
def test_a_pause_until_a_day_ends_as_that_day_begins(said, until):
    assert pause_end(said, NOW, LANGUAGES) == until


@pytest.mark.parametrize(
    ("said", "hours"),
    [("until 6pm", (22, 18, 0)), ("jusqu'à 18h30", (22, 18, 30)), ("until 9:00", (23, 9, 0))],
)
def test_a_pause_until_a_time_ends_when_the_clock_next_shows_it(said, hours):
    number, hour, minute = hours
    assert pause_end(said, NOW, LANGUAGES) == NOW.replace(day=number, hour=hour, minute=minute)


def test_hours_on_the_clock_are_no_number_of_hours():
    """ "18h" alone is a stretch of time, after "until" it is a time of day."""
    assert pause_end("pause 18h", NOW, LANGUAGES) == NOW + timedelta(hours=18)
    assert pause_end("jusqu'à 18h", NOW, LANGUAGES) == NOW.replace(hour=18, minute=0)


@pytest.mark.parametrize(
    "said",
    [
        "pause until my holidays are over",
        "pas de messages jusqu'à la rentrée",
        "jusqu'à mon retour",
        "until 3/5",
        "until 31 June",
        "until 2020-01-01",
        "until I say so",
        "until 25:00",
        "jusqu'au 45",
    ],
)
def test_an_end_that_cannot_be_read_is_never_made_a_week(said):
    assert pause_end(said, NOW, LANGUAGES) is None


def test_a_stretch_of_time_counts_before_a_day_named_beside_it():
    said = "pause for 3 days please, sunday was too much"
    assert pause_end(said, NOW, LANGUAGES) == NOW + timedelta(days=3)


@pytest.mark.parametrize("said", ["pause", "mets en pause", "pause for a while", ""])
def test_without_an_end_a_pause_is_a_week(said):
    assert pause_end(said, NOW, LANGUAGES) == NOW + USUAL_PAUSE


def test_no_pause_is_longer_than_a_year():
    assert pause_end("until 1 january 2031", NOW, LANGUAGES) == NOW + LONGEST_PAUSE


def test_a_day_that_comes_in_few_years_is_found():
    assert pause_end("until 29 february", NOW, LANGUAGES) == NOW + LONGEST_PAUSE
    near = NOW.replace(year=2027)
    assert pause_end("until 29 february", near, LANGUAGES) == day(2028, 2, 29)


def test_a_day_begins_on_the_persons_own_clock():
    paris = NOW.replace(hour=23, minute=30).astimezone(ZoneInfo("Europe/Paris"))  # Monday there
    assert pause_end("until tomorrow", paris, LANGUAGES) == datetime(
        2026, 11, 24, tzinfo=ZoneInfo("Europe/Paris")
    )


def test_todays_weekday_is_the_one_of_next_week():
    assert pause_end("until sunday", NOW, LANGUAGES) == day(2026, 11, 29)
