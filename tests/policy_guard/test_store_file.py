"""A store whose file is moved away, replaced, or put back: nothing is written where it is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from policy_guard.errors import StoreBusy
from policy_guard.sql_store import SqlStore, get_meta, set_meta
from tests.backends import move


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give where the store lies."""
    return tmp_path / "guard.db"


@pytest.fixture
def store(file: Path) -> SqlStore:
    """Give a store in which something is."""
    made = SqlStore(f"sqlite:///{file}")
    write(made, "before")
    return made


def write(store: SqlStore, key: str) -> None:
    """Keep something."""
    with store.write() as tx:
        set_meta(tx, key, "kept")


def keeps(store: SqlStore, key: str) -> bool:
    """Tell whether something is kept."""
    with store.read() as tx:
        return get_meta(tx, key) == "kept"


def copied(here: Path, there: Path) -> Path:
    """Return a whole copy of a database, as a backup is."""
    with closing(sqlite3.connect(here)) as plain:
        plain.execute("VACUUM INTO ?", (str(there),))
    return there


def refused(store: SqlStore) -> str:
    """Return the sentence with which the store says that it cannot be used."""
    with pytest.raises(StoreBusy) as caught:
        write(store, "lost")
    with pytest.raises(StoreBusy):
        keeps(store, "before")
    return str(caught.value)


def test_a_file_that_was_moved_away_is_said_and_found_when_it_is_back(
    store: SqlStore, file: Path
) -> None:
    move(file, file.with_name("elsewhere.db"))
    gone = f"the store cannot be used now: its file `{file}` is gone"
    assert [refused(store), refused(store)] == [gone, gone]
    assert not file.exists(), "no empty one is made in its place"
    move(file.with_name("elsewhere.db"), file)
    write(store, "after")
    assert [keeps(store, key) for key in ("before", "lost", "after")] == [True, False, True]


def test_a_copy_in_its_place_is_taken_up(store: SqlStore, file: Path) -> None:
    copy = copied(file, file.with_name("copy.db"))
    move(file, file.with_name("elsewhere.db"))
    refused(store)
    move(copy, file)
    write(store, "after")
    assert keeps(store, "after")
    with closing(sqlite3.connect(file)) as plain:
        found = plain.execute("SELECT key FROM meta WHERE value = 'kept' ORDER BY key").fetchall()
    assert found == [("after",), ("before",)]


def test_a_copy_that_is_not_whole_yet_is_waited_for(store: SqlStore, file: Path) -> None:
    copy = copied(file, file.with_name("copy.db"))
    whole = copy.read_bytes()
    move(file, file.with_name("elsewhere.db"))
    file.write_bytes(whole[: len(whole) // 2])
    wrong = f"the store cannot be used now: the file `{file}` is not this store"
    assert [refused(store), refused(store)] == [wrong, wrong]
    file.write_bytes(whole)
    write(store, "after")
    assert keeps(store, "before")


def test_another_store_in_its_place_is_never_written_to(store: SqlStore, file: Path) -> None:
    SqlStore(f"sqlite:///{file.with_name('other.db')}").close()
    other = copied(file.with_name("other.db"), file.with_name("copy.db"))
    move(file, file.with_name("elsewhere.db"))
    shutil.copy(other, file)
    assert refused(store) == (f"the store cannot be used now: the file `{file}` is not this store")
    with closing(sqlite3.connect(file)) as plain:
        assert plain.execute("SELECT 1 FROM meta WHERE value = 'kept'").fetchall() == []
    os.unlink(file)  # noqa: PTH108 - with what lies beside it
    move(file.with_name("elsewhere.db"), file)
    write(store, "after")
    assert keeps(store, "before")


def test_what_was_committed_to_a_file_that_went_away_meanwhile_is_not_taken_for_kept(
    store: SqlStore, file: Path
) -> None:
    def write_and_move() -> None:
        with store.write() as tx:
            set_meta(tx, "lost", "kept")
            move(file, file.with_name("elsewhere.db"))

    with pytest.raises(StoreBusy) as caught:
        write_and_move()
    assert str(caught.value) == f"the store's file `{file}` went away during a transaction"


def test_a_whole_folder_that_is_gone_is_a_store_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    store = SqlStore(f"sqlite:///{folder / 'guard.db'}")
    write(store, "before")
    folder.rename(tmp_path / "elsewhere")
    assert "is gone" in refused(store)
    (tmp_path / "elsewhere").rename(folder)
    assert keeps(store, "before")
