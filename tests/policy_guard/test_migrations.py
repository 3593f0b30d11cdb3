"""The revisions make exactly the schema, on both databases; an older store is upgraded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Connection, Engine

from policy_guard import migrations, schema, settings
from policy_guard.cli import main
from policy_guard.errors import SettingsError, StoreError
from policy_guard.sql_store import SqlStore, get_meta
from tests import backends
from tests.backends import PostgresServer

NEXT = """
revision, down_revision = "0002", "0001"
branch_labels = depends_on = None

from alembic import op
import sqlalchemy as sa


def upgrade():
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("shoe_size", sa.Integer()))
"""


@pytest.fixture(params=backends.ALL)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a database in which nothing is."""
    if request.param == backends.SQLITE:
        yield f"sqlite:///{tmp_path / 'guard.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    database = server.new_database()
    yield server.url(database)
    server.drop(database)


@pytest.fixture
def engine(empty: str) -> Iterator[Engine]:
    """Give the empty database itself."""
    made = create_engine(empty)
    yield made
    made.dispose()


def shape(connection: Connection) -> dict[str, Any]:
    """Return all that the database itself tells of its tables."""
    told = inspect(connection)
    found: dict[str, Any] = {}
    for name in told.get_table_names():
        if name == migrations.TABLE:
            continue
        columns = [{**c, "type": str(c["type"]), "comment": None} for c in told.get_columns(name)]
        indexes = sorted(
            (i["name"], i["column_names"], {k: str(v) for k, v in i["dialect_options"].items()})
            for i in told.get_indexes(name)
        )
        unique = sorted(str(u["column_names"]) for u in told.get_unique_constraints(name))
        key = told.get_pk_constraint(name)["constrained_columns"]
        found[name] = (columns, indexes, unique, key)
    return found


@pytest.fixture
def a_later_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the program have one more revision, with a column that this one has not."""
    here = tmp_path / "migrations"
    (here / "versions").mkdir(parents=True)
    for file in [*migrations.HERE.glob("*.*"), *migrations.HERE.glob("versions/v*.py")]:
        (here / file.relative_to(migrations.HERE)).write_text(file.read_text("utf-8"), "utf-8")
    number = len(migrations.revisions())
    (here / "versions" / f"v{number + 1:04}_more.py").write_text(
        NEXT.replace("0002", f"{number + 1:04}").replace("0001", f"{number:04}"), "utf-8"
    )
    monkeypatch.setattr(migrations, "HERE", here)
    migrations.revisions.cache_clear()
    yield
    monkeypatch.undo()
    migrations.revisions.cache_clear()


def test_the_revisions_make_exactly_the_schema(engine: Engine) -> None:
    """If this fails: `make migration SAYS=...`, or before the first release `make baseline`."""
    with engine.begin() as tx:
        command.upgrade(migrations.config(tx), "head")
        assert compare_metadata(MigrationContext.configure(tx), schema.metadata) == []
        made = shape(tx)
        assert migrations.revision_of(tx) == migrations.head()
        command.downgrade(migrations.config(tx), "base")
        assert shape(tx) == {}
        schema.metadata.create_all(tx)
        assert made == shape(tx)


def test_a_new_store_is_of_the_newest_revision_without_a_walk_through_all_of_them(
    empty: str, engine: Engine
) -> None:
    SqlStore(empty).close()
    with engine.begin() as tx:
        assert migrations.revision_of(tx) == migrations.head()
        assert compare_metadata(MigrationContext.configure(tx), schema.metadata) == []


def test_the_numbers_of_the_files_are_the_revisions_of_alembic() -> None:
    known = ScriptDirectory.from_config(migrations.config()).walk_revisions()
    assert tuple(one.revision for one in known)[::-1] == migrations.revisions()


def test_an_older_store_is_upgraded_at_start_and_keeps_what_it_holds(
    empty: str, engine: Engine, request: pytest.FixtureRequest
) -> None:
    store = SqlStore(empty)
    with store.read() as tx:
        identity = get_meta(tx, "store_id")
    store.close()
    request.getfixturevalue("a_later_program")
    upgraded = SqlStore(empty)
    with upgraded.read() as tx:
        assert get_meta(tx, "store_id") == identity
    upgraded.close()
    with engine.connect() as connection:
        columns = [column["name"] for column in inspect(connection).get_columns("person")]
    assert columns[-1] == "shoe_size"


def test_processes_that_upgrade_at_once_do_it_once(
    empty: str, engine: Engine, request: pytest.FixtureRequest
) -> None:
    SqlStore(empty).close()
    request.getfixturevalue("a_later_program")
    problems: list[BaseException] = []

    def start() -> None:
        try:
            SqlStore(empty, patience=10).close()
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_where_the_operator_upgrades_an_older_store_is_a_sentence(
    empty: str, engine: Engine, request: pytest.FixtureRequest
) -> None:
    SqlStore(empty).close()
    had = migrations.head()
    request.getfixturevalue("a_later_program")
    with pytest.raises(StoreError) as caught:
        SqlStore(empty, migrate=False)
    assert str(caught.value) == (
        f"the store `{empty}` has schema `{had}`, this program needs `{migrations.head()}`: "
        "`policy-guard migrate` upgrades it"
    )
    with engine.begin() as tx:
        assert migrations.revision_of(tx) == had


def test_a_store_of_a_newer_program_is_a_sentence_and_stays_as_it_was(
    empty: str, engine: Engine
) -> None:
    SqlStore(empty).close()
    with engine.begin() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="has schema `9999`, which is newer than this program's"):
        SqlStore(empty)
    with engine.begin() as tx:
        assert migrations.revision_of(tx) == "9999"


def test_a_store_from_before_the_first_release_is_a_sentence(empty: str, engine: Engine) -> None:
    with engine.begin() as tx:
        schema.meta.create(tx)
    with pytest.raises(StoreError, match="is older than the first release and cannot be upgraded"):
        SqlStore(empty)


def test_the_command_upgrades_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'guard.db'}"
    SqlStore(url).close()
    request.getfixturevalue("a_later_program")
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(f"policy_guard: {{url: '{url}', migrate: by_hand, page: {{region: US}}}}")
    assert main(["--endpoints", str(endpoints), "journal"]) == 2
    assert "`policy-guard migrate` upgrades it" in capsys.readouterr().err
    assert main(["--endpoints", str(endpoints), "migrate"]) == 0
    assert capsys.readouterr().out == f"the store `{url}` has schema `{migrations.head()}`\n"
    assert main(["--endpoints", str(endpoints), "journal"]) == 0


def test_another_moment_for_the_upgrade_is_a_sentence_with_its_line(tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text("policy_guard:\n  page: {region: US}\n  migrate: sometimes\n")
    with pytest.raises(SettingsError) as caught:
        settings.load(endpoints)
    assert str(caught.value) == (
        f"{endpoints}:3: `migrate` is `sometimes`, neither `at_start` nor `by_hand`"
    )
