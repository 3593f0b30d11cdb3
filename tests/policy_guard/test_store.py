"""The store: opened or refused with a sentence, shared by processes, safe on a crash."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from policy_guard import migrations, schema
from policy_guard.clock import OffsetClock, from_ms, to_ms
from policy_guard.errors import StoreBusy, StoreError
from policy_guard.people_rows import Who
from policy_guard.sql_store import (
    OFFSET,
    SqlStore,
    absolute_url,
    clock_offset,
    count,
    counters,
    get_meta,
    insert_new,
    set_meta,
)
from tests import backends
from tests.backends import PostgresServer

WHO = Who("page-1", "person-1")
FORK = multiprocessing.get_context("fork")


def address(folder: Path, name: str = "guard.db") -> str:
    return f"sqlite:///{folder / name}"


def meta(store: SqlStore, key: str) -> str | None:
    with store.read() as tx:
        return get_meta(tx, key)


# --- opening ---


def test_a_new_store_is_created_with_its_folder_and_an_identity(tmp_path: Path) -> None:
    store = SqlStore(address(tmp_path / "var" / "deep"))
    assert (tmp_path / "var" / "deep" / "guard.db").exists()
    with store.read() as tx:
        assert migrations.revision_of(tx) == migrations.head()
    assert len(meta(store, "store_id") or "") == 32


def test_a_store_keeps_its_identity_when_it_is_opened_again(tmp_path: Path) -> None:
    one = SqlStore(address(tmp_path))
    identity = meta(one, "store_id")
    one.close()
    assert meta(SqlStore(address(tmp_path)), "store_id") == identity
    assert meta(SqlStore(address(tmp_path, "other.db")), "store_id") != identity


def test_a_spend_survives_power_loss_because_the_log_is_synced_in_full(tmp_path: Path) -> None:
    store = SqlStore(address(tmp_path))
    with store.read() as tx:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        got = [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert got == ["wal", 2, 1]  # 2 is FULL


def test_every_connection_is_set_up_and_not_only_the_first(tmp_path: Path) -> None:
    store = SqlStore(address(tmp_path))
    with store.read() as one, store.read() as two:
        modes = [tx.exec_driver_sql("PRAGMA synchronous").scalar() for tx in (one, two)]
    assert modes == [2, 2]


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("sqlite:///var/guard.db", "sqlite:////base/var/guard.db"),
        ("sqlite:///../guard.db", "sqlite:////guard.db"),
        ("sqlite:////tmp/guard.db", "sqlite:////tmp/guard.db"),
        ("sqlite://", "sqlite://"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://me@localhost/guard", "postgresql://me@localhost/guard"),
    ],
)
def test_a_relative_path_is_made_absolute_from_the_folder_of_the_settings(
    url: str, absolute: str
) -> None:
    assert absolute_url(url, Path("/base")) == absolute


def test_what_is_no_address_is_a_sentence() -> None:
    with pytest.raises(StoreError) as caught:
        absolute_url("guard.db", Path("/base"))
    assert str(caught.value) == (
        "`guard.db` is not a database address such as `sqlite:///var/guard.db`"
    )


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with pytest.raises(StoreError) as caught:
        SqlStore(address(tmp_path / "var"))
    assert str(caught.value).startswith(f"the store `{tmp_path}/var/guard.db` cannot be opened: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "guard.db").mkdir()
    with pytest.raises(StoreError) as caught:
        SqlStore(address(tmp_path))
    assert str(caught.value) == (
        f"the store `{address(tmp_path)}` cannot be opened: unable to open database file"
    )


def test_a_file_that_is_no_database_is_a_sentence_and_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "guard.db"
    file.write_bytes(b"this is a letter to my aunt\n" * 100)
    with pytest.raises(StoreError) as caught:
        SqlStore(address(tmp_path))
    assert str(caught.value) == (
        f"the store `{address(tmp_path)}` cannot be opened: file is not a database"
    )
    assert file.read_bytes() == b"this is a letter to my aunt\n" * 100


# --- passwords ---

SECRET = "hunter2hunter2"


def closed_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password() -> None:
    url = f"postgresql://guard:{SECRET}@127.0.0.1:{closed_port()}/guard"
    with pytest.raises(StoreError) as caught:
        SqlStore(url)
    said = str(caught.value)
    assert said.startswith("the store `postgresql://guard:***@127.0.0.1:")
    assert "cannot be opened: " in said
    assert SECRET not in said
    assert "\n" not in said


@pytest.mark.parametrize("kind", ["nosuchdb", "mysql+nosuchdriver", "postgresql+nosuchdriver"])
def test_an_address_of_an_unknown_kind_is_a_sentence_without_the_password(kind: str) -> None:
    with pytest.raises(StoreError, match="is not a database address that can be used") as caught:
        SqlStore(f"{kind}://guard:{SECRET}@127.0.0.1/guard")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql//guard:{}@db/guard", "postgresql:/guard:{}@db/guard"])
def test_a_mistyped_address_is_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        absolute_url(url.format(SECRET), Path("/base"))
    assert SECRET not in str(caught.value)


def test_an_address_is_shown_without_its_password(tmp_path: Path) -> None:
    store = SqlStore(address(tmp_path))
    store.url = f"postgresql://guard:{SECRET}@localhost/guard"
    assert store.shown == "postgresql://guard:***@localhost/guard"


# --- transactions ---


def test_a_transaction_that_raises_leaves_nothing(store_url: str) -> None:
    store = SqlStore(store_url)

    def halfway() -> None:
        with store.write() as tx:
            set_meta(tx, "a", "1")
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        halfway()
    assert meta(store, "a") is None


def test_a_writer_holds_the_lock_from_its_start(store_url: str) -> None:
    """Two that read and then write would otherwise both decide on what they read."""
    store, other = SqlStore(store_url), SqlStore(store_url, patience=0.05)
    with (
        store.write(WHO),
        pytest.raises(StoreBusy, match="the store is locked by another process"),
        other.write(WHO),
    ):
        pytest.fail("two writers of one person at once")
    with other.write(WHO) as tx:
        set_meta(tx, "a", "after the first was done")
    assert meta(store, "a") == "after the first was done"


def test_opening_while_another_writes_is_busy_and_not_broken(tmp_path: Path) -> None:
    store = SqlStore(address(tmp_path))
    with store.write(), pytest.raises(StoreBusy):
        SqlStore(address(tmp_path), patience=0.05)


def test_a_reader_is_not_held_up_by_a_writer_and_sees_what_was_committed(store_url: str) -> None:
    store, other = SqlStore(store_url), SqlStore(store_url, patience=0.05)
    with store.write() as tx:
        set_meta(tx, "a", "not yet")
        assert meta(other, "a") is None
    assert meta(other, "a") == "not yet"


def test_a_patient_writer_waits_for_its_turn(store_url: str) -> None:
    store, other = SqlStore(store_url), SqlStore(store_url, patience=30)
    started = threading.Event()

    def second() -> None:
        started.set()
        with other.write(WHO) as tx:
            set_meta(tx, "order", f"{get_meta(tx, 'order')}, second")

    with store.write(WHO) as tx:
        thread = threading.Thread(target=second)
        thread.start()
        started.wait(10)
        set_meta(tx, "order", "first")
    thread.join(30)
    assert meta(store, "order") == "first, second"


# --- processes ---


def in_processes(number: int, work: object) -> list[int | None]:
    """Run *work* in that many processes started together; returns their exit codes."""
    assert callable(work)
    start = FORK.Barrier(number)

    def run(which: int) -> None:
        start.wait(30)
        work(which)

    started = [FORK.Process(target=run, args=(n,)) for n in range(number)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    return [process.exitcode for process in started]


@pytest.mark.parametrize("backend", backends.ALL)
def test_processes_that_open_a_new_store_together_all_succeed(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The channel and the action server start at the same moment, on a machine without a store."""

    def new() -> str:
        if backend == backends.SQLITE:
            return address(tmp_path, f"{attempt}.db")
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.url(server.new_database())

    for attempt in range(3):
        url = new()

        def open_it(_: int) -> None:
            SqlStore(url, patience=0.002).close()  # noqa: B023 - the processes end in this round

        assert in_processes(6, open_it) == [0] * 6, f"attempt {attempt}"
        assert len(meta(SqlStore(url), "store_id") or "") == 32


