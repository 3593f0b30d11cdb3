"""Rasa's conversations in its SQL tracker store, as the command line reads and erases them.

What is relied on of Rasa 3.6.21: one table `events` with a row per event, `sender_id` the person,
`type_name` the kind, `timestamp` in seconds since 1970, `data` the event as JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    create_engine,
    delete,
    inspect,
    or_,
    select,
)
from sqlalchemy import func as f
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from .errors import SettingsError, StoreError
from .settings import filled
from .yaml_place import load as load_yaml
from .yaml_place import read_text

_SESSION = "session_started"
_events = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255)),
    Column("type_name", String(255)),
    Column("timestamp", Float),
    Column("data", Text),
)


def address(endpoints: Path, env: Mapping[str, str] | None = None) -> URL:
    """Return where `tracker_store` of *endpoints* is; raises SettingsError where it is no SQL."""
    env = os.environ if env is None else env
    document = load_yaml(read_text(endpoints, SettingsError), str(endpoints), SettingsError)
    data = document.data
    given = data.get("tracker_store") if isinstance(data, Mapping) else None
    if not isinstance(given, Mapping) or str(given.get("type", "")).lower() != "sql":
        raise SettingsError(f"{endpoints}: `tracker_store` is not of the type `SQL`")

    def text(key: str) -> str | None:
        value = given.get(key)
        return None if value is None else filled(str(value), f"tracker_store.{key}", env)

    host, dialect = text("url"), text("dialect") or "sqlite"
    if host and "://" in host:
        return make_url(host)
    name, port = text("db") or "rasa.db", text("port")
    if dialect == "sqlite":
        # Rasa takes a relative path from where it was started, which is where the project is
        name = str((endpoints.resolve().parent / name).resolve())
    if host:
        host, _, here = host.partition(":")
        port = here or port
    query = given.get("query")
    return URL.create(
        dialect,
        text("username"),
        text("password"),
        host,
        int(port) if port else None,
        name,
        dict(query) if isinstance(query, Mapping) else {},
    )


@contextmanager
def opened(url: URL) -> Iterator[Connection | None]:
    """Give a transaction on the conversations, None where there are none yet."""
    file = url.database if url.get_backend_name() == "sqlite" else None
    if file is not None and not Path(file).exists():
        yield None
        return
    engine = create_engine(url)
    try:
        with engine.begin() as tx:
            yield tx if inspect(tx).has_table(_events.name) else None
    except SQLAlchemyError as problem:
        said = str(getattr(problem, "orig", None) or type(problem).__name__).splitlines()[0]
        shown = url.render_as_string(hide_password=True)
        raise StoreError(f"the tracker store `{shown}` cannot be used: {said}") from None
    finally:
        engine.dispose()


def erase(tx: Connection, psid: str) -> int:
    """Delete a person's conversation; returns how many events it had."""
    _overwrite(tx)
    return int(tx.execute(delete(_events).where(_events.c.sender_id == psid)).rowcount)


def _overwrite(tx: Connection) -> None:
    """Let SQLite leave nothing of what is erased in the free parts of its file."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA secure_delete=ON")


def events(tx: Connection, psid: str) -> list[dict[str, Any]]:
    """Return a person's conversation, oldest event first."""
    query = select(_events.c.data).where(_events.c.sender_id == psid).order_by(_events.c.id)
    return [json.loads(row.data) for row in tx.execute(query)]


def erase_before(tx: Connection, timestamp: float) -> int:
    """Delete what is older than *timestamp* (seconds since 1970); returns how many events.

    Rasa reads the latest session of a conversation only and counts its events when it saves, so a
    session is never cut: one goes whole, when it is not the latest or nothing in it is newer.
    """
    _overwrite(tx)
    newest = select(f.max(_events.c.timestamp).label("newest"), _events.c.sender_id.label("who"))
    over = newest.group_by(_events.c.sender_id).having(f.max(_events.c.timestamp) < timestamp)
    begun = (
        select(f.max(_events.c.timestamp).label("begun"), _events.c.sender_id.label("who"))
        .where(_events.c.type_name == _SESSION)
        .group_by(_events.c.sender_id)
        .subquery()
    )
    earlier = (
        select(_events.c.id)
        .join(begun, begun.c.who == _events.c.sender_id)
        .where(_events.c.timestamp < begun.c.begun)
    )
    silent = select(over.subquery().c.who)
    old = and_(
        _events.c.timestamp < timestamp,
        or_(_events.c.sender_id.in_(silent), _events.c.id.in_(earlier)),
    )
    return int(tx.execute(delete(_events).where(old)).rowcount)
