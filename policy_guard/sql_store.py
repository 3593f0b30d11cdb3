"""The store: SQLite by default, PostgreSQL for many workers, through SQLAlchemy Core."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from . import migrations, schema
from .clock import Clock, OffsetClock, SystemClock
from .errors import SharedLost, StoreBusy, StoreError
from .sql_engine import POSTGRESQL, SQLITE, Link, engine_of, is_contended, masked, said
from .sql_engine import troubles_told as _troubles_told
from .store_file import Identity, StoreFile

if TYPE_CHECKING:
    from .people_rows import Who

OFFSET = "clock_offset_ms"
#: Least wait (seconds) for another's lock on PostgreSQL: less than one transaction of theirs only
#: makes more tries.
_LEAST_LOCK_WAIT = 0.01
_SHARDS = 16  # rows of one counter, so that processes do not wait for each other to count
_GET_META = select(schema.meta.c.value).where(schema.meta.c.key == bindparam("key"))
_OPENING = "opening the store"  # what is locked while it is
#: Seconds for others who are at it as well: a file is made at once, an upgrade takes its time.
_OPEN_WITHIN, _OPEN_SERVER_WITHIN, _OPEN_PAUSE = 1.0, 60.0, 0.02


class SqlStore:
    """One database that the channel, the workers, the actions and the command line share.

    *patience* is how long (seconds) a transaction waits for another process's lock before it
    raises StoreBusy: short where an event loop must not stand still. *clock* is what leases go by:
    else the database server's own clock, or the machine's where the database is a file. A database
    of an older schema is upgraded, or where *migrate* is False refused with a sentence.
    """

    def __init__(
        self, url: str, *, patience: float = 5.0, clock: Clock | None = None, migrate: bool = True
    ) -> None:
        self.url = url
        self._clock = clock
        self._engine = engine_of(url, patience)
        self._patience = patience
        self._one = threading.local()  # the transaction that this thread's calls share
        on_server = self._engine.dialect.name == POSTGRESQL
        self._link = Link(self._engine, patience) if on_server else None
        self._reader = self._engine.execution_options(**self._reading)
        self._file: StoreFile | None = None
        try:
            self._open(migrate=migrate)
            self._file = self._watched()
        except BaseException:
            self.close()
            raise

    @property
    def shown(self) -> str:
        """Return the address without a password, fit for a person to read."""
        return str(make_url(self.url).render_as_string(hide_password=True))

    @contextmanager
    def write(self, *who: Who) -> Iterator[Connection]:
        """Give a transaction in which nobody else writes of these persons; commits at its end.

        SQLite has one writer at a time, whoever is named. PostgreSQL has one for each person: who
        reads, decides and writes of a person names them here, or takes them later with `hold`.
        """
        if (shared := self._shared) is not None:
            with _troubles_told(self._link), _part_of(shared):
                yield shared
            return
        with _troubles_told(self._link):
            file = self._check()
            with self._engine.begin() as tx:
                self._take_locks(tx, *map(_name_of, who))
                yield tx
            if self._file is not None:
                self._file.still(file)

    @property
    def can_share(self) -> bool:
        """Tell whether calls may share a transaction: only where a store has one writer anyway.

        On PostgreSQL a shared one would hold everybody's locks until the last call is done.
        """
        return self._link is None

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Let this thread's transactions within be one, which commits at its end.

        One that raises is taken back by itself.
        """
        with self.write() as tx:
            self._one.tx = tx
            try:
                yield
            finally:
                self._one.tx = None

    @property
    def _shared(self) -> Connection | None:
        return getattr(self._one, "tx", None)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a transaction that only reads, all of it as it stood at one moment."""
        if (shared := self._shared) is not None:
            yield shared
            return
        with _troubles_told(self._link):
            self._check()
            with self._reader.connect() as connection, connection.begin():
                yield connection

    def moment(self, tx: Connection) -> datetime:
        """Return the moment (UTC) that leases go by, the same for every process of the store."""
        if self._clock is not None:
            return self._clock.now()
        if tx.dialect.name == POSTGRESQL:
            told: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
            return told
        return SystemClock().now()

    def sweep(self) -> None:
        """Bring what was erased out of SQLite's write-ahead log too, unless somebody reads now."""
        if self._engine.dialect.name != SQLITE:
            return
        connection = self._engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Close every connection."""
        if self._link is not None:
            self._link.close()
        self._engine.dispose()

    def _check(self) -> Identity | None:
        """Raise StoreBusy where the database is away; returns the file that it is, if it is one."""
        if self._link is not None:
            self._link.check()
        return None if self._file is None else self._file.check()

    def _watched(self) -> StoreFile | None:
        """Return who watches over the database's file, None where it is none."""
        name = self._engine.url.database
        if self._link is not None or not name or name == ":memory:":
            return None
        with self.read() as tx:
            return StoreFile(self._engine, Path(name), get_meta(tx, "store_id"))

    @property
    def _reading(self) -> Mapping[str, Any]:
        if self._link is None:
            return {"reads_only": True}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def _take_locks(self, tx: Connection, *names: str) -> None:
        """Begin a transaction on PostgreSQL: how long it waits for locks, and those it needs."""
        if self._link is None:
            return
        wait = round(1000 * max(self._patience, _LEAST_LOCK_WAIT))
        tx.execute(select(func.set_config("lock_timeout", str(wait), True), *_locks(*names)))

    def _open(self, *, migrate: bool) -> None:
        """Make or upgrade the schema, one process at a time; others wait while one does."""
        within = _OPEN_WITHIN if self._link is None else _OPEN_SERVER_WITHIN
        until = time.monotonic() + max(self._patience, within)
        while True:
            try:
                with self._engine.begin() as tx:
                    self._take_locks(tx, _OPENING)
                    self._settle_schema(tx, migrate=migrate)
            except DBAPIError as problem:
                if not is_contended(problem):
                    raise StoreError(
                        f"the store `{self.shown}` cannot be opened: {said(problem)}"
                    ) from None
                if time.monotonic() > until:
                    raise StoreBusy("the store is locked by another process") from None
                time.sleep(_OPEN_PAUSE)
            else:
                return

    def _settle_schema(self, tx: Connection, *, migrate: bool) -> None:
        tables = inspect(tx)
        if not tables.has_table(migrations.TABLE):
            if tables.has_table(schema.meta.name):
                raise StoreError(
                    f"the store `{self.shown}` is older than the first release and cannot be "
                    "upgraded: name another with `policy_guard.url`"
                )
            schema.metadata.create_all(tx)
            migrations.stamp(tx)
            set_meta(tx, "store_id", uuid.uuid4().hex)
            return
        has, needs = migrations.revision_of(tx), migrations.head()
        if has == needs:
            return
        if has not in migrations.revisions():
            raise StoreError(
                f"the store `{self.shown}` has schema `{has}`, which is newer than this program's "
                f"`{needs}`"
            )
        if not migrate:
            raise StoreError(
                f"the store `{self.shown}` has schema `{has}`, this program needs `{needs}`: "
                "`policy-guard migrate` upgrades it"
            )
        migrations.upgrade(tx)


