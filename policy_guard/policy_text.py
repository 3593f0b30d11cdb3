"""An edition of the rules, and what differs between two, as data and in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from .edition import Edition, Editions, Source
from .policy_facts import (
    Fact,
    about_text,
    by_subject,
    clauses,
    fact_data,
    facts,
    prose,
    source_data,
)
from .policy_words import WORDS

#: An edition that nobody has compared with its sources for longer may be wrong by now.
STALE_AFTER = timedelta(days=180)
#: Facts that tell whether there is such a thing at all; where they change, the rest is detail.
_WHETHER = ("accepted", "offered")


@dataclass(frozen=True)
class Change:
    """What differs in one fact between two editions, and the edition it changed with.

    *before* and *after* are in the order in which the two were asked for.
    """

    edition: Edition
    before: Fact | None
    after: Fact | None

    @property
    def about(self) -> str:
        """Return what both facts are about."""
        return _one_of(self.after, self.before).about


@dataclass(frozen=True)
class Difference:
    """What differs between the editions in force on two days; *first* may be the later one."""

    first: date
    second: date
    before: Edition
    after: Edition
    between: tuple[Edition, ...]  # that came into force in between, in the order asked for
    changes: tuple[Change, ...]

    @property
    def backwards(self) -> bool:
        """Tell whether the first day is the later one."""
        return self.before.valid_from > self.after.valid_from


# -- show ------------------------------------------------------------------------------------------

_SECTIONS = (
    ("section_window", ("window", "plus_one")),
    ("section_tags", ("tag",)),
    (
        "section_beyond",
        ("utility", "recurring", "one_time", "private_reply", "sponsored", "marketing"),
    ),
    ("section_terms", ("terms",)),
    ("section_features", ("feature",)),
)


def unchecked_for(edition: Edition, day: date) -> timedelta | None:
    """Return for how long nobody has checked the edition, None while that is not too long."""
    age = day - edition.checked_on
    return age if age > STALE_AFTER else None


def show(editions: Editions, edition: Edition, day: date, language: str = "en") -> list[str]:
    """Return the rules in force on a day in sentences, each with the number of its source."""
    return _Shown(editions, edition, day, language).lines()


class _Shown:
    """One edition in one language; sources get their numbers in the order of reading."""

    def __init__(self, editions: Editions, edition: Edition, day: date, language: str) -> None:
        self._editions = editions
        self._edition = edition
        self._day = day
        self._language = language
        self._numbers: dict[Source, int] = {}

    def lines(self) -> list[str]:
        e = self._edition
        lines = [
            self._say("show_title", day=self._day, edition=e.id, checked_on=e.checked_on),
            self._say("what_changed", edition=e.id, says=prose(e.says, self._language)),
        ]
        age = unchecked_for(e, self._day)
        if age is not None:
            lines.append(self._say("stale", days=age.days, most=STALE_AFTER.days))
        follows = [later for later in self._editions.all if later.valid_from > e.valid_from]
        if follows:
            lines.append(self._say("next", edition=follows[0].id))
        for heading, kinds in _SECTIONS:
            lines += ["", self._say(heading), *self._section(kinds)]
        if e.switches:
            lines += ["", self._say("section_switches"), *self._switches()]
        if e.notes:
            lines += ["", self._say("section_notes")]
            lines += [
                f"- {prose(n.says, self._language)}{self._cited([e.sources[n.source]])}"
                for n in e.notes
            ]
        return [*lines, "", self._say("section_sources"), *self._sources()]

    def _section(self, kinds: Sequence[str]) -> Iterator[str]:
        for about, found in by_subject(self._edition).items():
            if about.partition(":")[0] in kinds:
                words = about_text(about, self._language)
                line = self._say("line", about=words, clauses=clauses(found, self._language))
                yield line + self._cited([fact.source for fact in found])

    def _switches(self) -> Iterator[str]:
        for switch in self._edition.switches.values():
            key = "switch_on" if switch.name in self._edition.switched_on else "switch_off"
            assumes = prose(switch.assumes, self._language)
            turned_on = prose(switch.turned_on, self._language)
            line = self._say(key, name=switch.name, assumes=assumes, on=turned_on)
            yield line + self._cited([self._edition.sources[switch.source]])

    def _cited(self, sources: Sequence[Source]) -> str:
        once = dict.fromkeys(sources)
        numbers = [self._numbers.setdefault(source, len(self._numbers) + 1) for source in once]
        return "".join(f" [{number}]" for number in numbers)

    def _sources(self) -> Iterator[str]:
        for source, number in self._numbers.items():
            yield f"[{number}] {self._say('source', **vars(source))}"

    def _say(self, key: str, **values: object) -> str:
        return WORDS.say(key, self._language, **values)


def show_data(edition: Edition, day: date, language: str = "en") -> dict[str, Any]:
    """Return the rules in force on a day as JSON-ready values."""
    age = day - edition.checked_on
    return {
        "day": day.isoformat(),
        "edition": edition.id,
        "valid_from": edition.valid_from.isoformat(),
        "checked_on": edition.checked_on.isoformat(),
        "unchecked_days": max(age.days, 0),
        "stale": unchecked_for(edition, day) is not None,
        "says": prose(edition.says, language),
        "facts": [fact_data(fact, language) for fact in facts(edition)],
        "switches": [
            {
                "name": switch.name,
                "on": switch.name in edition.switched_on,
                "assumes": prose(switch.assumes, language),
                "turned_on": prose(switch.turned_on, language),
                "source": source_data(edition.sources[switch.source]),
            }
            for switch in edition.switches.values()
        ],
        "notes": [
            {
                "says": prose(note.says, language),
                "source": source_data(edition.sources[note.source]),
            }
            for note in edition.notes
        ],
    }


# -- diff ------------------------------------------------------------------------------------------


def differ(editions: Editions, first: datetime, second: datetime) -> Difference:
    """Return what differs between two moments; raises EditionError before the first edition."""
    before, after = editions.at(first), editions.at(second)
    early, late = sorted((before, after), key=lambda e: e.valid_from)
    between = [e for e in editions.all if early.valid_from < e.valid_from <= late.valid_from]
    backwards = before.valid_from > after.valid_from
    span = [early, *between]
    changes = list(_changes(span))
    if backwards:
        changes.sort(key=lambda c: c.edition.valid_from, reverse=True)
        changes = [Change(c.edition, c.after, c.before) for c in changes]
        between.reverse()
    return Difference(first.date(), second.date(), before, after, tuple(between), tuple(changes))


def _changes(span: Sequence[Edition]) -> Iterator[Change]:
    """Give what differs between the ends of *span*, oldest change first."""
    every = [{fact.id: fact for fact in facts(edition)} for edition in span]
    first, last = every[0], every[-1]
    found: list[tuple[int, Change]] = []
    for name in dict.fromkeys([*last, *first]):
        old, new = first.get(name), last.get(name)
        if _same(old, new):
            continue
        since = len(span) - 1
        while _same(every[since - 1].get(name), new):
            since -= 1
        found.append((since, Change(span[since], old, new)))
    yield from (change for _, change in sorted(found, key=lambda pair: pair[0]))


def _same(one: Fact | None, other: Fact | None) -> bool:
    return one.same(other) if one is not None else other is None


def diff(found: Difference, language: str = "en") -> list[str]:
    """Return what differs in sentences, each with its source and the day of the change."""
    if found.before is found.after:
        same = {"first": found.first, "second": found.second, "edition": found.before.id}
        return [WORDS.say("diff_same", language, **same)]
    title = "diff_back_title" if found.backwards else "diff_title"
    lines = [
        WORDS.say(
            title,
            language,
            first=found.first,
            before=found.before.id,
            second=found.second,
            after=found.after.id,
        ),
        "",
        WORDS.say("diff_days", language),
    ]
    for edition in found.between:
        says = prose(edition.says, language)
        lines.append(WORDS.say("diff_day", language, edition=edition.id, says=says))
        for note in edition.notes:
            lines.append(WORDS.say("diff_note", language, says=prose(note.says, language)))
    rules = list(_diff_rules(found, language))
    heading = WORDS.say("diff_rules" if rules else "diff_none", language)
    switches = list(_diff_switches(found, language))
    if switches:
        switches = ["", WORDS.say("diff_switches", language), *switches]
    return [*lines, "", heading, *rules, *switches]


def _diff_rules(found: Difference, language: str) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in found.changes:
        groups.setdefault((change.edition.id, change.about), []).append(change)
    for (day, about), changes in groups.items():
        now = [change.after for change in changes if change.after is not None]
        if not now and about.startswith("terms:"):
            continue  # what is not there any more says so itself
        then = [change.before for change in changes if change.before is not None]
        begins_or_ends = [fact for fact in then if fact.name in _WHETHER]
        then = begins_or_ends or then
        if found.backwards:
            key = "diff_until" if now and then else "diff_back_new" if now else "diff_back_gone"
        else:
            key = "diff_since" if now and then else "diff_new" if now else "diff_gone"
        line = WORDS.say(
            key,
            language,
            day=day,
            about=about_text(about, language),
            now=clauses(now, language),
            then=clauses(then, language),
        )
        yield line + _source_of(changes, found, language)


def _source_of(changes: Sequence[Change], found: Difference, language: str) -> str:
    """Return the sources of the later side: it is a change's own page that tells of it."""
    later = [c.before if found.backwards else c.after for c in changes]
    told = [fact for fact in later if fact is not None]
    said: dict[str, None] = {}
    for fact in told or [_one_of(c.before, c.after) for c in changes]:
        said[WORDS.say("source", language, **vars(fact.source))] = None
    return "".join(f" [{source}]" for source in said)


