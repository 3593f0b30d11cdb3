"""How a response meets a person: the line of a notification, and the bubble in the chat."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .model import Message, Project
from .output import display_width
from .tree import Branch
from .words import language

BUBBLE = 38  # columns; about what a phone shows of a chat in one line
SOURCE_OF_WIDTH = (
    "the width is ours: the platform publishes no number, and phones differ; "
    "about two lines of a notification"
)
_ELLIPSIS = "…"


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
    for response in project.responses:
        if names and response.name.value not in names:
            continue
        for message in response.messages:
            yield "\n".join(_lines(message, width)) + "\n"
    if not names:
        for call in project.calls:
            if call.message is not None and call.message.texts:
                yield "\n".join(_lines(call.message, width)) + "\n"


def _lines(message: Message, width: int) -> Iterator[str]:
    source = message.at.source
    line, _ = source.place(message.at.start)
    yield f"{message.name}{_for_whom(message)}  {source.path}:{line}"
    words = [" ".join(leaf.value.split()) for leaf in message.texts] or list(_cards(message))
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
    yield from _rows("buttons", [c for c in message.choices if c.kind == "button"], message)
    yield from _rows("quick replies", [c for c in message.choices if c.kind != "button"], message)


def _for_whom(message: Message) -> str:
    told = [condition.value.value for condition in message.conditions]
    if not told and message.texts:
        told = [code for code in (language(message.texts[0].value),) if code]
    if message.channel is not None:
        told.append(message.channel.value)
    if message.proactive:
        told.append(message.declared.purpose)
    return f" ({', '.join(told)})" if told else ""


def _cards(message: Message) -> Iterator[str]:
    for template in message.templates:
        title = template.payload.leaf("title")
        if title is not None:
            yield title.value
    for row in message.elements:
        for element in row:
            title = element.leaf("title") if isinstance(element, Branch) else None
            if title is not None:
                yield title.value


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


def _rows(name: str, choices: Sequence[object], message: Message) -> Iterator[str]:
    titles = [
        choice.title.value if choice.title is not None else f"<{choice.type}>"
        for choice in message.choices
        if choice in choices
    ]
    if titles:
        yield f"  {name:13} {'  '.join(f'[{title}]' for title in titles)}"
