"""The platform's rules as they stood from one instant on: read, checked, and picked by date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

from .durations import clock_text, duration
from .errors import EditionError
from .vocabulary import Author, OpenerKind, Purpose
from .yaml_place import Document, read_text
from .yaml_place import load as load_yaml

FOLDER = Path(__file__).parent / "editions"


@dataclass(frozen=True)
class Source:
    """Where a rule is written: title, address, and the day it was read."""

    title: str
    address: str
    read_on: date

    def __str__(self) -> str:
        return f"{self.title} <{self.address}>, read {self.read_on}"


@dataclass(frozen=True)
class OpenerRule:
    """An action of a person that opens the standard messaging window."""

    needs_ref: bool
    source: str


@dataclass(frozen=True)
class TagRule:
    """A message tag: what it may carry, who may write it, for how long after a message."""

    name: str
    accepted: bool
    carries: Purpose
    authors: frozenset[Author]
    within: timedelta | None
    needs: str | None  # the Page permission of this name
    enforced_by: str
    source: str


@dataclass(frozen=True)
class OneTimeRule:
    """One-time notifications: whether they exist, how long a token lives, where they are closed."""

    offered: bool
    life: timedelta
    serves: frozenset[Purpose]
    closed_in: tuple[str, ...]
    closed_source: str
    source: str


@dataclass(frozen=True)
class Edition:
    """All rules in force from *valid_from* (UTC) on; *checked_on*: when last compared."""

    id: str
    valid_from: datetime
    checked_on: date
    says: str
    window: timedelta
    window_source: str
    openers: Mapping[OpenerKind, OpenerRule]
    tags: Mapping[str, TagRule]
    one_time: OneTimeRule
    sources: Mapping[str, Source]

    def __hash__(self) -> int:
        return hash((self.id, self.checked_on))

    def tag_for(self, purpose: Purpose) -> TagRule | None:
        """Return the tag that carries *purpose*, accepted or not."""
        return next((t for t in self.tags.values() if t.carries is purpose), None)


@dataclass(frozen=True)
class Editions:
    """Every known edition, oldest first."""

    all: tuple[Edition, ...]

    def at(self, moment: datetime) -> Edition:
        """Return the edition in force at *moment*; raises EditionError before the first."""
        for edition in reversed(self.all):
            if edition.valid_from <= moment:
                return edition
        first = self.all[0].id
        raise EditionError(f"no edition covers `{clock_text(moment)}`: the first is {first}")


@lru_cache(maxsize=1)
def known() -> Editions:
    """Return the editions that ship with the guard."""
    return load(FOLDER)


def load(folder: Path) -> Editions:
    """Read every edition in *folder*; each file says only what changed since the one before.

    Raises EditionError naming the file and line of the first thing that is wrong.
    """
    schema = jsonschema.Draft7Validator(json.loads((FOLDER / "schema.json").read_text("utf-8")))
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise EditionError(f"{folder}: holds no edition")
    merged: dict[str, Any] = {}
    editions: list[Edition] = []
    for file in files:
        document = load_yaml(read_text(file, EditionError), file.name, EditionError)
        _check(schema, document, file)
        merged = _amend(merged, document.data)
        _check_words(document, merged, file)
        editions.append(_build(merged, file))
    return Editions(tuple(editions))


def _check(schema: jsonschema.Draft7Validator, document: Document, file: Path) -> None:
    data = document.data
    problem = jsonschema.exceptions.best_match(schema.iter_errors(data))
    if problem is not None:
        path = list(problem.absolute_path)
        said = problem.message
        if problem.validator == "additionalProperties":
            known_keys = problem.schema.get("properties", {})
            extra = next(key for key in problem.instance if key not in known_keys)
            path, said = [*path, extra], f"unknown key `{extra}`"
        raise EditionError(f"{file.name}:{document.line(path)}: {said}")
    if data["edition"] != file.stem:
        raise EditionError(f"{file.name}:1: is named for another day than `{data['edition']}`")


def _check_words(document: Document, merged: Mapping[str, Any], file: Path) -> None:
    """Check what no schema knows: our own words, sources by name, days of the calendar."""
    data = document.data
    purposes = {p.value for p in Purpose}
    openers = {o.value for o in OpenerKind}
    described = merged.get("sources", {})

    def wrong(path: Sequence[object], said: str) -> EditionError:
        return EditionError(f"{file.name}:{document.line(path)}: {said}")

    for path, key, value in _walk(data, ()):
        here = (*path, key)
        if key in {"source", "closed_source"} and value not in described:
            raise wrong(here, f"the source `{value}` is named but not described")
        if key == "carries" and value not in purposes:
            raise wrong(here, f"`{value}` is not a purpose")
        if path[-1:] == ("serves",) and value not in purposes:
            raise wrong(here, f"`{value}` is not a purpose")
        if path == ("window", "openers") and key not in openers:
            raise wrong(here, f"`{key}` is not an action of a person")
        if key in {"edition", "checked_on", "read_on"}:
            try:
                date.fromisoformat(value)
            except ValueError as problem:
                raise wrong(here, f"`{value}` is not a day: {problem}") from None


def _walk(value: Any, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], object, Any]]:
    """Give every entry of nested maps and lists: where it is, its key, its value."""
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, inner in pairs:
        yield path, key, inner
        if isinstance(inner, (Mapping, list)):
            yield from _walk(inner, (*path, key))


def _amend(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return *before* with *change* laid over it; a null ends an entry."""
    after = deepcopy(dict(before))
    for key, value in change.items():
        if value is None:
            after.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(after.get(key), Mapping):
            after[key] = _amend(after[key], value)
        else:
            after[key] = deepcopy(value)
    return after


def _build(data: Mapping[str, Any], file: Path) -> Edition:
    try:
        edition = Edition(
            id=data["edition"],
            valid_from=datetime.combine(
                date.fromisoformat(data["edition"]), datetime.min.time(), timezone.utc
            ),
            checked_on=date.fromisoformat(data["checked_on"]),
            says=data["says"],
            window=duration(data["window"]["length"]),
            window_source=data["window"]["source"],
            openers={
                OpenerKind(kind): OpenerRule(rule.get("needs_ref", False), rule["source"])
                for kind, rule in data["window"]["openers"].items()
            },
            tags={name: _tag(name, rule) for name, rule in data["tags"].items()},
            one_time=_one_time(data["one_time_notification"]),
            sources={
                name: Source(s["title"], s["address"], date.fromisoformat(s["read_on"]))
                for name, s in data["sources"].items()
            },
        )
    except KeyError as missing:
        raise EditionError(
            f"{file.name}: neither it nor an earlier edition says {missing}"
        ) from None
    except ValueError as problem:
        raise EditionError(f"{file.name}: {problem}") from None
    return edition


def _tag(name: str, rule: Mapping[str, Any]) -> TagRule:
    return TagRule(
        name=name,
        accepted=rule["accepted"],
        carries=Purpose(rule["carries"]),
        authors=frozenset(Author(a) for a in rule["authors"]),
        within=duration(rule["within"]) if "within" in rule else None,
        needs=rule.get("needs"),
        enforced_by=rule["enforced_by"],
        source=rule["source"],
    )


def _one_time(rule: Mapping[str, Any]) -> OneTimeRule:
    return OneTimeRule(
        offered=rule["offered"],
        life=duration(rule["life"]),
        serves=frozenset(Purpose(p) for p in rule["serves"]),
        closed_in=tuple(rule["closed_in"]),
        closed_source=rule["closed_source"],
        source=rule["source"],
    )
