"""The designers' guide as a reader sees it: its recipes, and the blocks that they have pasted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

GUIDE = (Path(__file__).parents[1] / "docs" / "designers.md").read_text("utf-8")
_BLOCK = re.compile(r"^( *)```(yaml)?\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_WHERE = re.compile(r"# (?P<file>[\w./]+)(?:, (?P<how>.+))?")


@dataclass(frozen=True)
class Block:
    """One block of a recipe: what is pasted, into which file, and how it says it is put there."""

    file: str
    how: str
    text: str


def recipes() -> dict[str, str]:
    """Return the recipes by their titles."""
    parts = re.split(r"(?m)^## ", GUIDE)
    return {
        part.partition("\n")[0].removeprefix("Recipe: "): part
        for part in parts
        if part.startswith("Recipe: ")
    }


def blocks(recipe: str) -> list[Block]:
    """Return the YAML blocks of a recipe that say where they go, in their order."""
    found = []
    for match in _BLOCK.finditer(recipes()[recipe]):
        first, _, rest = dedent(match[3]).partition("\n")
        where = _WHERE.fullmatch(first)
        if match[2] and where:
            found.append(Block(where["file"], where["how"] or "", rest))
    return found


def commands(recipe: str) -> list[str]:
    """Return what a recipe has typed into a shell, in its order."""
    return [dedent(m[3]).strip() for m in _BLOCK.finditer(recipes()[recipe]) if not m[2]]
