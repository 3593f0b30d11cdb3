"""Opening hours: what the file takes, when somebody is there, and what is promised in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_guard import settings
from policy_guard.hours import DAY_MINUTES, Holiday, Hours, Measured, Span
from policy_guard.hours_file import HoursError, load
from tests.conftest import LANGUAGES

ROOT = Path(__file__).parents[2]
UTC = timezone.utc
UTC_ZONE = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
EN, FR = LANGUAGES.get("en"), LANGUAGES.get("fr")

FILE = """\
time_zone: America/New_York
weekly:
  mon: ["09:00-12:00", "13:00-17:30"]
  tue: ["09:00-17:30"]
  wed: []
  thu: ["09:00-17:30"]
  fri: ["09:00-17:30", "22:00-02:00"]
  sat: []
  sun: []
holidays:
  - {date: 2026-11-24, name: {en: Founder's Day, fr: Fête}, hours: []}
  - {date: 2026-12-24, name: {en: Christmas Eve, fr: Réveillon}, hours: ["09:00-13:00"]}
promise: 2h
measured_from: 20
"""


def read(tmp_path: Path, text: str = FILE) -> Hours:
    file = tmp_path / "hours.yml"
    file.write_text(text, "utf-8")
    return load(file, LANGUAGES.codes)


def here(text: str) -> datetime:
    """Return a wall time of New York as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@pytest.fixture
def hours(tmp_path: Path) -> Hours:
    return read(tmp_path)


# -- when somebody is there ------------------------------------------------------------------------


def test_the_projects_own_hours_are_read():
    own = load(ROOT / "hours.yml")
    assert own.open_at(here("2026-11-23T09:00"))
    assert not own.open_at(here("2026-12-25T10:00"))


@pytest.mark.parametrize(
    ("wall", "open_"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T11:59:59", True),
        ("2026-11-23T12:00", False),
        ("2026-11-23T17:29:59", True),
        ("2026-11-23T17:30", False),
        ("2026-11-24T10:00", False),  # a holiday
        ("2026-11-25T10:00", False),  # a closed day
        ("2026-11-28T01:59", True),  # Saturday, still Friday's
        ("2026-11-28T02:00", False),
        ("2026-12-24T12:59", True),  # the holiday's own hours
        ("2026-12-24T13:00", False),
    ],
)
def test_it_is_open_from_an_opening_on_and_no_longer_at_the_closing(hours, wall, open_):
    assert hours.open_at(here(wall)) is open_


def test_the_next_opening_passes_over_lunch_holidays_and_closed_days(hours):
    assert hours.next_opening(here("2026-11-23T12:30")) == here("2026-11-23T13:00")
    assert hours.next_opening(here("2026-11-23T18:00")) == here("2026-11-26T09:00")
    assert hours.next_opening(here("2026-11-23T09:00")) == here("2026-11-23T13:00")


def test_a_closing_after_midnight_belongs_to_the_day_before(hours):
    assert hours.closes_at(here("2026-11-27T23:00")) == here("2026-11-28T02:00")
    assert hours.closes_at(here("2026-11-28T03:00")) is None
    assert hours.closed_since(here("2026-11-28T03:00")) == here("2026-11-28T02:00")


def test_spans_that_touch_at_midnight_are_one_stretch():
    whole = (Span(0, DAY_MINUTES),)
    days = (whole, whole, (), (), (), (), ())
    hours = Hours(NEW_YORK, days, timedelta(hours=1), 1)
    assert hours.closes_at(here("2026-11-23T10:00")) == here("2026-11-25T00:00")


def test_a_shop_that_never_closes_has_no_closing_and_one_that_never_opens_no_opening():
    whole = Hours(UTC_ZONE, ((Span(0, DAY_MINUTES),),) * 7, timedelta(hours=1), 1)
    never = Hours(UTC_ZONE, ((),) * 7, timedelta(hours=1), 1)
    now = here("2026-11-23T10:00")
    assert whole.open_at(now)
    assert whole.closes_at(now) is None
    assert whole.closed_since(now) is None
    assert never.next_opening(now) is None
    assert never.next_opening_in_words(now, EN) is None
    assert never.closed_since(now) == never.closed_since(now + timedelta(days=3))
    assert never.answer_promise(Measured(), now, EN) == "as soon as somebody is free"
    assert never.answer_promise(Measured(), now, FR) == "dès que quelqu'un est libre"


@pytest.mark.parametrize(
    ("day", "length"),
    [("2026-03-08", 2), ("2026-11-01", 4), ("2026-06-07", 3)],
)
def test_a_night_with_a_clock_change_is_as_long_as_it_is(day, length):
    nights = ((), (), (), (), (), (), (Span(60, 240),))  # Sunday, 1:00 to 4:00
    hours = Hours(NEW_YORK, nights, timedelta(hours=1), 1)
    start = here(f"{day}T01:00")
    assert hours.closes_at(start) - start == timedelta(hours=length)


def test_a_span_that_the_clocks_skip_is_no_opening():
    skipped = ((), (), (), (), (), (), (Span(120, 180),))  # Sunday, 2:00 to 3:00
    hours = Hours(NEW_YORK, skipped, timedelta(hours=1), 1)
    assert hours.next_opening(here("2026-03-07T12:00")) == here("2026-03-15T02:00")


# -- laws, drawn around the edges ----------------------------------------------------------------

_ZONES = ("America/New_York", "Europe/Paris", "Australia/Lord_Howe", "UTC", "Pacific/Apia")


@st.composite
def _any_hours(draw: st.DrawFn) -> Hours:
    def spans() -> tuple[Span, ...]:
        cuts = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))
        pairs = zip(cuts[::2], cuts[1::2], strict=False)
        return tuple(Span(15 * start, 15 * end) for start, end in pairs)

    weekly = tuple(spans() for _ in range(7))
    day = date(2026, 3, 1) + timedelta(days=draw(st.integers(0, 40)))
    holidays = {day: Holiday((("en", "A day"),), spans())} if draw(st.booleans()) else {}
    zone = ZoneInfo(draw(st.sampled_from(_ZONES)))
    return Hours(zone, weekly, timedelta(hours=2), 20, holidays)


