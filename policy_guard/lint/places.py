"""Where each character of a scalar was written, through quotes, escapes and folded lines."""

from __future__ import annotations

_ESCAPED = {"x": 4, "u": 6, "U": 10}  # length of the whole escape, with its backslash
_CLOSED_BY = ("'''", '"""', "'", '"')


def written_at(value: str, raw: str, style: str | None) -> list[int] | None:
    """Return the offset in *raw* of every character of *value*, and of its end; None if unclear.

    *raw* is the scalar as it stands in the file, quotes and block header included.
    """
    if style in ("|", ">"):
        return _block(value, raw)
    if style == "py":
        return _python(value, raw)
    if style is None and value == raw:
        return list(range(len(value) + 1))
    quote = style if style in ('"', "'") else ""
    return _line(value, raw, len(quote), quote)


def length_at(text: str, at: int, style: str | None) -> int:
    """Return how many characters of a file write the one at *at* in a scalar of this style."""
    if style in ('"', "py") and text[at] == "\\":
        return _ESCAPED.get(text[at + 1 : at + 2], 2)
    if style == "'" and text[at : at + 2] == "''":
        return 2
    return 2 if text[at : at + 2] == "\r\n" else 1


def _line(value: str, raw: str, at: int, quote: str) -> list[int] | None:
    """Align a plain or quoted scalar, whose line breaks are folded."""
    places: list[int] = []
    for character in value:
        at = _to(character, raw, at, quote)
        if at < 0:
            return None
        places.append(at)
        at = _past(character, raw, at, quote)
    places.append(min(at, len(raw) - len(quote)))
    return places


def _to(character: str, raw: str, at: int, quote: str) -> int:
    """Return where *character* is written, looking past white space that folding swallowed."""
    while at < len(raw):
        if quote == '"' and raw[at] == "\\" and raw[at + 1 : at + 2] in ("\n", "\r"):
            at += 1
            while at < len(raw) and raw[at].isspace():
                at += 1
            continue
        if raw[at] == character or (quote == '"' and raw[at] == "\\"):
            return at
        if not raw[at].isspace():
            return -1
        if character == " " and raw[at] in "\r\n":
            return at
        at += 1
    return -1


def _past(character: str, raw: str, at: int, quote: str) -> int:
    """Return where the next character may begin."""
    if quote == '"' and raw[at] == "\\":
        return at + _ESCAPED.get(raw[at + 1 : at + 2], 2)
    if quote == "'" and character == "'":
        return at + 2
    if raw[at] in "\r\n" and character == " ":
        while at < len(raw) and raw[at].isspace():
            at += 1
        return at
    return at + 1


def _block(value: str, raw: str) -> list[int] | None:
    """Align a literal or folded block, below its header and within its indentation."""
    at = raw.find("\n") + 1
    first = next((line for line in raw[at:].split("\n") if line.strip()), "")
    lead = next((line for line in value.split("\n") if line.strip()), "")
    indent = len(first) - len(first.lstrip(" ")) - (len(lead) - len(lead.lstrip(" ")))
    places: list[int] = []
    at = _indented(raw, at, indent)
    for character in value:
        long = _break(raw, at)
        ends = long and character in " \n"  # a line that ends, or is folded
        if ends or (at < len(raw) and raw[at] == character):
            places.append(at)
        elif character == "\n" and at >= len(raw):
            places.append(len(raw))
        elif long:  # the blank line that folding swallowed
            at = _indented(raw, at + long, indent)
            long = _break(raw, at)
            if raw[at : at + 1] != character and not (long and character == "\n"):
                return None
            places.append(at)
        else:
            return None
        at = _indented(raw, at + long, indent) if long else at + 1
    places.append(min(at, len(raw)))
    return places


def _break(raw: str, at: int) -> int:
    """Return the length of the line break at a place, 0 where there is none."""
    if raw[at : at + 2] == "\r\n":
        return 2
    return int(raw[at : at + 1] == "\n")


def _indented(raw: str, at: int, indent: int) -> int:
    end = at + max(indent, 0)
    while at < end and raw[at : at + 1] == " ":
        at += 1
    return at


def _python(value: str, raw: str) -> list[int] | None:
    """Align a Python literal; one that is raw or put together of several literal by literal."""
    body = raw.lstrip("fFbBuU")
    quote = next((mark for mark in _CLOSED_BY if body.startswith(mark)), None)
    if quote is None or not body.endswith(quote):
        return _joined(value, raw)
    at = len(raw) - len(body) + len(quote)
    places: list[int] = []
    for character in value:
        if at >= len(raw) or (raw[at] != character and raw[at] != "\\"):
            return _joined(value, raw)
        places.append(at)
        at += _ESCAPED.get(raw[at + 1 : at + 2], 2) if raw[at] == "\\" else 1
    places.append(at)
    return places if at + len(quote) == len(raw) else _joined(value, raw)


def _joined(value: str, raw: str) -> list[int] | None:
    from .python_places import joined  # noqa: PLC0415 - only what stands in several literals needs it

    return joined(value, raw)
