"""Trying one change: does a case row, a unit test, a drawn world or a law notice it?

Rows and worlds are run in a forked process in which the changed module stands in place of the real
one; tests are run by pytest on a copy of the tree.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from policy_guard import cases
from policy_guard.edition import known
from tests.differential import compare, worlds

from .mutate import ROOT, Mutant

CASES = ROOT / "tests" / "cases"
WORLDS, SEED = 20_000, "mutants"
UNITS = tuple(
    f"tests/policy_guard/{name}.py"
    for name in (
        *("test_mutants_killed", "test_rules", "test_edition", "test_switches", "test_sentences"),
        *("test_cases", "test_accounts"),
    )
)
LAWS = ("tests/policy_guard/test_laws.py",)
#: What a tree needs so that these tests run in it.
COPIED = ("policy_guard", "channels", "simulator", "tests/policy_guard", "tests/cases")
COPIED_FILES = (
    *("pyproject.toml", "domain.yml", "alerts.yml", "endpoints.yml", "languages.yml"),
    *("tests/conftest.py", "tests/backends.py", "tests/budgets.py"),
)
_AGAIN = ("policy_guard.rules", "policy_guard.decide", "policy_guard.cases", "tests.differential")
#: Nothing compiled is kept: a changed file may be as long and as old as the one before. Sets have
#: the same order in every run, so that what depends on it is noticed always or never.
_SURROUNDINGS = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ".", "PYTHONHASHSEED": "1"}
_PATIENCE = 180  # seconds after which a change counts as noticed: it made something endless
_TRIED = "test_the_answer_is_what_the_row_expects"  # each row was run before any test is
_FAILED = 1  # what pytest returns where a test fails


@dataclass(frozen=True)
class Outcome:
    """What noticed a change (`rows`, `tests`, `worlds`, `laws`), None where nothing did."""

    by: str | None
    says: str = ""


def prepare() -> None:
    """Read the rows and the editions once; forked processes have them for nothing."""
    _rows()
    known()


@lru_cache(maxsize=1)
def _rows() -> tuple[cases.Row, ...]:
    return tuple(row for file in sorted(CASES.glob("*.yaml")) for row in cases.read_file(file))


def examine(mutant: Mutant, copy: Tree, stages: Sequence[str]) -> Outcome:
    """Return what notices the change, the cheapest first."""
    for stage in stages:
        if stage == "rows":
            says = _forked(_in_rows, mutant)
        elif stage == "worlds":
            says = _forked(_in_worlds, mutant)
        else:
            says = copy.notice(mutant, _units(mutant) if stage == "tests" else LAWS)
        if says is not None:
            return Outcome(stage, says)
    return Outcome(None)


def _units(mutant: Mutant) -> tuple[str, ...]:
    """Return the unit tests, those of the changed file's own first."""
    own = "test_edition" if mutant.module == "policy_guard.edition" else "test_mutants_killed"
    return tuple(sorted(UNITS, key=lambda test: own not in test))


# --- in a forked process --------------------------------------------------------------------------


def _forked(look: Callable[[Mutant], str | None], mutant: Mutant) -> str | None:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_tell, args=(theirs, look, mutant), daemon=False)
    child.start()
    theirs.close()
    says: str | None = f"not done after {_PATIENCE} s"
    try:
        if ours.poll(_PATIENCE):
            says = ours.recv()
    except EOFError:
        says = "the process ended at once"
    finally:
        child.kill()
        child.join()
        ours.close()
    return says


def _tell(pipe: Any, look: Callable[[Mutant], str | None], mutant: Mutant) -> None:
    sys.stderr = sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - ends with the process
    try:
        _install(mutant)
        said = look(mutant)
    except Exception as problem:  # whatever breaks shows the change
        said = f"{type(problem).__name__}: {problem}"
    pipe.send(said)


