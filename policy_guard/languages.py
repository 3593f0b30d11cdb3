"""The languages of the dialogue, `languages.yml`: what people type in them, and what is said.

Read once, checked whole, frozen. Words that people type are kept folded: in lower case and without
accents, as most phones write them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - a method is called so
from datetime import datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any

from .errors import GuardError
from .regions import normal
from .yaml_place import Document, read_text
from .yaml_place import load as load_yaml

#: What each small piece that is said may hold; a piece without its values would say nothing.
PIECES: Mapping[str, tuple[str, ...]] = {
    "clock": ("h", "m"),
    "clock_full": ("h",),
    "today": (),
    "tomorrow": (),
    "weekday": ("name",),
    "date": ("day", "month"),
    "first_of_month": (),
    "from": ("day", "time"),
    "by": ("day", "time"),
    "moment": ("day", "month", "time"),
    "span": ("start", "end"),
    "until": ("time",),
    "and": (),
    "closed": (),
    "all_day": (),
    "every_weekday": ("name",),
    "weekend": (),
    "hours_of_day": ("hours", "day"),
    "hours_of_holiday": ("hours", "name"),
    "holiday": ("name", "date", "hours"),
    "between_holidays": (),
    "within": ("span",),
    "usually": ("words",),
    "explained": ("title", "description"),
    "unknown": (),
    "minute": ("n",),
    "minutes": ("n",),
    "hour": ("n",),
    "hours": ("n",),
    "hours_minutes": ("n", "m"),
    "day": ("n",),
    "days": ("n",),
    "deletion_title": (),
    "deletion_done": ("at",),
    "deletion_waits": ("at",),
    "deletion_unknown": (),
    "deletion_more": ("code",),
}
_LISTS = {"weekdays": 7, "months": 12}
_HEARD = (
    "called",
    "telling",
    "passing",
    "stop",
    "start",
    "stopping",
    "not_stopping",
    "asking",
    "everything",
    "refusing",
    "sparing",
    "narrowing",
    "adding",
    "refusing_after",
    "not_refusing_after",
    "links",
    "articles",
    "hours",
    "days",
    "weeks",
    "months",
    "tomorrow",
    "after_tomorrow",
    "every",
    "weekend",
    "holidays",
    "other_languages",
    "until",
    "next_week",
    "next_month",
    "end_of_month",
    "no_name",
    "deleting",
    "cancelling",
)
_MAPS = ("numbers", "feasts", "countries")
_SECTION = ("name", "hears", "says")
_CODE_LENGTH = 2
#: A name or a keyword is a few words, never a sentence.
_LONGEST_WORD, _LONGEST_PIECE = 40, 200
_HOUR = 60  # minutes
_DAY = 24 * _HOUR
_Path = tuple[object, ...]


class LanguagesError(GuardError):
    """The languages cannot be used; the sentence names the file, the line and the value."""


def fold(text: str) -> str:
    """Return *text* in lower case without accents, as most phones write it."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in bare if not unicodedata.combining(c)).replace("\u2019", "'")


@dataclass(frozen=True, eq=False)
class Hears:
    """What people type in one language, folded; *units* are the words for each stretch of time."""

    words: Mapping[str, frozenset[str]]
    units: Mapping[str, frozenset[str]]
    numbers: Mapping[str, int]
    feasts: Mapping[str, tuple[int, int]]  # month and day, by name
    countries: Mapping[str, tuple[str, ...]]  # by region, the first name being the usual one


