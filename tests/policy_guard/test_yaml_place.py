"""Reading YAML: what would end the whole process is a sentence instead."""

from __future__ import annotations

import pytest

from policy_guard.errors import CaseError
from policy_guard.yaml_place import load


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000 + "]" * 100_000, "- " * 60_000 + "x", "{a: " * 90_000],
    ids=["flow lists", "block lists", "flow maps"],
)
def test_what_is_nested_without_end_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(CaseError, match=r"^rows\.yaml:1: is nested more than 100 levels deep$"):
        load(text, "rows.yaml", CaseError)


def test_what_is_nested_as_people_nest_is_read() -> None:
    text = "[" * 40 + "]" * 40
    assert load(text, "rows.yaml", CaseError).data is not None
