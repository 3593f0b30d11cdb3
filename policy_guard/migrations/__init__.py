"""The store's schema through time: a revision for each change, and the way from one to the next.

A revision is a file of `versions/`, whose name begins with `v` and its number; it is never edited
once it was released. What is imported here is light: Alembic is needed only where there is
something to do.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy.engine import Connection

HERE = Path(__file__).parent
#: The table in which Alembic keeps the revision that a database has.
TABLE = "alembic_version"


@lru_cache(maxsize=1)
def revisions() -> tuple[str, ...]:
    """Return the numbers of the revisions, the oldest first, such as `0001`."""
    return tuple(sorted(file.stem[1:5] for file in (HERE / "versions").glob("v[0-9]*.py")))


def head() -> str:
    """Return the newest revision: what this program needs."""
    return revisions()[-1]


def revision_of(tx: Connection) -> str | None:
    """Return the revision that a database has."""
    found = tx.exec_driver_sql(f"SELECT version_num FROM {TABLE}").scalar()  # noqa: S608 - a name of ours
    return None if found is None else str(found)


def upgrade(tx: Connection) -> None:
    """Bring the database of an open transaction to the newest revision."""
    from alembic import command  # noqa: PLC0415 - half a second that most starts do not need

    command.upgrade(config(tx), "head")


def stamp(tx: Connection) -> None:
    """Write down that a database that was just made is of the newest revision."""
    tx.exec_driver_sql(f"CREATE TABLE {TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    tx.exec_driver_sql(f"INSERT INTO {TABLE} VALUES ('{head()}')")  # noqa: S608 - our own file's name


def config(tx: Connection | None = None):  # type: ignore[no-untyped-def]  # its type is Alembic's, which is not imported here
    """Return what Alembic's commands are told: where the revisions are, and the transaction."""
    from alembic.config import Config  # noqa: PLC0415 - as above

    told = Config()
    told.set_main_option("script_location", str(HERE))
    told.attributes["connection"] = tx
    return told
