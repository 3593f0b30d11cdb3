"""The platform's rules as they stood from one instant on: read, checked, and picked by date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

from .durations import duration
from .errors import EditionError
from .out_of_form import out_of_form
from .regions import WORLD, inside, normal, surely_inside
from .sentences import Said, said
from .vocabulary import Author, Feature, Frequency, OpenerKind, Purpose
from .yaml_place import Document, read_text
from .yaml_place import load as load_yaml

#: The lists of an edition that name areas.
_AREAS = (("open_in",), ("closed_in",))
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
    """A message tag: what it may carry, who may write it, for how long after a message.

    *wire* is its name on the wire, *formerly* the older tags that it took the place of; *template*
    is the only template type that it carries, where there is one. *cites* names the sources of
    single values, *source* that of every other.
    """

    name: str
    wire: str
    accepted: bool
    carries: Purpose
    authors: frozenset[Author]
    within: timedelta | None
    needs: str | None  # the Page permission of this name
    template: str | None
    formerly: tuple[str, ...]
    closed_in: tuple[str, ...]
    enforced_by: str
    source: str
    cites: Mapping[str, str]
    since: str = ""  # the day from which it is accepted, or not, as it is now
    taken_before: bool = False  # it was accepted at some time before

    def source_of(self, value: str) -> str:
        """Return the name of the source of a value."""
        return self.cites.get(value, self.source)


@dataclass(frozen=True)
class OneTimeRule:
    """One-time notifications: whether they exist, how long a token lives, where they are closed.

    *cites* names the sources of single values, *source* that of every other.
    """

    offered: bool
    life: timedelta
    serves: frozenset[Purpose]
    closed_in: tuple[str, ...]
    closed_source: str
    source: str
    cites: Mapping[str, str]

    def source_of(self, value: str) -> str:
        """Return the name of the source of a value."""
        return self.cites.get(value, self.source)


@dataclass(frozen=True)
class RecurringRule:
    """Recurring notifications: the gap between two to one person, and where they are still sent.

    *frequencies* are the further gaps between two on one agreement. A request with a title repeats
    one of the last *same_title*. An agreement that would end on *live_on_from* (UTC) or later does
    not end any more. *cites* names the sources of single values, *source* that of every other.
    """

    offered: bool
    gap: timedelta
    frequencies: Mapping[Frequency, timedelta]
    same_title: timedelta
    live_on_from: datetime | None
    serves: frozenset[Purpose]
    open_in: tuple[str, ...]
    new_businesses: bool  # a business that has not had them may still begin
    source: str
    cites: Mapping[str, str]

    def source_of(self, value: str) -> str:
        """Return the name of the source of a value."""
        return self.cites.get(value, self.source)


@dataclass(frozen=True)
class UtilityRule:
    """Utility templates: what they may carry, and where they are known to be open."""

    offered: bool
    serves: frozenset[Purpose]
    open_in: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class PrivateReplyRule:
    """The one private reply to a comment or a visitor's post."""

    within: timedelta
    serves: frozenset[Purpose]
    source: str


@dataclass(frozen=True)
class AdRule:
    """Sponsored messages: whether the platform still takes them."""

    offered: bool
    source: str
    since: str = ""  # the day from which it is as it is now


@dataclass(frozen=True)
class MarketingRule:
    """The paid Marketing Message API, no part of the Send API: for which businesses and people."""

    offered: bool
    business_in: tuple[str, ...]
    people_not_in: tuple[str, ...]
    source: str

    def takes(self, business: str, people: str | None = None) -> bool:
        """Tell whether it is open to a business in one region for people in another, or some."""
        reaches = people is None or inside(people, self.people_not_in) is None
        return self.offered and reaches and surely_inside(business, self.business_in)


@dataclass(frozen=True)
class FeatureRule:
    """A feature of the platform that is closed in some areas."""

    closed_in: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Terms:
    """What a ground may carry and may not, for people to read: no rule rests on it."""

    may: tuple[str, ...]
    may_not: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Note:
    """A change of the day that moves no rule of ours."""

    says: str
    source: str