def _diff_switches(found: Difference, language: str) -> Iterator[str]:
    sides = ((found.first, found.before, found.after), (found.second, found.after, found.before))
    for day, here, there in sides:
        for name, switch in here.switches.items():
            if name not in there.switches:
                assumes = prose(switch.assumes, language)
                yield WORDS.say("diff_switch", language, day=day, name=name, assumes=assumes)


def diff_data(found: Difference, language: str = "en") -> dict[str, Any]:
    """Return what differs as JSON-ready values."""
    return {
        "from": found.first.isoformat(),
        "to": found.second.isoformat(),
        "backwards": found.backwards,
        "before": found.before.id,
        "after": found.after.id,
        "editions": [
            {
                "edition": edition.id,
                "says": prose(edition.says, language),
                "notes": [prose(note.says, language) for note in edition.notes],
            }
            for edition in found.between
        ],
        "changes": [
            {
                "day": change.edition.id,
                "about": change.about,
                "name": _one_of(change.after, change.before).name,
                "before": _side(change.before, language),
                "after": _side(change.after, language),
            }
            for change in found.changes
        ],
        "switches_only_before": _only(found.before, found.after),
        "switches_only_after": _only(found.after, found.before),
        "sentences": diff(found, language),
    }


def _only(here: Edition, there: Edition) -> list[str]:
    return [name for name in here.switches if name not in there.switches]


def _side(fact: Fact | None, language: str) -> dict[str, Any] | None:
    return None if fact is None else fact_data(fact, language)


def _one_of(*found: Fact | None) -> Fact:
    """Return the first fact that is there; a change has one at least."""
    return next(fact for fact in found if fact is not None)
