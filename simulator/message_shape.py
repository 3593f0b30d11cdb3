"""Strict reading of `message`: text, media, quick replies and templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .feedback_shape import FeedbackReader
from .utility_shape import UtilityCall, UtilityReader

TEMPLATES_NOT_IMITATED = frozenset({"media", "receipt", "product", "coupon"})
TEMPLATES = (
    "button",
    "generic",
    "one_time_notif_req",
    "notification_messages",
    "customer_feedback",
)
MEDIA_TYPES = ("image", "audio", "video", "file")
CONTENTS = ("text", "attachment", "attachments", "sticker_id", "template")


@dataclass(frozen=True)
class OneTimeRequest:
    """What a `one_time_notif_req` template asks."""

    title: str
    payload: str


@dataclass(frozen=True)
class OptIn:
    """What a `notification_messages` template asks; `frequency` is None since 2023-02-02."""

    title: str
    payload: str
    frequency: str | None


@dataclass(frozen=True)
class MessageShape:
    """A message that is well formed; `media` is audio, video or file when it carries one."""

    message: Mapping[str, Any]
    words: str
    template: str | None = None
    one_time: OneTimeRequest | None = None
    opt_in: OptIn | None = None
    utility: UtilityCall | None = None
    media: str | None = None


class MessageReader(UtilityReader, FeedbackReader):
    """Reads `message`; every method raises RefusedError."""

    def message(self, value: object) -> MessageShape:
        """Return the shape of the message."""
        fields = self.fields(value, "message", (), (*CONTENTS, "quick_replies", "metadata"))
        if sum(name in fields for name in CONTENTS) != 1:
            raise self.wrong("`message` holds exactly one of " + ", ".join(CONTENTS))
        found: dict[str, Any] = {}
        if "text" in fields:
            self.text(fields["text"], "message.text", self.limits["text"], read=True)
        elif "attachment" in fields:
            found = self.attachment(fields["attachment"], "message.attachment")
        elif "attachments" in fields:
            pictures = self.items(
                fields["attachments"], "message.attachments", self.limits["attachments"]
            )
            for where, picture in pictures:
                self.picture(picture, where)
        elif "template" in fields:
            self.not_before(self.facts.utility.start, "message.template")
            found = {"utility": self.utility_template(fields["template"], "message.template")}
        else:
            self.since("sticker_id", "message.sticker_id")
            sticker = fields["sticker_id"]
            if isinstance(sticker, bool) or not isinstance(sticker, (int, str)):
                raise self.wrong("`message.sticker_id` is not an identifier")
        if "metadata" in fields:
            self.text(fields["metadata"], "message.metadata", self.limits["metadata"], least=0)
        message = dict(fields)
        if "quick_replies" in fields:
            message["quick_replies"] = self.quick_replies(fields["quick_replies"])
        return MessageShape(message, "\n".join(self.words), **found)

    def quick_replies(self, value: object) -> list[dict[str, Any]]:
        """Return the quick replies as the person sees them."""
        shown = []
        for path, reply in self.items(value, "message.quick_replies", self.limits["quick_replies"]):
            fields = self.fields(reply, path, ("content_type",), ("title", "payload", "image_url"))
            kinds = ("text", "user_phone_number", "user_email")
            kind = self.choice(fields["content_type"], f"{path}.content_type", kinds)
            if kind == "text":
                self.fields(reply, path, ("content_type", "title", "payload"), ("image_url",))
                self.text(fields["title"], f"{path}.title", self.limits["text"], read=True)
                self.text(fields["payload"], f"{path}.payload", self.limits["payload"])
                if "image_url" in fields:
                    self.link(fields["image_url"], f"{path}.image_url")
                # Longer titles are cut by the platform, not refused.
                title = fields["title"][: self.limits["quick_reply_title"]]
                fields = {**fields, "title": title}
            shown.append(fields)
        return shown

    # -- attachments --------------------------------------------------------------------------

    def picture(self, value: object, path: str) -> None:
        """Check one of several pictures."""
        fields = self.fields(value, path, ("type", "payload"), ())
        self.choice(fields["type"], f"{path}.type", ("image",))
        self.media(fields["payload"], f"{path}.payload")

    def attachment(self, value: object, path: str) -> dict[str, Any]:
        """Return what the attachment adds to the shape."""
        fields = self.fields(value, path, ("type", "payload"), ())
        kind = self.choice(fields["type"], f"{path}.type", (*MEDIA_TYPES, "template"))
        inner = f"{path}.payload"
        if kind != "template":
            self.media(fields["payload"], inner)
            return {"media": kind} if kind != "image" else {}
        payload = fields["payload"]
        template = payload.get("template_type") if isinstance(payload, dict) else None
        if isinstance(template, str) and template in TEMPLATES_NOT_IMITATED:
            raise self.not_imitated(f"template {template}")
        chosen = self.choice(template, f"{inner}.template_type", TEMPLATES)
        found: dict[str, Any] = {"template": chosen}
        if chosen == "one_time_notif_req":
            found["one_time"] = self.one_time_request(payload, inner)
        elif chosen == "notification_messages":
            found["opt_in"] = self.opt_in_request(payload, inner)
        elif chosen == "customer_feedback":
            self.since("customer_feedback", f"{inner}.template_type customer_feedback")
            self.feedback_template(payload, inner)
        elif chosen == "button":
            self.button_template(payload, inner)
        else:
            self.generic_template(payload, inner)
        return found

    def media(self, value: object, path: str) -> None:
        """Check where a picture, a sound, a film or a file comes from."""
        fields = self.fields(value, path, (), ("url", "is_reusable", "attachment_id"))
        if ("url" in fields) == ("attachment_id" in fields):
            raise self.wrong(f"`{path}` holds either url or attachment_id")
        if "url" in fields:
            self.link(fields["url"], f"{path}.url")
        else:
            self.text(fields["attachment_id"], f"{path}.attachment_id", self.limits["payload"])
        self.flag(fields, "is_reusable", path)

    # -- templates ----------------------------------------------------------------------------

    def one_time_request(self, value: object, path: str) -> OneTimeRequest:
        """Return what the person is asked to be told once."""
        self.not_before(self.facts.one_time_from, f"{path}.template_type one_time_notif_req")
        fields = self.fields(value, path, ("template_type", "title", "payload"), ())
        title = self.text(
            fields["title"], f"{path}.title", self.limits["one_time_title"], read=True
        )
        return OneTimeRequest(
            title, self.text(fields["payload"], f"{path}.payload", self.limits["payload"])
        )

    def opt_in_request(self, value: object, path: str) -> OptIn:
        """Return what the person is asked to be told again and again."""
        rules = self.facts.recurring
        self.not_before(rules.start, f"{path}.template_type notification_messages")
        names = ("frequency", "reoptin", "timezone", "cta_text")
        optional = tuple(f"notification_messages_{name}" for name in names)
        fields = self.fields(
            value,
            path,
            ("template_type", "payload"),
            ("title", "image_url", "image_aspect_ratio", *optional),
        )
        title = rules.default_title
        if "title" in fields:
            most = self.limits["recurring_title"]
            title = self.text(fields["title"], f"{path}.title", most, read=True)
        if "image_url" in fields:
            self.link(fields["image_url"], f"{path}.image_url")
        for name in (*optional[1:], "image_aspect_ratio"):
            if name in fields:
                self.text(fields[name], f"{path}.{name}", self.limits["payload"])
        frequency = fields.get("notification_messages_frequency")
        if frequency is not None or self.moment < rules.frequencies_until:
            where = f"{path}.notification_messages_frequency"
            self.choice(frequency, where, tuple(rules.frequencies))
        payload = self.text(fields["payload"], f"{path}.payload", self.limits["payload"])
        if self.moment >= rules.frequencies_until:
            frequency = None
        return OptIn(title, payload, frequency)

    def button_template(self, value: object, path: str) -> None:
        """Check a button template."""
        fields = self.fields(value, path, ("template_type", "text", "buttons"), ("sharable",))
        self.text(fields["text"], f"{path}.text", self.limits["button_template_text"], read=True)
        self.buttons(fields["buttons"], f"{path}.buttons")
        self.flag(fields, "sharable", path)

    def generic_template(self, value: object, path: str) -> None:
        """Check a generic template."""
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
        """Check one card of a generic template."""
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
        """Check the buttons under a message."""
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
        """Check a button, or a card's own action, that opens an address."""
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
        """Check what stands on a button."""
        self.text(fields["title"], f"{path}.title", self.limits["button_title"], read=True)
