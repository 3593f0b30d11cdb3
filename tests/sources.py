"""What a long proof is about: a digest of the sources, so that none counts for other sources."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What every proof is about: the code that it tries, and the platform that it is tried against.
TRIED = ("policy_guard", "channels", "simulator")
#: What reads a designer's words and decides nothing.
READS_WORDS = ("policy_guard/lint", "policy_guard/promotion")
_KINDS = frozenset({".py", ".yaml", ".yml", ".toml", ".json"})


def digest(
    folders: Iterable[str], files: Iterable[str] = (), root: Path = ROOT, *, but: Iterable[str] = ()
) -> str:
    """Return a digest of every source file of the folders *but* some, and of further files."""
    whole, left_out = hashlib.sha256(), [root / folder for folder in but]
    found = [file for folder in folders for file in sorted((root / folder).rglob("*"))]
    for file in [*found, *(root / name for name in files)]:
        if any(folder in file.parents for folder in left_out):
            continue
        if file.is_file() and file.suffix in _KINDS:
            whole.update(f"{file.relative_to(root).as_posix()}\0".encode())
            whole.update(file.read_bytes())
    return whole.hexdigest()[:16]
