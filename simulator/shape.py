"""Strict reading of a Send API body: whatever the platform does not know is refused.

Field names and sizes follow the Send API reference and the template pages (spring 2026). What this
simulator does not imitate is refused with a sentence that says so, never accepted by accident.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .facts import Facts
from .reading import Reader, refusal

RECIPIENTS = ("id", "one_time_notif_token")
RECIPIENTS_NOT_IMITATED = frozenset(
    {"user_ref", "comment_id", "post_id", "phone_number", "login_id", "notification_messages_token"}
)
TEMPLATES_NOT_IMITATED = frozenset(
    {"media", "receipt", "product", "coupon", "customer_feedback", "notification_messages"}
)
TAGS_NOT_IMITATED = frozenset({"CUSTOMER_FEEDBACK"})
MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG")
NOTIFICATION_TYPES = ("REGULAR", "SILENT_PUSH", "NO_PUSH")
SENDER_ACTIONS = ("typing_on", "typing_off", "mark_seen", "react", "unreact")
MEDIA_TYPES = ("image", "audio", "video", "file")


@dataclass(frozen=True)
class OneTimeRequest:
    """What a `one_time_notif_req` template asks."""

    title: str
    payload: str


@dataclass(frozen=True)
class Call:
    """A Send API body that is well formed."""

    psid: str | None
    token: str | None
    kind: str  # "message" or "sender_action"
    message: Mapping[str, Any]
    words: str  # everything in it that a person can read
    messaging_type: str | None
    tag: str | None
    notification_type: str | None
    sender_action: str | None
    reply_to: str | None
    reaction_to: str | None
    one_time: OneTimeRequest | None


def read_call(body: object, moment: datetime, facts: Facts) -> Call:
    """Return the call that `body` makes at `moment` (UTC); raises RefusedError."""
    return _CallReader(moment, facts).call(body)


class _CallReader(Reader):
    # -- the call -----------------------------------------------------------------------------

    def call(self, body: object) -> Call:
        optional = ("message", "sender_action", "messaging_type", "tag", "notification_type")
        fields = self.fields(body, "", ("recipient",), (*optional, "reply_to", "payload"))
        psid, token = self.recipient(fields["recipient"])
        if "sender_action" in fields:
            return self.action(fields, psid, token)
        if "message" not in fields:
            raise self.wrong("`message` or `sender_action` is missing")
        if "payload" in fields:
            raise self.wrong("`payload` belongs to the sender actions react and unreact")
        messaging_type, tag = self.type_and_tag(fields, token)
        push = fields.get("notification_type")
        if push is not None:
            self.choice(push, "notification_type", NOTIFICATION_TYPES)
        message, one_time = self.message(fields["message"])
        return Call(
            psid=psid,
            token=token,
            kind="message",
            message=message,
            words="\n".join(self.words),
            messaging_type=messaging_type,
            tag=tag,
            notification_type=push,
            sender_action=None,
            reply_to=self.reply_to(fields),
            reaction_to=None,
            one_time=one_time,
        )

    def recipient(self, value: object) -> tuple[str | None, str | None]:
        if isinstance(value, dict):
            for name in RECIPIENTS_NOT_IMITATED & set(value):
                raise self.not_imitated(f"recipient.{name}")
        fields = self.fields(value, "recipient", (), RECIPIENTS)
        if len(fields) != 1:
            raise self.wrong("`recipient` names exactly one person or token")
        name, known_as = next(iter(fields.items()))
        self.text(known_as, f"recipient.{name}", self.limits["payload"])
        return (known_as, None) if name == "id" else (None, known_as)

    def action(self, fields: dict[str, Any], psid: str | None, token: str | None) -> Call:
        if "message" in fields:
            raise refusal(self.facts, "message_and_action")
        action = self.choice(fields["sender_action"], "sender_action", SENDER_ACTIONS)
        reacts = action in ("react", "unreact")
        extra = set(fields) - {"recipient", "sender_action"} - ({"payload"} if reacts else set())
        if extra:
            raise self.wrong(f"`{min(extra)}` cannot go with a sender_action")
        if token is not None:
            raise self.wrong("a sender_action goes to `recipient.id`, never to a token")
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
            psid=psid,
            token=None,
            kind="sender_action",
            message={},
            words="",
            messaging_type=None,
            tag=None,
            notification_type=None,
            sender_action=action,
            reply_to=None,
            reaction_to=named,
            one_time=None,
        )

    def type_and_tag(
        self, fields: dict[str, Any], token: str | None
    ) -> tuple[str | None, str | None]:
        kind, tag = fields.get("messaging_type"), fields.get("tag")
        if kind is None and token is None:
            raise self.wrong("`messaging_type` is missing")
        if kind == "UTILITY":
            raise self.not_imitated("messaging_type UTILITY")
        if kind is not None:
            self.choice(kind, "messaging_type", MESSAGING_TYPES)
        if (tag is None) == (kind == "MESSAGE_TAG"):
            raise self.wrong("`tag` goes with `messaging_type` MESSAGE_TAG and only with it")
        if tag is None:
            return kind, None
        if token is not None:
            raise self.wrong("a one_time_notif_token takes no `tag`")
        if isinstance(tag, str) and tag in TAGS_NOT_IMITATED:
            raise self.not_imitated(f"tag {tag}")
        return kind, self.choice(tag, "tag", tuple(self.facts.tags))

    def reply_to(self, fields: dict[str, Any]) -> str | None:
        if "reply_to" not in fields:
            return None
        self.since("reply_to", "reply_to")
        inner = self.fields(fields["reply_to"], "reply_to", ("mid",), ())
        return self.text(inner["mid"], "reply_to.mid", self.limits["payload"])

    # -- the message --------------------------------------------------------------------------

    def message(self, value: object) -> tuple[dict[str, Any], OneTimeRequest | None]:
        contents = ("text", "attachment", "attachments", "sticker_id")
        if isinstance(value, dict) and "template" in value:
            raise self.not_imitated("message.template (utility messages)")
        fields = self.fields(value, "message", (), (*contents, "quick_replies", "metadata"))
        if sum(name in fields for name in contents) != 1:
            raise self.wrong("`message` holds exactly one of " + ", ".join(contents))
        one_time = None
        if "text" in fields:
            self.text(fields["text"], "message.text", self.limits["text"], read=True)
        elif "attachment" in fields:
            one_time = self.attachment(fields["attachment"], "message.attachment")
        elif "attachments" in fields:
            pictures = self.items(
                fields["attachments"], "message.attachments", self.limits["attachments"]
            )
            for where, picture in pictures:
                self.picture(picture, where)
        else:
            self.since("sticker_id", "message.sticker_id")
            sticker = fields["sticker_id"]
            if isinstance(sticker, bool) or not isinstance(sticker, (int, str)):
                raise self.wrong("`message.sticker_id` is not an identifier")
        if "metadata" in fields:
            self.text(fields["metadata"], "message.metadata", self.limits["metadata"], least=0)
        message = copy.deepcopy(fields)
        if "quick_replies" in fields:
            self.quick_replies(message)
        return message, one_time

    def quick_replies(self, message: dict[str, Any]) -> None:
        where = "message.quick_replies"
        for path, reply in self.items(
            message["quick_replies"], where, self.limits["quick_replies"]
        ):
            fields = self.fields(reply, path, ("content_type",), ("title", "payload", "image_url"))
            kinds = ("text", "user_phone_number", "user_email")
            kind = self.choice(fields["content_type"], f"{path}.content_type", kinds)
            if kind != "text":
                continue
            self.fields(reply, path, ("content_type", "title", "payload"), ("image_url",))
            self.text(fields["title"], f"{path}.title", self.limits["text"], read=True)
            self.text(fields["payload"], f"{path}.payload", self.limits["payload"])
            if "image_url" in fields:
                self.link(fields["image_url"], f"{path}.image_url")
            # Longer titles are cut by the platform, not refused.
            fields["title"] = fields["title"][: self.limits["quick_reply_title"]]

    def picture(self, value: object, path: str) -> None:
        fields = self.fields(value, path, ("type", "payload"), ())
        self.choice(fields["type"], f"{path}.type", ("image",))
        self.media(fields["payload"], f"{path}.payload")

    def attachment(self, value: object, path: str) -> OneTimeRequest | None:
        fields = self.fields(value, path, ("type", "payload"), ())
        kind = self.choice(fields["type"], f"{path}.type", (*MEDIA_TYPES, "template"))
        inner = f"{path}.payload"
        if kind != "template":
            self.media(fields["payload"], inner)
            return None
        payload = fields["payload"]
        template = payload.get("template_type") if isinstance(payload, dict) else None
        if isinstance(template, str) and template in TEMPLATES_NOT_IMITATED:
            raise self.not_imitated(f"template {template}")
        self.choice(template, f"{inner}.template_type", ("button", "generic", "one_time_notif_req"))
        if template == "one_time_notif_req":
            return self.one_time_request(payload, inner)
        if template == "button":
            self.button_template(payload, inner)
        else:
            self.generic_template(payload, inner)
        return None

    def media(self, value: object, path: str) -> None:
        fields = self.fields(value, path, (), ("url", "is_reusable", "attachment_id"))
        if ("url" in fields) == ("attachment_id" in fields):
            raise self.wrong(f"`{path}` holds either url or attachment_id")
        if "url" in fields:
            self.link(fields["url"], f"{path}.url")
        else:
            self.text(fields["attachment_id"], f"{path}.attachment_id", self.limits["payload"])
        self.flag(fields, "is_reusable", path)

    def one_time_request(self, value: object, path: str) -> OneTimeRequest:
        fields = self.fields(value, path, ("template_type", "title", "payload"), ())
        title = self.text(
            fields["title"], f"{path}.title", self.limits["one_time_title"], read=True
        )
        return OneTimeRequest(
            title, self.text(fields["payload"], f"{path}.payload", self.limits["payload"])
        )

    def button_template(self, value: object, path: str) -> None:
        fields = self.fields(value, path, ("template_type", "text", "buttons"), ("sharable",))
        self.text(fields["text"], f"{path}.text", self.limits["button_template_text"], read=True)
        self.buttons(fields["buttons"], f"{path}.buttons")
        self.flag(fields, "sharable", path)

    def generic_template(self, value: object, path: str) -> None:
        optional = ("sharable", "image_aspect_ratio")
        fields = self.fields(value, path, ("template_type", "elements"), optional)
        self.flag(fields, "sharable", path)
        if "image_aspect_ratio" in fields:
            shapes = ("horizontal", "square")
            self.choice(fields["image_aspect_ratio"], f"{path}.image_aspect_ratio", shapes)
        for where, element in self.items(
            fields["elements"], f"{path}.elements", self.limits["elements"]
        ):
            self.element(element, where)

    def element(self, value: object, path: str) -> None:
        more = ("subtitle", "image_url", "default_action", "buttons")
        fields = self.fields(value, path, ("title",), more)
        if len(fields) == 1:
            raise self.wrong(f"`{path}` needs something besides its title")
        self.text(fields["title"], f"{path}.title", self.limits["element_title"], read=True)
        if "subtitle" in fields:
            most = self.limits["element_subtitle"]
            self.text(fields["subtitle"], f"{path}.subtitle", most, read=True)
        if "image_url" in fields:
            self.link(fields["image_url"], f"{path}.image_url")
        if "default_action" in fields:
            self.web_url(fields["default_action"], f"{path}.default_action", titled=False)
        if "buttons" in fields:
            self.buttons(fields["buttons"], f"{path}.buttons")

    def buttons(self, value: object, path: str) -> None:
        for where, button in self.items(value, path, self.limits["buttons"]):
            kind = button.get("type") if isinstance(button, dict) else None
            if kind == "web_url":
                self.web_url(button, where, titled=True)
            elif kind in ("postback", "phone_number"):
                fields = self.fields(button, where, ("type", "title", "payload"), ())
                self.button_title(fields, where)
                self.text(fields["payload"], f"{where}.payload", self.limits["payload"])
            elif kind == "account_link":
                self.link(self.fields(button, where, ("type", "url"), ())["url"], f"{where}.url")
            elif kind == "account_unlink":
                self.fields(button, where, ("type",), ())
            else:
                raise self.wrong(f"`{where}.type` is not a kind of button")

    def web_url(self, value: object, path: str, *, titled: bool) -> None:
        optional = (
            *("webview_height_ratio", "messenger_extensions", "fallback_url"),
            "webview_share_button",
        )
        required = ("type", "url", "title") if titled else ("type", "url")
        fields = self.fields(value, path, required, optional)
        self.choice(fields["type"], f"{path}.type", ("web_url",))
        self.link(fields["url"], f"{path}.url")
        if titled:
            self.button_title(fields, path)
        if "webview_height_ratio" in fields:
            ratios = ("compact", "tall", "full")
            self.choice(fields["webview_height_ratio"], f"{path}.webview_height_ratio", ratios)
        if "fallback_url" in fields:
            self.link(fields["fallback_url"], f"{path}.fallback_url")
        if "webview_share_button" in fields:
            self.choice(fields["webview_share_button"], f"{path}.webview_share_button", ("hide",))
        self.flag(fields, "messenger_extensions", path)

    def button_title(self, fields: dict[str, Any], path: str) -> None:
        self.text(fields["title"], f"{path}.title", self.limits["button_title"], read=True)
