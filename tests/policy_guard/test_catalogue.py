"""The catalogue of alert types: what it takes, and the one sentence for what it does not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from policy_guard.catalogue import CatalogueError, Consent, load
from policy_guard.vocabulary import Purpose, Push

ROOT = Path(__file__).parents[2]

GOOD = """\
id: delivery
titles: {en: Deliveries, fr: Livraisons}
descriptions: {en: when it moves, fr: quand il bouge}
purpose: post_purchase_update
consent: preference
push: silent
"""


def entry(**changes: str | None) -> str:
    """Return one entry with keys replaced, or left out where the change is None."""
    lines = {line.split(":", 1)[0]: line.split(":", 1)[1].strip() for line in GOOD.splitlines()}
    lines.update({key: value for key, value in changes.items() if value is not None})
    kept = [f"{k}: {v}" for k, v in lines.items() if changes.get(k, "") is not None]
    return "- " + indent("\n".join(kept), "  ").lstrip() + "\n"


def load_text(tmp_path: Path, text: str) -> str:
    """Return the sentence that refuses *text*, without the folder."""
    file = tmp_path / "alerts.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(CatalogueError) as refused:
        load(file)
    return str(refused.value).replace(f"{tmp_path}/", "")


def test_the_projects_own_catalogue_has_the_six_types_in_two_languages():
    catalogue = load(ROOT / "alerts.yml")
    assert catalogue.languages == ("en", "fr")
    assert [kind.id for kind in catalogue.types] == [
        "delivery",
        "order",
        "account",
        "event",
        "back_in_stock",
        "news",
    ]


def test_an_entry_becomes_typed_values(tmp_path):
    file = tmp_path / "alerts.yml"
    file.write_text(entry(utility_template="order_moves"), "utf-8")
    (kind,) = load(file).types
    assert (kind.purpose, kind.consent, kind.push) == (
        Purpose.POST_PURCHASE_UPDATE,
        Consent.PREFERENCE,
        Push.SILENT,
    )
    assert kind.utility_template == "order_moves"
    assert kind.title("fr") == "Livraisons"


def test_a_language_that_the_catalogue_lacks_gets_the_first_one():
    kind = load(ROOT / "alerts.yml").types[0]
    assert kind.title("de") == kind.title("en")
    assert kind.description("de") == kind.description("en")


def test_a_topic_with_a_colon_belongs_to_the_type_before_it():
    catalogue = load(ROOT / "alerts.yml")
    found = catalogue.type_of("back_in_stock:sku-42")
    assert found is not None
    assert found.id == "back_in_stock"
    assert found.consent is Consent.ONE_TIME


def test_a_topic_of_no_type_has_none():
    assert load(ROOT / "alerts.yml").type_of("weather:storm") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "alerts.yml:1: must be a list of at least one alert type"),
        ("delivery: 1\n", "alerts.yml:1: must be a list of at least one alert type"),
        ("- delivery\n", "alerts.yml:1: `delivery` must be a map that describes an alert type"),
        (entry(puprose="alert"), "alerts.yml:7: unknown key `puprose`"),
        (entry(push=None), "alerts.yml:1: the alert type has no `push`"),
        (entry(id="Delivery!"), "may only have a-z, digits and underscores"),
        (entry(id="42"), "alerts.yml:1: `id` must be words, not `42`"),
        (entry(purpose="advertising"), "alerts.yml:4: unknown purpose `advertising`, use one of"),
        (entry(purpose="reply"), "alerts.yml:4: `reply` is not an alert's purpose"),
        (entry(consent="implied"), "alerts.yml:5: unknown consent `implied`, use one of"),
        (entry(push="loud"), "alerts.yml:6: unknown push `loud`, use one of"),
        (entry(titles="Deliveries"), "alerts.yml:2: `titles` must map languages to words"),
        (entry(titles="{english: A}"), "`english` is not a language code"),
        (
            entry(descriptions="{en: when it moves}"),
            "alerts.yml:3: `descriptions` has no words in the language `fr`",
        ),
        (
            entry(descriptions="{en: a, fr: b, de: c}"),
            "alerts.yml:3: `descriptions` has the unexpected language `de`",
        ),
        (entry(descriptions="so"), "alerts.yml:3: `descriptions` must map languages to words"),
        (
            entry(titles="{en: Deliveries and parcels, fr: Livraisons}"),
            "alerts.yml:2: `Deliveries and parcels` is longer than 20 characters",
        ),
        (entry(titles="{en: '', fr: Livraisons}"), "alerts.yml:2: `titles` must be words"),
        (entry(titles="{en: 5, fr: Livraisons}"), "alerts.yml:2: `titles` must be words, not `5`"),
        (entry(utility_template="7"), "alerts.yml:7: `utility_template` must be words, not `7`"),
        (entry() + entry(), "alerts.yml:7: the id `delivery` is used twice"),
        (entry() + entry(id="order"), "alerts.yml:8: the title `Deliveries` is used twice"),
        (
            entry() + entry(id="order", titles="{en: Orders}"),
            "alerts.yml:8: `titles` has no words in the language `fr`",
        ),
        ("- id: [\n", "is not valid YAML"),
        ("- id: a\n  id: b\n", "alerts.yml:2: the key `id` is there twice"),
        ("".join(entry(id=f"t{n}") for n in range(14)), "`14` alert types do not fit"),
    ],
)
def test_a_broken_catalogue_gets_one_sentence_with_file_and_line(tmp_path, text, sentence):
    said = load_text(tmp_path, dedent(text))
    assert sentence in said
    assert said.startswith("alerts.yml")
    assert "\n" not in said
    assert not said.endswith(".")


def test_a_title_of_exactly_twenty_characters_fits(tmp_path):
    file = tmp_path / "alerts.yml"
    file.write_text(entry(titles=f"{{en: {'a' * 20}, fr: b}}"), "utf-8")
    assert len(load(file).types[0].title("en")) == 20


def test_a_catalogue_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CatalogueError, match=r"alerts\.yml: cannot be read"):
        load(tmp_path / "alerts.yml")


def test_a_catalogue_that_is_not_text_is_named(tmp_path):
    file = tmp_path / "alerts.yml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogueError, match=r"alerts\.yml: is not UTF-8 text"):
        load(file)