@dataclass(frozen=True)
class Switch:
    """A fact that is not established: what is assumed, and what turning it on assumes instead.

    *changes* is laid over the edition's own data where the switch is on.
    """

    name: str
    assumes: str
    turned_on: str
    changes: Mapping[str, Any]
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
    ad_click_longest: timedelta
    ad_click_since: datetime  # a message before it has the standard window
    ad_click_source: str
    openers: Mapping[OpenerKind, OpenerRule]
    tags: Mapping[str, TagRule]
    carriers: Mapping[Purpose, TagRule]
    plus_one: bool
    plus_one_source: str
    plus_one_since: str  # the day from which it is as it is now
    one_time: OneTimeRule
    recurring: RecurringRule
    utility: UtilityRule
    private_reply: PrivateReplyRule
    sponsored: AdRule
    marketing: MarketingRule
    features: Mapping[Feature, FeatureRule]
    terms: Mapping[str, Terms]  # by the tag's name or what `policy show` calls the ground
    notes: tuple[Note, ...]
    switches: Mapping[str, Switch]
    switched_on: tuple[str, ...]
    sources: Mapping[str, Source]
    #: What it was built of, before any switch is laid over it, and what `flipped` has built.
    data: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    _flipped: dict[str, Edition] = field(default_factory=dict, compare=False, repr=False)

    def flipped(self, name: str) -> Edition:
        """Return the edition as it were with one of its switches the other way; built once."""
        if name not in self._flipped:
            on = tuple(n for n in self.switches if (n in self.switched_on) != (n == name))
            self._flipped[name] = _dated(_built(self.data, Path(self.id), on), self)
        return self._flipped[name]

    def tag_for(self, purpose: Purpose) -> TagRule | None:
        """Return the tag that carries *purpose*, accepted or not."""
        return self.carriers.get(purpose)

    def tag_named(self, name: str) -> TagRule | None:
        """Return the tag of this name, or the one that took the place of an older name."""
        found = self.tags.get(name)
        return found or next((t for t in self.tags.values() if name in t.formerly), None)


@dataclass(frozen=True)
class Editions:
    """Every known edition, oldest first."""

    all: tuple[Edition, ...]

    def at(self, moment: datetime) -> Edition:
        """Return the edition in force at *moment*; raises EditionError before the first."""
        for edition in reversed(self.all):
            if edition.valid_from <= moment:
                return edition
        raise EditionError(self.none_at(moment).text())

    def none_at(self, moment: datetime) -> Said:
        """Return the sentence that no edition covers a moment before the first."""
        return said("no_edition", at=moment, first=self.all[0].id)


@lru_cache(maxsize=8)
def known(switches: frozenset[str] = frozenset()) -> Editions:
    """Return the editions that ship with the guard, with these switches on; raises EditionError."""
    return load(FOLDER, switches)


def load(folder: Path, switches: frozenset[str] = frozenset()) -> Editions:
    """Read every edition in *folder*; each file says only what changed since the one before.

    Raises EditionError naming the file and line of the first thing that is wrong, or a switch that
    no edition has.
    """
    schema = jsonschema.Draft7Validator(json.loads((FOLDER / "schema.json").read_text("utf-8")))
    for file in folder.iterdir():
        if file.suffix.lower() in {".yml", ".yaml"} and file.suffix != ".yaml":
            raise EditionError(f"{file.name}: the name of an edition ends in `.yaml`")
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise EditionError(f"{folder}: holds no edition")
    merged: dict[str, Any] = {}
    editions: list[Edition] = []
    names: set[str] = set()
    for file in files:
        document = load_yaml(read_text(file, EditionError), file.name, EditionError)
        _check(schema, document, file)
        merged = _amend(merged, {"notes": None})
        merged = _amend(merged, document.data)
        _check_words(document, merged, file)
        _check_carriers(document, merged, file)
        here = merged.get("switches", {})
        names.update(here)
        fresh = _built(merged, file, tuple(name for name in here if name in switches))
        editions.append(_dated(fresh, editions[-1]) if editions else _dated(fresh, None))
    for name in sorted(switches - names):
        known_names = ", ".join(f"`{n}`" for n in sorted(names))
        raise EditionError(f"the switch `{name}` is not one of {known_names}")
    return Editions(tuple(editions))