def _in_rows(_: Mutant) -> str | None:
    changed = importlib.import_module("policy_guard.cases")
    for row in _rows():
        wrong = changed.run(row).wrong
        if wrong:
            return f"{Path(row.file).name}:{row.line}: {wrong[0]}"
    return None


def _in_worlds(_: Mutant) -> str | None:
    drawn = importlib.import_module(worlds.__name__)
    compared = importlib.import_module(compare.__name__)
    random = Random(SEED)  # noqa: S311 - it draws tests, not secrets
    for number in range(WORLDS):
        wrong = compared.compare(drawn.draw(random)).wrong
        if wrong:
            return f"world {number}: {wrong}"
    return None


class _Changed(importlib.machinery.SourceFileLoader):
    """A loader that gives a module another text than its file has."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname: str) -> types.CodeType:
        """Return the code of the changed text."""
        return compile(self.text, self.get_filename(fullname), "exec")


class _Finder(importlib.abc.MetaPathFinder):
    """It finds one module, the changed one."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the changed module where its name is asked for."""
        if fullname != self.mutant.module:
            return None
        file = ROOT / self.mutant.file
        inner = [str(file.parent)] if file.name == "__init__.py" else None
        loader = _Changed(fullname, str(file), self.mutant.text)
        return importlib.util.spec_from_file_location(
            fullname, file, loader=loader, submodule_search_locations=inner
        )


def _install(mutant: Mutant) -> None:
    """Put the changed module in place; what rests on it is imported again when it is asked for."""
    again = (*_AGAIN, mutant.module)
    for name in list(sys.modules):
        if any(name == a or name.startswith(f"{a}.") for a in again):
            del sys.modules[name]
    sys.meta_path.insert(0, _Finder(mutant))


# --- on a copy of the tree ------------------------------------------------------------------------


class Tree:
    """A copy of what the tests need, in which one file at a time is changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left_out: tuple[str, ...] = ()
        for name in COPIED:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        for name in COPIED_FILES:
            shutil.copy(ROOT / name, folder / name)

    def failing(self, tests: Sequence[str]) -> tuple[str, ...]:
        """Return the tests that fail without any change; raises RuntimeError where none can run.

        Tests that cannot even begin would seem to notice every change.
        """
        code, out = self._pytest(tests)
        if code not in {0, _FAILED}:
            raise RuntimeError(f"the tests do not run: pytest ended with {code}")
        return tuple(line.split(" - ")[0] for line in _failed(out))

    def notice(self, mutant: Mutant, tests: Sequence[str]) -> str | None:
        """Return the first test that fails on the change, None where all pass."""
        file = self.folder / mutant.file
        before = file.read_text("utf-8")
        file.write_text(mutant.text, "utf-8")
        try:
            code, out = self._pytest(tests, "-x", *(f"--deselect={t}" for t in self.left_out))
        finally:
            file.write_text(before, "utf-8")
        if code == 0:
            return None
        failed = _failed(out)
        return failed[0][:200] if failed else f"pytest ended with {code}"

    def _pytest(self, tests: Sequence[str], *options: str) -> tuple[int, str]:
        there = [t for t in tests if (self.folder / t).exists()]
        quiet = ["-q", "-p", "no:cacheprovider", "-rfE", "--tb=line", "-k", f"not {_TRIED}"]
        command = [sys.executable, "-m", "pytest", *quiet, *options, *there]
        surroundings = {**os.environ, **_SURROUNDINGS}
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=surroundings,
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return _FAILED, f"FAILED not done after {_PATIENCE} s"
        return done.returncode, done.stdout


def _failed(out: str) -> list[str]:
    """Return what pytest's summary says of the tests that failed, a line each."""
    marks = ("FAILED ", "ERROR ")
    return [line.split(" ", 1)[1] for line in out.splitlines() if line.startswith(marks)]


@contextmanager
def tree() -> Iterator[Tree]:
    """Give a copy of the tree for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        yield Tree(Path(folder))
