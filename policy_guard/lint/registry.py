"""All rules, in the order of their ids; nothing registers itself."""

from __future__ import annotations

from collections.abc import Iterable

from . import conversation, foretold, limits, own, policy, safety, wording
from .findings import Rule

#: The families by the first letter of their ids.
FAMILIES = {
    "L": "limits",
    "P": "policy",
    "C": "conversation",
    "W": "wording",
    "S": "safety",
    "X": "the linter's own comments",
}

RULES: tuple[Rule, ...] = (
    *limits.RULES,
    *policy.RULES,
    *foretold.RULES,
    *conversation.RULES,
    *wording.RULES,
    *safety.RULES,
    *own.RULES,
)


#: Rules of the platform, which say nothing of what another channel sends.
OF_MESSENGER = ("L", "P", "C301", "S507")
#: What these rules find in one file depends on what stands in others.
ACROSS = frozenset(
    "P204 P205 P206 P207 P208 P211 P212 P217 P218 P219 P220 C301 C302 C303 C304 C305 C306 C307 "
    "C309 C310 C312 S503 W408 W409".split()
)


def find(word: str) -> Rule | None:
    """Return the rule with this id or name."""
    return next((rule for rule in RULES if word in (rule.id, rule.name)), None)


def matches(rule: Rule, word: str) -> bool:
    """Tell whether a word of a selection means a rule: its id or name, a prefix of it, or `ALL`."""
    return word in ("ALL", rule.name) or rule.id.startswith(word)


def unknown(words: Iterable[str]) -> list[str]:
    """Return the words that mean no rule."""
    return [word for word in words if not word or not any(matches(r, word) for r in RULES)]


def chosen(select: Iterable[str], ignore: Iterable[str]) -> tuple[Rule, ...]:
    """Return the rules selected and not ignored; of two words the longer, hence closer, decides."""
    wanted, unwanted = list(select), list(ignore)
    return tuple(rule for rule in RULES if _weight(rule, wanted) > _weight(rule, unwanted))


def _weight(rule: Rule, words: list[str]) -> int:
    lengths = (0 if word == "ALL" else len(word) for word in words if matches(rule, word))
    return max(lengths, default=-1)
