"""A response in words, without Rasa: its variation is chosen and filled as Rasa 3.6 does.

Of the variations that fit the slots and the channel, `TemplatedNaturalLanguageGenerator` of Rasa
3.6.21 takes those of the first kind there are: with a condition and for the channel, for the
channel only, with a condition only, neither; and one of these at random. What a person's slots hold
only Rasa knows: here they are the person's language, and what was given with the order.
"""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .utility import LANGUAGE_SLOT

Variation = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"\{([^\n{}]+?)\}")
#: What is meant as a placeholder: neither an escaped brace nor the JSON of a payload.
_MEANT = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
#: What Rasa fills in of a variation; everything else is taken as it stands.
_FILLED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


def slots_of(language: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person's slots are taken to hold."""
    return {LANGUAGE_SLOT: language, **given} if language else dict(given)


def choices(
    variations: Sequence[Variation], channel: str, slots: Mapping[str, Any]
) -> tuple[int, ...]:
    """Return the places of the variations of which Rasa would take any; none where none fits."""
    fits = [n for n, one in enumerate(variations) if _fits(one, slots)]
    for conditioned, here in ((True, channel), (False, channel), (True, None), (False, None)):
        kind = tuple(
            n
            for n in fits
            if bool(variations[n].get("condition")) == conditioned
            and variations[n].get("channel") == here
        )
        if kind:
            return kind
    return ()


def choose(among: Sequence[int]) -> int:
    """Return one of several places at random."""
    return among[0] if len(among) == 1 else random.choice(among)  # noqa: S311 - variety, no secret


def filled(variation: Variation, slots: Mapping[str, Any]) -> dict[str, Any]:
    """Return a variation with every placeholder that has a value replaced by it."""
    message = copy.deepcopy(dict(variation))
    for key in _FILLED:
        if key in message:
            message[key] = _interpolated(message[key], slots)
    return message


def unfilled(
    variations: Sequence[Variation], channel: str, slots: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the placeholders that some person's words would still show, in order and once each.

    Only variations that may be said on the channel count; the language is every person's own.
    """
    names: list[str] = []
    for one in variations:
        if one.get("channel") in {channel, None}:
            for key in _FILLED:
                names += [n for n in _placeholders(one.get(key)) if slots.get(n) is None]
    return tuple(dict.fromkeys(name for name in names if name != LANGUAGE_SLOT))


def _fits(variation: Variation, slots: Mapping[str, Any]) -> bool:
    conditions = variation.get("condition")
    if not conditions:
        return conditions is None  # to Rasa an empty list is neither a condition nor none
    return all(_holds(slots.get(one["name"]), one["value"]) for one in conditions)


def _holds(held: object, wanted: object) -> bool:
    if isinstance(held, str) and isinstance(wanted, str):
        return held.casefold() == wanted.casefold()
    return held == wanted


def _interpolated(value: Any, slots: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return _text(value, slots)
    if isinstance(value, dict):
        return {key: _interpolated(each, slots) for key, each in value.items()}
    if isinstance(value, list):
        return [_interpolated(each, slots) for each in value]
    return value


def _text(text: str, slots: Mapping[str, Any]) -> str:
    """Return a text filled in; where one placeholder has no value Rasa leaves all as they stand."""
    names = _PLACEHOLDER.findall(text)
    if not names:
        return text
    form = _PLACEHOLDER.sub(r"{0[\1]}", text)
    try:
        said = form.format(dict(slots))
        return text.format({}) if "0[" in said else said
    except (KeyError, ValueError, IndexError):
        return text


def _placeholders(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _MEANT.findall(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _placeholders(each)
    elif isinstance(value, list):
        for each in value:
            yield from _placeholders(each)
