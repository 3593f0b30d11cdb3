"""Patterns made of the words that designers list."""

from __future__ import annotations

import re
from collections.abc import Iterable


def any_of(words: Iterable[str]) -> str:
    """Return the words as alternatives, the longest first so that none hides a longer one."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


def whole(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of the words, standing by itself."""
    return re.compile(rf"\b(?:{any_of(words)})\b")
