"""Which day a question about opening hours names, from a Wednesday on: 13 May 2026."""

from __future__ import annotations

from datetime import date

import pytest

from actions.days import Asked, day_asked
from policy_guard.hours import Holiday
from tests.actions.conftest import LANGUAGES

TODAY = date(2026, 5, 13)
HOLIDAYS = {
    date(2026, 1, 1): Holiday((("en", "New Year's Day"), ("fr", "Jour de l'an"))),
    date(2026, 12, 24): Holiday((("en", "Christmas Eve"), ("fr", "Veille de Noël"))),
    date(2026, 12, 25): Holiday((("en", "Christmas Day"), ("fr", "Noël")), (), ("Christmas",)),
    date(2027, 12, 25): Holiday((("en", "Christmas Day"), ("fr", "Noël")), (), ("Christmas",)),
}


def asked(said: str, today: date = TODAY) -> Asked | None:
    return day_asked(said, today, HOLIDAYS, LANGUAGES)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("are you open on 20 May?", "2026-05-20"),
        ("open May 20th", "2026-05-20"),
        ("open on the 20th of may??", "2026-05-20"),
        ("what about dec 24", "2026-12-24"),
        ("open at 5 on dec 24", "2026-12-24"),
        ("open on 3 May", "2027-05-03"),  # this year's is over
        ("vous ouvrez le 14 juillet ?", "2026-07-14"),
        ("ouvert le 1er juin", "2026-06-01"),
        ("ouvert le  15 AOÛT 2027", "2027-08-15"),
        ("le dimanche 31 mai c'est ouvert ?", "2026-05-31"),
        ("open 25/12?", "2026-12-25"),
        ("open on 12/25/2026", "2026-12-25"),
        ("29 february", "2028-02-29"),
        ("are you open on sunday?", "2026-05-17"),
        ("vous ouvrez DIMANCHE ?", "2026-05-17"),
        ("open wednesday?", "2026-05-13"),
        ("open tomorrow night", "2026-05-14"),
        ("demain soir ?", "2026-05-14"),
        ("and the day after tomorrow", "2026-05-15"),
        ("ouvert après-demain", "2026-05-15"),
        ("are you open on Christmas?", "2026-12-25"),
        ("open christmas eve", "2026-12-24"),
        ("ouvert à noel ?", "2026-12-25"),
        ("la veille de Noël vous êtes là", "2026-12-24"),
    ],
)
def test_a_day_that_is_named_is_found(said, day):
    assert asked(said) == Asked(days=(date.fromisoformat(day),))


def test_two_days_are_both_found_the_next_one_first():
    assert asked("open saturday or monday") == Asked(days=(date(2026, 5, 16), date(2026, 5, 18)))


@pytest.mark.parametrize("said", ["open at the weekend?", "ouvert le week-end ?", "ce weekend"])
def test_the_weekend_is_its_next_two_days(said):
    assert asked(said) == Asked(days=(date(2026, 5, 16), date(2026, 5, 17)), weekend=True)


@pytest.mark.parametrize(
    ("said", "weekdays"),
    [
        ("are you open on Sundays", (6,)),
        ("every sunday?", (6,)),
        ("fermé les lundis ?", (0,)),
        ("vous ouvrez le dimanche ?", (6,)),
        ("saturdays and sundays", (5, 6)),
    ],
)
def test_a_day_of_every_week_is_not_the_next_one(said, weekdays):
    assert asked(said) == Asked(weekdays=weekdays)


@pytest.mark.parametrize(
    "said",
    ["open on bank holidays?", "les jours fériés ?", "open at easter", "le lundi de Pentecôte"],
)
def test_a_holiday_that_the_file_does_not_date_is_no_other_day(said):
    assert asked(said) == Asked(holiday=True)


def test_a_holiday_that_is_over_and_has_no_next_date_is_not_taken_for_the_last():
    assert asked("open on new year's day?") == Asked(holiday=True)


@pytest.mark.parametrize("said", ["open on 31 April?", "le 30 février", "on 3 May 2020"])
def test_a_day_that_cannot_be_is_named_and_not_known(said):
    assert asked(said) == Asked()


@pytest.mark.parametrize(
    "said",
    [
        "are you open?",
        "open 24/7?",
        "tonight?",
        "ce soir",
        "open at 9.30",
        "7/7 ?",
        "may I come at 5",
    ],
)
def test_who_names_no_day_asks_about_now(said):
    assert asked(said) is None
