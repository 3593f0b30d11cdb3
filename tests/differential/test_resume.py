"""A long proof goes on only where the same sources were tried."""

from __future__ import annotations

import pickle
import sys
import types
from pathlib import Path

import pytest

from tests.kept import Kept
from tests.sources import digest, digest_of_loaded

from .__main__ import resumed
from .coverage import Reached

DONE = ({0, 1}, 0, ["one"], Reached())


@pytest.mark.parametrize(
    ("about", "goes_on"),
    [((7, "these"), True), ((8, "these"), False), ((7, "those"), False)],
)
def test_worlds_count_for_the_seed_and_the_sources_they_were_tried_with(
    tmp_path: Path, about: tuple[int, str], goes_on: bool
) -> None:
    state = tmp_path / "differential.pickle"
    state.write_bytes(pickle.dumps(((7, "these"), *DONE)))
    assert (resumed(state, about)[0] == {0, 1}) is goes_on


def test_what_an_older_run_kept_by_its_seed_alone_counts_for_nothing(tmp_path: Path) -> None:
    state = tmp_path / "differential.pickle"
    state.write_bytes(pickle.dumps((7, *DONE)))
    assert resumed(state, (7, "these"))[0] == set()


def test_rounds_are_kept_for_the_sources_they_were_tried_with(tmp_path: Path) -> None:
    file = tmp_path / "kills.json"
    Kept.resumed(file, 7, "tests/crashes").add(0, wrong=[])
    assert Kept.resumed(file, 7, "tests/crashes").rounds.keys() == {0}
    assert not Kept.resumed(file, 8, "tests/crashes").rounds
    assert not Kept.resumed(file, 7, "tests/hostile").rounds


def test_a_digest_changes_with_every_source_its_name_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.py").write_text("a = 1\n")
    first = digest(["rules"], root=tmp_path)
    (folder / "a.pyc").write_text("compiled")
    assert digest(["rules"], root=tmp_path) == first
    (folder / "a.py").write_text("a = 2\n")
    second = digest(["rules"], root=tmp_path)
    (folder / "a.py").rename(folder / "b.py")
    third = digest(["rules"], root=tmp_path)
    (folder / "c.yaml").write_text("edition: 2026-01-01\n")
    assert len({first, second, third, digest(["rules"], root=tmp_path)}) == 4


def test_what_the_comparison_never_loads_does_not_make_it_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def module(name: str, *, loaded: bool) -> Path:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text("a = 1\n")
        if loaded:
            made = types.ModuleType(name)
            made.__file__ = str(file)
            monkeypatch.setitem(sys.modules, name, made)
        return file

    def digest_after(file: Path) -> str:
        file.write_text(file.read_text() + "# changed\n")
        return digest_of_loaded(tmp_path)

    decides = module("policy_guard/decide.py", loaded=True)
    stores = module("policy_guard/outbox.py", loaded=False)
    module("policy_guard/lint/__init__.py", loaded=False)
    edition = tmp_path / "policy_guard" / "edition.yaml"
    words = tmp_path / "policy_guard" / "lint" / "words.yaml"
    for data in (edition, words):
        data.write_text("a: 1\n")
    first = digest_of_loaded(tmp_path)
    assert digest_after(stores) == digest_after(words) == first
    second = digest_after(decides)
    third = digest_after(edition)
    assert len({first, second, third}) == 3
