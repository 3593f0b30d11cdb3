"""The Page's Messenger profile as `profile.yml` has it: checked, put in its words, compared.

Limits: Messenger Profile API (read 2026-04-22), persistent menu (20 flat items since nested menus
ended), ice breakers (4 questions a locale), greeting (160 characters). Commands hide the menu, and
ice breakers the Get Started button, where both are set: so say the same pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from policy_guard.errors import SettingsError
from policy_guard.yaml_place import Document, load, read_text

#: What is managed here, in the order of the file; everything else of the profile is left alone.
FIELDS = ("get_started", "greeting", "ice_breakers", "persistent_menu", "commands")
DEFAULT = "default"
_GREETING, _TITLE, _PAYLOAD = 160, 30, 1000  # characters
_ITEMS, _QUESTIONS = 20, 4


@dataclass(frozen=True)
class Profile:
    """What the Page's profile is to be, in the platform's words, by property."""

    wanted: Mapping[str, Any]
    notes: tuple[str, ...] = ()  # what is lawful and may still surprise


@dataclass(frozen=True)
class Difference:
    """What has to be set and deleted for the platform's profile to be as wanted."""

    set: Mapping[str, Any]
    delete: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.set or self.delete)


def read(file: Path, passes: Callable[[str], bool]) -> Profile:
    """Read `profile.yml`; raises SettingsError with file and line.

    *passes* tells whether the channel lets a payload through: one that it does not is dead.
    """
    document = load(read_text(file, SettingsError), str(file), SettingsError)
    return _Reader(file, document, passes).profile()


