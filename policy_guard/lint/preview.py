"""How a response meets a person: the line of a notification, and the bubble in the chat."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .model import Message, Options, Project
from .output import display_width
from .tree import Branch
from .words import language

BUBBLE = 38  # columns; about what a phone shows of a chat in one line
_WHY_OURS = "the platform publishes no number, and phones differ; about two lines of a notification"
_ELLIPSIS = "…"


def source_of(width: int) -> str:
    """Return where the width of a preview comes from."""
    usual = Options().preview_width
    if width == usual:
        return f"the width is ours: {_WHY_OURS}"
    return f"the width was asked for; the usual {usual} are ours: {_WHY_OURS}"


@dataclass(frozen=True)
class Notification:
    """What a notification shows of a text, and what it leaves out."""

    shown: str
    cut: str


def notification(text: str, width: int) -> Notification:
    """Return the beginning of a text that *width* columns hold, as one line."""
    line = " ".join(text.split())
    if display_width(line) <= width:
        return Notification(line, "")
    end = 0
    while end < len(line) and display_width(line[: end + 1]) < width:
        end += 1
    return Notification(line[:end] + _ELLIPSIS, line[end:])


def previews(project: Project, names: Sequence[str], width: int) -> Iterator[str]:
    """Give a block of lines for every variation of the responses with these names, or of all."""
    for message in _shown(project, names):
        yield "\n".join(_lines(message, width)) + "\n"


def as_data(project: Project, names: Sequence[str], width: int) -> dict[str, Any]:
    """Return the same previews as data."""
    return {
        "width": width,
        "source_of_width": source_of(width),
        "previews": [_data(message, width) for message in _shown(project, names)],
    }


def _shown(project: Project, names: Sequence[str]) -> Iterator[Message]:
    for response in project.responses:
        if not names or response.name.value in names:
            yield from response.messages
    if not names:
        for call in project.calls:
            if call.message is not None and call.message.texts:
                yield call.message


def _data(message: Message, width: int) -> dict[str, Any]:
    source = message.at.source
    words = _words(message)
    seen = notification(words[0], width) if words else None
    return {
        "response": message.name,
        "file": source.path,
        "line": source.place(message.at.start)[0],
        "for": _told(message),
        "notification": None if seen is None else {"shown": seen.shown, "cut_off": seen.cut},
        "bubbles": [leaf.value for leaf in message.texts] + list(_cards(message)),
        "buttons": _titles(message, "button"),
        "quick_replies": _titles(message, "quick reply"),
    }


def _words(message: Message) -> list[str]:
    """Return what a notification may begin with: texts, else the titles of cards."""
    said = [leaf.value for leaf in message.texts] or [
        card.split("\n")[0] for card in _cards(message)
    ]
    return [" ".join(text.split()) for text in said]


def _lines(message: Message, width: int) -> Iterator[str]:
    source = message.at.source
    line, _ = source.place(message.at.start)
    yield f"{message.name}{_for_whom(message)}  {source.path}:{line}"
    words = _words(message)
    if not words:
        yield "  notification  (no words: a picture or a file)"
    else:
        seen = notification(words[0], width)
        yield f"  notification  {seen.shown}"
        if seen.cut:
            yield f"  cut off       {seen.cut}"
    for leaf in message.texts:
        yield from _bubble(leaf.value)
    for card in _cards(message):
        yield from _bubble(card)
    for name, kind in (("buttons", "button"), ("quick replies", "quick reply")):
        titles = _titles(message, kind)
        if titles:
            yield f"  {name:13} {'  '.join(f'[{title}]' for title in titles)}"


def _for_whom(message: Message) -> str:
    told = _told(message)
    return f" ({', '.join(told)})" if told else ""


def _told(message: Message) -> list[str]:
    told = [condition.value.value for condition in message.conditions]
    if not told and message.texts:
        told = [code for code in (language(message.texts[0].value),) if code]
    if message.channel is not None:
        told.append(message.channel.value)
    if message.proactive:
        told.append(message.declared.purpose)
    return told


def _cards(message: Message) -> Iterator[str]:
    """Give what cards say: their titles, and what stands below."""
    for template in message.templates:
        if (title := template.payload.leaf("title")) is not None:
            yield title.value
    for row in message.elements:
        for element in row:
            if isinstance(element, Branch):
                said = [leaf.value for key in ("title", "subtitle") if (leaf := element.leaf(key))]
                yield from ["\n".join(said)] if said else []


def _bubble(text: str) -> Iterator[str]:
    lines = [piece for line in text.strip().split("\n") for piece in _wrapped(line)]
    widest = max(map(display_width, lines), default=0)
    yield f"  ╭{'─' * (widest + 2)}╮"
    for line in lines:
        yield f"  │ {line}{' ' * (widest - display_width(line))} │"
    yield f"  ╰{'─' * (widest + 2)}╯"


def _wrapped(line: str) -> list[str]:
    """Return a line in pieces that fit a bubble, wide characters counted twice."""
    if display_width(line) == len(line):
        return textwrap.wrap(line, BUBBLE) or [""]
    places = [0]
    for at in range(1, len(line) + 1):
        if display_width(line[places[-1] : at]) > BUBBLE:
            space = line.rfind(" ", places[-1] + 1, at)
            places.append(space + 1 if space > 0 else at - 1)
    places.append(len(line))
    return [line[start:end].rstrip() for start, end in pairwise(places)] or [""]


def _titles(message: Message, kind: str) -> list[str]:
    return [
        choice.title.value if choice.title is not None else f"<{choice.type}>"
        for choice in message.choices
        if choice.kind == kind
    ]
