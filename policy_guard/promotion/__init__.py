"""Whether a text is promotional, in English and French, and which of its words say so."""

from __future__ import annotations

from .judge import Verdict, judge_text

__all__ = ["Verdict", "judge_text"]
