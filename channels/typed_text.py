"""What a person types is no order: slashes, payloads that may name intents, STOP and START."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Any, Literal, NoReturn

from policy_guard.languages import Languages, fold

MAX_ENTITIES = 1000  # characters of JSON; Rasa's parser runs out of stack near 1,200
DIVISION_SLASH = "\u2215"  # looks like a slash and, unlike U+FF0F, no normalisation makes it one

# Rasa's own intents that wipe, rewind or restart a conversation.
_NEVER = frozenset({"restart", "back", "session_start"})
_MACHINE_PREFIX = "external_"
_PAYLOAD = re.compile(r"/(?P<intent>[^\s{@]+)(?P<entities>\{.*\})?")
_LARGEST_EXACT_INT = 2**53  # beyond it a float slot changes the number

_LONGEST_KEYWORD = 40  # characters; nobody's STOP is a page long
#: Heeded whatever `languages.yml` says: every response that tells of STOP and START names them so.
_STOP = frozenset({"stop", "stopall", "stop all", "unsubscribe"})
_START = frozenset({"start", "unstop"})


class _NotFlatError(ValueError):
    """The entities of a payload are not a flat object of scalars."""


def neutralise(text: str) -> str:
    """Return the text with a leading slash replaced, so that Rasa takes it for words.

    Rasa strips white space, then reads `/name{...}` as an intent with entities. What is invisible
    before the slash is looked through as well, in case something on the way strips it.
    """
    start = next((at for at, char in enumerate(text) if not _invisible(char)), len(text))
    if text[start : start + 1] != "/":
        return text
    return text[:start] + DIVISION_SLASH + text[start + 1 :]


def intent_payload(
    payload: str, allowed: Collection[str], entities: Collection[str] | None = None
) -> str | None:
    """Return the payload if it may name an intent to Rasa, None if it is only data.

    It may be `/intent` or `/intent{json}` with an intent in `allowed` and a flat object of texts,
    numbers and truth values of at most 1,000 characters, its names in `entities` when given.
    Intents that only machines start (`EXTERNAL_*`) and those that wipe a conversation never pass.
    """
    match = _PAYLOAD.fullmatch(payload)
    if match is None or not _may_be_named(match["intent"], allowed):
        return None
    if match["entities"] is None:
        return payload
    names = _entity_names(match["entities"])
    if names is None or (entities is not None and not names <= set(entities)):
        return None
    # Rasa warns about an empty object and drops it.
    return payload if names else f"/{match['intent']}"


def keyword(text: str, languages: Languages) -> Literal["stop", "start"] | None:
    """Return what a whole message asks for if it is STOP or START in a language of the bot.

    The words are those of `languages.yml`, beside a few that every language has.

    Case, accents, and what is neither letter nor digit do not count: `Stop!` and `arrêt 🛑` are
    STOP; `stop please` and `don't stop` are not, and go to the dialogue.
    """
    if len(text) > _LONGEST_KEYWORD:
        return None
    words = _words(text)
    if words in _STOP or words in _keywords(languages, "stop"):
        return "stop"
    return "start" if words in _START or words in _keywords(languages, "start") else None


@lru_cache(maxsize=8)
def _keywords(languages: Languages, what: str) -> frozenset[str]:
    return frozenset(_words(phrase) for phrase in languages.heard(what))


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


def _invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cf", "Cc"}


def _may_be_named(intent: str, allowed: Collection[str]) -> bool:
    lowered = intent.casefold()
    if lowered in _NEVER or lowered.startswith(_MACHINE_PREFIX):
        return False
    return intent in allowed


def _entity_names(text: str) -> set[str] | None:
    if len(text) > MAX_ENTITIES:
        return None
    try:
        values = json.loads(text, object_pairs_hook=_flat, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return set(values)


def _flat(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs) or not all(
        _plain(name) and _scalar(values[name]) for name in values
    ):
        raise _NotFlatError
    return values


def _scalar(value: object) -> bool:
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and abs(value) <= _LARGEST_EXACT_INT


def _plain(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _no_constant(name: str) -> NoReturn:
    raise _NotFlatError(name)
