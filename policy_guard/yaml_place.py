"""YAML files read as plain data that remember where each value stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError


def load_strings(text: str, name: str, error: type[Exception]) -> Any:
    """Return the document with dates, times and `off` left as the text that stands there.

    A case table says `quiet_hours: off` and `2021-06-02T12:00:00Z`; YAML 1.1 would turn the first
    into false, and no reader of ours wants a date without its offset.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.version = "1.2"  # type: ignore[assignment]  # annotated None, takes a version
    resolvers = yaml.resolver.versioned_resolver
    for first, pairs in list(resolvers.items()):
        resolvers[first] = [p for p in pairs if not p[0].endswith(":timestamp")]
    return _load(yaml, text, name, error)


def load_placed(text: str, name: str, error: type[Exception]) -> Any:
    """Return the document as maps and lists that know their lines (`line_of`)."""
    return _load(YAML(typ="rt"), text, name, error)


def read_text(path: Path, error: type[Exception]) -> str:
    """Return the file's text; raises *error* with a sentence where it cannot be read."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise error(f"{path}: is not UTF-8 text") from None
    except OSError as problem:
        raise error(f"{path}: cannot be read: {problem.strerror or problem}") from None


def line_of(document: Any, path: Sequence[str | int]) -> int:
    """Return the line (from 1) where the value at *path* stands, as near as the document knows."""
    line = 1
    here: Any = document
    for step in path:
        try:
            marks: Any = here.lc
            place = marks.key(step) if isinstance(here, Mapping) else marks.item(step)
            line = place[0] + 1
            here = here[step]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line


def _load(yaml: YAML, text: str, name: str, error: type[Exception]) -> Any:
    try:
        return yaml.load(text)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f":{mark.line + 1}" if mark else ""
        said = " ".join(str(problem.problem or problem.context or "cannot be read").split())
        raise error(f"{name}{line}: is not valid YAML: {said}") from None
    except (YAMLError, ValueError, RecursionError) as problem:
        raise error(f"{name}: is not valid YAML: {' '.join(str(problem).split())}") from None
