"""What the rules say: both languages name the same values, and every sentence is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given

from policy_guard import cases
from policy_guard.decide import decide
from policy_guard.decisions import Decision, as_dict, findings_of
from policy_guard.durations import moment
from policy_guard.edition import known
from policy_guard.sentences import SENTENCES, Said, area_in_french, as_json, from_json, plain, said
from policy_guard.vocabulary import (
    Feature,
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Question,
    Settings,
    Token,
    TokenKind,
)
from tests.policy_guard.worlds import law, questions, well_grounded

TABLES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))
#: The French words for who it is stand beside the English ones.
ONLY_FRENCH = {"who_fr": "who"}


def fields_of(form: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(form) if field is not None}


def spoken(decision: Decision) -> Iterator[Said]:
    """Give every sentence that a decision says, those inside of others too."""
    for finding in (decision.reason, *findings_of(decision)):
        for sentence in (finding.said, finding.change):
            if sentence is not None:
                yield from _nested(sentence)


def _nested(sentence: Said) -> Iterator[Said]:
    yield sentence
    for value in sentence.values.values():
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Said):
                yield from _nested(item)


# --- the words themselves ------------------------------------------------------------------------


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_name_the_same_values(key: str) -> None:
    english, french = (fields_of(form) for form in SENTENCES[key])
    assert english == {ONLY_FRENCH.get(field, field) for field in french}


@pytest.mark.parametrize("key", sorted(set(SENTENCES) - {"plain"}))
def test_a_sentence_is_lower_case_and_has_no_full_stop(key: str) -> None:
    for form in SENTENCES[key]:
        assert form == form.strip()
        assert not form.endswith((".", "!", "?", ";"))
        assert form[0].islower() or form[0] in "{`"
        assert "  " not in form


@pytest.mark.parametrize("key", sorted(set(SENTENCES) - {"plain"}))
def test_the_two_languages_are_two(key: str) -> None:
    english, french = SENTENCES[key]
    assert english != french


@pytest.mark.parametrize("key", SENTENCES)
def test_a_value_that_a_person_gave_or_a_name_of_ours_stands_in_backticks(key: str) -> None:
    """Moments, numbers, regions, tags and whole sentences need none."""
    quoted = {"topic", "template", "purpose", "feature", "missing", "region", "what"}
    for form in SENTENCES[key]:
        bare = fields_of(re.sub(r"`[^`]*`", "", form))
        if key not in {"plain", "unreadable", "from_the_future"}:
            assert not bare & quoted, form


def test_no_date_is_written_into_a_sentence() -> None:
    """A date is a fact of an edition, so it is a value."""
    assert not [key for key, forms in SENTENCES.items() if re.search(r"[0-9]{4}-", str(forms))]


def test_there_is_no_third_language() -> None:
    with pytest.raises(KeyError):
        said("waits").text("de")


# --- how values are shown ------------------------------------------------------------------------


def test_a_moment_a_name_and_a_number_are_shown_as_people_read_them() -> None:
    paris = timezone(timedelta(hours=2))
    at = datetime(2021, 7, 1, 14, 0, 0, tzinfo=paris)
    window = said("window_open", until=at, opener=said("by_ad_click_message"))
    assert window.text() == (
        "the standard messaging window is open until 2021-07-01 12:00:00 UTC (the first message "
        "after a click on an ad)"
    )
    assert window.text("fr") == (
        "la fenêtre de messagerie standard est ouverte jusqu'au 2021-07-01 12:00:00 UTC (le "
        "premier message après un clic sur une publicité)"
    )
    assert said("daily_cap", had=3, cap=2).text("fr") == (
        "la personne a reçu 3 messages spontanés aujourd'hui, notre plafond est 2"
    )


@pytest.mark.parametrize("kind", OpenerKind)
def test_everything_that_a_person_does_has_words(kind: OpenerKind) -> None:
    english, french = (said(f"by_{kind.value}").text(language) for language in ("en", "fr"))
    assert kind.value not in {english, french}


@pytest.mark.parametrize(("area", "french"), [("EU", "UE"), ("EEA", "EEE"), ("GB", "GB")])
def test_a_group_of_countries_has_its_french_name(area: str, french: str) -> None:
    closed = said("feature_closed", feature="media", who="Page", who_fr="la Page", area=area)
    assert f"closed in {area}, where" in closed.text()
    assert f"dans la zone {french}, celle" in closed.text("fr")


def test_who_is_meant_is_told_in_each_language() -> None:
    closed = said("otn_closed", who="person", who_fr="la personne", area="EEA")
    assert closed.text() == "one-time notifications are closed in EEA, where the person is"
    assert closed.text("fr") == (
        "les notifications uniques sont fermées dans la zone EEE, celle de la personne"
    )


def test_sentences_inside_a_sentence_are_in_its_language() -> None:
    both = said("no_ground", findings=(said("window_never"), said("tag_none", purpose="news")))
    assert both.text("fr") == (
        "aucun fondement n'est ouvert : la personne n'a rien fait qui ouvre la fenêtre de "
        "messagerie standard; aucune étiquette de message ne porte le but `news`"
    )


@pytest.mark.parametrize(
    ("span", "english", "french"),
    [
        (timedelta(days=2), "2 days", "2 jours"),
        (timedelta(days=1), "1 day", "1 jour"),
        (timedelta(hours=36), "36 hours", "36 heures"),
        (timedelta(hours=1), "1 hour", "1 heure"),
        (timedelta(minutes=90), "90 minutes", "90 minutes"),
        (timedelta(minutes=1), "1 minute", "1 minute"),
        (timedelta(seconds=90), "90 s", "90 s"),
        (timedelta(0), "0 s", "0 s"),
    ],
)
def test_a_span_is_shown_in_its_largest_whole_unit(
    span: timedelta, english: str, french: str
) -> None:
    assert (said("plain", text=span).text(), said("plain", text=span).text("fr")) == (
        english,
        french,
    )


@pytest.mark.parametrize("topic", ["a{b}", "{", "100 %", "`x`", "a:b", "é", "{topic}"])
def test_a_value_is_never_taken_for_a_part_of_the_form(topic: str) -> None:
    assert said("otn_pays", topic=topic).text() == f"the person asked once to be told of `{topic}`"


# --- kept and read again -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [None, "otn_pays", [], {}, {"key": "nothing_of_ours"}, {"key": None}, {"text": "a"}]
)
def test_what_is_no_sentence_of_ours_is_read_as_none(data: object) -> None:
    assert from_json(data) is None


def test_nothing_is_kept_of_no_sentence() -> None:
    assert as_json(None) is None


@law
@given(questions() | well_grounded())
def test_a_sentence_that_was_kept_is_the_same_in_both_languages(q: Question) -> None:
    for sentence in spoken(decide(q)):
        again = from_json(json.loads(json.dumps(as_json(sentence))))
        assert again is not None
        assert [again.text(language) for language in ("en", "fr")] == [
            sentence.text(language) for language in ("en", "fr")
        ]


# --- every answer in both languages --------------------------------------------------------------


@law
@given(questions() | well_grounded())
def test_whatever_is_said_is_said_in_both_languages_with_the_same_values(q: Question) -> None:
    for sentence in spoken(decide(q)):
        english, french = (sentence.text(language) for language in ("en", "fr"))
        assert "{" not in english + french
        for name in fields_of(SENTENCES[sentence.key][0]) - {"who", "findings"}:
            value = sentence.values[name]
            if not isinstance(value, Said):
                shown = Said("plain", {"text": value})
                said = shown.text("fr")
                assert shown.text("en") in english
                assert (area_in_french(said) if name == "area" else said) in french


@law
@given(questions() | well_grounded())
def test_the_dictionary_of_an_answer_tells_the_same_as_its_sentences(q: Question) -> None:
    decision = decide(q)
    told = as_dict(decision)
    reason = from_json(told["said"])
    assert reason is not None
    assert reason.text() == told["reason"] == decision.reason.says
    changes = told["changes"]
    assert isinstance(changes, list)
    assert [s.text() for s in map(from_json, changes) if s is not None] == told["would_change"]


# --- nothing is there that is not said -----------------------------------------------------------

NOON = moment("2021-07-01T12:00:00Z")
DAY = timedelta(days=1)


def _asked(person: Person = Person(), **more: Any) -> Question:  # noqa: B008 - it is frozen
    at, page = more.pop("at", NOON), more.pop("page", Page())
    ours, unreadable = more.pop("settings", Settings()), more.pop("unreadable", ())
    edition = known(more.pop("switches", frozenset())).at(at)
    return Question(at, Message(**more), person, page, edition, ours, unreadable)


def _wrote(ago: timedelta, at: datetime = NOON, **facts: Any) -> Person:
    return Person(openers=(Opener(OpenerKind.MESSAGE, at - ago),), **facts)


#: What no case row can say: what only the shell, an author, or a switch can.
BEYOND_ROWS = {
    "last_message": _asked(_wrote(DAY, last_message_at=NOON + DAY)),
    "persons_stop": _asked(_wrote(DAY, stopped=True, stopped_at=NOON + DAY)),
    "persons_action": _asked(_wrote(-DAY)),
    "token_for": _asked(Person(tokens=(Token("t1", "stock:a", NOON + DAY),))),
    "unreadable": _asked(unreadable=("`wink` is not an opener",)),
    "turn_paid": _asked(_wrote(DAY / 24), turn_paid=True),
    "not_an_answer": _asked(_wrote(9 * DAY), in_turn=False),
    "if_purpose": _asked(_wrote(9 * DAY), in_turn=False),
    "feature_closed": _asked(page=Page(region="FR"), features=frozenset({Feature.MEDIA})),
    "daily_cap": _asked(
        _wrote(DAY / 24, proactive_today=3),
        purpose=Purpose.NEWS,
        settings=Settings(proactive_per_day=2),
    ),
    "tag_closed": _asked(
        _wrote(9 * DAY),
        page=Page(region="JP"),
        purpose=Purpose.ACCOUNT_UPDATE,
        switches=frozenset({"europe_cuts_tags"}),
    ),
    "utility_unfilled": _asked(
        at=moment("2026-06-01T00:00:00Z"),
        page=Page(utility_templates=("shipped",)),
        purpose=Purpose.ACCOUNT_UPDATE,
        utility_template="shipped",
        unfilled=("order_id",),
    ),
    "waits_until": _asked(
        Person(
            tokens=(
                Token("a", "offers", NOON, TokenKind.RECURRING, last_used_at=NOON + 365 * DAY),
            ),
            alerts=frozenset({"offers"}),
        ),
        at=NOON + 365.5 * DAY,
        page=Page(recurring_notifications=True),
        purpose=Purpose.PROMOTION,
        topic="offers",
        hold_for=DAY,
    ),
}


@pytest.mark.parametrize("key", BEYOND_ROWS)
def test_what_no_row_can_say_is_said_to_a_question(key: str) -> None:
    assert key in {sentence.key for sentence in spoken(decide(BEYOND_ROWS[key]))}


def test_every_sentence_is_said_to_a_row_or_to_such_a_question() -> None:
    answers = [cases.answer(row) for table in TABLES for row in cases.read_file(table)]
    answers += [decide(question) for question in BEYOND_ROWS.values()]
    heard = {sentence.key for answer in answers for sentence in spoken(answer)}
    # which actions a sentence names depends on what an edition or a switch lets open a window
    actions = {f"by_{kind.value}" for kind in OpenerKind}
    assert set(SENTENCES) - heard - actions == set()
    assert heard <= set(SENTENCES)


def test_a_sentence_that_stands_as_it_is_stands_so_in_both_languages() -> None:
    as_it_is = plain("no edition covers {that}")
    assert as_it_is.text("fr") == as_it_is.text() == "no edition covers {that}"
    assert replace(as_it_is) == as_it_is
