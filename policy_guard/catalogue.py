"""The catalogue of alert types, `alerts.yml`: read once, checked whole, frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from .errors import GuardError
from .vocabulary import Purpose, Push
from .yaml_place import Document, read_text
from .yaml_place import load as load_yaml

#: Quick-reply titles are cut after 20 characters and there are 13 quick replies at most (Meta,
#: Messenger Platform, "Quick Replies", 2026-04-22).
LONGEST_TITLE = 20
MOST_TYPES = 13
#: A one-line description next to a title has to stay short on a phone.
LONGEST_DESCRIPTION = 80

#: The purposes an alert type may have; the others are never a standing choice of the person.
ALERT_PURPOSES = (
    Purpose.POST_PURCHASE_UPDATE,
    Purpose.ACCOUNT_UPDATE,
    Purpose.CONFIRMED_EVENT_UPDATE,
    Purpose.ALERT,
    Purpose.PROMOTION,
)

_REQUIRED = ("id", "titles", "descriptions", "purpose", "consent", "push")
_OPTIONAL = ("utility_template", "slot")
_ID = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2}")

_E = TypeVar("_E", bound=Enum)


class CatalogueError(GuardError):
    """The catalogue cannot be used; the sentence names the file, the line and the value."""


class Consent(str, Enum):
    """How a person agrees to an alert type."""

    PREFERENCE = "preference"
    ONE_TIME = "one_time"


@dataclass(frozen=True)
class AlertType:
    """One kind of alert; titles and descriptions are pairs of a language and its words."""

    id: str
    titles: tuple[tuple[str, str], ...]
    descriptions: tuple[tuple[str, str], ...]
    purpose: Purpose
    consent: Consent
    push: Push
    utility_template: str | None = None
    slot: str | None = None  # names the thing a one-time alert is about

    def title(self, language: str) -> str:
        """Return the title in *language*, or in the catalogue's first language."""
        return _words(self.titles, language)

    def description(self, language: str) -> str:
        """Return the description in *language*, or in the catalogue's first language."""
        return _words(self.descriptions, language)


@dataclass(frozen=True)
class Catalogue:
    """All alert types, in the order they are offered; the first language is the default one."""

    types: tuple[AlertType, ...]
    languages: tuple[str, ...]

    def type_of(self, topic: str) -> AlertType | None:
        """Return the type *topic* belongs to: `back_in_stock:sku-42` is of `back_in_stock`."""
        return self.get(topic.split(":", 1)[0])

    def get(self, type_id: str) -> AlertType | None:
        """Return the type with this id, or None."""
        return next((kind for kind in self.types if kind.id == type_id), None)


def load(path: str | Path) -> Catalogue:
    """Read and check the catalogue at *path*; raises CatalogueError."""
    file = Path(path)
    document = load_yaml(read_text(file, CatalogueError), str(file), CatalogueError)
    return _Reader(str(file), document).catalogue()


def _words(pairs: tuple[tuple[str, str], ...], language: str) -> str:
    return next((words for code, words in pairs if code == language), pairs[0][1])


