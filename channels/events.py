"""What a person, the Page or the platform did, as frozen values, and their two JSON forms.

`to_dict` and `from_dict` are lossless and meant for a database column; `to_json` is meant for eyes
and hides every secret. Kinds and fields follow the Messenger Platform's webhook event reference
(developers.facebook.com/docs/messenger-platform/reference/webhook-events, read 2026-11-22).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, with what every kind of event has.

    `page_id` is "" when the body names no Page; `at_ms` is the event's own time in milliseconds
    since 1970, UTC; `key` is the same for every delivery of the same event; `opener` names what the
    person did in the words of the messaging window, whether or not that opens one.
    """

    kind: str
    page_id: str
    psid: str | None
    at_ms: int | None
    mid: str | None
    standby: bool
    key: str
    opener: str | None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """One attachment of a message; `raw` is all of it as JSON, whatever its type."""

    type: str
    url: str | None = None
    title: str | None = None
    sticker_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    raw: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answered question of a customer feedback form."""

    question: str
    type: str | None = None
    payload: str | None = None
    follow_up: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppRole:
    """The roles one app has in the handover protocol of the Page."""

    app_id: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Referred(Event):
    """An event that may say where the person came from; `ref` is data, never an order."""

    ref: str | None = None
    ref_source: str | None = None
    ref_type: str | None = None
    ad_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Message(_Referred):
    """A person wrote, tapped a quick reply or sent attachments."""

    text: str | None = None
    quick_reply: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Echo(Event):
    """The Page wrote: this app, another app or a person in the inbox; `psid` is who received it."""

    text: str | None = None
    quick_reply: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    app_id: str | None = None
    metadata: str | None = None


@dataclass(frozen=True, kw_only=True)
class MessageEdit(Event):
    """A person changed a message that they had sent."""

    text: str | None = None
    num_edit: int | None = None


@dataclass(frozen=True, kw_only=True)
class MessageDeleted(Event):
    """A message was taken back, by the Page if `by_page`, else by the person."""

    by_page: bool = False


@dataclass(frozen=True, kw_only=True)
class Postback(_Referred):
    """A person tapped a button, Get Started or the menu; in standby the payload is absent."""

    title: str | None = None
    payload: str | None = None


@dataclass(frozen=True, kw_only=True)
class Referral(_Referred):
    """A person came into their thread by a link or an ad."""


@dataclass(frozen=True, kw_only=True)
class Optin(Event):
    """A person agreed to be written to (or stopped, or resumed); `token` is a secret."""

    token: str | None = field(default=None, repr=False)
    payload: str | None = None
    title: str | None = None
    time_zone: str | None = None
    frequency: str | None = None
    token_expiry: str | None = None
    token_status: str | None = None
    status: str | None = None
    ref: str | None = None
    user_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reaction(Event):
    """A person reacted to the message `mid`, or took the reaction back."""

    reaction: str | None = None
    emoji: str | None = None


@dataclass(frozen=True, kw_only=True)
class Read(Event):
    """A person has read everything sent up to `watermark_ms`, milliseconds since 1970, UTC."""

    watermark_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery(Event):
    """What was sent up to `watermark_ms`, milliseconds since 1970, UTC, has arrived."""

    mids: tuple[str, ...] = ()
    watermark_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class AccountLinking(Event):
    """A person linked or unlinked an account; `authorization_code` is a secret."""

    status: str | None = None
    authorization_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class ThreadControl(Event):
    """A thread was passed to, taken by or asked for by an app."""

    previous_owner: str | None = None
    new_owner: str | None = None
    requested_owner: str | None = None
    metadata: str | None = None


@dataclass(frozen=True, kw_only=True)
class AppRoles(Event):
    """The roles of the Page's apps changed."""

    roles: tuple[AppRole, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PolicyEnforcement(Event):
    """The platform warned, blocked or unblocked the Page."""

    action: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class MessagingFeedback(Event):
    """A person answered a customer feedback form."""

    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ResponseFeedback(Event):
    """A person judged the bot's message `mid`."""

    feedback: str | None = None


@dataclass(frozen=True, kw_only=True)
class Comment(Event):
    """A person commented on the Page or posted to it; `object_kind` is how its id is called."""

    text: str | None = None
    object_id: str = ""
    object_kind: str = "comment_id"


@dataclass(frozen=True, kw_only=True)
class TemplateStatus(Event):
    """The platform approved, rejected or paused a utility template of the Page."""

    name: str = ""
    language: str = ""
    status: str = ""
    reason: str | None = None
    template_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unknown(Event):
    """An item nobody here understands: all of it as JSON in `raw`, and why in `reason`."""

    reason: str = ""
    raw: str = field(default="", repr=False)


KINDS: dict[str, type[Event]] = {
    "message": Message,
    "echo": Echo,
    "message_edit": MessageEdit,
    "message_deleted": MessageDeleted,
    "postback": Postback,
    "referral": Referral,
    "one_time_notification_optin": Optin,
    "recurring_notification_optin": Optin,
    "recurring_notification_stop": Optin,
    "recurring_notification_resume": Optin,
    "send_to_messenger": Optin,
    "checkbox_optin": Optin,
    "reaction": Reaction,
    "unreact": Reaction,
    "read": Read,
    "delivery": Delivery,
    "account_linking": AccountLinking,
    "pass_thread_control": ThreadControl,
    "take_thread_control": ThreadControl,
    "request_thread_control": ThreadControl,
    "app_roles": AppRoles,
    "policy_enforcement": PolicyEnforcement,
    "messaging_feedback": MessagingFeedback,
    "response_feedback": ResponseFeedback,
    "comment": Comment,
    "visitor_post": Comment,
    "template_status": TemplateStatus,
    "unknown": Unknown,
}

_NESTED: dict[str, type[Attachment] | type[Answer] | type[AppRole]] = {
    "attachments": Attachment,
    "answers": Answer,
}
_SECRETS = ("token", "authorization_code")


def canonical(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def to_dict(event: Event) -> dict[str, Any]:
    """Return every field of an event as plain JSON values, secrets included."""
    return {name: _listed(value) for name, value in asdict(event).items()}


def from_dict(values: dict[str, Any]) -> Event:
    """Return the event that `to_dict` wrote.

    Raises `ValueError` when the values are not those of an event.
    """
    cls = KINDS.get(str(values.get("kind")))
    if cls is None:
        raise ValueError(f"`{values.get('kind')}` is no kind of event")
    try:
        return cls(**{name: _restored(cls, name, value) for name, value in values.items()})
    except TypeError as error:
        raise ValueError(f"these are not the fields of a `{cls.__name__}`") from error


def to_json(event: Event) -> dict[str, Any]:
    """Return the event for eyes: the same keys as `to_dict`, in order, every secret masked."""
    shown = to_dict(event)
    for name in _SECRETS:
        if isinstance(shown.get(name), str):
            shown[name] = _mask(shown[name])
    if isinstance(event, Unknown):
        shown["raw"] = canonical(_masked(json.loads(event.raw)))
    return shown


def _restored(cls: type[Event], name: str, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    part = AppRole if cls is AppRoles else _NESTED.get(name)
    if part is None:
        return tuple(value)
    known = {one.name for one in fields(part)}
    return tuple(
        part(**{key: _tupled(inner) for key, inner in item.items() if key in known})
        for item in value
    )


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_listed(inner) for inner in value]
    return value


def _mask(secret: str) -> str:
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()[:8]}…"


def _masked(value: Any) -> Any:
    """An item that was not understood may still hold a token under its usual name."""
    if isinstance(value, dict):
        return {name: _hidden(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(inner) for inner in value]
    return value


def _hidden(name: str, value: Any) -> Any:
    lowered = name.lower()
    if "token" in lowered or "secret" in lowered or lowered == "authorization_code":
        return _mask(value if isinstance(value, str) else canonical(value))
    return _masked(value)
