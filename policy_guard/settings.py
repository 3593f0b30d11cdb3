"""What `endpoints.yml` says of the guard: the store's address, the Page, our own caution."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .cases import read_page, read_settings
from .delivery import Delivery, read_brake, read_on_unknown
from .edition import known
from .errors import CaseError, EditionError, SettingsError
from .pace import read as read_pace
from .retention import Retention
from .retention import read as read_retention
from .vocabulary import Page, Settings
from .yaml_place import load as load_yaml
from .yaml_place import read_text

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_PLACEHOLDER = re.compile(r"<[^>]*>|change[-_ ]?me|your[-_ ].*|xxx+|todo", re.IGNORECASE)
KEYS = frozenset(
    "url migrate page settings alerts channel switches retention hours pace on_unknown "
    "languages pause_broadcast_at_refusals".split()
)
_URL = "sqlite:///var/guard.db"
_HOURS = "hours.yml"
_CHANNEL = "http://127.0.0.1:5005/webhooks/messenger"


@dataclass(frozen=True)
class Configuration:
    """The guard's part of `endpoints.yml`, checked; paths and addresses are absolute."""

    url: str
    page: Page
    settings: Settings
    alerts: Path
    switches: frozenset[str]  # facts not established that the operator counts on
    channel: str  # where the running channel's routes are
    languages: Path  # what people type and what is said, by language
    hours: Path | None  # when people are there; None where no file says so
    retention: Retention  # how long messages and the journal are kept
    delivery: Delivery  # how fast messages leave, and what a doubt means
    migrate: bool = True  # whether a store of an older schema is upgraded where it is opened


def load(endpoints: Path, env: Mapping[str, str] | None = None) -> Configuration:
    """Read the guard's configuration; raises SettingsError with file and line."""
    from .sql_store import absolute_url  # noqa: PLC0415 - who reads no settings needs no SQLAlchemy

    env = os.environ if env is None else env
    document = load_yaml(read_text(endpoints, SettingsError), str(endpoints), SettingsError)
    data = document.data
    section = data.get("policy_guard") if isinstance(data, Mapping) else None
    if not isinstance(section, Mapping):
        raise SettingsError(f"{endpoints}: has no `policy_guard:` section")

    def wrong(said: object, path: str) -> SettingsError:
        line = document.line(["policy_guard", *path.split(".")])
        return SettingsError(f"{endpoints}:{line}: {said}")

    for key in section:
        if key not in KEYS:
            raise wrong(f"unknown key `policy_guard.{key}`", key)
    page = section.get("page")
    if not isinstance(page, Mapping) or not page.get("region"):
        raise wrong("`policy_guard.page.region` is required: where the Page is", "page")
    try:
        given = _filled(section, "", env)
    except _UnfilledError as problem:
        raise wrong(problem, problem.path) from None
    base = endpoints.resolve().parent
    try:
        return Configuration(
            url=absolute_url(env.get("POLICY_GUARD_DB") or str(given.get("url", _URL)), base),
            page=read_page(given["page"]),
            settings=read_settings(given.get("settings")),
            alerts=base / str(given.get("alerts", "alerts.yml")),
            switches=_switches(given.get("switches")),
            channel=str(env.get("POLICY_GUARD_CHANNEL") or given.get("channel", _CHANNEL)).rstrip(
                "/"
            ),
            languages=base / str(given.get("languages", "languages.yml")),
            hours=_hours(env.get("POLICY_GUARD_HOURS") or given.get("hours"), base),
            retention=read_retention(given.get("retention")),
            delivery=Delivery(
                read_pace(given.get("pace")),
                read_on_unknown(given.get("on_unknown")),
                read_brake(given.get("pause_broadcast_at_refusals")),
            ),
            migrate=_migrate(given.get("migrate", "at_start")),
        )
    except CaseError as problem:
        raise wrong(problem, problem.path) from None
    except EditionError as problem:
        raise wrong(problem, "switches") from None


def switches_of(endpoints: Path) -> frozenset[str]:
    """Return the switches that a project has on, whatever else its file says or leaves unfilled.

    Raises SettingsError with file and line.
    """
    document = load_yaml(read_text(endpoints, SettingsError), str(endpoints), SettingsError)
    section = document.data.get("policy_guard") if isinstance(document.data, Mapping) else None
    try:
        return _switches(section.get("switches") if isinstance(section, Mapping) else None)
    except EditionError as problem:
        line = document.line(["policy_guard", "switches"])
        raise SettingsError(f"{endpoints}:{line}: {problem}") from None


def _hours(named: object, base: Path) -> Path | None:
    """Return the file of opening hours: the one that is named, else `hours.yml` if it exists."""
    file = base / str(named or _HOURS)
    return file if named or file.exists() else None


def _migrate(value: object) -> bool:
    """Read when a store is upgraded; raises CaseError for what is no such moment."""
    if value not in {"at_start", "by_hand"}:
        raise CaseError(f"`migrate` is `{value}`, neither `at_start` nor `by_hand`", "migrate")
    return value == "at_start"


def _switches(value: Any) -> frozenset[str]:
    """Read the names of switches; raises EditionError for one that no edition has."""
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise EditionError(f"`{value}` is not a list of switches")
    known(frozenset(value))
    return frozenset(value)


class _UnfilledError(SettingsError):
    """A value is left as a reference or a placeholder."""

    def __init__(self, sentence: str, path: str) -> None:
        super().__init__(sentence)
        self.path = path


def _filled(data: Any, path: str, env: Mapping[str, str]) -> Any:
    """Return nested values with every `${NAME}` filled; raises with the place of the first left."""
    if isinstance(data, Mapping):
        return {k: _filled(v, f"{path}.{k}" if path else str(k), env) for k, v in data.items()}
    if isinstance(data, list):
        return [_filled(item, path, env) for item in data]
    if not isinstance(data, str) or (path == "url" and env.get("POLICY_GUARD_DB")):
        return data
    try:
        return filled(data, f"policy_guard.{path}", env)
    except SettingsError as problem:
        raise _UnfilledError(str(problem), path) from None


def filled(value: str, name: str, env: Mapping[str, str] | None = None) -> str:
    """Return *value* with each `${NAME}` taken from the environment; raises SettingsError.

    Rasa leaves a quoted `"${NAME}"` as it stands: a guessable secret. Here nothing unfilled passes.
    """
    env = os.environ if env is None else env

    def take(found: re.Match[str]) -> str:
        if not env.get(found[1]):
            raise SettingsError(f"`{name}` is `{value}`, but `{found[1]}` is not set")
        return env[found[1]]

    full = _REFERENCE.sub(take, value)
    if "${" in full or _PLACEHOLDER.fullmatch(full.strip()):
        raise SettingsError(f"`{name}` still has the placeholder `{full}`")
    return full
