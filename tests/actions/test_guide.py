"""The designers' guide says nothing that does not work: its examples are read as the project's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from channels.declaration import read_declaration
from policy_guard.cases import read_settings
from policy_guard.catalogue import load
from policy_guard.vocabulary import Purpose

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "designers.md").read_text("utf-8")
BLOCKS = [
    yaml.safe_load(re.sub(r"(?m)^   ", "", block) if block.startswith("   ") else block)
    for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
]
RESPONSES = {
    name: variations
    for block in BLOCKS
    if isinstance(block, dict)
    for name, variations in block.items()
    if name.startswith("utter_")
}


def test_the_guide_has_examples_of_responses() -> None:
    assert set(RESPONSES) == {
        "utter_refund_sent",
        "utter_ask_notification_price_drop",
        "utter_price_drop",
    }


@pytest.mark.parametrize("name", RESPONSES)
def test_each_response_of_the_guide_is_declared_as_it_should_be(name: str) -> None:
    for variation in RESPONSES[name]:
        assert len(variation.get("text", "")) <= 160
        declared = read_declaration({**variation, "utter_action": name})
        asks = name.startswith("utter_ask_")
        assert (declared.purpose is None) is asks
        assert asks or Purpose(str(declared.purpose))
        assert asks or declared.topic in {"refund", "price_drop"}


def test_the_entry_of_the_catalogue_is_one(tmp_path: Path) -> None:
    entries: list[Any] = [b for b in BLOCKS if isinstance(b, list) and "id" in b[0]]
    (entry,) = entries
    file = tmp_path / "alerts.yml"
    own = (ROOT / "alerts.yml").read_text("utf-8")
    block = next(
        b for b in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "- id: refund" in b
    )
    file.write_text(own + "\n" + re.sub(r"(?m)^   ", "", block), "utf-8")
    kind = load(file).get(entry[0]["id"])
    assert kind is not None
    assert kind.title("fr") == "Remboursements"


def test_the_settings_of_the_guide_are_read() -> None:
    (settings,) = (b["settings"] for b in BLOCKS if isinstance(b, dict) and "settings" in b)
    found = read_settings(settings)
    assert found.proactive_per_day == 5
    assert found.quiet_hours is not None


@pytest.mark.parametrize("path", re.findall(r"`((?:tests|data|docs)/[\w./-]+)`", GUIDE))
def test_every_file_that_the_guide_names_is_there(path: str) -> None:
    assert (ROOT / path).exists() or path == "data/nlu/es.yml"
