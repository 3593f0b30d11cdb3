"""What the domain declares is checked before a person waits for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.declaration import check_domain, read_declaration
from policy_guard.catalogue import load
from policy_guard.errors import SettingsError

CATALOGUE = load(Path(__file__).resolve().parents[2] / "alerts.yml")


def variation(**declared: Any) -> dict[str, Any]:
    """Return one variation of a response, as the domain holds it."""
    return {"text": "x", "utter_action": "utter_x", "metadata": {"messenger": declared}}


def test_a_domain_that_declares_well_is_taken() -> None:
    good = variation(purpose="post_purchase_update", topic="delivery", push="silent", hold_for="2d")
    read = variation(not_promotional="a street is called so")
    check_domain([{"text": "x", "utter_action": "utter_y"}, good, read], CATALOGUE)
    assert read_declaration(read).not_promotional == "a street is called so"


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"purpose": "advert"}, "purpose `advert` of response `utter_x` is not one of"),
        ({"puprose": "alert"}, "`puprose` of response `utter_x` is not one of"),
        ({"push": "loud"}, "push `loud` of response `utter_x`"),
        ({"hold_for": "soon"}, "hold_for `soon` of response `utter_x`"),
        (
            {"not_promotional": True},
            "not_promotional `True` of response `utter_x` is not a reason in words",
        ),
        ({"topic": "weather"}, "topic `weather` of response `utter_x` is not in alerts.yml"),
    ],
)
def test_a_declaration_that_cannot_be_used_stops_the_start_and_is_named(
    declared: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        check_domain([variation(), variation(**declared)], CATALOGUE)
    assert str(caught.value).startswith(f"the domain: {said}")
