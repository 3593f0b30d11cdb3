"""Values as designers and actions write them, made fit for the wire or refused with a sentence."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from .measure import shorten, units
from .wire_json import storable

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Wire: TypeAlias = "dict[str, JSON]"
Item = TypeVar("Item")

PAYLOAD = 1000  # characters of a button's or quick reply's payload: postback page
_DEEPEST = 20
_SHOWN = 120  # characters of a title that a note quotes
_LARGE = 1e15  # where a number stops being something to read

MEDIA = ("image", "audio", "video", "file")
LINK_FIELDS = ("url", "webview_height_ratio", "messenger_extensions", "fallback_url")
_BY_ENDING = {
    "image": (".png", ".jpg", ".jpeg", ".gif", ".webp"),
    "audio": (".mp3", ".ogg", ".wav", ".m4a", ".aac"),
    "video": (".mp4", ".mov", ".avi", ".webm"),
}


class UnfitError(ValueError):
    """A value that no message can carry; the sentence says why."""


def quoted(value: object) -> str:
    """Return a value as a note quotes it: one short line, of what is no text only the kind."""
    words = value if isinstance(value, str) else type(value).__name__
    return f"`{shorten(' '.join(storable(words).split()), _SHOWN)}`"


def plain(value: object, depth: int = 0) -> JSON:
    """Return a copy of a value as JSON; raises UnfitError where it is none."""
    if depth > _DEEPEST:
        raise UnfitError("it is nested too deeply")
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping):
        return mapping(value, depth)
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    raise UnfitError(f"it holds {quoted(value)}, which is not JSON")


def mapping(value: Mapping[object, object], depth: int = 0) -> Wire:
    """Return a copy of a map as a JSON object; raises UnfitError where it is none."""
    if not all(isinstance(name, str) for name in value):
        raise UnfitError("it has a name that is not a text")
    return {storable(str(name)): plain(item, depth + 1) for name, item in value.items()}


def as_text(value: object) -> str:
    """Return a text or a number as valid Unicode; raises UnfitError for anything else."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGE:
        return str(value)
    raise UnfitError(f"{quoted(value)} is not a text")


def visible(text: str) -> bool:
    """Tell whether there is anything to see in a text."""
    return any(
        not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")
        for character in text
    )


def payload_text(value: object) -> str:
    """Return a payload within the platform's length; raises UnfitError."""
    payload = as_text(value) if value is not None else ""
    if not payload.strip():
        raise UnfitError("it has no payload")
    if units(payload) > PAYLOAD:
        raise UnfitError(f"its payload is longer than {PAYLOAD} characters")
    return payload


def web_address(value: object) -> str:
    """Return an address on the web; raises UnfitError."""
    if not isinstance(value, str):
        raise UnfitError(f"its address is {quoted(value)}, not a text")
    address = storable(value).strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        raise UnfitError(f"its address {quoted(value)} cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UnfitError(f"its address {quoted(value)} is not one of the web")
    return address


def default_action(value: object) -> JSON:
    """Return the link that tapping an element opens; raises UnfitError."""
    action = mapping(value) if isinstance(value, Mapping) else {}
    if action.get("type", "web_url") != "web_url":
        raise UnfitError("it is not a link")
    known = {k: v for k, v in action.items() if k in LINK_FIELDS and v is not None}
    return {**known, "type": "web_url", "url": web_address(action.get("url"))}


def media(kind: str, payload: Mapping[object, object]) -> Wire:
    """Return the message of an image, a sound, a film or a file; raises UnfitError."""
    content: Wire = {}
    if payload.get("attachment_id") is not None:
        content["attachment_id"] = as_text(payload["attachment_id"])
    else:
        content["url"] = web_address(payload.get("url", payload.get("src")))
    if isinstance(payload.get("is_reusable"), bool):
        content["is_reusable"] = plain(payload["is_reusable"])
    return {"attachment": {"type": kind, "payload": content}}


def kind_of(address: str) -> str:
    """Return the attachment type that an address's ending tells of."""
    path = re.split("[?#]", address, maxsplit=1)[0].lower()
    for kind, endings in _BY_ENDING.items():
        if path.endswith(endings):
            return kind
    return "file"


def utility(value: object) -> list[Wire]:
    """Return the message of a utility template; raises UnfitError."""
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise UnfitError("it is not a utility template: it has no `name`")
    return [{"template": mapping(value)}]


def sticker(value: object) -> list[Wire]:
    """Return the message of a sticker; raises UnfitError."""
    return [{"sticker_id": as_text(value)}]


def template(kind: str, content: Wire) -> Wire:
    """Return the message of a template."""
    payload: Wire = {"template_type": kind, **content}
    return {"attachment": {"type": "template", "payload": payload}}


def groups(items: Sequence[Item], size: int) -> list[list[Item]]:
    """Return the items in groups of at most `size`."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
