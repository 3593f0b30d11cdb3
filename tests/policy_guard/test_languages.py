"""The languages of the dialogue: what the file takes, what is heard and how things are said."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from policy_guard.languages import Languages, LanguagesError, fold, load
from tests.conftest import LANGUAGES

OWN = (Path(__file__).parents[2] / "languages.yml").read_text("utf-8")
SPANISH = Path(__file__).parents[1] / "scenarios" / "spanish" / "languages.yml"
EN, FR = LANGUAGES.get("en"), LANGUAGES.get("fr")


def read(tmp_path: Path, text: str) -> Languages:
    file = tmp_path / "languages.yml"
    file.write_text(text, "utf-8")
    return load(file)


def test_the_first_language_is_spoken_where_nothing_else_is_known() -> None:
    assert LANGUAGES.codes == ("en", "fr")
    assert LANGUAGES.get(None) is LANGUAGES.get("de") is EN


def test_a_further_language_is_a_further_section(tmp_path: Path) -> None:
    three = read(tmp_path, OWN + "\n" + SPANISH.read_text("utf-8"))
    assert three.codes == ("en", "fr", "es")
    assert (
        three.get("es").moment(datetime(2026, 5, 1, 9, 30, tzinfo=timezone.utc))
        == "1 de mayo a las 9:30"
    )
    assert "parar" in three.heard("stop")
    assert "no" not in three.telling("es")


def test_a_word_that_two_languages_have_tells_nothing(tmp_path: Path) -> None:
    three = read(tmp_path, OWN + "\n" + SPANISH.read_text("utf-8"))
    for code in three.codes:
        others = set().union(*(three.telling(other) for other in three.codes if other != code))
        assert not three.telling(code) & others


@pytest.mark.parametrize(
    ("span", "english", "french"),
    [
        (timedelta(minutes=1), "1 minute", "1 minute"),
        (timedelta(minutes=40), "40 minutes", "40 minutes"),
        (timedelta(hours=1), "1 hour", "1 heure"),
        (timedelta(minutes=90), "1 h 30", "1 h 30"),
        (timedelta(hours=2), "2 hours", "2 heures"),
        (timedelta(days=1), "1 day", "1 jour"),
        (timedelta(days=90), "90 days", "90 jours"),
        (timedelta(seconds=61), "2 minutes", "2 minutes"),
    ],
)
def test_a_stretch_of_time_is_said_in_full_minutes_never_less(
    span: timedelta, english: str, french: str
) -> None:
    assert (EN.span(span), FR.span(span)) == (english, french)


def test_a_moment_is_said_as_people_of_the_language_say_it() -> None:
    at = datetime(2026, 12, 1, 8, 5, tzinfo=timezone.utc)
    assert EN.moment(at) == "1 December, 8:05"
    assert FR.moment(at) == "1er décembre à 8 h 05"
    assert FR.moment(at.replace(day=2, minute=0)) == "2 décembre à 8 h"


def test_what_phones_write_is_the_same_word() -> None:
    assert fold("ARRÊTÉ l\u2019été") == "arrete l'ete"


@pytest.mark.parametrize(
    ("stands", "put", "says"),
    [
        ("  name: English\n", "", "`en` has no `name`"),
        ("  name: English\n", "  name: English\n  nick: E\n", "unknown key `nick` of `en`"),
        ("\nen:\n", "\nEnglish:\n", "`English` is not a language code of two lower-case letters"),
        ("    tomorrow: demain\n    after", "    tomorrow: [3]\n    after", "not `3`"),
        ('clock_full: "{h}:00"', 'clock_full: "noon"', "it has to hold {h}"),
        ('until: "until {time}"', 'until: "until {when}"', "it has to hold {time}"),
        ('until: "until {time}"', 'until: "until {time"', "it has to hold {time}"),
        ("Saturday, Sunday]", "Saturday]", "`weekdays` has 6 names, not 7"),
        ("{a: 1, an: 1,", "{a: 0, an: 1,", "`0` is not a number from 1 on"),
        ("christmas: 12-25", "christmas: 13-25", "`13-25` is not a day such as `12-25`"),
        ("      CA: Canada", "      CAN: Canada", "`CAN` is not an ISO 3166 country code"),
        ("    articles: the a an", "    more: the a an", "unknown key `more` of `hears`"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, stands: str, put: str, says: str
) -> None:
    assert stands in OWN
    with pytest.raises(LanguagesError) as refused:
        read(tmp_path, OWN.replace(stands, put, 1))
    assert str(refused.value).startswith(f"{tmp_path}/languages.yml:")
    assert says in str(refused.value)


def test_days_that_come_every_year_are_known_by_name() -> None:
    assert EN.hears.feasts["christmas"] == (12, 25)
    assert FR.hears.feasts["noel"] == (12, 25)


def test_titles_in_other_languages_than_the_words_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "languages.yml"
    file.write_text(OWN, "utf-8")
    assert load(file, ("en", "fr")).codes == ("en", "fr")
    with pytest.raises(LanguagesError, match="are `en, fr`, but the titles"):
        load(file, ("en", "fr", "es"))


@pytest.mark.parametrize(
    ("said", "code"),
    [("ARRÊT !", "fr"), ("unsubscribe me", "en"), ("Stop", None), ("START", None), ("hello", None)],
)
def test_stop_and_start_tell_the_language_where_one_alone_has_the_word(said, code) -> None:
    assert LANGUAGES.ordered_in(said) == code


def test_a_word_said_in_passing_tells_no_language_by_itself(tmp_path: Path) -> None:
    assert "hello" in LANGUAGES.passing("en")
    listed = OWN.replace("      le la les l'", "      hello le la les l'")
    assert "hello" not in read(tmp_path, listed).telling("fr")


def test_words_that_the_first_languages_share_do_not_tell_a_further_one(tmp_path: Path) -> None:
    three = read(tmp_path, OWN + "\n" + SPANISH.read_text("utf-8"))
    assert three.telling("es").isdisjoint({"me", "no", "on", "a"})
