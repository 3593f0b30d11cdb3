"""The designers' guide says nothing that does not work: its examples are read as the project's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from channels.declaration import read_declaration
from policy_guard.cases import read_settings
from policy_guard.catalogue import load
from policy_guard.vocabulary import Purpose
from tests import guide

ROOT = Path(__file__).parents[2]
BLOCKS = [block for recipe in guide.recipes() for block in guide.blocks(recipe)]
RESPONSES = {
    name: variations
    for block in BLOCKS
    if block.file == "domain.yml"
    for name, variations in (yaml.safe_load(block.text).get("responses") or {}).items()
}


def test_the_guide_has_examples_of_responses() -> None:
    assert set(RESPONSES) == {
        "utter_refund_sent",
        "utter_ask_notification_price_drop",
        "utter_price_drop",
        "utter_alerts_chosen",
    }


def test_every_block_of_the_guide_says_where_it_goes() -> None:
    assert guide.GUIDE.count("```yaml") == len(BLOCKS)


@pytest.mark.parametrize("name", RESPONSES)
def test_each_response_of_the_guide_is_declared_as_it_should_be(name: str) -> None:
    for variation in RESPONSES[name]:
        assert len(variation.get("text", "")) <= 160
        declared = read_declaration({**variation, "utter_action": name})
        asks = name in {"utter_ask_notification_price_drop", "utter_alerts_chosen"}
        assert (declared.purpose is None) is asks
        assert asks or Purpose(str(declared.purpose))
        assert asks or declared.topic in {"refund", "price_drop"}


def test_the_entries_of_the_catalogue_are_read(tmp_path: Path) -> None:
    file = tmp_path / "alerts.yml"
    added = "\n".join(block.text for block in BLOCKS if block.file == "alerts.yml")
    file.write_text((ROOT / "alerts.yml").read_text("utf-8") + "\n" + added, "utf-8")
    catalogue = load(file)
    titles = [kind.title("fr") for kind in catalogue.types if kind.id in {"refund", "price_drop"}]
    assert titles == ["Remboursements", "Baisses de prix"]


def test_the_settings_of_the_guide_are_read() -> None:
    (block,) = (block for block in BLOCKS if block.file == "endpoints.yml")
    found = read_settings(yaml.safe_load(block.text)["settings"])
    assert found.proactive_per_day == 5
    assert found.quiet_hours is not None


@pytest.mark.parametrize("path", re.findall(r"`((?:tests|data|docs)/[\w./-]+)`", guide.GUIDE))
def test_every_file_that_the_guide_names_is_there(path: str) -> None:
    assert (ROOT / path).exists() or path == "data/nlu/es.yml"