def test_processes_count_together_without_losing_one(store_url: str) -> None:
    SqlStore(store_url).close()

    def add(_: int) -> None:
        store = SqlStore(store_url, patience=30)
        for _ in range(25):
            with store.write() as tx:
                count(tx, "webhooks")

    assert in_processes(4, add) == [0] * 4
    with SqlStore(store_url).read() as tx:
        assert counters(tx) == {"webhooks": 100}


def test_what_a_killed_process_had_not_committed_is_gone(store_url: str) -> None:
    SqlStore(store_url).close()
    held, die = FORK.Event(), FORK.Event()

    def write_and_hang() -> None:
        with SqlStore(store_url).write() as tx:
            set_meta(tx, "a", "half")
            held.set()
            die.wait(60)

    process = FORK.Process(target=write_and_hang)
    process.start()
    assert held.wait(30)
    process.kill()
    process.join(30)
    store = SqlStore(store_url, patience=1)
    assert meta(store, "a") is None
    with store.write() as tx:
        set_meta(tx, "a", "whole")


# --- small things of its own ---


def test_a_counter_starts_at_what_is_added(store_url: str) -> None:
    store = SqlStore(store_url)
    with store.write() as tx:
        count(tx, "b", by=3)
        count(tx, "a")
        count(tx, "b")
        assert counters(tx) == {"a": 1, "b": 4}


