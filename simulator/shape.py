"""Strict reading of a Send API body: whatever the platform does not know is refused.

Field names and sizes follow the Send API reference and the template pages (spring 2026). What this
simulator does not imitate is refused with a sentence that says so, never accepted by accident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .facts import Facts
from .message_shape import MessageReader, MessageShape, OneTimeRequest, OptIn
from .reading import refusal
from .utility_shape import UtilityCall

TOKENS = ("one_time_notif_token", "notification_messages_token")
COMMENTS = ("comment_id", "post_id")
RECIPIENTS = ("id", *TOKENS, *COMMENTS)
RECIPIENTS_NOT_IMITATED = frozenset({"user_ref", "phone_number", "login_id"})
# What asks for something: the platform's own samples of these carry no messaging_type.
ASKING = frozenset({"one_time_notif_req", "notification_messages", "customer_feedback"})
NOTIFICATION_TYPES = ("REGULAR", "SILENT_PUSH", "NO_PUSH")
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
SUBSCRIPTION = "NON_PROMOTIONAL_SUBSCRIPTION"


@dataclass(frozen=True)
class Call:
    """A Send API body that is well formed."""

    recipient: str  # which field of `recipient` names whom it is for
    known_as: str
    kind: str  # "message" or "sender_action"
    shape: MessageShape
    messaging_type: str | None = None
    tag: str | None = None
    notification_type: str | None = None
    persona_id: str | None = None
    reply_to: str | None = None
    sender_action: str | None = None
    reaction_to: str | None = None

    @property
    def psid(self) -> str | None:
        """Return the person's id, None when the call names a token or a comment."""
        return self.known_as if self.recipient == "id" else None

    @property
    def token(self) -> str | None:
        """Return the token that the call is paid with."""
        return self.known_as if self.recipient in TOKENS else None

    @property
    def message(self) -> Mapping[str, Any]:
        """Return the message as the person gets it."""
        return self.shape.message

    @property
    def words(self) -> str:
        """Return everything in the message that a person can read."""
        return self.shape.words

    @property
    def one_time(self) -> OneTimeRequest | None:
        """Return what the message asks to notify of once."""
        return self.shape.one_time

    @property
    def opt_in(self) -> OptIn | None:
        """Return what recurring notifications the message asks to allow."""
        return self.shape.opt_in

    @property
    def utility(self) -> UtilityCall | None:
        """Return the template of the Page that the message fills in."""
        return self.shape.utility


def read_call(body: object, moment: datetime, facts: Facts) -> Call:
    """Return the call that `body` makes at `moment` (UTC); raises RefusedError."""
    return _CallReader(moment, facts).call(body)


