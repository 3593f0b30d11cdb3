"""How a body is read field by field, and how a call is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from .facts import Facts


@dataclass(frozen=True)
class PlatformError:
    """An error as the platform answers it."""

    code: int
    subcode: int | None
    message: str


class RefusedError(Exception):
    """The platform refuses the call, with `error` saying why."""

    def __init__(self, error: PlatformError) -> None:
        super().__init__(error.message)
        self.error = error


def refusal(facts: Facts, name: str, detail: str = "") -> RefusedError:
    """Return the refusal called `name` in the facts, `detail` replacing its general sentence."""
    fact = facts.errors[name]
    return RefusedError(
        PlatformError(fact.code, fact.subcode, f"(#{fact.code}) {detail or fact.says}")
    )


class Reader:
    """Reads untrusted JSON strictly at `moment` (UTC); every method raises RefusedError."""

    def __init__(self, moment: datetime, facts: Facts) -> None:
        self.moment = moment
        self.facts = facts
        self.limits = facts.limits
        self.words: list[str] = []

    def fields(
        self, value: object, path: str, required: tuple[str, ...], optional: tuple[str, ...]
    ) -> dict[str, Any]:
        where = f"`{path}`" if path else "the body"
        if not isinstance(value, dict):
            raise self.wrong(f"{where} is not an object")
        prefix = f"{path}." if path else ""
        for name in value:
            if name not in required and name not in optional:
                raise self.wrong(f"`{prefix}{name}` is not a field the platform knows")
            if value[name] is None:
                raise self.wrong(f"`{prefix}{name}` is null")
        for name in required:
            if name not in value:
                raise self.wrong(f"`{prefix}{name}` is missing")
        return cast("dict[str, Any]", value)

    def text(
        self, value: object, path: str, most: int, *, least: int = 1, read: bool = False
    ) -> str:
        if not isinstance(value, str):
            raise self.wrong(f"`{path}` is not a string")
        if not least <= len(value) <= most:
            raise self.wrong(f"`{path}` has {len(value)} characters, allowed are {least} to {most}")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise self.wrong(f"`{path}` is not valid unicode") from None
        if read:
            self.words.append(value)
        return value

    def choice(self, value: object, path: str, allowed: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise self.wrong(f"`{path}` is not one of {', '.join(allowed)}")
        return value

    def items(
        self, value: object, path: str, most: int, *, least: int = 1
    ) -> list[tuple[str, Any]]:
        if not isinstance(value, list):
            raise self.wrong(f"`{path}` is not a list")
        if not least <= len(value) <= most:
            raise self.wrong(f"`{path}` has {len(value)} items, allowed are {least} to {most}")
        return [(f"{path}[{place}]", item) for place, item in enumerate(value)]

    def link(self, value: object, path: str) -> None:
        address = self.text(value, path, self.limits["text"])
        if not address.startswith(("http://", "https://")):
            raise self.wrong(f"`{path}` is not a web address")

    def flag(self, fields: dict[str, Any], name: str, path: str) -> None:
        if not isinstance(fields.get(name, False), bool):
            raise self.wrong(f"`{path}.{name}` is not true or false")

    def since(self, name: str, path: str) -> None:
        self.not_before(self.facts.since[name], path)

    def not_before(self, start: datetime, path: str) -> None:
        if self.moment < start:
            raise self.wrong(f"`{path}` came only on {start:%Y-%m-%d}")

    def wrong(self, sentence: str) -> RefusedError:
        return refusal(self.facts, "bad_parameter", sentence)

    def not_imitated(self, what: str) -> RefusedError:
        return self.wrong(f"this simulator does not imitate `{what}`")
