"""Rules of the family *limits*: what the platform refuses or cuts, from its own tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from . import table
from .findings import Edit, Finding, Fix, Rule, Severity, spot
from .model import Choice, Message, Project
from .tree import Branch, Leaf, Row, Tree, walk
from .words import filled, least, units
from .writing import replaced

_IDENTIFIER = re.compile(r"[A-Za-z0-9_]+")
_LINKS = ("url", "image_url", "fallback_url", "src")


def _texts_too_long(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for leaf in message.texts:
            if least(leaf.value) > table.TEXT:
                says = f"the text has {_length(leaf)} characters, and a message holds {table.TEXT}"
                yield Finding(spot(leaf, message.heads), says, message.name)


def _button_texts(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        over = [message.text] if message.buttons and not message.quick_replies else []
        over += [t.payload.leaf("text") for t in message.templates if t.kind.value == "button"]
        for leaf in over:
            if leaf is not None and least(leaf.value) > table.BUTTON_TEXT:
                says = (
                    f"the text over the buttons has {_length(leaf)} characters, "
                    f"and {table.BUTTON_TEXT} fit"
                )
                yield Finding(spot(leaf, message.heads), says, message.name)


def _too_many_buttons(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        rows = [message.buttons]
        rows += [
            tuple(Choice("button", item) for item in template.payload.row("buttons"))
            for template in message.templates
            if template.kind.value == "button"
        ]
        for row in rows:
            if len(row) > table.BUTTONS:
                says = f"{len(row)} buttons, and a message holds {table.BUTTONS}"
                yield Finding(spot(row[table.BUTTONS].body, message.heads), says, message.name)


def _element_buttons(project: Project) -> Iterator[Finding]:
    for message, element in _elements(project):
        row = element.row("buttons")
        if len(row) > table.BUTTONS:
            says = f"{len(row)} buttons on one element, which holds {table.BUTTONS}"
            yield Finding(spot(row[table.BUTTONS], message.heads), says, message.name)


def _titles(kind: str, name: str) -> Callable[[Project], Iterator[Finding]]:
    def check(project: Project) -> Iterator[Finding]:
        for message in project.messages:
            for choice in message.choices:
                title = choice.title
                if choice.kind != kind or title is None or least(title.value) <= table.TITLE:
                    continue
                has = f"the {name}'s title has {_length(title)} characters"
                says = f"{has}, and {table.TITLE} are shown"
                yield Finding(spot(title, message.heads), says, message.name)

    return check


def _too_many_quick_replies(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        row = message.quick_replies
        if len(row) > table.QUICK_REPLIES:
            says = f"{len(row)} quick replies, and a message holds {table.QUICK_REPLIES}"
            yield Finding(spot(row[table.QUICK_REPLIES].body, message.heads), says, message.name)


def _payloads(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        found = [choice.payload for choice in message.choices]
        found += [template.payload.leaf("payload") for template in message.templates]
        for leaf in found:
            if leaf is not None and least(leaf.value) > table.PAYLOAD:
                says = f"the payload has {_length(leaf)} characters, and {table.PAYLOAD} fit"
                yield Finding(spot(leaf, message.heads), says, message.name)


def _incomplete_choices(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for choice in message.choices:
            wrong = _what_is_missing(choice)
            if wrong:
                yield Finding(spot(choice.body, message.heads), wrong, message.name)


def _what_is_missing(choice: Choice) -> str | None:
    if not isinstance(choice.body, Branch):
        return f"this {choice.kind} is not a map of `title` and `payload`"
    kind, title = choice.type, choice.title
    if choice.kind == "quick reply":
        if kind not in table.QUICK_REPLY_TYPES and kind != "postback":
            return f"`{kind}` is no kind of quick reply"
        asks = kind in ("user_phone_number", "user_email")
        return None if asks or _shown(title) else "the quick reply has no title"
    if kind not in table.BUTTON_TYPES:
        return f"`{kind}` is no type of button"
    if kind not in table.UNTITLED_BUTTONS and not _shown(title):
        return "the button has no title"
    if kind in ("web_url", "account_link") and choice.leaf("url") is None:
        return f"the button of type `{kind}` has no `url`"
    if kind == "phone_number" and choice.payload is None:
        return "the button has no number to call in `payload`"
    return None


def _shown(title: Leaf | None) -> bool:
    return title is not None and bool(title.value.strip())


def _too_many_elements(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for row in message.elements:
            if len(row) > table.ELEMENTS:
                says = f"{len(row)} elements, and a generic template holds {table.ELEMENTS}"
                yield Finding(spot(row[table.ELEMENTS], message.heads), says, message.name)


def _element_texts(project: Project) -> Iterator[Finding]:
    for message, element in _elements(project):
        for key in ("title", "subtitle"):
            leaf = element.leaf(key)
            if leaf is not None and least(leaf.value) > table.ELEMENT_TEXT:
                says = f"the {key} has {_length(leaf)} characters, and {table.ELEMENT_TEXT} fit"
                yield Finding(spot(leaf, message.heads), says, message.name)


def _bare_elements(project: Project) -> Iterator[Finding]:
    for message, element in _elements(project):
        given = [key for key, value in element.pairs if not _nothing(value)]
        if element.leaf("title") is None:
            yield Finding(spot(element, message.heads), "the element has no title", message.name)
        elif len(given) < 2:  # noqa: PLR2004 - a title and one more
            says = "the element has a title alone: the platform wants one property more"
            yield Finding(spot(element, message.heads), says, message.name)


def _nothing(value: Tree) -> bool:
    return (isinstance(value, Leaf) and value.is_null) or (
        isinstance(value, Row) and not value.items
    )


def _elements(project: Project) -> Iterator[tuple[Message, Branch]]:
    for message in project.messages:
        for row in message.elements:
            for element in row:
                if isinstance(element, Branch):
                    yield message, element


def _request_titles(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for template in message.templates:
            title = template.payload.leaf("title")
            if template.kind.value != "one_time_notif_req" or title is None:
                continue
            if least(title.value) > table.REQUEST_TITLE:
                says = (
                    f"the request's title has {_length(title)} characters, "
                    f"and {table.REQUEST_TITLE} fit"
                )
                yield Finding(spot(title, message.heads), says, message.name)


def _links(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for leaf in _addresses(message):
            finding = _link(leaf, message)
            if finding is not None:
                yield finding


def _addresses(message: Message) -> Iterator[Leaf]:
    seen: set[int] = set()
    for key, value in walk(message.body):
        named = key is not None and key.value in _LINKS
        if named and isinstance(value, Leaf) and not value.is_null and value.start not in seen:
            seen.add(value.start)
            yield value
    for name in ("image", "attachment"):
        leaf = message.body.leaf(name)
        if leaf is not None:
            yield leaf


def _link(leaf: Leaf, message: Message) -> Finding | None:
    address = leaf.value.strip()
    if not address or address.startswith("{"):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return Finding(spot(leaf, message.heads), f"`{address}` is no address", message.name)
    if parts.scheme == "https" and parts.netloc:
        return None
    if parts.scheme == "http" and parts.netloc:
        fix = replaced(leaf, 0, len("http"), "https", "open the link by `https`", safe=False)
        says = "the link is not encrypted: `http` where `https` is expected"
        return Finding(spot(leaf, message.heads), says, message.name, fix)
    says = f"`{address[:60]}` is not an address of the web: it has to begin with `https://`"
    return Finding(spot(leaf, message.heads), says, message.name)


def _feedback(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for template in message.templates:
            if template.kind.value == "customer_feedback":
                for place, says in _feedback_faults(template.kind, template.payload):
                    yield Finding(spot(place, message.heads), says, message.name)


def _feedback_faults(kind: Leaf, body: Branch) -> Iterator[tuple[Tree, str]]:
    for key, most in table.FEEDBACK_TITLES.items():
        leaf = body.leaf(key)
        if leaf is not None and least(leaf.value) > most:
            yield leaf, f"`{key}` has {_length(leaf)} characters, and {most} fit"
    days = body.leaf("expires_in_days")
    first, last = table.FEEDBACK_DAYS
    if days is not None and not (days.value.isdigit() and first <= int(days.value) <= last):
        yield days, f"`expires_in_days` is `{days.value}`, not a number from {first} to {last}"
    privacy = body.branch("business_privacy")
    if privacy is None or privacy.leaf("url") is None:
        yield kind, "the survey has no `business_privacy.url`, which the platform requires"
    screens = body.row("feedback_screens")
    if body.get("feedback_screens") is not None and len(screens) != 1:
        yield kind, f"`{len(screens)}` screens, and a survey has one"
    for screen in screens:
        questions = screen.row("questions") if isinstance(screen, Branch) else ()
        if len(questions) != 1:
            yield kind, f"`{len(questions)}` questions, and a survey has one"
        for question in questions:
            if isinstance(question, Branch):
                yield from _question_faults(question)


def _question_faults(question: Branch) -> Iterator[tuple[Tree, str]]:
    name, title = question.leaf("id"), question.leaf("title")
    fewest, most = table.FEEDBACK_QUESTION
    if name is not None and (
        len(name.value) > table.FEEDBACK_ID or not _IDENTIFIER.fullmatch(name.value)
    ):
        yield name, "the question's `id` is not 80 letters, digits and underscores at most"
    if title is not None and not filled(title.value) and not fewest <= units(title.value) <= most:
        yield title, f"the question has {units(title.value)} characters, not {fewest} to {most}"


def _templates(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for template in message.templates:
            kind = template.kind
            if kind.value in table.GONE_TEMPLATES:
                since = table.GONE_TEMPLATES[kind.value]
                says = f"the template `{kind.value}` is gone since {since}"
            elif kind.value not in table.TEMPLATES and not filled(kind.value):
                says = f"`{kind.value}` is no template of the platform"
            else:
                continue
            yield Finding(spot(kind, message.heads), says, message.name)


def _images(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for custom in message.customs:
            inner = custom.branch("message") or custom
            pictures = inner.row("attachments")
            if len(pictures) > table.IMAGES:
                says = f"{len(pictures)} images, and a message holds {table.IMAGES}"
                yield Finding(spot(pictures[table.IMAGES], message.heads), says, message.name)
        for template in message.templates:
            images = template.payload.row("images")
            fewest, most = table.GRID_FEWEST, table.GRID_MOST
            if template.kind.value == "image_grid" and not fewest <= len(images) <= most:
                says = f"{len(images)} images, and a grid shows {fewest} to {most}"
                yield Finding(spot(template.kind, message.heads), says, message.name)


def _receipts(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for template in message.templates:
            row = template.payload.row("elements")
            if template.kind.value == "receipt" and len(row) > table.RECEIPT_ELEMENTS:
                says = f"{len(row)} elements, and a receipt lists {table.RECEIPT_ELEMENTS}"
                yield Finding(spot(row[table.RECEIPT_ELEMENTS], message.heads), says, message.name)


def _metadata(project: Project) -> Iterator[Finding]:
    for message in project.messages:
        for custom in message.customs:
            leaf = (custom.branch("message") or custom).leaf("metadata")
            if leaf is not None and least(leaf.value) > table.METADATA:
                says = f"`metadata` has {_length(leaf)} characters, and {table.METADATA} fit"
                yield Finding(spot(leaf, message.heads), says, message.name)


def _texts_that_are_none(project: Project) -> Iterator[Finding]:
    """Find texts that are a map, a list or nothing: a placeholder that was not quoted is a map."""
    for message in project.messages:
        key, value = message.body.key("text"), message.body.get("text")
        if key is None or value is None or isinstance(value, Leaf):
            if key is not None and isinstance(value, Leaf) and not value.value.strip():
                yield Finding(spot(key, message.heads), "the text is empty", message.name)
            continue
        says = "the text is a list, not words"
        fix = None
        if isinstance(value, Branch):
            says = "the text is a map, not words: quote a text that begins with a placeholder"
            fix = _quoted(value)
        yield Finding(spot(value, message.heads), says, message.name, fix)


def _quoted(value: Branch) -> Fix | None:
    raw = value.source.text[value.start : value.end]
    if not value.flow or '"' in raw or "\n" in raw:
        return None
    edit = Edit(value.source, value.start, value.end, f'"{raw}"')
    return Fix("quote the text", (edit,), safe=False)


def _length(leaf: Leaf) -> str:
    """Return a length for a sentence; with placeholders only the least is known."""
    return f"{'at least ' if filled(leaf.value) else ''}{least(leaf.value)}"


_E = Severity.ERROR
RULES = (
    Rule("L101", "text-too-long", _E, _texts_too_long),
    Rule("L102", "button-text-too-long", _E, _button_texts),
    Rule("L103", "too-many-buttons", _E, _too_many_buttons),
    Rule("L104", "button-title-too-long", _E, _titles("button", "button")),
    Rule("L105", "quick-reply-title-too-long", _E, _titles("quick reply", "quick reply")),
    Rule("L106", "too-many-quick-replies", _E, _too_many_quick_replies),
    Rule("L107", "payload-too-long", _E, _payloads),
    Rule("L108", "choice-incomplete", _E, _incomplete_choices),
    Rule("L109", "too-many-elements", _E, _too_many_elements),
    Rule("L110", "element-text-too-long", _E, _element_texts),
    Rule("L111", "element-too-bare", _E, _bare_elements),
    Rule("L112", "too-many-element-buttons", _E, _element_buttons),
    Rule("L113", "request-title-too-long", _E, _request_titles),
    Rule("L114", "link-not-of-the-web", _E, _links),
    Rule("L115", "feedback-template-unfit", _E, _feedback),
    Rule("L116", "template-unknown", _E, _templates),
    Rule("L117", "image-count", _E, _images),
    Rule("L118", "metadata-too-long", _E, _metadata),
    Rule("L119", "text-is-no-text", _E, _texts_that_are_none),
    Rule("L120", "receipt-too-long", _E, _receipts),
)
