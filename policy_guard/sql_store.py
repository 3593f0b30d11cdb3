"""The store: SQLite by default, PostgreSQL for many workers, through SQLAlchemy Core."""

from __future__ import annotations

import re
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import QueuePool

from . import schema
from .clock import Clock, OffsetClock
from .errors import StoreBusy, StoreError

OFFSET = "clock_offset_ms"
_WAL_TRIES, _WAL_PAUSE = 100, 0.02  # only ever needed while a new file is made
#: What SQLite says of troubles that an operator ends without touching us.
_PASSES = ("full", "disk I/O error", "readonly", "connection", "server closed")


class SqlStore:
    """One database that the channel, the actions and the command line share.

    *patience* is how long (seconds) a transaction waits for another process's write lock before
    it raises StoreBusy: short where an event loop must not stand still.
    """

    def __init__(self, url: str, *, patience: float = 5.0) -> None:
        self.url = url
        self._engine = _engine(url, patience)
        try:
            with self.write() as tx:
                schema.metadata.create_all(tx)
                self._settle_identity(tx)
        except StoreBusy as problem:
            if "locked" in str(problem):
                raise
            raise StoreError(f"the store `{self.shown}` cannot be opened: {problem}") from None
        except DBAPIError as problem:
            said = str(problem.orig).strip().splitlines()[0]
            raise StoreError(f"the store `{self.shown}` cannot be opened: {said}") from None

    @property
    def shown(self) -> str:
        """Return the address without a password, fit for a person to read."""
        return str(make_url(self.url).render_as_string(hide_password=True))

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a transaction that holds the write lock from its start; commits unless it raises."""
        with _busy_told(), self._engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a transaction that only reads."""
        with _busy_told(), self._engine.connect() as plain:
            connection = plain.execution_options(reads_only=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _settle_identity(self, tx: Connection) -> None:
        version = get_meta(tx, "schema_version")
        if version is None:
            set_meta(tx, "schema_version", schema.VERSION)
            set_meta(tx, "store_id", uuid.uuid4().hex)
        elif version != schema.VERSION:
            raise StoreError(
                f"the store `{self.shown}` has schema `{version}`, this program needs "
                f"`{schema.VERSION}`"
            )


def get_meta(tx: Connection, key: str) -> str | None:
    """Return one of the store's own values."""
    found = tx.execute(select(schema.meta.c.value).where(schema.meta.c.key == key)).scalar()
    return None if found is None else str(found)


def set_meta(tx: Connection, key: str, value: str) -> None:
    """Keep one of the store's own values."""
    table = schema.meta
    if tx.execute(update(table).where(table.c.key == key).values(value=value)).rowcount == 0:
        tx.execute(insert(table).values(key=key, value=value))


def clock_offset(tx: Connection) -> int | None:
    """Return the simulated clock's offset (milliseconds), None in a store that never saw one."""
    value = get_meta(tx, OFFSET)
    return None if value is None else int(value)


def clock_in(tx: Connection) -> Clock:
    """Return the clock that the store goes by, as it stands now; moved where it is simulated."""
    offset = clock_offset(tx) or 0
    return OffsetClock(lambda: offset)


def clock_of(store: SqlStore) -> Clock:
    """Return the clock that the store goes by, looked up at every question."""

    def offset() -> int:
        with store.read() as tx:
            return clock_offset(tx) or 0

    return OffsetClock(offset)


def count(tx: Connection, name: str, by: int = 1) -> None:
    """Add to a counter."""
    table = schema.counter
    changed = tx.execute(update(table).where(table.c.name == name).values(value=table.c.value + by))
    if changed.rowcount == 0:
        tx.execute(insert(table).values(name=name, value=by))


def counters(tx: Connection) -> dict[str, int]:
    """Return every counter."""
    table = schema.counter
    return {row.name: row.value for row in tx.execute(select(table).order_by(table.c.name))}


def insert_new(tx: Connection, table: Any, **values: Any) -> bool:
    """Insert a row unless one with the same unique key exists; tell whether it was new."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    done = tx.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())
    return bool(done.rowcount)


def insert_selected(tx: Connection, table: Any, names: list[str], rows: Any) -> None:
    """Insert what a query gives, except rows whose unique key exists."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    tx.execute(dialect.insert(table).from_select(names, rows).on_conflict_do_nothing())


def absolute_url(url: str, base: Path) -> str:
    """Return *url* with a relative SQLite path made absolute from the folder *base*."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            f"`{_masked(url)}` is not a database address such as `sqlite:///var/guard.db`"
        ) from None
    name = parsed.database
    if parsed.get_backend_name() == "sqlite" and name and name != ":memory:":
        return str(parsed.set(database=str((base / name).resolve())))
    return url


def _masked(url: str) -> str:
    """Return an address that may not be one, without what may be a password."""
    return re.sub(r"(:)[^:@]*(@)", r"\1***\2", url)


def _engine(url: str, patience: float) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(url, patience)
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError):
        raise StoreError(f"`{_masked(url)}` is not a database address that can be used") from None


def _sqlite(url: str, patience: float) -> Engine:
    database = make_url(url).database
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
        connect_args={"timeout": patience, "check_same_thread": False},
    )

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        _switch_to_wal(cursor)
        cursor.execute("PRAGMA synchronous=FULL")  # a forgotten token spend is not worth the speed
        cursor.execute("PRAGMA foreign_keys=ON")
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


@contextmanager
def _busy_told() -> Iterator[None]:
    try:
        yield
    except OperationalError as problem:
        text = str(problem.orig).strip().splitlines()[0]
        if "locked" in text or "busy" in text:
            raise StoreBusy("the store is locked by another process") from None
        if any(word in text for word in _PASSES):
            raise StoreBusy(f"the store cannot be used now: {text}") from None
        raise
