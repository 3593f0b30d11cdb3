"""Changes to a scalar that keep its quotes, and the comments and layout around it."""

from __future__ import annotations

import re

from .findings import Edit, Fix, Part
from .tree import Branch, Leaf, Tree

#: What ends a plain scalar, or makes it another thing, and what may not begin one.
_ENDS_PLAIN = re.compile(r": |:$| #|[\[\]{},\n]")
_AT_A_SEAM = re.compile(r":\s|\s#")
_BEGINS_OTHER = re.compile(r"[-?:,\[\]{}#&*!|>'\"%@`]")

_BLOCKS = ("|", ">")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_LINE_BREAK = re.compile(r"\r?\n")
#: What may stand behind a key's value on a line that is its own.
_ENDS_A_LINE = re.compile(r"[ \t]*,?[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
#: A line of a text in double quotes that goes on below without white space between.
_ESCAPED_FOLD = re.compile(r"\\\r?\n")


def replaced(leaf: Leaf, start: int, end: int, text: str, says: str, *, safe: bool) -> Fix | None:
    """Return the fix that puts *text* for the characters *start* to *end* of a scalar's value.

    None where it cannot be done without rewriting the scalar.
    """
    edit = edited(leaf, start, end, text)
    return None if edit is None else Fix(says, (edit,), safe)


def edited(leaf: Leaf, start: int, end: int, text: str) -> Edit | None:
    """Return the change of a part of a scalar, or None where it cannot be made in place."""
    first = leaf.inside(start)
    last = leaf.behind(end - 1) if end > start else first
    if not leaf.source.exact or leaf.style == "py" or first is None or last is None:
        return None
    written = _written(text, leaf.style)
    if written is None:
        return None
    if leaf.style == '"':
        if _ESCAPED_FOLD.search(leaf.source.text, first, last):
            return None  # the white space around it belongs to the layout
        if written[:1] == " " and _begins_a_line(leaf.source.text, first):
            written = "\\" + written  # else it would be taken for indentation
    rest = leaf.value[:start] + text + leaf.value[end:]
    if leaf.style is None and (not rest.strip() or rest != rest.strip()):
        return None  # a plain scalar keeps no white space at its ends
    if leaf.style in _BLOCKS and _unmakes_a_line(leaf.value, start, end):
        return None
    if leaf.style is None and start == 0 and _BEGINS_OTHER.match(rest):
        return None
    # what is harmless by itself may end a scalar beside what was there: a blank before `#`
    seam = rest[max(0, start - 1) : start + len(text) + 1]
    if leaf.style is None and (_AT_A_SEAM.search(seam) or rest.endswith(":")):
        return None
    return Edit(leaf.source, first, last, written, Part(leaf, start, end, text))


def _begins_a_line(text: str, at: int) -> bool:
    """Tell whether only white space stands before a place on its line."""
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _unmakes_a_line(value: str, start: int, end: int) -> bool:
    """Tell whether a change takes a line break away, or stands on an empty line.

    An empty line of a block has no indentation, so what is written there falls out of the block.
    """
    begins = start == 0 or value[start - 1] == "\n"
    return "\n" in value[start:end] or (begins and value[start : start + 1] in {"", "\n"})


def _written(text: str, style: str | None) -> str | None:
    """Return a text as it stands inside of a scalar of this style, None where it cannot."""
    if style == '"':
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if style == "'":
        return None if "\n" in text else text.replace("'", "''")
    if style is None:
        return None if _ENDS_PLAIN.search(text) else text
    return None if "\n" in text else text


def without_key(body: Branch, key: str, says: str, *, safe: bool) -> Fix | None:
    """Return the fix that takes a key and its value out of a mapping, None where it is the last."""
    names = [name.value for name, _ in body.pairs]
    if len(names) < 2 or key not in names:  # noqa: PLR2004 - what is left must be a mapping
        return None
    place = names.index(key)
    name, _ = body.pairs[place]
    source = body.source
    if not source.exact or name.style == "py" or not body.start <= name.start < body.end:
        return None  # out of Python, or merged from elsewhere
    span = _in_flow(body, place) if body.flow else _in_block(body, place)
    return None if span is None else Fix(says, (Edit(source, *span, ""),), safe)


def _in_flow(body: Branch, place: int) -> tuple[int, int]:
    """Return a key's own lines where nothing else stands there, else its words with one comma.

    Comments on other lines speak of other keys, and stay.
    """
    text = body.source.text
    name, value = body.pairs[place]
    lines = _own_lines(text, name.start, value.end)
    if lines is not None:
        return lines
    if place + 1 < len(body.pairs):
        following = body.pairs[place + 1][0].start
        if text[value.end : following].strip() == ",":
            return name.start, following
        comma = _COMMA.match(text, value.end)
        return name.start, comma.end() if comma is not None else value.end
    before = body.pairs[place - 1][1].end
    return before if text[before : name.start].strip() == "," else name.start, value.end


def _in_block(body: Branch, place: int) -> tuple[int, int] | None:
    """Return the whole lines of a key; beside the dash of a list's item up to the next key."""
    text = body.source.text
    name, value = body.pairs[place]
    end = max(value.start + len(text[value.start : _end(value)].rstrip()), name.end)
    lines = _own_lines(text, name.start, end)
    if lines is not None or place:
        return lines
    following = min(key.start for key, _ in body.pairs if key.start > name.start)
    line_end = _line_end(text, end)
    if _begins_a_line(text, following) and not text[line_end:following].strip():
        return name.start, following
    return name.start, line_end  # comments below speak of the next key


def _own_lines(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the whole lines of a key and its value, None where they share them."""
    if not _begins_a_line(text, start) or not _ENDS_A_LINE.match(text, end):
        return None
    return text.rfind("\n", 0, start) + 1, _next_line(text, end)


def _next_line(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)


def _line_end(text: str, at: int) -> int:
    """Return where the line of a place ends, before its line break."""
    found = _LINE_BREAK.search(text, at)
    return len(text) if found is None else found.start()


def _end(value: Tree) -> int:
    """Return where the last word of a value ends; a block's own end is that of what follows."""
    if isinstance(value, Leaf) or (isinstance(value, Branch) and value.flow):
        return value.end
    inside = [part for _, part in value.pairs] if isinstance(value, Branch) else [*value.items]
    return max((_end(part) for part in inside), default=value.end)