def difference(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> Difference:
    """Compare what is wanted with what the platform has; its own additions are no difference."""
    changed = {n: wanted[n] for n in wanted if not _same(wanted[n], there.get(n))}
    if "persistent_menu" in changed and "get_started" in wanted:
        changed = {"get_started": wanted["get_started"], **changed}
    gone = tuple(name for name in FIELDS if name in there and name not in wanted)
    return Difference(changed, gone)


def _same(ours: Any, theirs: Any) -> bool:
    """Tell whether all of ours is there; the platform adds fields with its defaults."""
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(_same(v, theirs.get(k)) for k, v in ours.items())
    if isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            return False
        return all(_same(a, b) for a, b in zip(_ordered(ours), _ordered(theirs), strict=True))
    return bool(ours == theirs)


def _ordered(items: list[Any]) -> list[Any]:
    """Return a list per locale in the order of locales, any other list as it is."""
    located = all(isinstance(each, dict) and "locale" in each for each in items)
    return sorted(items, key=lambda each: str(each["locale"])) if located else items


class _Reader:
    """Reads one file; every complaint names its line."""

    def __init__(self, file: Path, document: Document, passes: Callable[[str], bool]) -> None:
        self._file, self._document, self._passes = file, document, passes
        self._data = document.data if isinstance(document.data, Mapping) else {}

    def profile(self) -> Profile:
        for key in self._data:
            if key not in FIELDS:
                raise self._wrong([key], f"unknown key `{key}`: there are {', '.join(FIELDS)}")
        makers = {
            "get_started": self._get_started,
            "greeting": self._greeting,
            "ice_breakers": self._ice_breakers,
            "persistent_menu": self._menu,
            "commands": self._commands,
        }
        wanted = {name: makers[name]() for name in FIELDS if self._data.get(name) is not None}
        if "persistent_menu" in wanted and "get_started" not in wanted:
            raise self._wrong(["persistent_menu"], "a persistent menu needs `get_started`")
        return Profile(wanted, tuple(_notes(wanted)))

    def _get_started(self) -> dict[str, Any]:
        return {"payload": self._payload(self._data["get_started"], ["get_started"])}

    def _greeting(self) -> list[dict[str, Any]]:
        return [
            {"locale": locale, "text": self._text(said, path, "a greeting", _GREETING)}
            for locale, said, path in self._locales("greeting")
        ]

    def _ice_breakers(self) -> list[dict[str, Any]]:
        found = []
        for locale, given, at in self._locales("ice_breakers"):
            actions = [
                {
                    "question": self._text(one.get("question"), path, "a question"),
                    "payload": self._payload(one.get("payload"), path),
                }
                for one, path in self._items(given, at, _QUESTIONS, {"question", "payload"})
            ]
            found.append({"locale": locale, "call_to_actions": actions})
        return found

    def _menu(self) -> list[dict[str, Any]]:
        found = []
        for locale, given, at in self._locales("persistent_menu"):
            items = self._items(given, at, _ITEMS, {"title", "payload", "url"})
            actions = [self._item(one, path) for one, path in items]
            found.append(
                {"locale": locale, "composer_input_disabled": False, "call_to_actions": actions}
            )
        return found

    def _item(self, one: Mapping[str, Any], path: list[object]) -> dict[str, Any]:
        title = self._text(one.get("title"), path, "a title", _TITLE)
        if ("url" in one) == ("payload" in one):
            raise self._wrong(path, f"`{title}` has either a `payload` or a `url`")
        if "payload" in one:
            payload = self._payload(one["payload"], path)
            return {"type": "postback", "title": title, "payload": payload}
        parts = urlsplit(str(one["url"]))
        if parts.scheme != "https" or not parts.hostname:
            raise self._wrong(path, f"`{one['url']}` is not an https address")
        return {"type": "web_url", "title": title, "url": str(one["url"])}

    def _commands(self) -> list[dict[str, Any]]:
        found = []
        for locale, given, at in self._locales("commands"):
            items = self._items(given, at, None, {"name", "description"})
            listed = [
                {
                    "name": self._text(one.get("name"), path, "a command"),
                    "description": self._text(one.get("description"), path, "a description"),
                }
                for one, path in items
            ]
            found.append({"locale": locale, "commands": listed})
        return found

    def _locales(self, name: str) -> Iterator[tuple[str, Any, list[object]]]:
        given = self._data[name]
        if not isinstance(given, Mapping) or DEFAULT not in given:
            raise self._wrong([name], f"`{name}` is by locale, with one of them `{DEFAULT}`")
        for locale, said in given.items():
            yield str(locale), said, [name, locale]

    def _items(
        self, given: Any, at: list[object], most: int | None, keys: set[str]
    ) -> Iterator[tuple[Mapping[str, Any], list[object]]]:
        if not isinstance(given, list) or not given:
            raise self._wrong(at, f"`{at[-1]}` of `{at[0]}` is not a list")
        if most is not None and len(given) > most:
            raise self._wrong(at, f"`{at[0]}` has {len(given)} entries; the platform takes {most}")
        for number, one in enumerate(given):
            path = [*at, number]
            if not isinstance(one, Mapping):
                raise self._wrong(path, f"an entry of `{at[0]}` is not a map")
            for key in one:
                if key not in keys:
                    raise self._wrong([*path, key], f"unknown key `{key}` in `{at[0]}`")
            yield one, path

    def _text(self, said: Any, path: list[object], what: str, most: int | None = None) -> str:
        if not isinstance(said, str) or not said.strip():
            raise self._wrong(path, f"{what} is missing or no text")
        if most is not None and len(said) > most:
            raise self._wrong(path, f"{what} has {len(said)} characters; the platform takes {most}")
        return said

    def _payload(self, said: Any, path: list[object]) -> str:
        payload = self._text(said, path, "a payload", _PAYLOAD)
        if not self._passes(payload):
            raise self._wrong(
                path, f"the payload `{payload}` names no intent that the channel lets through"
            )
        return payload

    def _wrong(self, path: list[object], said: str) -> SettingsError:
        return SettingsError(f"{self._file}:{self._document.line(path)}: {said}")


def _notes(wanted: Mapping[str, Any]) -> Iterator[str]:
    if "commands" in wanted and "persistent_menu" in wanted:
        yield "where commands are set, the platform shows them instead of the persistent menu"
    if "ice_breakers" in wanted and "get_started" in wanted:
        yield "where ice breakers are set, the platform shows them instead of Get Started"
