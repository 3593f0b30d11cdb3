"""One Rasa response, as Rasa 3.6 hands it to a channel, as what goes to the Send API.

Pure: everything is shaped before anything is decided or sent. The parts come in the order of Rasa's
own channels: text with its buttons, custom JSON, image, attachment, elements. A text stays one
message; Rasa's splitting at blank lines is not done. Quick replies stand on the last message,
because Messenger takes them away as soon as another follows.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from policy_guard.vocabulary import GOVERNED, LONGEST_TOPIC, RECURRING_REQUEST

from .declaration import Declaration, DeclarationError, read_declaration
from .measure import units
from .shapes import TEXT, Shaper
from .values import JSON, Wire, quoted

__all__ = ["Declaration", "DeclarationError", "Envelope", "Part", "render", "wire"]

METADATA = 999  # "less than 1000 characters": Send API reference
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen")
MEDIA = ("audio", "video", "file")
_RECIPIENT_KEYS = ("recipient", "sender")
_LAWFULNESS_KEYS = ("messaging_type", "tag", "notification_type")
_CUSTOM_KEYS = ("message", "sender_action", "thread_control")
_MESSAGE_KEYS = (
    "text",
    "attachment",
    "attachments",
    "template",
    "sticker_id",
    "quick_replies",
    "metadata",
)


@dataclass(frozen=True)
class Part:
    """One call of the Send API, without whom it goes to and what makes it lawful.

    A `thread_control` is no message: it says who is to have the conversation afterwards.
    """

    kind: Literal["message", "sender_action", "thread_control"]
    body: Mapping[str, JSON]


@dataclass(frozen=True)
class Envelope:
    """All that one response becomes.

    `single` is all messages in one, where nothing is lost by that; `text` is what a person reads,
    without button titles; `response` is the name in the domain; `notes` are sentences on what was
    changed to fit. `media` tells of audio, video or files; `tag` is a message tag that custom JSON
    names, which only says why it was written where nothing is declared.
    """

    declaration: Declaration
    parts: tuple[Part, ...]
    single: Part | None
    text: str
    response: str | None
    notes: tuple[str, ...]
    media: bool = False
    tag: str | None = None


def render(message: Mapping[str, object], domain: Mapping[str, object] | None = None) -> Envelope:
    """Return what a Rasa response becomes on the wire; raises DeclarationError and nothing else.

    `domain` is the response's `messenger` map in the domain, where the caller knows it.
    """
    declaration = read_declaration(message, domain)
    shaper = Shaper()
    parts = _parts(message, shaper)
    messages = [_message(part) for part in parts if part.kind == "message"]
    name = message.get("utter_action")
    response = name if isinstance(name, str) and name else None
    if message.get("purpose") is not None:
        shaper.notes.append("`purpose` beside the text declares nothing: it belongs in `messenger`")
    title, topic = _asked(messages)
    declaration = replace(
        declaration,
        template=_governed(messages, response),
        request_title=title,
        request_topic=topic,
    )
    return Envelope(
        declaration=declaration,
        parts=tuple(parts),
        single=_single(messages),
        text="\n\n".join(words for item in messages if (words := _words(item))),
        response=response,
        notes=tuple(shaper.notes),
        media=any(_holds_media(item) for item in messages),
        tag=_tag(message.get("custom")),
    )


def recipient_of(
    ground: str | None, topic: str | None, token: str | None, psid: str
) -> dict[str, JSON]:
    """Return whom a message goes to: a person, or the permission that pays for it."""
    if token is None:
        return {"id": psid}
    if ground == "one_time_notification":
        return {"one_time_notif_token": token}
    if ground == "recurring_notification":
        return {"notification_messages_token": token}
    # a comment or a visitor's post: the permission is named for which of the two it is
    return {"post_id" if topic == "post_id" else "comment_id": token}


def wire(
    part: Part,
    *,
    recipient: Mapping[str, JSON],
    messaging_type: str | None = None,
    tag: str | None = None,
    notification_type: str | None = None,
    metadata: str | None = None,
) -> dict[str, JSON]:
    """Return the body of the Send API call for a part.

    A sender action goes with its recipient alone. Raises ValueError where `metadata` is longer than
    the platform takes. Source: Send API reference (v25.0, spring 2026).
    """
    if part.kind == "sender_action":
        return {"recipient": dict(recipient), **part.body}
    body: dict[str, JSON] = {"recipient": dict(recipient)}
    for name, value in (
        ("messaging_type", messaging_type),
        ("tag", tag),
        ("notification_type", notification_type),
    ):
        if value is not None:
            body[name] = value
    message = dict(copy.deepcopy(_message(part)))
    if metadata is not None:
        if units(metadata) > METADATA:
            raise ValueError(f"metadata of {units(metadata)} characters: {METADATA} fit")
        message["metadata"] = metadata
    return {**body, "message": message}


def _parts(message: Mapping[str, object], shaper: Shaper) -> list[Part]:
    text = shaper.text(message.get("text"))
    buttons = shaper.buttons(message.get("buttons"))
    quick = shaper.quick_replies(message.get("quick_replies"))
    if quick:
        spoken = shaper.button_messages(text, buttons)
    else:
        spoken, quick = shaper.options(text, buttons)
    parts = _as_parts(spoken)
    if message.get("custom"):
        parts += _custom(message["custom"], shaper)
    for name, shape in (
        ("image", shaper.image),
        ("attachment", shaper.attachment),
        ("elements", shaper.elements),
    ):
        if message.get(name):
            parts += _as_parts(shape(message[name]))
    return _ending_with(parts, quick, shaper) if quick else parts


def _ending_with(parts: list[Part], quick: Sequence[Wire], shaper: Shaper) -> list[Part]:
    """Return the parts with the quick replies on the last message."""
    places = [index for index, part in enumerate(parts) if part.kind == "message"]
    if not places:
        return parts + _as_parts(shaper.with_quick_replies([], quick))
    place = places[-1]
    last = dict(_message(parts[place]))
    own = last.pop("quick_replies", ())
    both = [reply for reply in own if isinstance(reply, dict)] if isinstance(own, list) else []
    messages = shaper.with_quick_replies([last], [*both, *quick])
    return [*parts[:place], *_as_parts(messages), *parts[place + 1 :]]


def _custom(custom: object, shaper: Shaper) -> list[Part]:
    if isinstance(custom, list):
        return [part for item in custom for part in _custom_object(item, shaper)]
    return _custom_object(custom, shaper)


def _custom_object(custom: object, shaper: Shaper) -> list[Part]:
    if not isinstance(custom, Mapping):
        shaper.notes.append(f"custom JSON is {quoted(custom)}, not a map, and was left out")
        return []
    parts: list[Part] = []
    action = custom.get("sender_action")
    if isinstance(action, str) and action in SENDER_ACTIONS:
        parts.append(Part("sender_action", {"sender_action": action}))
    elif action is not None:
        shaper.notes.append(f"the sender action {quoted(action)} is not known and was left out")
    if custom.get("thread_control") is not None:
        parts.append(Part("thread_control", {"thread_control": custom["thread_control"]}))
    inner = custom.get("message")
    if inner is not None and not isinstance(inner, Mapping):
        shaper.notes.append(f"`message` in custom JSON is {quoted(inner)}, not a map")
        inner = {}
    used = _CUSTOM_KEYS if inner is not None else (*_CUSTOM_KEYS, *_MESSAGE_KEYS)
    for key in custom:
        if key not in used:
            shaper.notes.append(f"{quoted(key)} in custom JSON was ignored{_why_ignored(key)}")
    if inner is None:
        inner = {key: value for key, value in custom.items() if key in _MESSAGE_KEYS}
    parts += _as_parts(shaper.message(inner))
    if not parts:
        shaper.notes.append("custom JSON holds nothing that can be sent")
    return parts


def _why_ignored(key: object) -> str:
    if key in _RECIPIENT_KEYS:
        return ": the recipient always comes from the conversation"
    if key in _LAWFULNESS_KEYS:
        return ": the guard chooses it from the declared purpose"
    return ""


def _as_parts(messages: Sequence[Wire]) -> list[Part]:
    return [Part("message", {"message": message}) for message in messages]


def _message(part: Part) -> Mapping[str, JSON]:
    message = part.body["message"]
    if not isinstance(message, Mapping):  # only a part built by hand can be so
        raise TypeError("a message part holds no message")
    return message


def _single(messages: Sequence[Mapping[str, JSON]]) -> Part | None:
    """Return all messages as one: the only one, or texts joined by blank lines where that fits."""
    if not messages:
        return None
    *earlier, last = messages
    if not earlier:
        return Part("message", {"message": last})
    if any(set(message) != {"text"} for message in earlier) or "text" not in last:
        return None
    joined = "\n\n".join(str(message["text"]) for message in messages)
    if units(joined) > TEXT:
        return None
    return Part("message", {"message": {**last, "text": joined}})


def _holds_media(message: Mapping[str, JSON]) -> bool:
    """Tell whether a message carries audio, video or a file."""
    several = message.get("attachments")
    found = [message.get("attachment"), *(several if isinstance(several, list) else [])]
    return any(isinstance(a, Mapping) and a.get("type") in MEDIA for a in found)


def _tag(custom: object) -> str | None:
    """Return the first message tag that custom JSON names."""
    for item in custom if isinstance(custom, list) else [custom]:
        tag = item.get("tag") if isinstance(item, Mapping) else None
        if isinstance(tag, str) and tag:
            return tag
    return None


def _governed(messages: Sequence[Mapping[str, JSON]], response: str | None) -> str | None:
    kinds = {_payload(message).get("template_type") for message in messages}
    found = [kind for kind in GOVERNED if kind in kinds]
    if len(found) > 1:
        named = f"response `{response}`" if response else "a response without a name"
        raise DeclarationError(
            f"{named} holds `{found[0]}` and `{found[1]}`: each needs a response of its own"
        )
    return found[0] if found else None


def _asked(messages: Sequence[Mapping[str, JSON]]) -> tuple[str | None, str | None]:
    """Return the title and the payload of a request for recurring notifications."""
    for payload in map(_payload, messages):
        if payload.get("template_type") == RECURRING_REQUEST:
            title, topic = payload.get("title"), payload.get("payload")
            return (
                title if isinstance(title, str) else None,
                topic.strip()[:LONGEST_TOPIC] if isinstance(topic, str) else None,
            )
    return None, None


def _payload(message: Mapping[str, JSON]) -> Mapping[str, JSON]:
    attachment = message.get("attachment")
    payload = attachment.get("payload") if isinstance(attachment, Mapping) else None
    return payload if isinstance(payload, Mapping) else {}


def _words(message: Mapping[str, JSON]) -> str:
    """Return what a person reads in a message, without buttons and quick replies."""
    payload = _payload(message)
    said = [message.get("text")]
    for row in (payload, *_rows(payload.get("elements"))):
        said += [row.get(name) for name in ("text", "title", "subtitle")]
    return "\n".join(words for words in said if isinstance(words, str))


def _rows(elements: JSON) -> list[Mapping[str, JSON]]:
    if not isinstance(elements, list):
        return []
    return [row for row in elements if isinstance(row, Mapping)]