def test_a_row_with_a_known_key_is_not_written_again(store_url: str) -> None:
    store = SqlStore(store_url)
    row = {"key": "m-1", "operation": "choose:news"}
    with store.write() as tx:
        assert insert_new(tx, schema.applied, at=1, **row)
        assert not insert_new(tx, schema.applied, at=2, **row)
        rows = tx.execute(schema.applied.select()).fetchall()
        assert rows == [("m-1", "choose:news", 1, None)]


def test_a_store_that_never_saw_a_simulated_clock_says_so(store_url: str) -> None:
    store = SqlStore(store_url)
    with store.write() as tx:
        assert clock_offset(tx) is None
        set_meta(tx, OFFSET, "0")
        assert clock_offset(tx) == 0
        set_meta(tx, OFFSET, "-1500")
        assert clock_offset(tx) == -1500


def test_times_are_whole_milliseconds_and_come_back_the_same() -> None:
    at = datetime(2021, 7, 1, 12, 0, 0, 123456, tzinfo=timezone.utc)
    assert to_ms(at) == 1625140800123
    assert from_ms(to_ms(at)) == at.replace(microsecond=123000)
    assert to_ms(at.astimezone(timezone(timedelta(hours=2)))) == to_ms(at)
    assert from_ms(-1) == datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=timezone.utc)


def test_a_moved_clock_reads_its_offset_at_each_look() -> None:
    class Base:
        def now(self) -> datetime:
            return datetime(2021, 7, 1, tzinfo=timezone.utc)

    offsets = iter([0, 86_400_000, -1])
    clock = OffsetClock(lambda: next(offsets), Base())
    assert [clock.now().isoformat() for _ in range(3)] == [
        "2021-07-01T00:00:00+00:00",
        "2021-07-02T00:00:00+00:00",
        "2021-06-30T23:59:59.999000+00:00",
    ]