class _CallReader(MessageReader):
    def call(self, body: object) -> Call:
        optional = (
            *("message", "sender_action", "messaging_type", "tag", "notification_type"),
            *("reply_to", "payload", "persona_id"),
        )
        fields = self.fields(body, "", ("recipient",), optional)
        recipient, known_as = self.recipient(fields["recipient"])
        if "sender_action" in fields:
            return self.action(fields, recipient, known_as)
        if "message" not in fields:
            raise self.wrong("`message` or `sender_action` is missing")
        if "payload" in fields:
            raise self.wrong("`payload` belongs to the sender actions react and unreact")
        self.messaging_type(fields, recipient)
        push = fields.get("notification_type")
        if push is not None:
            self.choice(push, "notification_type", NOTIFICATION_TYPES)
        reply_to = self.reply_to(fields)
        persona = self.persona(fields)
        shape = self.message(fields["message"])
        self.fit(fields, recipient, shape)
        return Call(
            recipient=recipient,
            known_as=known_as,
            kind="message",
            shape=shape,
            messaging_type=fields.get("messaging_type"),
            tag=fields.get("tag"),
            notification_type=push,
            persona_id=persona,
            reply_to=reply_to,
        )

    def recipient(self, value: object) -> tuple[str, str]:
        if isinstance(value, dict):
            for name in RECIPIENTS_NOT_IMITATED & set(value):
                raise self.not_imitated(f"recipient.{name}")
        fields = self.fields(value, "recipient", (), RECIPIENTS)
        if len(fields) != 1:
            raise self.wrong("`recipient` names exactly one person, token or comment")
        ((name, known_as),) = fields.items()
        if name == "one_time_notif_token":
            self.not_before(self.facts.one_time_from, f"recipient.{name}")
        elif name == "notification_messages_token":
            self.not_before(self.facts.recurring.start, f"recipient.{name}")
        return name, self.text(known_as, f"recipient.{name}", self.limits["payload"])

    def action(self, fields: dict[str, Any], recipient: str, known_as: str) -> Call:
        if "message" in fields:
            raise refusal(self.facts, "message_and_action")
        action = self.choice(fields["sender_action"], "sender_action", SENDER_ACTIONS)
        reacts = action in ("react", "unreact")
        extra = set(fields) - {"recipient", "sender_action"} - ({"payload"} if reacts else set())
        if extra:
            raise self.wrong(f"`{min(extra)}` cannot go with a sender_action")
        if recipient != "id":
            raise self.wrong("a sender_action goes to `recipient.id`, never to a token or comment")
        named = None
        if reacts:
            self.since("react", "sender_action")
            payload = self.fields(fields.get("payload"), "payload", ("message_id",), ("reaction",))
            named = self.text(payload["message_id"], "payload.message_id", self.limits["payload"])
            if (action == "react") != ("reaction" in payload):
                raise self.wrong("`payload.reaction` goes with react and only with react")
            if "reaction" in payload:
                self.text(payload["reaction"], "payload.reaction", self.limits["payload"])
        return Call(
            recipient=recipient,
            known_as=known_as,
            kind="sender_action",
            shape=MessageShape({}, ""),
            sender_action=action,
            reaction_to=named,
        )

    def messaging_type(self, fields: dict[str, Any], recipient: str) -> None:
        """Check the type and the tag by themselves, before the message is read."""
        kind, tag = fields.get("messaging_type"), fields.get("tag")
        if kind is not None:
            known = ["RESPONSE", "UPDATE", "MESSAGE_TAG"]
            if self.moment < self.facts.subscription_type_until:
                known.append(SUBSCRIPTION)
            if self.moment >= self.facts.utility.start:
                known.append("UTILITY")
            elif kind == "UTILITY":
                self.not_before(self.facts.utility.start, "messaging_type UTILITY")
            self.choice(kind, "messaging_type", tuple(known))
        if (tag is None) == (kind == "MESSAGE_TAG"):
            raise self.wrong("`tag` goes with `messaging_type` MESSAGE_TAG and only with it")
        if tag is not None:
            self.tag(tag)
        if recipient != "id" and kind not in (None, "RESPONSE", "UPDATE"):
            what = "`tag`" if tag is not None else f"`messaging_type` {kind}"
            raise self.wrong(f"a message to `recipient.{recipient}` takes no {what}")

    def tag(self, tag: object) -> None:
        fact = self.facts.tags.get(tag) if isinstance(tag, str) else None
        gone = (
            fact is not None
            and fact.until is not None
            and fact.refusal is None
            and self.moment >= fact.until
        )
        if fact is None or gone or self.moment < fact.start:
            raise self.wrong("`tag` is not a message tag of that day")

    def fit(self, fields: dict[str, Any], recipient: str, shape: MessageShape) -> None:
        """Check that the message is one that its type and its recipient can carry."""
        kind = fields.get("messaging_type")
        if kind is None and recipient == "id" and shape.template not in ASKING:
            raise self.wrong("`messaging_type` is missing")
        if (kind == "UTILITY") != (shape.utility is not None):
            raise self.wrong(
                "`message.template` goes with `messaging_type` UTILITY and only with it"
            )

    def reply_to(self, fields: dict[str, Any]) -> str | None:
        if "reply_to" not in fields:
            return None
        self.since("reply_to", "reply_to")
        inner = self.fields(fields["reply_to"], "reply_to", ("mid",), ())
        return self.text(inner["mid"], "reply_to.mid", self.limits["payload"])

    def persona(self, fields: dict[str, Any]) -> str | None:
        if "persona_id" not in fields:
            return None
        self.since("persona", "persona_id")
        return self.text(fields["persona_id"], "persona_id", self.limits["payload"])
