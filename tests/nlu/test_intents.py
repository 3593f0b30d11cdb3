"""The intent model: what it learns, what it keeps, what it is not confused by."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nlu.features import LONGEST_READ, as_read
from nlu.intents import IntentModel

SAID = {
    "stop_alerts": ["stop these messages", "no more alerts please", "arrêtez les messages"],
    "order_status": ["where is my parcel", "has my order shipped", "où est mon colis"],
    "greet": ["hello there", "good morning", "bonjour à vous"],
}


@pytest.fixture(scope="module")
def model() -> IntentModel:
    pairs = [(text, intent) for intent, texts in SAID.items() for text in texts]
    return IntentModel.trained([text for text, _ in pairs], [intent for _, intent in pairs])


def read(model: IntentModel, text: str) -> str:
    return model.intents[int(model.probabilities([text])[0].argmax())]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("the package I bought, where did it go", "order_status"),
        ("ma livraison n'est pas là", "order_status"),
        ("I don't want your notifications anymore", "stop_alerts"),
        ("bonsoir", "greet"),
    ],
)
def test_what_was_never_said_so_is_read_by_its_meaning(
    model: IntentModel, text: str, intent: str
) -> None:
    assert read(model, text) == intent


def test_the_shares_of_all_intents_add_up_to_one(model: IntentModel) -> None:
    rows = model.probabilities(["hello", "où est ma commande", "🤷"])
    assert rows.shape == (3, len(SAID))
    assert np.allclose(rows.sum(axis=1), 1)


def test_capitals_and_spaces_change_nothing(model: IntentModel) -> None:
    plain, loud = model.probabilities(["where is my parcel", "  WHERE   IS my PARCEL "])
    assert np.allclose(plain, loud)


def test_a_missing_accent_does_not_change_the_intent(model: IntentModel) -> None:
    assert read(model, "ou est mon colis") == read(model, "où est mon colis") == "order_status"


def test_an_endless_message_is_read_as_far_as_its_beginning() -> None:
    assert len(as_read("word " * 1_000)) <= LONGEST_READ


def test_what_is_kept_is_words_and_numbers_and_answers_the_same(
    model: IntentModel, tmp_path: Path
) -> None:
    model.save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["weights.npz", "words.json"]
    assert json.loads((tmp_path / "words.json").read_text("utf-8"))["intents"] == sorted(SAID)
    said = ["no more of this", "mon colis ?", "hi"]
    again = IntentModel.load(tmp_path)
    assert again.intents == model.intents
    assert np.allclose(again.probabilities(said), model.probabilities(said))


def test_two_intents_are_too_few_to_learn_from() -> None:
    with pytest.raises(ValueError, match="at least 3 intents are needed, there are `2`"):
        IntentModel.trained(["yes", "no"], ["affirm", "deny"])
