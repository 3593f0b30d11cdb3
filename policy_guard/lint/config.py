"""What a project says of the linter in pyproject.toml, under `[tool.policy-guard.lint]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from policy_guard.errors import GuardError

from . import registry
from .model import Options
from .reader import USUAL

PYPROJECT = "pyproject.toml"
_US = b"policy-guard"
SECTION = "tool.policy-guard.lint"
_NUMBERS = {
    "preview-width": "preview_width",
    "longest-text": "longest_text",
    "longest-paragraph": "longest_paragraph",
    "easiest": "easiest",
}
_LISTS = ("select", "ignore", "files", "exclude")
_LARGEST = 100_000


class ConfigError(GuardError):
    """A setting that cannot be used; names the file and the key."""


@dataclass(frozen=True)
class Config:
    """The settings of one project."""

    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    files: tuple[str, ...] = USUAL
    exclude: tuple[str, ...] = ()
    baseline: Path | None = None
    home: Path | None = None  # the folder of the settings, from which paths in them are counted
    options: Options = field(default_factory=Options)


def nearest(folder: Path) -> Path | None:
    """Return the pyproject.toml of a folder, or of the first one above it, that speaks of us."""
    start = folder.resolve()
    for above in (start, *start.parents):
        file = above / PYPROJECT
        if file.is_file() and _speaks(file):
            return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return None


def _speaks(file: Path) -> bool:
    try:
        return _US in file.read_bytes()
    except OSError:
        return True  # said when it is loaded


def load(path: Path) -> Config:
    """Read the settings of a pyproject.toml; those of a file without any are the usual ones.

    Raises ConfigError.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: cannot be read: {problem}") from None
    if _US.decode() not in text:
        return Config()
    section: Any = _toml(path, text)
    for key in SECTION.split("."):
        section = section.get(key, {}) if isinstance(section, Mapping) else None
    if not isinstance(section, Mapping):
        raise ConfigError(f"{path}: `{SECTION}` is not a table")
    return _Reader(path, section).config()


def _toml(path: Path, text: str) -> Mapping[str, Any]:
    try:
        import tomli  # noqa: PLC0415 - only a project with settings pays for it
    except ImportError:
        raise ConfigError(f"{path}: `{SECTION}` cannot be read without the package tomli") from None
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as problem:
        raise ConfigError(f"{path}: is not valid TOML: {problem}") from None


def _is_pattern(text: str) -> bool:
    """Tell whether a text can be looked for below a folder; `**` stands for folders alone."""
    path = PurePath(text)
    odd = any("**" in part and part != "**" for part in path.parts)
    return bool(path.parts) and not path.is_absolute() and not odd and "\0" not in text


class _Reader:
    def __init__(self, path: Path, section: Mapping[str, Any]) -> None:
        self._path = path
        self._section = section

    def config(self) -> Config:
        """Return the settings; raises ConfigError with the first that cannot be used."""
        known = {*_NUMBERS, *_LISTS, "per-file-ignores", "baseline", "channel"}
        for key in self._section:
            if key not in known:
                raise self._error(key, "is not a setting")
        usual = Config()
        given = {name: self._list(name) for name in _LISTS if name in self._section}
        for pattern in given.get("files", ()):
            if not _is_pattern(pattern):
                raise self._error("files", f"holds `{pattern}`, no pattern of files in the project")
        rules = (*given.get("select", ()), *given.get("ignore", ()))
        per_file = self._per_file()
        unknown = registry.unknown([*rules, *(word for _, words in per_file for word in words)])
        if unknown:
            raise self._error("select", f"names no rule: `{unknown[0]}`")
        baseline = self._word("baseline", None)
        return Config(
            home=self._path.parent,
            select=given.get("select", usual.select),
            ignore=given.get("ignore", usual.ignore),
            per_file=per_file,
            files=given.get("files", usual.files),
            exclude=given.get("exclude", usual.exclude),
            baseline=self._path.parent / baseline if baseline is not None else None,
            options=self._options(usual.options),
        )

    def _options(self, usual: Options) -> Options:
        given = {name: self._number(key, getattr(usual, name)) for key, name in _NUMBERS.items()}
        return Options(
            preview_width=given["preview_width"],
            longest_text=given["longest_text"],
            longest_paragraph=given["longest_paragraph"],
            easiest=given["easiest"],
            channel=self._word("channel", usual.channel) or usual.channel,
        )

    def _list(self, key: str) -> tuple[str, ...]:
        value = self._section[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._error(key, "is not a list of words")
        return tuple(value)

    def _per_file(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        value = self._section.get("per-file-ignores", {})
        if not isinstance(value, Mapping):
            raise self._error("per-file-ignores", "is not a table of patterns and lists")
        for words in value.values():
            if not isinstance(words, list) or not all(isinstance(item, str) for item in words):
                raise self._error("per-file-ignores", "is not a table of patterns and lists")
        return tuple((pattern, tuple(words)) for pattern, words in value.items())

    def _number(self, key: str, usual: int) -> int:
        value = self._section.get(key, usual)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _LARGEST:
            raise self._error(key, f"is `{value}`, not a whole number from 1 to {_LARGEST}")
        return value

    def _word(self, key: str, usual: str | None) -> str | None:
        value = self._section.get(key, usual)
        if value is not None and not isinstance(value, str):
            raise self._error(key, f"is `{value}`, not a word")
        return value

    def _error(self, key: str, says: str) -> ConfigError:
        return ConfigError(f"{self._path}: `{SECTION}.{key}` {says}")
