"""Words without Rasa: the same choice and the same text as Rasa's own generator."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator

from channels.worded import choices, choose, filled, slots_of, unfilled

FR = [{"type": "slot", "name": "language", "value": "fr"}]

conditions = st.one_of(
    st.none(),
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.just("slot"),
                "name": st.sampled_from(["language", "vip"]),
                "value": st.sampled_from(["fr", "FR", "en", True, False, 1, None]),
            }
        ),
        max_size=2,
    ),
)
variations = st.lists(
    st.builds(
        lambda channel, condition: {
            "text": "x",
            **({} if channel is None else {"channel": channel}),
            **({} if condition is None else {"condition": condition}),
        },
        st.sampled_from([None, "messenger", "facebook"]),
        conditions,
    ),
    max_size=5,
)
slots = st.fixed_dictionaries(
    {}, optional={"language": st.sampled_from(["fr", "en", "Fr"]), "vip": st.booleans()}
)


@given(variations, slots)
def test_the_variations_are_those_that_rasa_chooses_among(
    said: list[dict[str, Any]], held: dict[str, Any]
) -> None:
    rasas = ResponseVariationFilter({"utter_x": said})
    wanted = rasas.responses_for_utter_action("utter_x", "messenger", held)
    assert [said[n] for n in choices(said, "messenger", held)] == wanted


@pytest.mark.parametrize(
    "text",
    [
        "hello {name}",
        "{name} and {other}",
        "{{name}} is escaped",
        "no placeholder",
        "{missing} stays",
        '/ask{{"what": "{name}"}}',
        '/ask{"what": "size"}',
        "{name} {missing}",
    ],
)
def test_a_text_is_filled_as_rasa_fills_it(
    text: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    variation = {
        "text": text,
        "buttons": [{"title": text, "payload": "/x"}],
        "custom": {"message": {"text": text}, "list": [text]},
        "metadata": {"untouched": "{name}"},
    }
    held = {"name": "Ann", "other": 7}
    caplog.set_level(logging.CRITICAL)
    rasas = TemplatedNaturalLanguageGenerator({"utter_x": [variation]})
    assert filled(variation, held) == rasas.generate_from_slots("utter_x", held, "messenger")
    capsys.readouterr()


def test_a_stray_brace_leaves_the_text_as_it_stands() -> None:
    assert filled({"text": "{ {name}"}, {"name": "Ann"})["text"] == "{ {name}"


def test_the_language_of_the_person_chooses_and_what_is_given_wins() -> None:
    said = [{"text": "en"}, {"text": "fr", "condition": FR}]
    assert choices(said, "messenger", slots_of("fr", {})) == (1,)
    assert choices(said, "messenger", slots_of("en", {})) == (0,)
    assert choices(said, "messenger", slots_of(None, {})) == (0,)
    assert choices(said, "messenger", slots_of("en", {"language": "fr"})) == (1,)


def test_nothing_fits_who_speaks_no_language_that_there_is() -> None:
    assert choices([{"text": "fr", "condition": FR}], "messenger", slots_of("en", {})) == ()


def test_one_of_several_is_taken_at_random() -> None:
    assert {choose((3, 5, 8)) for _ in range(200)} == {3, 5, 8}
    assert choose((4,)) == 4


def test_what_some_words_would_lack_is_named_once() -> None:
    said = [
        {"text": "{product} costs {price}", "buttons": [{"title": "{price}", "payload": "/a"}]},
        {"text": "{product} {language}", "condition": FR},
        {"text": "{elsewhere}", "channel": "facebook"},
        {"text": "{{escaped}}", "quick_replies": [{"payload": '/a{"b": "c"}'}]},
    ]
    assert unfilled(said, "messenger", {"product": "Boots"}) == ("price",)
    assert unfilled(said, "messenger", {"product": "Boots", "price": 0}) == ()
