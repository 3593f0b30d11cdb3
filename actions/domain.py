"""What an action reads of the domain: the words that designers gave a response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def quick_replies_of(
    domain: Mapping[str, Any], response: str, language: str | None
) -> list[dict[str, Any]]:
    """Return the quick replies of a response's variation in a language, else of the plain one."""
    variations = (domain.get("responses") or {}).get(response) or ()
    mine = [one for one in variations if language in _languages(one)]
    plain = [one for one in variations if not one.get("condition")]
    chosen = (mine or plain)[:1]
    return [dict(reply) for one in chosen for reply in one.get("quick_replies") or ()]


def _languages(variation: Mapping[str, Any]) -> set[object]:
    conditions = variation.get("condition") or ()
    return {each.get("value") for each in conditions if each.get("name") == "language"}
