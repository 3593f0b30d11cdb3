"""A response taken apart into the parameters of an approved template."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.utility import body, fill, template_text

EN = {"text": "Your order {order_id} has shipped."}
FR = {
    "text": "Votre commande {order_id} est expédiée.",
    "condition": [{"type": "slot", "name": "language", "value": "fr"}],
}


def test_placeholders_become_numbers_in_the_order_in_which_they_come() -> None:
    assert template_text("{name}, your {thing} for {name}") == (
        "{{1}}, your {{2}} for {{1}}",
        ("name", "thing"),
    )


def test_a_text_without_placeholders_has_no_parameters() -> None:
    assert template_text("Your order has shipped.") == ("Your order has shipped.", ())


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("Your order A-17 has shipped.", "en", "A-17"),
        ("Votre commande A-17 est expédiée.", "fr", "A-17"),
    ],
)
def test_the_words_tell_the_language_and_the_value(text: str, language: str, value: str) -> None:
    found = fill(text, [EN, FR], {}, "en")
    assert found is not None
    assert (found.language, found.values, found.unfilled) == (language, (value,), ())


def test_what_an_action_passed_comes_before_what_the_text_shows() -> None:
    found = fill("Your order A has shipped.", [EN], {"order_id": 17}, "en")
    assert found is not None
    assert found.values == ("17",)


@pytest.mark.parametrize("empty", ["", "None", "{order_id}", "   "])
def test_a_parameter_without_a_value_is_named(empty: str) -> None:
    found = fill(f"Your order {empty} has shipped.", [EN], {}, "en")
    assert found is not None
    assert found.unfilled == ("order_id",)


def test_a_text_of_no_variation_cannot_be_taken_apart() -> None:
    assert fill("Something else altogether.", [EN, FR], {}, "en") is None


def test_a_variation_without_text_is_passed_over() -> None:
    found = fill("Your order 1 has shipped.", [{"custom": {}}, EN], {}, "en")
    assert found is not None
    assert found.values == ("1",)


def test_a_placeholder_that_comes_twice_has_one_value() -> None:
    form = {"text": "{name}! Hello {name}, all well?"}
    found = fill("Ana! Hello Ana, all well?", [form], {}, "en")
    assert found is not None
    assert found.values == ("Ana",)
    assert fill("Ana! Hello Bob, all well?", [form], {}, "en") is None


def test_words_that_mean_something_to_a_pattern_are_plain_words() -> None:
    form = {"text": "(1+1) [{sum}]? $^.*"}
    found = fill("(1+1) [2]? $^.*", [form], {}, "en")
    assert found is not None
    assert found.values == ("2",)


_VALUE = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=20).filter(
    lambda value: value.strip() and value != "None" and "{" not in value
)


@given(_VALUE, _VALUE)
def test_what_rasa_filled_in_is_found_again(first: str, second: str) -> None:
    form = "Order {order_id} reaches you on {day}."
    text = form.replace("{order_id}", first).replace("{day}", second)
    found = fill(text, [{"text": form}], {}, "en")
    assert found is not None
    # two values may be told apart in another place, but they fill the form to the same words
    said = form.replace("{order_id}", found.values[0]).replace("{day}", found.values[1])
    assert said == text


def test_the_message_names_the_template_its_language_and_its_parameters_in_order() -> None:
    message: Any = body("order_shipped", "en_US", ["A-17", "Monday"])
    template = message["message"]["template"]
    assert (template["name"], template["language"]) == ("order_shipped", {"code": "en_US"})
    assert template["components"] == [
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "A-17"}, {"type": "text", "text": "Monday"}],
        }
    ]


def test_a_template_without_parameters_has_no_components() -> None:
    message: Any = body("closed_today", "en", [])
    assert "components" not in message["message"]["template"]