def _dated(edition: Edition, before: Edition | None) -> Edition:
    """Return *edition* with the days since which tags and ads are taken, or not, as they are."""
    tags = {}
    for name, tag in edition.tags.items():
        last = before.tags.get(name) if before else None
        same = last is not None and last.accepted == tag.accepted
        since = last.since if last is not None and same else edition.id
        taken = last is not None and (last.accepted or last.taken_before)
        tags[name] = replace(tag, since=since, taken_before=taken)
    ad_same = before is not None and before.sponsored.offered == edition.sponsored.offered
    ad_since = before.sponsored.since if before is not None and ad_same else edition.id
    plus_same = before is not None and before.plus_one == edition.plus_one
    return replace(
        edition,
        tags=tags,
        carriers={tag.carries: tag for tag in reversed(tags.values())},
        sponsored=replace(edition.sponsored, since=ad_since),
        plus_one_since=before.plus_one_since if before is not None and plus_same else edition.id,
    )


def _check(schema: jsonschema.Draft7Validator, document: Document, file: Path) -> None:
    data = document.data
    problem = jsonschema.exceptions.best_match(schema.iter_errors(data))
    if problem is not None:
        path, said = list(problem.absolute_path), out_of_form(problem)
        if problem.validator == "additionalProperties":
            known_keys = problem.schema.get("properties", {})
            extra = next(key for key in problem.instance if key not in known_keys)
            path, said = [*path, extra], f"unknown key `{extra}`"
        raise EditionError(f"{file.name}:{document.line(path)}: {said}")
    if data["edition"] != file.stem:
        raise EditionError(f"{file.name}:1: is named for another day than `{data['edition']}`")


def _check_carriers(document: Document, merged: Mapping[str, Any], file: Path) -> None:
    """Check that a purpose has one tag: of two it would be chance which carries it."""
    carriers: dict[str, str] = {}
    for name, tag in merged.get("tags", {}).items():
        other = carriers.setdefault(tag.get("carries", name), name)
        if other != name:
            here = name if name in document.data.get("tags", {}) else other
            line = document.line(["tags", here])
            said = f"the tags `{other}` and `{name}` both carry `{tag['carries']}`"
            raise EditionError(f"{file.name}:{line}: {said}")


def _check_words(document: Document, merged: Mapping[str, Any], file: Path) -> None:
    """Check what no schema knows: our own words, sources by name, days of the calendar."""
    data = document.data
    purposes = {p.value for p in Purpose}
    openers = {o.value for o in OpenerKind}
    features = {f.value for f in Feature}
    described = merged.get("sources", {})

    def wrong(path: Sequence[object], said: str) -> EditionError:
        return EditionError(f"{file.name}:{document.line(path)}: {said}")

    for path, key, value in _walk(data, ()):
        here = (*path, key)
        named = key in {"source", "closed_source"} or path[-1:] == ("cites",)
        if named and value not in described:
            raise wrong(here, f"the source `{value}` is named but not described")
        if key == "carries" and value not in purposes:
            raise wrong(here, f"`{value}` is not a purpose")
        if path[-1:] == ("serves",) and value not in purposes:
            raise wrong(here, f"`{value}` is not a purpose")
        if path[-1:] in _AREAS and value != WORLD:
            try:
                normal(value)
            except ValueError as problem:
                raise wrong(here, str(problem)) from None
        if path[-2:] == ("window", "openers") and key not in openers:
            raise wrong(here, f"`{key}` is not an action of a person")
        if path[-1:] == ("features",) and key not in features:
            raise wrong(here, f"`{key}` is not a feature")
        if key in {"edition", "checked_on", "read_on", "since", "live_on_from"}:
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


def _built(data: Mapping[str, Any], file: Path, on: tuple[str, ...]) -> Edition:
    """Return the edition of *data* with these of its switches laid over it."""
    laid = data
    for name in on:
        laid = _amend(laid, data["switches"][name]["changes"])
    return replace(_build(laid, file, on), data=data)


