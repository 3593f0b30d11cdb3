"""Messages in the platform's shapes and within its sizes: buttons, quick replies, templates, media.

Sizes: Send API reference (v25.0, spring 2026); quick replies, button template and generic template
pages (2026-04-22); One-Time Notification page; customer feedback template page (2026-03-23). What
does not fit is moved, shortened or left out, and each time a sentence says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from .measure import shorten, split, split_tail, units
from .values import (
    JSON,
    LINK_FIELDS,
    MEDIA,
    UnfitError,
    Wire,
    as_text,
    default_action,
    groups,
    kind_of,
    mapping,
    media,
    payload_text,
    plain,
    quoted,
    sticker,
    template,
    utility,
    visible,
    web_address,
)

_Shape: TypeAlias = "Callable[[Mapping[object, object]], Wire]"

TEXT = 1999  # "less than 2000 characters": Send API reference
BUTTON_TEXT = 640
BUTTONS = 3
QUICK_REPLIES = 13
TITLE = 20  # of a button or a quick reply
ELEMENTS = 10
ELEMENT_TITLE = 80
ATTACHMENTS = 30
REQUEST_TITLE = 65
FEEDBACK_TITLES = {"title": 65, "subtitle": 80, "button_title": TITLE}
NEUTRAL = "…"  # where the platform wants a text and the author gave none: the same in any language

_BUTTON_FIELDS = {
    "postback": ("payload",),
    "phone_number": ("payload",),
    "web_url": LINK_FIELDS,
    "account_link": ("url",),
    "account_unlink": (),
}
_UNTITLED = ("account_link", "account_unlink")
_ELEMENT_KEYS = ("title", "subtitle", "image_url", "default_action", "buttons")
_CAROUSEL_EXTRAS = ("image_aspect_ratio", "sharable")
_MESSAGE_KEYS = ("text", "attachment", "attachments", "template", "sticker_id", "quick_replies")


class Shaper:
    """Shapes the content of one response, and keeps in `notes` what was changed to make it fit."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    # -- texts ----------------------------------------------------------------------------------

    def text(self, value: object, name: str = "text") -> str:
        """Return a readable text, empty where there is none."""
        if value is None:
            return ""
        try:
            text = as_text(value)
        except UnfitError:
            self.notes.append(f"`{name}` is {quoted(value)}, not a text, and was left out")
            return ""
        return text.strip() if visible(text) else ""

    def texts(self, text: str) -> list[Wire]:
        """Return a text as plain messages."""
        pieces = split(text, TEXT)
        if len(pieces) > 1:
            self.notes.append(
                f"the text of {units(text)} characters became {len(pieces)} messages:"
                f" one holds {TEXT}"
            )
        return [{"text": piece} for piece in pieces]

    # -- buttons and quick replies --------------------------------------------------------------

    def buttons(self, value: object) -> list[Wire]:
        """Return the buttons that can be sent."""
        return self._each(value, "button", self._button)

    def quick_replies(self, value: object) -> list[Wire]:
        """Return the quick replies that can be sent."""
        return self._each(value, "quick reply", self._quick_reply)

    def button_messages(self, text: str, buttons: Sequence[Wire]) -> list[Wire]:
        """Return button templates of three; the end of a long text stands on the first of them."""
        if not buttons:
            return self.texts(text)
        before, on_template = split_tail(text, BUTTON_TEXT)
        if before:
            self.notes.append(
                f"the text is longer than the {BUTTON_TEXT} characters over buttons:"
                " its beginning goes first"
            )
        if not on_template:
            self.notes.append(f"the buttons have no text: `{NEUTRAL}` stands over them")
        rows = groups(buttons, BUTTONS)
        if len(rows) > 1:
            self.notes.append(
                f"{len(buttons)} buttons became {len(rows)} messages: one holds {BUTTONS}"
            )
        messages = self.texts(before)
        for index, group in enumerate(rows):
            over = (on_template if index == 0 else "") or NEUTRAL
            messages.append(template("button", {"text": over, "buttons": group}))
        return messages

    def options(self, text: str, buttons: list[Wire]) -> tuple[list[Wire], list[Wire]]:
        """Return (messages, quick replies) for a text with buttons and no quick replies."""
        postbacks = all(button["type"] == "postback" for button in buttons)
        if not BUTTONS < len(buttons) <= QUICK_REPLIES or not postbacks:
            return self.button_messages(text, buttons), []
        self.notes.append(
            f"{len(buttons)} buttons became quick replies: a message holds {BUTTONS} buttons"
        )
        return self.texts(text), [
            {"content_type": "text", "title": button["title"], "payload": button["payload"]}
            for button in buttons
        ]

    def with_quick_replies(self, messages: list[Wire], quick: Sequence[Wire]) -> list[Wire]:
        """Return the messages with quick replies on the last: they vanish when another follows.

        Those beyond thirteen become buttons, which stay, before or on that last message.
        """
        *earlier, last = messages or [{}]
        if not quick:
            return messages
        if not last or "template" in last:  # a utility template takes none
            earlier, last = list(messages), {"text": NEUTRAL}
            self.notes.append(f"the quick replies have no message: `{NEUTRAL}` carries them")
        kept, beyond = _beyond_thirteen(quick)
        if beyond:
            self.notes.append(
                f"{len(beyond)} quick replies became buttons: a message holds {QUICK_REPLIES}"
            )
            text = last.get("text")
            if isinstance(text, str):
                *added, last = self.button_messages(text, beyond)
                earlier += added
            else:
                earlier += self.button_messages("", beyond)
        return [*earlier, {**last, "quick_replies": kept}]

    def _each(self, value: object, what: str, shape: _Shape) -> list[Wire]:
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.notes.append(f"the {what} list is {quoted(value)} and was left out")
            return []
        shaped = (self._one(item, f"{what} {place}", shape) for place, item in enumerate(value, 1))
        return [option for option in shaped if option is not None]

    def _one(self, item: object, what: str, shape: _Shape) -> Wire | None:
        if not isinstance(item, Mapping):
            self.notes.append(f"{what} {quoted(item)} is not a map and was left out")
            return None
        try:
            return shape(item)
        except UnfitError as error:
            name = item.get("title") or item.get("payload") or item.get("url")
            named = f" {quoted(name)}" if name else ""
            self.notes.append(f"{what}{named} was left out: {error}")
            return None

    def _button(self, item: Mapping[object, object]) -> Wire:
        kind = item.get("type") or item.get("button_type")
        if kind is None:
            kind = "web_url" if item.get("url") and not item.get("payload") else "postback"
        if not isinstance(kind, str) or kind not in _BUTTON_FIELDS:
            raise UnfitError(f"{quoted(kind)} is no type of button")
        button: Wire = {"type": kind}
        if kind not in _UNTITLED:
            button["title"] = self._title(item.get("title"), TITLE)
        for name in _BUTTON_FIELDS[kind]:
            value = item.get(name)
            if name == "payload":
                button[name] = payload_text(item.get("title") if value in (None, "") else value)
            elif name in ("url", "fallback_url") and (name == "url" or value is not None):
                button[name] = web_address(value)
            elif value is not None:
                button[name] = plain(value)
        return button

    def _quick_reply(self, item: Mapping[object, object]) -> Wire:
        kind = item.get("content_type") or "text"
        if kind in ("user_phone_number", "user_email"):
            return {"content_type": str(kind)}
        if kind != "text":
            raise UnfitError(f"{quoted(kind)} is no kind of quick reply")
        payload = item.get("payload")
        reply: Wire = {
            "content_type": "text",
            "title": self._title(item.get("title"), TITLE),
            "payload": payload_text(item.get("title") if payload in (None, "") else payload),
        }
        if item.get("image_url") is not None:
            reply["image_url"] = web_address(item["image_url"])
        return reply

    def _title(self, value: object, limit: int) -> str:
        title = " ".join(as_text(value).split()) if value is not None else ""
        if not visible(title):
            raise UnfitError("it has no title")
        short = shorten(title, limit)
        if short != title:
            self.notes.append(f"the title {quoted(title)} was shortened to `{short}`")
        return short

    # -- elements -------------------------------------------------------------------------------

    def elements(self, value: object, extra: Wire | None = None) -> list[Wire]:
        """Return a generic template of at most ten elements, or several.

        An element with a title alone, which the platform refuses, becomes a text.
        """
        if not isinstance(value, list | tuple):
            self.notes.append(f"the element list is {quoted(value)} and was left out")
            return []
        messages: list[Wire] = []
        row: list[Wire] = []
        for item in value:
            for element in self._element(item):
                if len(element) > 1:
                    row.append(element)
                    continue
                messages += [*_carousels(row, extra), *self.texts(str(element["title"]))]
                row = []
                self.notes.append(f"the element {quoted(element['title'])} is only a text")
        if len(row) > ELEMENTS:
            self.notes.append(f"the elements became several messages: one holds {ELEMENTS}")
        return messages + _carousels(row, extra)

    def _element(self, item: object) -> list[Wire]:
        """Return an element, and again for each three buttons more than it holds."""
        if not isinstance(item, Mapping):
            self.notes.append(f"the element {quoted(item)} is not a map and was left out")
            return []
        self._ignored(item, _ELEMENT_KEYS, "an element")
        title = self.text(item.get("title"), "title")
        subtitle = self.text(item.get("subtitle"), "subtitle")
        if not title:
            title, subtitle = subtitle, ""
        buttons = self.buttons(item.get("buttons"))
        element: Wire = {"title": title or NEUTRAL}
        if subtitle:
            element["subtitle"] = self._title(subtitle, ELEMENT_TITLE)
        for name, shape in (("image_url", web_address), ("default_action", default_action)):
            if item.get(name) is not None:
                try:
                    element[name] = shape(item[name])
                except UnfitError as error:
                    self.notes.append(f"`{name}` of an element was left out: {error}")
        if not title and len(element) == 1 and not buttons:
            self.notes.append("an element with nothing to show was left out")
            return []
        if len(element) == 1 and not buttons:
            return [element]
        element["title"] = self._title(element["title"], ELEMENT_TITLE)
        rows = groups(buttons, BUTTONS)
        if len(rows) > 1:
            self.notes.append(
                f"the element {quoted(element['title'])} was repeated: one holds {BUTTONS} buttons"
            )
        return [{**element, "buttons": row} for row in rows] or [element]

    # -- attachments and ready-made messages ------------------------------------------------------

    def attachment(self, value: object) -> list[Wire]:
        """Return the messages of an attachment: the platform's own object, or an address."""
        try:
            return self._attachment(value)
        except UnfitError as error:
            self.notes.append(f"the attachment was left out: {error}")
            return []

    def image(self, value: object) -> list[Wire]:
        """Return the message of an image's address."""
        try:
            return [media("image", {"url": value})]
        except UnfitError as error:
            self.notes.append(f"the image was left out: {error}")
            return []

    def message(self, value: Mapping[object, object]) -> list[Wire]:
        """Return the messages of one written in the platform's shape (`text`, `attachment`...)."""
        self._ignored(value, _MESSAGE_KEYS, "a message")
        messages = self.texts(self.text(value.get("text")))
        if value.get("attachment") is not None:
            messages += self.attachment(value["attachment"])
        for name, shape in (
            ("attachments", self._pictures),
            ("template", utility),
            ("sticker_id", sticker),
        ):
            if value.get(name) is not None:
                try:
                    messages += shape(value[name])
                except UnfitError as error:
                    self.notes.append(f"`{name}` was left out: {error}")
        return self.with_quick_replies(messages, self.quick_replies(value.get("quick_replies")))

    def _attachment(self, value: object) -> list[Wire]:
        if isinstance(value, str):
            return [media(kind_of(value), {"url": value})]
        if not isinstance(value, Mapping):
            raise UnfitError(f"it is {quoted(value)}, neither a map nor an address")
        kind, payload = value.get("type"), value.get("payload")
        if kind is None and payload is None and isinstance(value.get("url"), str):
            return self._attachment(value["url"])
        if not isinstance(payload, Mapping):
            raise UnfitError("its `payload` is not a map")
        if kind == "template":
            return self._templates(payload)
        if not isinstance(kind, str) or kind not in MEDIA:
            raise UnfitError(f"{quoted(kind)} is no type of attachment")
        return [media(kind, payload)]

    def _templates(self, payload: Mapping[object, object]) -> list[Wire]:
        kind = payload.get("template_type")
        if not isinstance(kind, str) or not kind:
            raise UnfitError("the template has no `template_type`")
        if kind == "button":
            self._ignored(payload, ("template_type", "text", "buttons"), "the button template")
            text = self.text(payload.get("text"))
            return self.button_messages(text, self.buttons(payload.get("buttons")))
        if kind == "generic":
            known = ("template_type", "elements", *_CAROUSEL_EXTRAS)
            self._ignored(payload, known, "the generic template")
            extra: dict[object, object] = {
                name: payload[name] for name in _CAROUSEL_EXTRAS if name in payload
            }
            return self.elements(payload.get("elements"), mapping(extra))
        if kind == "one_time_notif_req":
            self._ignored(payload, ("template_type", "title", "payload"), "the request")
            title = self._title(payload.get("title"), REQUEST_TITLE)
            return [
                template(kind, {"title": title, "payload": payload_text(payload.get("payload"))})
            ]
        content = mapping(payload)
        if kind == "customer_feedback":
            for name, limit in FEEDBACK_TITLES.items():
                if name in content:
                    content[name] = self._title(payload[name], limit)
        return [template(kind, content)]

    def _pictures(self, value: object) -> list[Wire]:
        if not isinstance(value, list | tuple):
            raise UnfitError("it is not a list")
        pictures: list[JSON] = []
        for item in value:
            payload = item.get("payload") if isinstance(item, Mapping) else None
            if not isinstance(payload, Mapping) or item.get("type") != "image":
                raise UnfitError("it holds something that is not an image")
            pictures.append(media("image", payload)["attachment"])
        return [{"attachments": group} for group in groups(pictures, ATTACHMENTS)]

    def _ignored(self, value: Mapping[object, object], known: Sequence[str], where: str) -> None:
        names = sorted(str(name) for name in value if name not in known)
        if names:
            self.notes.append(f"{', '.join(map(quoted, names))} in {where} was ignored")


def _carousels(row: Sequence[Wire], extra: Wire | None) -> list[Wire]:
    shown = groups(row, ELEMENTS)
    return [template("generic", {"elements": group, **(extra or {})}) for group in shown]


def _beyond_thirteen(quick: Sequence[Wire]) -> tuple[list[Wire], list[Wire]]:
    """Return (quick replies that stay, the rest as buttons); what asks for contact data stays."""
    asking = sum(reply["content_type"] != "text" for reply in quick)
    room = QUICK_REPLIES - asking
    kept: list[Wire] = []
    beyond: list[Wire] = []
    for reply in quick:
        if reply["content_type"] != "text":
            kept.append(reply)
        elif room > 0:
            kept.append(reply)
            room -= 1
        else:
            beyond.append(
                {"type": "postback", "title": reply["title"], "payload": reply["payload"]}
            )
    return kept[:QUICK_REPLIES], beyond
