"""What Rasa's response maps hold, taken apart: texts, choices, templates, what they declare."""

from __future__ import annotations

import re

from .model import Choice, Condition, Declared, Message, Template
from .tree import Branch, Leaf, Row, Tree

_NAMES = "lang(?:uage)?|locale|langue|sprache|idioma"
_LANGUAGE_SLOT = re.compile(rf"(?:^|_)(?:{_NAMES})(?:_|$)", re.IGNORECASE)
_PLAIN_SLOT = re.compile(_NAMES, re.IGNORECASE)
#: Under another name the value tells: a `programming_language` may be `python`.
_LANGUAGE = re.compile(
    r"[a-z]{2}(?:[-_][a-z0-9]{2,4})?|english|french|fran[cç]ais|anglais", re.IGNORECASE
)


def message_of(
    name: str, body: Branch, heads: tuple[int, ...] = (), *, in_action: bool = False
) -> Message:
    """Return one variation of a response as a message."""
    customs = tuple(item for item in _listed(body.get("custom")) if isinstance(item, Branch))
    inner = tuple(custom.branch("message") or custom for custom in customs)
    templates = tuple(_templates(body, inner))
    text = body.leaf("text")
    conditions = tuple(_conditions(body))
    return Message(
        name=name,
        at=body,
        heads=(*heads, body.start),
        body=body,
        text=text,
        texts=tuple(_texts(text, inner, templates)),
        buttons=_choices("button", body.get("buttons")),
        quick_replies=_choices("quick reply", body.get("quick_replies"))
        + tuple(c for part in inner for c in _choices("quick reply", part.get("quick_replies"))),
        inner_buttons=tuple(_inner_buttons(body, templates)),
        elements=tuple(_carousels(body, templates)),
        templates=templates,
        customs=customs,
        channel=body.leaf("channel"),
        conditions=conditions,
        declared=_declared(body),
        language=next((c.value.value for c in conditions if _asks_language(c)), None),
        in_action=in_action,
    )


def _asks_language(condition: Condition) -> bool:
    if _PLAIN_SLOT.fullmatch(condition.slot):
        return True
    return bool(
        _LANGUAGE_SLOT.search(condition.slot) and _LANGUAGE.fullmatch(condition.value.value)
    )


def _listed(tree: Tree | None) -> tuple[Tree, ...]:
    if tree is None:
        return ()
    return tree.items if isinstance(tree, Row) else (tree,)


def _choices(kind: str, tree: Tree | None) -> tuple[Choice, ...]:
    return tuple(Choice(kind, item) for item in tree.items) if isinstance(tree, Row) else ()


def _templates(body: Branch, inner: tuple[Branch, ...]) -> list[Template]:
    found = []
    for holder in (*inner, body):
        attachment = holder.branch("attachment")
        payload = attachment.branch("payload") if attachment else None
        kind = payload.leaf("template_type") if payload else None
        if payload is not None and kind is not None:
            found.append(Template(kind, payload))
    return found


def _texts(
    text: Leaf | None, inner: tuple[Branch, ...], templates: tuple[Template, ...]
) -> list[Leaf]:
    """Return what is read as running text, in the order in which it is sent."""
    said = [text, *(part.leaf("text") for part in inner)]
    said += [template.payload.leaf("text") for template in templates]
    return [leaf for leaf in said if leaf is not None and leaf.value.strip()]


def _elements(tree: Tree | None) -> tuple[Tree, ...]:
    return tree.items if isinstance(tree, Row) else ()


def _carousels(body: Branch, templates: tuple[Template, ...]) -> list[tuple[Tree, ...]]:
    rows = [_elements(body.get("elements"))]
    rows += [
        _elements(template.payload.get("elements"))
        for template in templates
        if template.kind.value == "generic"
    ]
    return [row for row in rows if row]


def _inner_buttons(body: Branch, templates: tuple[Template, ...]) -> list[tuple[Choice, ...]]:
    rows = [_choices("button", template.payload.get("buttons")) for template in templates]
    for row in _carousels(body, templates):
        rows += [
            _choices("button", element.get("buttons"))
            for element in row
            if isinstance(element, Branch)
        ]
    return [row for row in rows if row]


def _conditions(body: Branch) -> list[Condition]:
    found = []
    for item in _listed(body.get("condition")):
        if isinstance(item, Branch):
            slot, value = item.leaf("name"), item.get("value")
            if slot is not None and isinstance(value, Leaf):
                found.append(Condition(slot.value, value))
    return found


def _declared(body: Branch) -> Declared:
    """Return what the metadata declares; what an action passes as `messenger` counts the same."""
    metadata = body.branch("metadata")
    passed = body.get("messenger")
    return Declared(passed if passed is not None else metadata and metadata.get("messenger"))
