"""What training data teaches of entities: words found again, wrong company left out."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest

from nlu.entities import EntityWords, Example, Marked
from nlu.entity_component import KnownSynonymMapper


def example(text: str, intent: str, *names: str) -> Example:
    marks = tuple(
        Marked("alert_type", text.index(name), text.index(name) + len(name)) for name in names
    )
    return Example(text, intent, marks)


@pytest.fixture
def words() -> EntityWords:
    return EntityWords.learnt(
        [
            example("just the parcels please", "choose_alerts", "parcels"),
            example("parcels and événements", "choose_alerts", "parcels", "événements"),
            example("only événements", "choose_alerts", "événements"),
            example("please no ads", "stop_alerts", "ads"),
            example("no parcels please", "stop_alerts", "parcels"),
            example("stop the ads and the parcels", "stop_alerts", "ads", "parcels"),
            example("please add news", "choose_alerts", "news"),
            example("is my data used for ads", "privacy"),
        ]
    )


def test_a_word_that_was_marked_is_found_again_without_its_accents(words: EntityWords) -> None:
    found = words.found("les EVENEMENTS svp", "choose_alerts", [])
    assert found == [Marked("alert_type", 4, 14)]


def test_what_the_tagger_took_is_not_found_twice(words: EntityWords) -> None:
    taken = [Marked("alert_type", 0, 7)]
    assert words.found("parcels and ads", "stop_alerts", taken) == [Marked("alert_type", 12, 15)]


def test_a_word_that_was_marked_once_is_not_trusted(words: EntityWords) -> None:
    assert words.found("news", "choose_alerts", []) == []


def test_an_intent_without_alert_types_finds_none(words: EntityWords) -> None:
    assert words.found("are these ads", "privacy", []) == []
    assert not words.goes_with("privacy", "alert_type")


def test_an_entity_goes_with_the_intents_it_was_met_with(words: EntityWords) -> None:
    assert words.goes_with("stop_alerts", "alert_type")
    assert not words.goes_with("stop_alerts", "product")
    assert words.goes_with("an intent of a payload", "product")


def test_the_words_are_kept_readable(words: EntityWords, tmp_path: Path) -> None:
    words.save(tmp_path)
    assert '"parcels"' in (tmp_path / "entity_words.json").read_text("utf-8")
    assert EntityWords.load(tmp_path) == words


def test_a_word_for_an_alert_type_becomes_its_id_and_a_product_stays_as_it_was_said() -> None:
    learnt = {"parcels": "delivery", "sku 55": "sku 55"}
    mapper = KnownSynonymMapper({}, Mock(), Mock(), learnt)
    entities = [
        {"entity": "alert_type", "value": "Parcels"},
        {"entity": "product", "value": "SKU 55"},
    ]
    mapper.replace_synonyms(entities)
    assert [each["value"] for each in entities] == ["delivery", "SKU 55"]