_MOMENTS = st.one_of(
    st.integers(0, 60 * 24 * 4).map(lambda n: datetime(2026, 3, 7, tzinfo=UTC) + n * MINUTE * 15),
    st.integers(0, 60 * 24 * 3).map(lambda n: datetime(2026, 10, 24, tzinfo=UTC) + n * MINUTE),
)


@given(hours=_any_hours(), moment=_MOMENTS)
def test_openings_and_closings_are_the_edges_of_open_time(hours, moment):
    opening, closing = hours.next_opening(moment), hours.closes_at(moment)
    instant = timedelta(microseconds=1)
    if opening is not None:
        assert opening > moment
        assert hours.open_at(opening)
        assert not hours.open_at(opening - instant)
    assert (hours.closed_since(moment) is None) == hours.open_at(moment)
    if closing is not None:
        assert hours.open_at(moment)
        assert hours.open_at(closing - instant)
        assert not hours.open_at(closing)
        assert hours.closed_since(closing) == closing
        assert hours.open_time(moment, closing) == closing - moment


@given(hours=_any_hours(), moment=_MOMENTS, minutes=st.integers(1, 3000))
def test_open_time_that_is_waited_for_is_open_time_that_passes(hours, moment, minutes):
    due = hours.after_open_time(moment, minutes * MINUTE)
    if due is not None:
        assert hours.open_time(moment, due) == minutes * MINUTE
        assert hours.open_time(moment, due - MINUTE / 2) < minutes * MINUTE


