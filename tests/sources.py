"""What a long proof is about: a digest of the sources, so that none counts for other sources."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Set
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: What every proof is about: the code that it tries, and the platform that it is tried against.
TRIED = ("policy_guard", "channels", "simulator")
_DATA = frozenset({".yaml", ".yml", ".toml", ".json"})
_KINDS = _DATA | {".py"}


def digest(folders: Iterable[str], files: Iterable[str] = (), root: Path = ROOT) -> str:
    """Return a digest of every source file of the folders, and of further files."""
    found = [file for folder in folders for file in sorted((root / folder).rglob("*"))]
    return _digest([*found, *(root / name for name in files)], root)


def digest_of_loaded(root: Path = ROOT) -> str:
    """Return a digest of our modules that this process has loaded, and of the data beside them.

    It is for a proof whose processes load nothing later: what they never saw cannot change it.
    """
    files = (getattr(m, "__file__", None) for m in list(sys.modules.values()))
    ours = {Path(f) for f in files if f and Path(f).is_relative_to(root)}
    modules = {f for f in ours if f.relative_to(root).parts[0] in {*TRIED, "tests"}}
    packages = {f.parent for f in modules}
    data = {
        file
        for package in TRIED
        for file in (root / package).rglob("*")
        if file.suffix in _DATA and _belongs(file.parent, packages)
    }
    return _digest(sorted(modules | data), root)


def _belongs(folder: Path, packages: Set[Path]) -> bool:
    """Tell whether what is in a folder belongs to *packages*: not what another package has."""
    return folder in packages or not (folder / "__init__.py").exists()


def _digest(files: Iterable[Path], root: Path) -> str:
    whole = hashlib.sha256()
    for file in files:
        if file.is_file() and file.suffix in _KINDS:
            whole.update(f"{file.relative_to(root).as_posix()}\0".encode())
            whole.update(file.read_bytes())
    return whole.hexdigest()[:16]