@contextmanager
def _part_of(shared: Connection) -> Iterator[None]:
    """Let what raises take back its own, and nothing of others; raises SharedLost where it cannot.

    On a full disk SQLite may give up the whole transaction, those parts too that had no trouble.
    """
    shared.exec_driver_sql("SAVEPOINT part")
    try:
        yield
    except Exception as problem:
        if not shared.connection.in_transaction:
            raise SharedLost(f"the store gave up a whole transaction: {problem}") from None
        shared.exec_driver_sql("ROLLBACK TO part")
        shared.exec_driver_sql("RELEASE part")
        raise
    # what is no Exception ends the process, and the whole transaction with it
    shared.exec_driver_sql("RELEASE part")


def hold(tx: Connection, *who: Who) -> bool:
    """Let nobody else write of these persons until the transaction ends; see `SqlStore.write`.

    Tells whether what was read of them before has to be read again: SQLite has one writer anyway. A
    transaction that takes persons one after the other may meet one that takes them the other way
    round: then one of the two is told so.
    """
    if tx.dialect.name != POSTGRESQL or not who:
        return False
    tx.execute(select(*_locks(*map(_name_of, who))))
    return True


def keep(tx: Connection, name: str) -> None:
    """Let nobody `change` what has this name until the transaction ends; many may keep it.

    Raises StoreBusy where somebody changes it, or waits to: who comes later never makes them wait.
    On SQLite there is one writer anyway.
    """
    if tx.dialect.name != POSTGRESQL:
        return
    if not tx.execute(select(func.pg_try_advisory_xact_lock_shared(_key_of(name)))).scalar():
        raise StoreBusy(f"the {name} is being changed")


