"""A response of the domain as the message of an ad: one message, nothing left to fill in.

Pure. The limits are those of any message (Send API reference), which `render` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from policy_guard.campaign import PlanError
from policy_guard.vocabulary import Purpose

from .declaration import DeclarationError
from .render import Envelope, render
from .values import JSON

_PLACEHOLDER = re.compile(r"\{\w+\}")
_TEMPLATES = ("button", "generic")


def message(
    response: str, language: str, variation: Mapping[str, object], topic: str
) -> tuple[dict[str, JSON], tuple[str, ...]]:
    """Return what a response says in one language, and notes on what was changed to fit.

    Raises PlanError for what no ad can say: several messages, media other than an image, a word
    that is to be filled in, or a response that is declared to be something else than promotion of
    this topic.
    """

    def wrong(says: str) -> PlanError:
        return PlanError(f"`{response}` in `{language}` {says}")

    try:
        envelope = render({**variation, "utter_action": response})
    except DeclarationError as problem:
        raise PlanError(str(problem)) from None
    said = envelope.declaration
    if said.purpose not in {None, Purpose.PROMOTION.value}:
        raise wrong(f"is declared as `{said.purpose}`, and an ad is for `promotion` only")
    if said.topic not in {None, topic}:
        raise wrong(f"is declared to be about `{said.topic}`, not about `{topic}`")
    words = _only_message(envelope)
    if words is None:
        raise wrong(f"is {len(envelope.parts)} messages, and an ad is one")
    if not _fit_for_an_ad(words):
        raise wrong("is neither words nor an image nor cards with buttons")
    for text in _texts(words):
        if found := _PLACEHOLDER.search(text):
            raise wrong(f"has `{found[0]}`, which nobody fills in for an ad")
    return words, envelope.notes


def _only_message(envelope: Envelope) -> dict[str, JSON] | None:
    if len(envelope.parts) != 1 or envelope.parts[0].kind != "message":
        return None
    inner = envelope.parts[0].body["message"]
    return dict(inner) if isinstance(inner, Mapping) else None


def _fit_for_an_ad(words: Mapping[str, JSON]) -> bool:
    if set(words) - {"text", "attachment", "quick_replies"}:
        return False
    attachment = words.get("attachment")
    if not isinstance(attachment, Mapping):
        return "text" in words
    if attachment.get("type") == "image":
        return True
    payload = attachment.get("payload")
    return isinstance(payload, Mapping) and payload.get("template_type") in _TEMPLATES


def _texts(value: JSON) -> Iterator[str]:
    """Give every text in a message, wherever it stands."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