class _Reader:
    """Turns one document into a catalogue; every complaint names the line it is about."""

    def __init__(self, name: str, document: Document) -> None:
        self._name = name
        self._place = document
        self._document: Any = document.data

    def catalogue(self) -> Catalogue:
        document = self._document
        if not isinstance(document, list) or not document:
            raise self._error((), "must be a list of at least one alert type")
        if len(document) > MOST_TYPES:
            raise self._error(
                (MOST_TYPES,), f"`{len(document)}` alert types do not fit in 13 quick replies"
            )
        languages = self._languages()
        types = tuple(self._type(index, languages) for index in range(len(document)))
        self._no_duplicates(types)
        return Catalogue(types, languages)

    def _languages(self) -> tuple[str, ...]:
        """Return the languages of the first entry's titles: all other words must have the same."""
        first = self._entry(0)
        titles = first.get("titles")
        if not isinstance(titles, Mapping) or not titles:
            raise self._error((0, "titles"), "`titles` must map languages to words")
        for language in titles:
            if not _is_language(language):
                raise self._error(
                    (0, "titles", language),
                    f"`{language}` is not a language code of two lower-case letters",
                )
        return tuple(str(language) for language in titles)

    def _entry(self, index: int) -> Mapping[str, Any]:
        entry = self._document[index]
        if not isinstance(entry, Mapping):
            raise self._error((index,), f"`{entry}` must be a map that describes an alert type")
        for key in entry:
            if key not in _REQUIRED + _OPTIONAL:
                raise self._error((index, key), f"unknown key `{key}`")
        for key in _REQUIRED:
            if key not in entry:
                raise self._error((index,), f"the alert type has no `{key}`")
        return entry

    def _type(self, index: int, languages: tuple[str, ...]) -> AlertType:
        entry = self._entry(index)
        purpose = self._one_of(index, "purpose", Purpose)
        if purpose not in ALERT_PURPOSES:
            raise self._error((index, "purpose"), f"`{purpose.value}` is not an alert's purpose")
        return AlertType(
            id=self._id(index),
            titles=self._phrases(index, "titles", languages, LONGEST_TITLE),
            descriptions=self._phrases(index, "descriptions", languages, LONGEST_DESCRIPTION),
            purpose=purpose,
            consent=self._one_of(index, "consent", Consent),
            push=self._one_of(index, "push", Push),
            utility_template=(
                self._word(index, "utility_template") if "utility_template" in entry else None
            ),
            slot=self._word(index, "slot") if "slot" in entry else None,
        )

    def _id(self, index: int) -> str:
        value = self._word(index, "id")
        if not _ID.fullmatch(value):
            raise self._error(
                (index, "id"), f"the id `{value}` may only have a-z, digits and underscores"
            )
        return value

    def _word(self, index: int, key: str) -> str:
        value = self._document[index][key]
        if not isinstance(value, str) or not value.strip():
            raise self._error((index, key), f"`{key}` must be words, not `{value}`")
        return str(value)

    def _one_of(self, index: int, key: str, kind: type[_E]) -> _E:
        value = self._document[index][key]
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            raise self._error(
                (index, key), f"unknown {key} `{value}`, use one of {known}"
            ) from None

    def _phrases(
        self, index: int, key: str, languages: tuple[str, ...], longest: int
    ) -> tuple[tuple[str, str], ...]:
        value = self._document[index][key]
        if not isinstance(value, Mapping):
            raise self._error((index, key), f"`{key}` must map languages to words")
        for language in value:
            if language not in languages:
                raise self._error(
                    (index, key, language), f"`{key}` has the unexpected language `{language}`"
                )
        return tuple(
            (language, self._phrase(index, key, language, longest)) for language in languages
        )

    def _phrase(self, index: int, key: str, language: str, longest: int) -> str:
        phrases = self._document[index][key]
        if language not in phrases:
            raise self._error((index, key), f"`{key}` has no words in the language `{language}`")
        words = phrases[language]
        if not isinstance(words, str) or not words.strip():
            raise self._error((index, key, language), f"`{key}` must be words, not `{words}`")
        if len(words) > longest:
            raise self._error(
                (index, key, language), f"`{words}` is longer than {longest} characters"
            )
        return str(words)

    def _no_duplicates(self, types: tuple[AlertType, ...]) -> None:
        """Refuse a second entry with the same id, or the same title in the same language."""
        ids: set[str] = set()
        titles: set[tuple[str, str]] = set()
        for index, kind in enumerate(types):
            if kind.id in ids:
                raise self._error((index, "id"), f"the id `{kind.id}` is used twice")
            ids.add(kind.id)
            for language, words in kind.titles:
                if (language, words.casefold()) in titles:
                    raise self._error(
                        (index, "titles", language), f"the title `{words}` is used twice"
                    )
                titles.add((language, words.casefold()))

    def _error(self, path: tuple[str | int, ...], says: str) -> CatalogueError:
        return CatalogueError(f"{self._name}:{self._place.line(path)}: {says}")


def _is_language(code: object) -> bool:
    return isinstance(code, str) and _LANGUAGE.fullmatch(code) is not None