def _build(data: Mapping[str, Any], file: Path, switched_on: tuple[str, ...]) -> Edition:
    try:
        tags = {name: _tag(name, rule) for name, rule in data["tags"].items()}
        edition = Edition(
            id=data["edition"],
            valid_from=_day(data["edition"]),
            checked_on=date.fromisoformat(data["checked_on"]),
            says=data["says"],
            window=duration(data["window"]["length"]),
            window_source=data["window"]["source"],
            ad_click_longest=duration(data["window"]["ad_click"]["longest"]),
            ad_click_since=_day(data["window"]["ad_click"]["since"]),
            ad_click_source=data["window"]["ad_click"]["source"],
            openers={
                OpenerKind(kind): OpenerRule(rule.get("needs_ref", False), rule["source"])
                for kind, rule in data["window"]["openers"].items()
            },
            tags=tags,
            carriers={tag.carries: tag for tag in reversed(tags.values())},
            plus_one=data["plus_one"]["offered"],
            plus_one_source=data["plus_one"]["source"],
            plus_one_since=data["edition"],
            one_time=_one_time(data["one_time_notification"]),
            recurring=_recurring(data["recurring_notification"]),
            utility=_utility(data["utility_template"]),
            private_reply=_private_reply(data["private_reply"]),
            sponsored=AdRule(data["sponsored"]["offered"], data["sponsored"]["source"]),
            marketing=_marketing(data["marketing_message"]),
            features={
                Feature(name): FeatureRule(_areas(rule["closed_in"]), rule["source"])
                for name, rule in data["features"].items()
            },
            terms={
                about: Terms(tuple(t.get("may", ())), tuple(t.get("may_not", ())), t["source"])
                for about, t in data.get("terms", {}).items()
            },
            notes=tuple(Note(n["says"], n["source"]) for n in data.get("notes", ())),
            switches={
                name: Switch(name, s["assumes"], s["on"], s["changes"], s["source"])
                for name, s in data.get("switches", {}).items()
            },
            switched_on=switched_on,
            sources={
                name: Source(s["title"], s["address"], date.fromisoformat(s["read_on"]))
                for name, s in data["sources"].items()
            },
        )
    except KeyError as missing:
        raise EditionError(
            f"{file.name}: neither it nor an earlier edition says `{missing.args[0]}`"
        ) from None
    except ValueError as problem:
        raise EditionError(f"{file.name}: {problem}") from None
    return edition


def _day(text: str) -> datetime:
    """Return the first instant of a day in UTC."""
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), timezone.utc)


def _tag(name: str, rule: Mapping[str, Any]) -> TagRule:
    return TagRule(
        name=name,
        wire=rule.get("wire", name),
        accepted=rule["accepted"],
        carries=Purpose(rule["carries"]),
        authors=frozenset(Author(a) for a in rule["authors"]),
        within=duration(rule["within"]) if "within" in rule else None,
        needs=rule.get("needs"),
        template=rule.get("template"),
        formerly=tuple(rule.get("formerly", ())),
        closed_in=_areas(rule.get("closed_in", ())),
        enforced_by=rule["enforced_by"],
        source=rule["source"],
        cites=rule.get("cites", {}),
    )


def _one_time(rule: Mapping[str, Any]) -> OneTimeRule:
    return OneTimeRule(
        offered=rule["offered"],
        life=duration(rule["life"]),
        serves=_purposes(rule),
        closed_in=_areas(rule["closed_in"]),
        closed_source=rule["closed_source"],
        source=rule["source"],
        cites=rule.get("cites", {}),
    )


def _recurring(rule: Mapping[str, Any]) -> RecurringRule:
    return RecurringRule(
        offered=rule["offered"],
        gap=duration(rule["gap"]),
        frequencies={Frequency(f): duration(s) for f, s in rule.get("frequencies", {}).items()},
        same_title=duration(rule["same_title"]),
        live_on_from=_day(rule["live_on_from"]) if "live_on_from" in rule else None,
        serves=_purposes(rule),
        open_in=_areas(rule["open_in"]),
        new_businesses=rule["new_businesses"],
        source=rule["source"],
        cites=rule.get("cites", {}),
    )


def _utility(rule: Mapping[str, Any]) -> UtilityRule:
    return UtilityRule(rule["offered"], _purposes(rule), _areas(rule["open_in"]), rule["source"])


def _private_reply(rule: Mapping[str, Any]) -> PrivateReplyRule:
    return PrivateReplyRule(duration(rule["within"]), _purposes(rule), rule["source"])


def _marketing(rule: Mapping[str, Any]) -> MarketingRule:
    return MarketingRule(
        rule["offered"],
        _areas(rule["business_in"]),
        _areas(rule["people_not_in"]),
        rule["source"],
    )


def _areas(codes: Sequence[str]) -> tuple[str, ...]:
    """Return areas by the codes that a region has: `UK` is `GB`."""
    return tuple(code if code == WORLD else normal(code) for code in codes)


def _purposes(rule: Mapping[str, Any]) -> frozenset[Purpose]:
    return frozenset(Purpose(p) for p in rule["serves"])
