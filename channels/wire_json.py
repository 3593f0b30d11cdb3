"""JSON as a stranger may send it, made harmless: storable, bounded in depth, read with types."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 32  # the deepest real event, a template in an echo, has about ten levels
MAX_ID = 128  # ids become index keys; real ones are under 30 characters
LAST_MS = 253_402_300_799_999  # the end of the year 9999: the last a datetime can hold
_LONGEST_INT = 19  # digits; more are not even read
_LARGEST_INT = 2**63 - 1  # what a database's integer holds
_LONGEST_SHOWN = 40  # characters of a sender's own words in a reason
_SURROGATE = re.compile("[\ud800-\udfff]")


class BodyError(ValueError):
    """The body is not a JSON object."""


class StrangeError(ValueError):
    """A part of an item is not what it should be."""


class Twice(dict[str, Any]):
    """An object in which a key stands twice, so that it says two things."""


class _NoNumber(dict[str, Any]):
    """Stands for a number that no database column holds."""


def decode(raw: bytes) -> dict[str, Any]:
    """Return the object in a body of UTF-8 JSON.

    A number that no database column holds (`NaN`, `1e999`, 5,000 digits) becomes an object, so that
    nothing takes it for a text and its neighbours are not lost. Raises `BodyError`.
    """
    try:
        body = json.loads(
            raw.decode("utf-8-sig", "surrogatepass"),
            object_pairs_hook=_object,
            parse_int=_int,
            parse_float=_float,
            parse_constant=_no_number,
        )
    except RecursionError:
        raise BodyError("the body is nested too deeply to be read") from None
    except ValueError:
        raise BodyError("the body is not JSON") from None
    if not isinstance(body, dict) or isinstance(body, _NoNumber):
        raise BodyError("the body is not a JSON object")
    return body


def holds_more_than(most: int, value: Any) -> bool:
    """Tell whether a value holds more values than so many, itself and those within counted."""
    left, within = most, [value]
    while within:
        left -= len(within)
        if left < 0:
            return True
        within = [
            inner
            for outer in within
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return False


def clean(value: Any, oddities: set[str], depth: int = 0) -> Any:
    """Return the value fit for any database, and add to `oddities` what had to be changed in it.

    Lone surrogates become U+FFFD and NUL goes, which is no oddity; an object with a key twice, or
    nested deeper than `MAX_DEPTH` levels, is one.
    """
    if isinstance(value, str):
        return storable(value)
    if not isinstance(value, dict | list):
        return value
    if depth == MAX_DEPTH:
        oddities.add(f"it is nested deeper than `{MAX_DEPTH}` levels")
        return "…"
    if isinstance(value, list):
        return [clean(inner, oddities, depth + 1) for inner in value]
    cleaned = {storable(name): clean(inner, oddities, depth + 1) for name, inner in value.items()}
    if isinstance(value, Twice) or len(cleaned) < len(value):
        oddities.add("a key is there twice")
    return cleaned


def storable(text: str) -> str:
    """Return the text as valid Unicode without NUL."""
    return _SURROGATE.sub("\ufffd", text.replace("\0", ""))


def millis(value: object) -> int | None:
    """Return a moment in milliseconds since 1970, UTC, or None when the value cannot be one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= LAST_MS else None


def shown(value: object) -> str:
    """Return a value, or the type of one that is no text, short and printable for a reason."""
    text = storable(value) if isinstance(value, str) else type(value).__name__
    text = json.dumps(text)[1:-1]
    return f"`{text[:_LONGEST_SHOWN]}…`" if len(text) > _LONGEST_SHOWN else f"`{text}`"


@dataclass(frozen=True)
class Fields:
    """An object read field by field: an absent field and null are None.

    `path` is where the object lies in its item, for the reason. Each reader raises `StrangeError`
    when the field is there with another type.
    """

    data: dict[str, Any]
    path: str = ""

    def text(self, name: str) -> str | None:
        """Return a text."""
        value = self.data.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self._strange(name, "is not a text")

    def id(self, name: str) -> str | None:
        """Return an id as a text; the platform writes some as numbers; an empty one is None."""
        value = self.data.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise self._strange(name, "is not an id")
        if value is not None and len(value) > MAX_ID:
            raise self._strange(name, f"is longer than {MAX_ID} characters")
        return value or None

    def whole(self, name: str) -> int | None:
        """Return a whole number."""
        value = self.data.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self._strange(name, "is not a whole number")

    def number(self, name: str) -> float | None:
        """Return a number."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._strange(name, "is not a number")
        return float(value)

    def flag(self, name: str) -> bool:
        """Return a truth value; absent is False."""
        value = self.data.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self._strange(name, "is neither true nor false")

    def sub(self, name: str) -> Fields:
        """Return an object within; absent is an empty one."""
        value = self.data.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self._strange(name, "is not an object")
        return Fields(value, self._at(name))

    def subs(self, name: str) -> list[Fields]:
        """Return a list of objects; absent is an empty one."""
        values = self._list(name)
        if not all(isinstance(value, dict) for value in values):
            raise self._strange(name, "is not a list of objects")
        return [Fields(value, self._at(name)) for value in values]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; absent is an empty one."""
        values = self._list(name)
        if not all(isinstance(value, str) for value in values):
            raise self._strange(name, "is not a list of texts")
        return tuple(values)

    def required(self, name: str) -> str:
        """Return a text that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise self._strange(name, "is missing")
        return value

    def _list(self, name: str) -> list[Any]:
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._strange(name, "is not a list")
        return value

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def _strange(self, name: str, what: str) -> StrangeError:
        return StrangeError(f"`{self._at(name)}` {what}")


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    twice = False
    for name, value in pairs:
        earlier = found.get(name)
        twice = twice or name in found
        if isinstance(earlier, list) and isinstance(value, list):
            earlier.extend(value)  # two lists of items under one key: neither may be lost
        else:
            found[name] = value
    return Twice(found) if twice else found


def _int(digits: str) -> object:
    if len(digits.lstrip("-")) > _LONGEST_INT or abs(int(digits)) > _LARGEST_INT:
        return _no_number(digits)
    return int(digits)


def _float(digits: str) -> object:
    value = float(digits)
    return value if math.isfinite(value) else _no_number(digits)


def _no_number(text: str) -> object:
    return _NoNumber(number=text)
