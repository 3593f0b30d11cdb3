"""JSON as a person gives it, in which a key that is there twice is a slip and no choice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Pairs = list[tuple[str, Any]]


def once_each(wrong: Callable[[str], Exception]) -> Callable[[Pairs], dict[str, Any]]:
    """Return an `object_pairs_hook` that raises *wrong*, given a sentence, for a second key."""

    def read(pairs: Pairs) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise wrong(f"the key `{key}` is there twice")
            found[key] = value
        return found

    return read
