"""Topics in words: `back_in_stock:blue-jacket` is about a blue jacket."""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"[a-z]{1,5}-?[0-9]+")


def thing_of(topic: str) -> str:
    """Return the thing a topic is about, in words; a reference such as `sku-42` stays as it is."""
    thing = topic.partition(":")[2] or topic
    return thing if _REFERENCE.fullmatch(thing) else thing.replace("-", " ")
