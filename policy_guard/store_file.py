"""The file of a store on SQLite: whether it is still the one that is open.

SQLite goes on writing to a file that somebody has moved away or put another in the place of, and
what it writes then is lost. So the file is looked at before a transaction and after its commit.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from .errors import StoreBusy

logger = logging.getLogger(__name__)

#: Which file it is, wherever it lies: the device and the number on it.
Identity = tuple[int, int]


class StoreFile:
    """Watches over the file that an engine has open, which holds the store with this id."""

    def __init__(self, engine: Engine, path: Path, store_id: str | None) -> None:
        self._engine = engine
        self._path = path
        self._store_id = store_id
        self._opened = _identity(path)
        self._away = False
        self._refused: tuple[int, ...] = ()  # another file that was looked into
        self._left: list[Pool] = []

    def check(self) -> Identity | None:
        """Return which file transactions go to; raises StoreBusy where the store is not there.

        Another file in its place is taken up where it holds the same store, as a copy of it does.
        """
        here = _identity(self._path)
        if here is None:
            self._tell_away()
            raise StoreBusy(f"the store cannot be used now: its file `{self._path}` is gone")
        if here != self._opened:
            if not self._is_ours():
                self._tell_away()
                raise StoreBusy(
                    f"the store cannot be used now: the file `{self._path}` is not this store"
                )
            # kept open: SQLite removes the log beside a file by name when its last connection goes
            self._left.append(self._engine.pool)
            self._engine.pool = self._engine.pool.recreate()
            self._opened = here
        if self._away:
            self._away = False
            logger.warning("the store's file is back")
        return self._opened

    def still(self, file: Identity | None) -> None:
        """Raise StoreBusy where what was committed to a file is not in the store any more."""
        if _identity(self._path) != file:
            raise StoreBusy(f"the store's file `{self._path}` went away during a transaction")

    def _is_ours(self) -> bool:
        """Tell whether another file holds this store; one that does not is looked into once."""
        found = os.stat(self._path)  # noqa: PTH116 - as below
        looks = (*_identity_of(found), found.st_size, found.st_mtime_ns)
        if looks == self._refused:
            return False
        ours = _store_id_in(self._path) == self._store_id
        self._refused = () if ours else looks
        return ours

    def _tell_away(self) -> None:
        if not self._away:
            self._away = True
            logger.warning("the store's file `%s` is gone or another's; looking for it", self._path)


def _identity(path: Path) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - twice in each transaction, and twice as quick
    except OSError:
        return None
    return _identity_of(found)


def _identity_of(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino


def _store_id_in(path: Path) -> str | None:
    """Return the id of the store in a file, None where there is none, or not all of it yet."""
    try:
        address = f"file:{quote(str(path))}?mode=rw"  # never makes one
        with closing(sqlite3.connect(address, uri=True, timeout=0)) as plain:
            if plain.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return None
            found = plain.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else str(found[0])
