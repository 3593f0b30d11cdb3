"""What domain.yml promises: both languages everywhere, titles that fit, declared alerts."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Action, FormValidationAction

import actions
from actions.words import LONGEST_NAME
from policy_guard.catalogue import load
from policy_guard.languages import load as load_languages
from policy_guard.vocabulary import Purpose

ROOT = Path(__file__).parents[2]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
INTENTS = {next(iter(each)) if isinstance(each, dict) else each for each in DOMAIN["intents"]}
CATALOGUE = load(ROOT / "alerts.yml")
LANGUAGES = load_languages(ROOT / "languages.yml")

#: Sent when the shop decides to, not as an answer.
PROACTIVE = {
    "utter_back_in_stock": "alert",
    "utter_order_shipped": "post_purchase_update",
    "utter_order_shipped_unnumbered": "post_purchase_update",
}
#: The shop told no number, so nothing is named: a number of another order would be false.
UNNAMED = {"utter_order_shipped_unnumbered"}


def variations() -> list[Any]:
    return [
        pytest.param(variation, id=f"{name}-{number}")
        for name, found in RESPONSES.items()
        for number, variation in enumerate(found)
    ]


@pytest.mark.parametrize("name", RESPONSES)
def test_every_response_speaks_every_language(name):
    conditions = [variation.get("condition") for variation in RESPONSES[name]]
    others = [[{"type": "slot", "name": "language", "value": code}] for code in LANGUAGES.codes[1:]]
    assert conditions == [None, *others], f"{name}: the first language without a condition"


@pytest.mark.parametrize("name", RESPONSES)
def test_every_language_offers_the_same_things_to_tap(name):
    """What the words say differs, what they lead to does not; a switch of language is its own."""
    offers = [
        [r["payload"].partition("{")[0] for r in variation.get("quick_replies", [])]
        for variation in RESPONSES[name]
    ]
    assert all(sorted(offer) == sorted(offers[0]) for offer in offers)


@pytest.mark.parametrize("variation", variations())
def test_every_quick_reply_fits_and_names_an_intent(variation):
    for reply in variation.get("quick_replies", []):
        assert 0 < len(reply["title"]) <= 20
        intent = re.fullmatch(r"/(\w+)(\{\{.*\}\})?", reply["payload"])
        assert intent, "entities stand in doubled braces: single ones would be taken for a slot"
        assert intent[1] in INTENTS
        assert not intent[1].startswith("EXTERNAL_")


@pytest.mark.parametrize("variation", variations())
def test_every_text_is_short_enough_to_read_at_a_glance(variation):
    assert len(variation.get("text", "")) <= 160


@pytest.mark.parametrize("name", RESPONSES)
def test_proactive_responses_declare_their_purpose_and_answers_declare_nothing(name):
    declared = [v.get("metadata", {}).get("messenger", {}) for v in RESPONSES[name]]
    assert [d.get("purpose") for d in declared] == [PROACTIVE.get(name)] * len(declared)
    assert all(d == declared[0] for d in declared), "every variation stays on the same topic"
    if name in PROACTIVE:
        kind = CATALOGUE.type_of(declared[0]["topic"])
        assert kind is not None
        assert kind.purpose is Purpose(PROACTIVE[name])


@pytest.mark.parametrize("name", PROACTIVE)
def test_what_the_shop_starts_is_complete_in_one_message_and_names_its_thing(name):
    for variation in RESPONSES[name]:
        assert set(variation) <= {"text", "condition", "metadata", "quick_replies"}
        named = re.search(r"\{(product|order_id)\}", variation["text"])
        assert (named is None) is (name in UNNAMED)
        assert named or "{" not in variation["text"]


def test_the_answer_to_a_wish_invites_an_answer_which_opens_the_window_again():
    for variation, word in zip(
        RESPONSES["utter_back_in_stock"], ("reply", "Répondez"), strict=True
    ):
        assert word in variation["text"]
        assert len(variation["quick_replies"]) >= 2


def test_no_card_promises_anything_for_the_tap():
    """One edition of the platform's page forbids money and the like (One-Time Notification)."""
    bribes = r"%|€|\$|\b(free|gift|win|discount|coupon|offert|cadeau|gagne|remise|promo)"
    for variation in RESPONSES["utter_ask_notification"]:
        assert not re.search(bribes, variation["custom"]["attachment"]["payload"]["title"])


@pytest.mark.parametrize("variation", RESPONSES["utter_ask_notification"])
def test_the_notification_card_fits_its_title_with_the_longest_name(variation):
    card = variation["custom"]["attachment"]["payload"]
    assert card["template_type"] == "one_time_notif_req"
    assert len(card["title"].replace("{product}", "x" * LONGEST_NAME)) <= 65


def test_the_machine_only_list_is_the_domains():
    listed = (ROOT / "tests/dialogue/machine_only_intents.txt").read_text("utf-8").split()
    assert listed == sorted(intent for intent in INTENTS if intent.startswith("EXTERNAL_"))


def test_no_machine_only_intent_can_be_learned_from_text():
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        assert "EXTERNAL_" not in file.read_text("utf-8")


def test_every_word_for_an_alert_type_means_a_type_of_the_catalogue():
    ids = {kind.id for kind in CATALOGUE.types}
    for file in (ROOT / "data" / "nlu").glob("*.yml"):
        blocks = yaml.safe_load(file.read_text("utf-8"))["nlu"]
        assert {block["synonym"] for block in blocks if "synonym" in block} <= ids


def test_no_held_out_sentence_is_in_the_training_data():
    """Case, accents, punctuation and the marks of entities make no other sentence."""

    def plain(line: str) -> str:
        text = re.sub(r"\[([^]]+)\](\([^)]*\)|\{[^}]*\})", r"\1", line.strip()[2:]).casefold()
        bare = [c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)]
        return re.sub(r"\W+", " ", "".join(bare)).strip() or text

    def sentences(folder: Path) -> set[str]:
        found = set()
        for file in folder.glob("*.yml"):
            for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
                if "intent" in block:
                    found |= {plain(line) for line in block["examples"].splitlines() if line}
        return found

    assert sentences(ROOT / "tests" / "held_out").isdisjoint(sentences(ROOT / "data" / "nlu"))


def _reads_domain(kind: type) -> bool:
    """Tell whether an action looks into the domain, rather than only pass it to its parent."""
    if issubclass(kind, FormValidationAction):
        return True  # the SDK finds the form's slots there
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    passed = {
        id(name)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().run"
        for name in call.args
    }
    return any(
        isinstance(name, ast.Name) and name.id == "domain" and id(name) not in passed
        for name in ast.walk(tree)
    )


def _actions() -> list[type]:
    """Return every action that the action server offers."""
    for module in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"actions.{module.name}")
    found, kinds = [], [Action]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind.__module__.startswith("actions.") and not inspect.isabstract(kind):
            found.append(kind)
    return found


def test_the_domain_goes_along_to_the_actions_that_read_it_and_to_no_other() -> None:
    listed = {
        name: bool(options.get("send_domain"))
        for each in DOMAIN["actions"]
        for name, options in (each.items() if isinstance(each, dict) else [(each, {})])
    }
    reads = {kind().name(): _reads_domain(kind) for kind in _actions()}
    assert any(reads.values())
    assert reads == listed
    for name in ("endpoints.yml", "deploy/endpoints.yml"):
        endpoints = yaml.safe_load((ROOT / name).read_text("utf-8"))
        assert endpoints["action_endpoint"]["enable_selective_domain"] is True, name
