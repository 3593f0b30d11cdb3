"""Trying one change: does a case row, a unit test, a drawn world or a law notice it?

Rows and worlds are run in a forked process in which the changed module stands in place of the real
one; tests are run by pytest, forked too, on a copy of the tree.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import shutil
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

import pytest
from hypothesis import settings

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
#: Imported before anything is forked: loading them takes longer than most tests.
_LOADED_BEFORE = (
    *("hypothesis", "hypothesis.strategies", "jsonschema", "sqlalchemy", "yaml", "requests"),
    *("xdist.plugin", "pytest_timeout", "_hypothesis_pytestplugin"),
)
#: What a test imports from the copy of the tree.
_OURS = frozenset({"actions", "channels", "policy_guard", "scripts", "simulator", "tests"})
_PATIENCE = 600  # seconds after which a change counts as noticed: it made something endless
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
    for name in _LOADED_BEFORE:
        importlib.import_module(name)
    gc.freeze()  # what is there is never garbage in a process forked from here


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
        if not failed:  # what cannot even begin would seem to notice every change
            raise RuntimeError(f"the tests do not run: pytest ended with {code}: {out[-2000:]}")
        return failed[0][:200]

    def _pytest(self, tests: Sequence[str], *options: str) -> tuple[int, str]:
        there = [t for t in tests if (self.folder / t).exists()]
        quiet = ["-q", "-p", "no:cacheprovider", "-rfE", "--tb=line", "-k", f"not {_TRIED}"]
        quiet += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what is loaded before
        with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
            child = multiprocessing.get_context("fork").Process(
                target=_run_pytest, args=(self.folder, [*quiet, *options, *there], out.fileno())
            )
            child.start()
            child.join(_PATIENCE)
            if child.exitcode is None:
                child.kill()
                child.join()
                return _FAILED, f"FAILED not done after {_PATIENCE} s"
            out.seek(0)
            return child.exitcode, out.read()


def _run_pytest(folder: Path, arguments: list[str], out: int) -> None:
    """Run pytest in *folder* as a fresh process would, and end the process with its code."""
    for descriptor in (1, 2):
        os.dup2(out, descriptor)
    # what writes has to write there; the process that was forked may hold text in its own
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - ends with the process
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - ends with the process
    # nothing compiled is kept: a changed file may be as long and as old as the one before
    sys.dont_write_bytecode = True
    os.chdir(folder)
    for name in list(sys.modules):
        if name.split(".")[0] in _OURS:
            del sys.modules[name]
    sys.path[:] = [str(folder), *(p for p in sys.path if p and Path(p).resolve() != ROOT)]
    importlib.invalidate_caches()
    # an example that one change failed on is no example for the next
    settings.register_profile("apart", database=None)
    settings.load_profile("apart")
    code = int(pytest.main(arguments))
    sys.stdout.flush()
    os._exit(code)  # what the forked process would do at its end is not this one's to do


def _failed(out: str) -> list[str]:
    """Return what pytest's summary says of the tests that failed, a line each."""
    marks = ("FAILED ", "ERROR ")
    return [line.split(" ", 1)[1] for line in out.splitlines() if line.startswith(marks)]


@contextmanager
def tree() -> Iterator[Tree]:
    """Give a copy of the tree for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        yield Tree(Path(folder))
