"""Changes to a scalar that keep its quotes, and the comments and layout around it."""

from __future__ import annotations

import re

from .findings import Edit, Fix
from .tree import Branch, Leaf, Tree

#: What ends a plain scalar, or makes it another thing, and what may not begin one.
_ENDS_PLAIN = re.compile(r": |:$| #|[\[\]{},\n]")
_AT_A_SEAM = re.compile(r":\s|\s#")
_BEGINS_OTHER = re.compile(r"[-?:,\[\]{}#&*!|>'\"%@`]")

_BLOCKS = ("|", ">")


def replaced(leaf: Leaf, start: int, end: int, text: str, says: str, *, safe: bool) -> Fix | None:
    """Return the fix that puts *text* for the characters *start* to *end* of a scalar's value.

    None where it cannot be done without rewriting the scalar.
    """
    edit = edited(leaf, start, end, text)
    return None if edit is None else Fix(says, (edit,), safe)


def edited(leaf: Leaf, start: int, end: int, text: str) -> Edit | None:
    """Return the change of a part of a scalar, or None where it cannot be made in place."""
    first, last = leaf.inside(start), leaf.inside(end)
    if not leaf.source.exact or leaf.style == "py" or first is None or last is None:
        return None
    written = _written(text, leaf.style)
    if written is None:
        return None
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
    return Edit(leaf.source, first, last, written)


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
    name, value = body.pairs[place]
    source = body.source
    if not source.exact or name.style == "py" or not body.start <= name.start < body.end:
        return None  # out of Python, or merged from elsewhere
    span = _in_flow(body, place) if body.flow else _in_block(body, name, value, first=place == 0)
    return None if span is None else Fix(says, (Edit(source, *span, ""),), safe)


def _in_flow(body: Branch, place: int) -> tuple[int, int]:
    name, value = body.pairs[place]
    if place + 1 < len(body.pairs):
        return name.start, body.pairs[place + 1][0].start
    return body.pairs[place - 1][1].end, value.end


def _in_block(body: Branch, name: Leaf, value: Tree, *, first: bool) -> tuple[int, int] | None:
    """Return the whole lines of a key; of the first key of a list's item up to the next key."""
    text = body.source.text
    if first:
        return name.start, min(key.start for key, _ in body.pairs if key.start > name.start)
    begin = text.rfind("\n", 0, name.start) + 1
    if text[begin : name.start].strip():
        return None
    last = value.start + len(text[value.start : _end(value)].rstrip())
    end = text.find("\n", max(last, name.end))
    return begin, len(text) if end == -1 else end + 1


def _end(value: Tree) -> int:
    """Return where the last word of a value ends; a block's own end is that of what follows."""
    if isinstance(value, Leaf) or (isinstance(value, Branch) and value.flow):
        return value.end
    inside = [part for _, part in value.pairs] if isinstance(value, Branch) else [*value.items]
    return max((_end(part) for part in inside), default=value.end)
