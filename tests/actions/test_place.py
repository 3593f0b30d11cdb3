"""Saying where one is: the country is kept where the guard looks, in every language."""

from __future__ import annotations

import pytest

from actions.place import RememberPlace
from policy_guard.regions import ZONES
from tests.actions.conftest import LANGUAGES


@pytest.mark.parametrize(
    ("said", "language", "region", "place"),
    [
        ("I live in Canada", "en", "CA", "Canada"),
        ("i'm in the UK", "en", "GB", "United Kingdom"),
        ("im in the us", "en", "US", "United States"),
        ("j'habite aux pays-bas", "fr", "NL", "Pays-Bas"),
        ("je suis en cote d\u2019ivoire", "fr", "CI", "Côte d'Ivoire"),
        ("je ne suis pas aux États-Unis, je suis au Québec", "fr", "CA", "Canada"),
        ("I moved from Spain to Germany", None, "DE", "Germany"),
        ("je vis en Belgique", "en", "BE", "Belgium"),  # in words of another language
        ("we're in Europe", "en", "EEA", "Europe"),
        ("South Korea", "en", "KR", "South Korea"),
    ],
)
def test_the_country_is_kept_and_named_back(people, run, said, language, region, place):
    slots = run(RememberPlace(), said, "tell_place", language=language)
    assert slots == {"outcome": "noted", "place": place}
    assert people.calls == [("remember_region", region)]


@pytest.mark.parametrize("said", ["I live in Paris", "j'habite là-bas", "", "frances"])
def test_without_a_country_it_is_asked_for(people, run, said):
    assert run(RememberPlace(), said, "tell_place") == {"outcome": "unknown"}
    assert people.calls == []


def test_a_store_that_cannot_be_used_is_said(people, run):
    people.broken = True
    assert run(RememberPlace(), "I live in Canada", "tell_place") == {"outcome": "unavailable"}


def test_every_country_with_a_time_zone_has_a_name_in_every_language():
    for language in LANGUAGES.all:
        assert set(ZONES) <= set(language.hears.countries)