@given(hours=_any_hours(), moment=_MOMENTS, language=st.sampled_from([EN, FR]))
def test_words_are_never_empty_and_never_half_filled(hours, moment, language):
    taken = Measured(25, timedelta(minutes=37))
    for said in (
        hours.today_in_words(moment, language),
        hours.next_opening_in_words(moment, language) or "-",
        hours.answer_promise(taken, moment, language),
        hours.answer_promise(Measured(), moment, language),
    ):
        assert said.strip() == said != ""
        assert "{" not in said
        assert len(said) <= 120


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wall", "english", "french"),
    [
        (
            "2026-11-23T10:00",
            "9:00 to 12:00 and 13:00 to 17:30",
            "de 9 h à 12 h et de 13 h à 17 h 30",
        ),
        ("2026-11-24T10:00", "closed (Founder's Day)", "fermé (Fête)"),
        ("2026-11-25T10:00", "closed", "fermé"),
        ("2026-11-28T01:00", "until 2:00", "jusqu'à 2 h"),
        ("2026-11-28T03:00", "closed", "fermé"),
        ("2026-12-24T10:00", "9:00 to 13:00 (Christmas Eve)", "de 9 h à 13 h (Réveillon)"),
    ],
)
def test_the_hours_of_today_are_said_with_the_holidays_name(hours, wall, english, french):
    assert hours.today_in_words(here(wall), EN) == english
    assert hours.today_in_words(here(wall), FR) == french


@pytest.mark.parametrize(
    ("wall", "english", "french"),
    [
        ("2026-11-23T08:00", "today from 9:00", "aujourd'hui à partir de 9 h"),
        ("2026-11-22T20:00", "tomorrow from 9:00", "demain à partir de 9 h"),
        ("2026-11-23T18:00", "on Thursday from 9:00", "jeudi à partir de 9 h"),
    ],
)
def test_outside_the_hours_a_person_answers_from_the_next_opening_on(hours, wall, english, french):
    for taken in (Measured(), Measured(50, timedelta(minutes=3))):
        assert hours.answer_promise(taken, here(wall), EN) == english
        assert hours.answer_promise(taken, here(wall), FR) == french


def test_a_date_is_named_where_a_weekday_would_not_tell():
    opening = {date(2027, 1, 1): Holiday((("en", "New Year"),), (Span(540, 600),))}
    hours = Hours(NEW_YORK, ((),) * 7, timedelta(hours=1), 1, opening)
    now = here("2026-12-20T12:00")
    assert hours.next_opening_in_words(now, EN) == "on 1 January from 9:00"
    assert hours.next_opening_in_words(now, FR) == "le 1er janvier à partir de 9 h"


def test_the_promise_is_said_until_enough_hand_overs_are_measured(hours):
    now = here("2026-11-23T09:30")
    few, enough = Measured(19, timedelta(minutes=37)), Measured(20, timedelta(minutes=37))
    assert hours.answer_promise(few, now, EN) == "within 2 hours"
    assert hours.answer_promise(few, now, FR) == "en moins de 2 heures"
    assert hours.answer_promise(enough, now, EN) == "usually within 40 minutes"
    assert hours.answer_promise(enough, now, FR) == "en général en moins de 40 minutes"


def test_a_promise_that_does_not_fit_before_the_closing_ends_in_the_next_hours(hours):
    assert hours.answer_promise(Measured(), here("2026-11-23T11:30"), EN) == "today by 14:30"
    assert hours.answer_promise(Measured(), here("2026-11-23T16:30"), EN) == (
        "on Thursday by 10:00"
    )
    slow = Measured(30, timedelta(minutes=50))
    assert hours.answer_promise(slow, here("2026-11-23T16:51"), FR) == (
        "en général jeudi avant 9 h 15"
    )


def test_a_promise_may_end_at_the_very_closing(hours):
    assert hours.answer_promise(Measured(), here("2026-11-23T15:30"), EN) == "within 2 hours"


def test_where_most_hand_overs_had_no_answer_nothing_is_promised(hours):
    now = here("2026-11-23T09:30")
    assert hours.answer_promise(Measured(20, None), now, EN) == "as soon as somebody is free"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.2, "1 minute"),
        (1, "1 minute"),
        (1.1, "2 minutes"),
        (10, "10 minutes"),
        (10.5, "15 minutes"),
        (59, "1 hour"),
        (61, "2 hours"),
    ],
)
def test_a_measured_time_is_rounded_up_never_down(hours, minutes, said):
    taken = Measured(20, minutes * MINUTE)
    now = here("2026-11-26T09:30")
    assert hours.answer_promise(taken, now, EN) == f"usually within {said}"