def change(tx: Connection, name: str) -> None:
    """Wait until nobody keeps what has this name any more, and let nobody until the end."""
    if tx.dialect.name == POSTGRESQL:
        tx.execute(select(*_locks(name)))


def _name_of(who: Who) -> str:
    return f"{who.page}\0{who.psid}"


def _locks(*names: str) -> list[Any]:
    """Return what takes the locks of these names, in the same order in every transaction."""
    return [func.pg_advisory_xact_lock(key) for key in sorted({_key_of(name) for name in names})]


def _key_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def get_meta(tx: Connection, key: str) -> str | None:
    """Return one of the store's own values."""
    found = tx.execute(_GET_META, {"key": key}).scalar()
    return None if found is None else str(found)


def set_meta(tx: Connection, key: str, value: str) -> None:
    """Keep one of the store's own values."""
    put(tx, schema.meta, {"key": key}, value=value)


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
    shard = os.getpid() % _SHARDS if tx.dialect.name == POSTGRESQL else 0
    put(tx, table, {"name": name, "shard": shard}, value=by, add=True)


def counters(tx: Connection) -> dict[str, int]:
    """Return every counter."""
    table = schema.counter
    summed = select(table.c.name, func.sum(table.c.value)).group_by(table.c.name)
    return {name: int(value) for name, value in tx.execute(summed.order_by(table.c.name))}


def insert_new(tx: Connection, table: Any, **values: Any) -> bool:
    """Insert a row unless one with the same unique key exists; tell whether it was new."""
    return bool(tx.execute(_insert_new(tx.dialect.name, table, tuple(values)), values).rowcount)


def insert_selected(tx: Connection, table: Any, names: list[str], rows: Any) -> None:
    """Insert what a query gives, except rows whose unique key exists."""
    tx.execute(insert_of(tx.dialect.name)(table).from_select(names, rows).on_conflict_do_nothing())


def put(
    tx: Connection, table: Any, key: Mapping[str, Any], *, add: bool = False, **values: Any
) -> None:
    """Write the row of a key over the one that is there; with *add* its numbers are added up."""
    statement = _put(tx.dialect.name, table, tuple(key), tuple(values), add)
    tx.execute(statement, {**key, **values})


@cache
def _insert_new(dialect: str, table: Any, names: tuple[str, ...]) -> Any:
    """Return the statement, made once: making it costs more than running it."""
    return written_out(dialect, insert_of(dialect)(table).inline().on_conflict_do_nothing(), names)


@cache
def _put(dialect: str, table: Any, key: tuple[str, ...], names: tuple[str, ...], add: bool) -> Any:
    new = insert_of(dialect)(table).inline()
    over = {
        name: table.c[name] + new.excluded[name] if add else new.excluded[name] for name in names
    }
    written = new.on_conflict_do_update(index_elements=list(key), set_=over)
    return written_out(dialect, written, (*key, *names))


def written_out(dialect: str, statement: Any, names: Sequence[str]) -> Any:
    """Return a statement with the columns *names* as text, each value under its column's name.

    SQLAlchemy 1.4 keeps no compiled form of what `ON CONFLICT` belongs to, and would make it anew
    each time.
    """
    dialect_of = sqlite.dialect if dialect == SQLITE else postgresql.dialect
    compiled = statement.compile(dialect=dialect_of(paramstyle="named"), column_keys=names)
    return text(str(compiled))


def insert_of(dialect: str) -> Any:
    """Return how a database writes a row that may be there already."""
    return sqlite.insert if dialect == SQLITE else postgresql.insert


def absolute_url(url: str, base: Path) -> str:
    """Return *url* with a relative SQLite path made absolute from the folder *base*."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            f"`{masked(url)}` is not a database address such as `sqlite:///var/guard.db`"
        ) from None
    name = parsed.database
    if parsed.get_backend_name() == "sqlite" and name and name != ":memory:":
        return str(parsed.set(database=str((base / name).resolve())))
    return url
