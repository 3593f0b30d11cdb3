"""Topics in words."""

from __future__ import annotations

import pytest

from policy_guard.topics import thing_of


@pytest.mark.parametrize(
    ("topic", "thing"),
    [
        ("back_in_stock:sku-42", "sku-42"),
        ("back_in_stock:sku42", "sku42"),
        ("back_in_stock:blue-jacket", "blue jacket"),
        ("back_in_stock:size-9-running-shoes", "size 9 running shoes"),
        ("delivery", "delivery"),
    ],
)
def test_a_topic_is_put_in_words_and_a_reference_kept(topic: str, thing: str) -> None:
    assert thing_of(topic) == thing
