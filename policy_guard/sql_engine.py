"""The two databases a store may be in: how each is opened, and what each says of its troubles."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.pool import QueuePool

from .errors import StoreBusy, StoreError

logger = logging.getLogger(__name__)

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_WAL_TRIES, _WAL_PAUSE = 100, 0.02  # only ever needed while a new file is made
_CONNECT_WITHIN = 3  # seconds for the server to take a connection
_ANSWER_WITHIN = 5000  # milliseconds for a server's machine to acknowledge what was sent to it
_SEEK_PAUSE, _LONGEST_SEEK_PAUSE = 0.05, 1.0  # seconds between looks whether a server is back
#: What SQLite says of troubles that an operator ends without touching us.
_PASSES = ("full", "disk I/O error", "readonly", "unable to open")
#: What PostgreSQL says when somebody else is at the same rows: lock timeout, deadlock, conflict.
_CONTENDED = frozenset({"55P03", "40P01", "40001"})
#: Classes of its troubles that pass: connection, resources, operator, system; and a standby.
_PASSING = ("08", "53", "57", "58", "25006")
_PREAMBLE = re.compile(r"^connection to server .*? failed: (?:FATAL:\s+)?", re.DOTALL)


def engine_of(url: str, patience: float) -> Engine:
    """Return the engine of an address; raises StoreError where there is no such database."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == SQLITE:
            return _sqlite(parsed, patience)
        if parsed.get_backend_name() == POSTGRESQL:
            return _postgresql(parsed)
    except ImportError as problem:
        raise StoreError(
            f"`{masked(url)}` needs the driver `{problem.name or problem}`, which is not installed"
        ) from None
    except (ArgumentError, NoSuchModuleError):
        pass
    raise StoreError(
        f"`{masked(url)}` is not a database address that can be used: write `sqlite:///FILE` or "
        "`postgresql://USER:PASSWORD@HOST/DATABASE`"
    )


def masked(url: str) -> str:
    """Return an address that may not be one, without what may be a password."""
    return re.sub(r"(:)[^:@]*(@)", r"\1***\2", url)


def said(problem: DBAPIError) -> str:
    """Return what a database said, as a part of a sentence."""
    words = str(problem.orig).strip() or type(problem.orig).__name__
    words = _PREAMBLE.sub("", words).splitlines()[0]
    words = words.removeprefix("FATAL:").removeprefix("ERROR:").strip()
    return words[:1].lower() + words[1:]


def is_contended(problem: DBAPIError) -> bool:
    """Tell whether another process was at the same rows: the same call may go through later."""
    if isinstance(problem.orig, sqlite3.Error):
        return isinstance(problem, OperationalError) and bool(
            re.search("locked|busy", str(problem.orig))
        )
    return _code(problem) in _CONTENDED


def is_lost(problem: DBAPIError) -> bool:
    """Tell whether the connection itself is gone, or leads to a server that takes no writes."""
    if isinstance(problem.orig, sqlite3.Error):
        return False
    if problem.connection_invalidated:
        return True
    code = _code(problem)
    if code is None:
        return isinstance(problem, OperationalError | InterfaceError)
    return code.startswith(("57P", "08", "25006"))


def passes(problem: DBAPIError) -> bool:
    """Tell whether it is a trouble that an operator, or time, ends without touching us."""
    if isinstance(problem.orig, sqlite3.Error):
        words = str(problem.orig)
        return isinstance(problem, OperationalError) and any(word in words for word in _PASSES)
    return is_lost(problem) or (_code(problem) or "").startswith(_PASSING)


def _code(problem: DBAPIError) -> str | None:
    code = getattr(problem.orig, "pgcode", None)
    return None if code is None else str(code)


@contextmanager
def troubles_told(link: Link | None) -> Iterator[None]:
    """Raise StoreBusy for what passes by itself; everything else goes through as it is."""
    try:
        yield
    except DBAPIError as problem:
        if link is not None and is_lost(problem):
            link.lost()
        if is_contended(problem):
            raise StoreBusy("the store is locked by another process") from None
        if passes(problem):
            raise StoreBusy(f"the store cannot be used now: {said(problem)}") from None
        raise


class Link:
    """Whether a server is there; looks for one that went away in a thread of its own.

    Who asks meanwhile is told so at once, and the event loop never waits for a connection.
    """

    def __init__(self, engine: Engine, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._there = threading.Event()
        self._there.set()
        self._lock = threading.Lock()
        self._closed = False

    def check(self) -> None:
        """Raise StoreBusy where the server is away and does not come back within the patience."""
        if not self._there.wait(self._patience):
            raise StoreBusy("the store cannot be used now: its server is away")

    def lost(self) -> None:
        """Begin to look for the server."""
        with self._lock:
            if not self._there.is_set() or self._closed:
                return
            self._there.clear()
        logger.warning("the connection to the store is lost; looking for its server")
        self._engine.dispose()
        threading.Thread(target=self._seek, name="store-link", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closed = True

    def _seek(self) -> None:
        pause = _SEEK_PAUSE
        while not self._closed and not self._writes():
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_SEEK_PAUSE)
        self._there.set()
        if not self._closed:
            logger.warning("the store is back")

    def _writes(self) -> bool:
        """Tell whether a connection can be made that leads to a server which takes writes."""
        try:
            with self._engine.connect() as connection:
                read_only = text("SELECT current_setting('transaction_read_only')")
                return bool(connection.execute(read_only).scalar() == "off")
        except DBAPIError:
            return False


def _postgresql(url: URL) -> Engine:
    if url.drivername not in {"postgresql", "postgresql+psycopg2"}:
        raise ArgumentError(url.drivername)
    ours = {
        "connect_timeout": _CONNECT_WITHIN,
        "tcp_user_timeout": _ANSWER_WITHIN,
        "application_name": "policy-guard",
    }
    given = {key: value for key, value in ours.items() if key not in url.query}
    return create_engine(
        url,
        pool_pre_ping=True,
        connect_args=given,
        hide_parameters=True,
        executemany_mode="values_plus_batch",  # many rows at once are few round trips
    )


def _sqlite(url: URL, patience: float) -> Engine:
    database = url.database
    if database and database != ":memory:":
        try:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise StoreError(
                f"the store `{database}` cannot be opened: {problem.strerror or problem}"
            ) from None
    engine = create_engine(
        url,
        poolclass=QueuePool,
        connect_args={"timeout": patience, "check_same_thread": False, "cached_statements": 512},
        hide_parameters=True,  # an error's text may be logged, and a parameter may be a token
    )

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        _switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")  # a forgotten token spend is not worth the speed
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # who is forgotten is not left in free pages
        cursor.close()

    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    return engine


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself when others switch too."""
    for _ in range(_WAL_TRIES):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem):
                raise
            time.sleep(_WAL_PAUSE)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")