# -- the file --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stands", "put", "says"),
    [
        ("promise: 2h", "promise: soon", "13: `soon` is not a duration such as"),
        ("promise: 2h", "promise: 0m", "13: the promise `0m` is not from `1m` to `30d`"),
        ("promise: 2h", "answer: 2h", "13: unknown key `answer`"),
        ("promise: 2h\n", "", "1: the opening hours have no `promise`"),
        ("measured_from: 20", "measured_from: 0", "14: `0` is not a number of hand-overs"),
        ("measured_from: 20", "measured_from: true", "14: `True` is not a number of hand-overs"),
        ("America/New_York", "Mars/Olympus", "1: `Mars/Olympus` is not a time zone such as"),
        ("America/New_York", "../etc/passwd", "1: `../etc/passwd` is not a time zone such as"),
        ("America/New_York", "[]", "1: `[]` is not a time zone such as"),
        ("  wed: []\n", "", "2: `weekly` has no `wed`: `[]` is a closed day"),
        ("wed: []", "noday: []", "5: unknown key `noday`, use mon, tue"),
        ("wed: []", "wed: closed", '5: hours are a list such as `["09:00-17:30"]`'),
        ("wed: []", 'wed: ["9-17"]', "5: `9-17` are not hours such as `09:00-17:30`"),
        ("wed: []", 'wed: ["09:00-25:00"]', "5: `09:00-25:00` has a time that no clock shows"),
        ("wed: []", 'wed: ["09:61-12:00"]', "5: `09:61-12:00` has a time that no clock shows"),
        ("wed: []", 'wed: ["24:00-24:00"]', "5: `24:00-24:00` has a time that no clock shows"),
        ("wed: []", 'wed: ["09:00-09:00"]', "5: `09:00-09:00` has no length"),
        ("13:00-17:30", "11:30-17:30", "3: `11:30-17:30` overlaps `09:00-12:00` before it"),
        ("sat: []", 'sat: ["01:00-05:00"]', "7: the hours of `fri` go on into those of `sat`"),
        ("2026-12-24", "2026-11-24", "12: `2026-11-24` is there twice"),
        ("2026-12-24", "2026-12-32", "12: `2026-12-32` is not a date such as `2026-12-25`"),
        ("2026-12-24", "20261224", "12: `20261224` is not a date such as `2026-12-25`"),
        (", fr: Réveillon", "", "12: `name` has no words in `fr`"),
        ("fr: Réveillon", "de: Heiligabend", "12: unknown key `de`, use en, fr"),
        (", hours: []}", "}", "11: the holiday has no `hours`"),
        (
            '"09:00-13:00"',
            '"23:00-10:00"',
            "12: the hours of `2026-12-24` go on into those of the next day",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path, stands, put, says):
    assert stands in FILE
    with pytest.raises(HoursError) as refused:
        read(tmp_path, FILE.replace(stands, put, 1))
    assert str(refused.value).startswith(f"{tmp_path}/hours.yml:{says}")


def test_a_file_that_is_no_map_is_refused(tmp_path):
    with pytest.raises(HoursError, match="must be a map of opening hours"):
        read(tmp_path, "- monday\n")


def test_midnight_may_be_written_as_24_hours(tmp_path):
    hours = read(tmp_path, FILE.replace("wed: []", 'wed: ["00:00-24:00"]'))
    assert hours.today_in_words(here("2026-11-25T10:00"), EN) == "all day"
    assert hours.today_in_words(here("2026-11-25T10:00"), FR) == "toute la journée"


# -- where the file is -----------------------------------------------------------------------------


def found(tmp_path: Path, line: str = "", env: dict[str, str] | None = None) -> Path | None:
    """Return the file of hours that a project's settings lead to."""
    file = tmp_path / "endpoints.yml"
    file.write_text(f"policy_guard:\n  page: {{region: US}}\n{line}")
    return settings.load(file, env or {}).hours


def test_the_hours_are_beside_the_settings_or_nowhere(tmp_path):
    assert found(tmp_path) is None
    (tmp_path / "hours.yml").write_text(FILE)
    assert found(tmp_path) == tmp_path / "hours.yml"


def test_a_file_that_is_named_is_the_one_and_the_environment_names_it_first(tmp_path):
    assert found(tmp_path, "  hours: shop/hours.yml\n") == tmp_path / "shop/hours.yml"
    elsewhere = {"POLICY_GUARD_HOURS": "/shop/hours.yml"}
    assert found(tmp_path, "  hours: hours.yml\n", elsewhere) == Path("/shop/hours.yml")


def test_a_named_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(HoursError, match="cannot be read: No such file"):
        load(tmp_path / "nowhere.yml")


def test_a_day_is_told_with_its_name_as_seen_from_now(tmp_path: Path) -> None:
    hours = read(tmp_path)
    monday = here("2026-11-23 10:00")
    assert hours.day_in_words(date(2026, 11, 29), monday, EN) == ("on Sunday", "closed")
    assert hours.day_in_words(date(2026, 11, 24), monday, EN) == (
        "tomorrow",
        "closed (Founder's Day)",
    )
    assert hours.day_in_words(date(2026, 11, 27), monday, FR) == (
        "vendredi",
        "de 9 h à 17 h 30 et de 22 h à 2 h",
    )
    assert hours.day_in_words(date(2026, 12, 24), monday, FR)[0] == "le 24 décembre"


def test_days_with_the_same_hours_are_told_once_and_others_each_with_its_own(hours: Hours) -> None:
    monday = here("2026-11-23T10:00")
    wed, thu, sun = date(2026, 11, 25), date(2026, 11, 26), date(2026, 11, 29)
    assert hours.days_in_words((wed, sun), monday, EN) == ("on Wednesday and on Sunday", "closed")
    assert hours.days_in_words((thu, sun), monday, FR) == (
        "jeudi et dimanche",
        "de 9 h à 17 h 30 jeudi et fermé dimanche",
    )


def test_a_day_of_every_week_has_its_usual_hours_also_where_the_next_is_a_holiday(
    hours: Hours,
) -> None:
    assert hours.weekdays_in_words((1,), EN) == ("on Tuesdays", "9:00 to 17:30")
    assert hours.weekdays_in_words((2,), FR) == ("le mercredi", "fermé")


def test_the_next_holidays_are_told_with_their_hours_and_past_ones_are_not(hours: Hours) -> None:
    assert hours.holidays_in_words(here("2026-11-23T10:00"), EN) == (
        "Founder's Day on 24 November (closed), Christmas Eve on 24 December (9:00 to 13:00)"
    )
    assert hours.holidays_in_words(here("2026-12-01T10:00"), FR) == (
        "Réveillon le 24 décembre (de 9 h à 13 h)"
    )
    assert hours.holidays_in_words(here("2027-01-01T10:00"), EN) is None


def test_holidays_are_known_up_to_the_last_one_and_for_the_next_thirty_days(hours: Hours) -> None:
    now = here("2026-11-23T10:00")
    assert hours.foretold(date(2026, 12, 24), now)
    assert not hours.foretold(date(2026, 12, 25), now)
    later = here("2027-03-01T10:00")
    assert hours.foretold(date(2027, 3, 31), later)
    assert not hours.foretold(date(2027, 4, 1), later)


def test_a_holiday_may_be_heard_by_other_words(tmp_path: Path) -> None:
    heard = FILE.replace(
        'fr: Réveillon}, hours: ["09:00-13:00"]', "fr: Réveillon}, hours: [], hears: [xmas eve]"
    )
    assert read(tmp_path, heard).holidays[date(2026, 12, 24)].hears == ("xmas eve",)


@pytest.mark.parametrize("hears", ["xmas", "[3]", "['']", "[" + "x" * 41 + "]"])
def test_words_for_a_holiday_that_are_none_are_refused_with_their_line(
    tmp_path: Path, hears: str
) -> None:
    with pytest.raises(HoursError, match=r"hours\.yml:1[0-9]: `.*` (must be a list|is not words)"):
        read(
            tmp_path, FILE.replace("fr: Fête}, hours: []", f"fr: Fête}}, hours: [], hears: {hears}")
        )
