"""The store as the commands see it: opened where it exists, and only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Connection, make_url

from . import settings
from .errors import StoreError
from .sql_store import SqlStore


@contextmanager
def opened(endpoints: Path) -> Iterator[SqlStore]:
    """Give the store that *endpoints* names; a reader never makes one that is not there."""
    config = settings.load(endpoints)
    address = make_url(config.url)
    file = address.database if address.get_backend_name() == "sqlite" else None
    if file and not Path(file).exists():
        raise StoreError(f"the store `{file}` does not exist: the channel makes it when it starts")
    store = SqlStore(config.url, migrate=config.migrate)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def reading(endpoints: Path) -> Iterator[Connection]:
    """Give one transaction on the store that *endpoints* names."""
    with opened(endpoints) as store, store.read() as tx:
        yield tx
