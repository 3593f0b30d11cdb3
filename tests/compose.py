"""docker-compose.yml as tests read it: commands and environments, without containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what a container listens on; tests put their own in its place
FILE = Path(__file__).parents[1] / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<word>[^}]*))?\}")


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the file with its anchors and merges worked in."""
    data: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return data


def service(name: str) -> dict[str, Any]:
    """Return one service."""
    found: dict[str, Any] = document()["services"][name]
    return found


def command(name: str, instead: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Return a service's command, with words that only make sense in a container replaced."""
    return [instead.get(word, word) for word in service(name)["command"]]


def environment(name: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return a service's environment, filled as compose fills it; raises KeyError if it must be."""

    def fill(found: re.Match[str]) -> str:
        value = given.get(found["name"])
        if value or found["how"] is None:
            return value or ""
        if found["how"] == "-":
            return str(found["word"])
        raise KeyError(found["name"])

    said = service(name)["environment"]
    return {key: _VARIABLE.sub(fill, str(value)) for key, value in said.items()}