@dataclass(frozen=True, eq=False)
class Language:
    """One language: how it is called, what is heard in it and the small pieces that are said."""

    code: str
    name: str
    hears: Hears
    weekdays: tuple[str, ...]  # from Monday on
    months: tuple[str, ...]
    pieces: Mapping[str, str]

    def say(self, piece: str, **values: object) -> str:
        """Return one of the small pieces, filled in."""
        return self.pieces[piece].format(**values)

    def clock(self, minutes: int) -> str:
        """Return a time of day, in minutes since midnight: `9:30`, `9 h 30`."""
        hour, minute = divmod(minutes, _HOUR)
        return self.say("clock" if minute else "clock_full", h=hour, m=minute)

    def span(self, span: timedelta) -> str:
        """Return a stretch of time, in full minutes rounded up: `90 days`, `2 hours`, `1 h 30`."""
        minutes = -(-span // timedelta(minutes=1))
        if minutes and minutes % _DAY == 0:
            return self._counted("day", minutes // _DAY)
        hours, rest = divmod(minutes, _HOUR)
        if hours and rest:
            return self.say("hours_minutes", n=hours, m=rest)
        return self._counted("hour", hours) if hours else self._counted("minute", rest)

    def date(self, at: Date) -> str:
        """Return a day as it follows a sentence: `on 3 March`, `le 1er mars`."""
        return self.say("date", **self._day(at))

    def moment(self, at: datetime) -> str:
        """Return a wall time in full: `29 November, 16:40`."""
        time = self.clock(at.hour * _HOUR + at.minute)
        return self.say("moment", time=time, **self._day(at))

    def _day(self, at: Date) -> dict[str, str]:
        first = self.pieces["first_of_month"]
        return {"day": first if at.day == 1 else str(at.day), "month": self.months[at.month - 1]}

    def _counted(self, unit: str, n: int) -> str:
        return self.say(unit if n == 1 else f"{unit}s", n=n)


@dataclass(frozen=True, eq=False)
class Languages:
    """All languages; the first is the default one."""

    all: tuple[Language, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Return their codes, in order."""
        return tuple(language.code for language in self.all)

    def get(self, code: str | None) -> Language:
        """Return the language of a code, else the default one."""
        return next((language for language in self.all if language.code == code), self.all[0])

    def heard(self, what: str) -> frozenset[str]:
        """Return what people type for something (`stop`, `everything`), in every language."""
        return frozenset().union(*(each.hears.words[what] for each in self.all))

    def telling(self, code: str) -> frozenset[str]:
        """Return the words that this language has, no other one, and nobody says in passing."""
        return self._alone("telling", code) - self.heard("passing")

    def passing(self, code: str) -> frozenset[str]:
        """Return this language's words that people put into another one: they tell little."""
        return self._alone("passing", code)

    def ordered_in(self, text: str) -> str | None:
        """Return the language of a whole message that is STOP or START in one language alone."""
        said = _words(text)
        found = {
            each.code
            for each in self.all
            if said in {_words(w) for w in each.hears.words["stop"] | each.hears.words["start"]}
        }
        return found.pop() if len(found) == 1 else None

    def _alone(self, what: str, code: str) -> frozenset[str]:
        others = (each.hears.words[what] for each in self.all if each.code != code)
        return self.get(code).hears.words[what].difference(*others)

    def region_named(self, text: str) -> str | None:
        """Return the region that a text names: of several the one named last, None without one."""
        said = f" {_words(text)} "
        found = [
            (said.rfind(f" {_words(name)} "), len(name), region)
            for language in self.all
            for region, names in language.hears.countries.items()
            for name in names
        ]
        at, _, region = max(found, default=(-1, 0, ""))
        return region if at >= 0 else None

    def region_name(self, region: str, code: str | None) -> str:
        """Return how a region is called in a language, else its code."""
        names = self.get(code).hears.countries.get(region)
        return names[0] if names else region


def load(path: str | Path, titled: Sequence[str] | None = None) -> Languages:
    """Read and check the languages at *path*; raises LanguagesError.

    With *titled*, the languages of the catalogue's titles, both files have to have the same ones,
    and the same first.
    """
    file = Path(path)
    document = load_yaml(read_text(file, LanguagesError), str(file), LanguagesError)
    found = _Reader(str(file), document).languages()
    same = titled is None or (set(titled) == set(found.codes) and titled[0] == found.codes[0])
    if titled is not None and not same:
        here, there = ", ".join(found.codes), ", ".join(titled)
        raise LanguagesError(
            f"{file}: the languages are `{here}`, but the titles in alerts.yml are in `{there}`"
        )
    return found


def _words(text: str) -> str:
    """Return the words of a text alone, folded: `U.K.` is `u k`."""
    bare = "".join(c if c.isalnum() else " " for c in fold(text))
    return " ".join(bare.split())


class _Reader:
    """Turns one document into languages; every complaint names the line it is about."""

    def __init__(self, name: str, document: Document) -> None:
        self._name = name
        self._place = document

    def languages(self) -> Languages:
        data = self._place.data
        if not isinstance(data, Mapping) or not data:
            raise self._error((), "must be a map of at least one language")
        return Languages(tuple(self._language(code, data[code]) for code in data))

    def _language(self, code: object, data: object) -> Language:
        named = isinstance(code, str) and len(code) == _CODE_LENGTH
        if not named or not str(code).isascii() or not str(code).islower():
            raise self._error((code,), f"`{code}` is not a language code of two lower-case letters")
        section = self._map((code,), data, _SECTION)
        says = self._map((code, "says"), section["says"], (*_LISTS, *PIECES))
        hears = self._map((code, "hears"), section["hears"], (*_HEARD, *_MAPS))
        return Language(
            code=str(code),
            name=self._text((code, "name"), section["name"], _LONGEST_WORD),
            hears=self._hears((code, "hears"), hears),
            weekdays=self._named(code, says, "weekdays"),
            months=self._named(code, says, "months"),
            pieces={
                name: self._piece((code, "says", name), says[name], fields)
                for name, fields in PIECES.items()
            },
        )

    def _hears(self, path: _Path, data: Mapping[str, Any]) -> Hears:
        words = {name: self._heard((*path, name), data[name]) for name in _HEARD}
        return Hears(
            words=words,
            units={name: words[name] for name in ("hours", "days", "weeks", "months")},
            numbers=self._numbers((*path, "numbers"), data["numbers"]),
            feasts=self._feasts((*path, "feasts"), data["feasts"]),
            countries=self._countries((*path, "countries"), data["countries"]),
        )

    def _heard(self, path: _Path, value: object) -> frozenset[str]:
        return frozenset(fold(word) for word in self._list(path, value))

    def _list(self, path: _Path, value: object) -> tuple[str, ...]:
        """Return words: a text is words with spaces between them, a list may hold phrases."""
        given: Sequence[object] = value.split() if isinstance(value, str) else ()
        if isinstance(value, list):
            given = value
        elif not given:
            raise self._error(path, f"`{path[-1]}` must be words, not `{value}`")
        return tuple(self._text(path, word, _LONGEST_WORD) for word in given)

    def _numbers(self, path: _Path, value: object) -> Mapping[str, int]:
        if not isinstance(value, Mapping):
            raise self._error(path, "`numbers` must map words to numbers")
        for word, number in value.items():
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise self._error((*path, word), f"`{number}` is not a number from 1 on")
        return {fold(str(word)): int(number) for word, number in value.items()}

    def _feasts(self, path: _Path, value: object) -> Mapping[str, tuple[int, int]]:
        """Return days that come every year, by name: `christmas: 12-25`."""
        if not isinstance(value, Mapping):
            raise self._error(path, "`feasts` must map names to days, such as `12-25`")
        found = {}
        for name, day in value.items():
            try:
                at = datetime.strptime(f"2024-{day}", "%Y-%m-%d")  # noqa: DTZ007 - a day, no moment
            except ValueError:
                raise self._error((*path, name), f"`{day}` is not a day such as `12-25`") from None
            found[fold(str(name))] = (at.month, at.day)
        return found

    def _countries(self, path: _Path, value: object) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(value, Mapping):
            raise self._error(path, "`countries` must map regions to their names")
        found = {}
        for region, names in value.items():
            try:
                code = normal(region)
            except ValueError as problem:
                raise self._error((*path, region), str(problem)) from None
            given = [names] if isinstance(names, str) else names
            found[code] = self._list((*path, region), given)
        return found

    def _named(self, code: object, says: Mapping[str, Any], name: str) -> tuple[str, ...]:
        path, wanted = (code, "says", name), _LISTS[name]
        words = self._list(path, says[name])
        if len(words) != wanted:
            raise self._error(path, f"`{name}` has {len(words)} names, not {wanted}")
        return words

    def _piece(self, path: _Path, value: object, fields: tuple[str, ...]) -> str:
        """Return a piece whose placeholders are all known, and all there but for the minutes."""
        if not isinstance(value, str) or not value or len(value) > _LONGEST_PIECE:
            raise self._error(path, f"`{path[-1]}` must be a short text, not `{value}`")
        try:
            used = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
            value.format(**dict.fromkeys(fields, 1))
        except (ValueError, LookupError):
            used = {value}
        if used != set(fields):
            known = ", ".join(f"{{{name}}}" for name in fields) or "nothing to fill in"
            raise self._error(path, f"`{path[-1]}` is `{value}`; it has to hold {known}")
        return value

    def _map(self, path: _Path, data: object, keys: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(data, Mapping):
            raise self._error(path, f"`{path[-1]}` must be a map")
        for key in data:
            if key not in keys:
                raise self._error((*path, key), f"unknown key `{key}` of `{path[-1]}`")
        for key in keys:
            if key not in data:
                raise self._error(path, f"`{path[-1]}` has no `{key}`")
        return data

    def _text(self, path: _Path, value: object, longest: int) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._error(path, f"`{path[-1]}` must be words, not `{value}`")
        if len(value) > longest:
            raise self._error(path, f"`{value}` is longer than {longest} characters")
        return value.strip()

    def _error(self, path: _Path, says: str) -> LanguagesError:
        return LanguagesError(f"{self._name}:{self._place.line(path)}: {says}")
