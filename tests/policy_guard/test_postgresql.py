"""The store on a PostgreSQL server: its sentences, its locks, and a server that goes away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from policy_guard import schema
from policy_guard.errors import StoreBusy, StoreError
from policy_guard.people_rows import Who
from policy_guard.sql_store import SqlStore, count, counters, get_meta, hold, put, set_meta
from tests import backends
from tests.backends import PostgresServer

ALEX, SAM = Who("page-1", "alex"), Who("page-1", "sam")
SOON = 20.0  # seconds for a server to come back, on a slow machine


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """Give the address of a new store."""
    database = postgres.new_database("guard_template")
    yield postgres.url(database)
    postgres.drop(database)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Give a server of the test's own, which it may stop, with an empty database `guard`."""
    with backends.postgres_server() as made:
        made.sql("CREATE DATABASE guard")
        yield made


def refused(url: str) -> str:
    """Return the sentence with which an address is refused."""
    with pytest.raises(StoreError) as caught:
        SqlStore(url)
    return str(caught.value)


# --- opening ---


def test_a_wrong_password_is_a_sentence_without_the_password(postgres: PostgresServer) -> None:
    postgres.sql("DROP ROLE IF EXISTS locked_out")
    postgres.sql("CREATE ROLE locked_out LOGIN PASSWORD 'right'")
    url = postgres.url("guard_template", "locked_out:wr0ng")
    shown = postgres.url("guard_template", "locked_out:***")
    assert refused(url) == (
        f"the store `{shown}` cannot be opened: password authentication failed for user "
        '"locked_out"'
    )


def test_a_database_that_is_not_there_is_a_sentence(postgres: PostgresServer) -> None:
    url = postgres.url("nosuch")
    assert refused(url) == f'the store `{url}` cannot be opened: database "nosuch" does not exist'


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    url = f"postgresql://guard@127.0.0.1:{backends.free_port()}/guard"
    assert refused(url) == f"the store `{url}` cannot be opened: connection refused"


def test_a_user_who_may_make_no_tables_is_a_sentence(postgres: PostgresServer) -> None:
    postgres.sql("DROP ROLE IF EXISTS reader")
    postgres.sql("CREATE ROLE reader LOGIN")
    url = postgres.url("postgres", "reader")
    assert refused(url) == (
        f"the store `{url}` cannot be opened: permission denied for schema public"
    )


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "postgresql+pg8000"])
def test_an_address_for_another_driver_says_what_to_write(scheme: str) -> None:
    said = refused(f"{scheme}://guard:hunter2@127.0.0.1/guard")
    assert said == (
        f"`{scheme}://guard:***@127.0.0.1/guard` is not a database address that can be used: "
        "write `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`"
    )


# --- locks ---


def test_writers_of_two_persons_do_not_wait_for_each_other(url: str) -> None:
    one, other = SqlStore(url), SqlStore(url)
    with one.write(ALEX) as tx, other.write(SAM) as beside:
        set_meta(tx, "alex", "1")
        set_meta(beside, "sam", "1")
    with one.read() as tx:
        assert (get_meta(tx, "alex"), get_meta(tx, "sam")) == ("1", "1")


def test_whom_a_transaction_learns_of_late_can_be_held_late(url: str) -> None:
    one, other = SqlStore(url), SqlStore(url, patience=0.05)
    with one.write() as tx:
        hold(tx, ALEX)
        with pytest.raises(StoreBusy), other.write(ALEX):
            pytest.fail("two writers of one person at once")
    with other.write(ALEX):
        pass


def test_who_has_no_patience_is_told_at_once(url: str) -> None:
    """The event loop stands still for as long as this takes."""
    one, other = SqlStore(url), SqlStore(url, patience=0.002)
    with one.write(ALEX):
        waited = []
        for _ in range(5):
            began = time.monotonic()
            with pytest.raises(StoreBusy), other.write(ALEX):
                pytest.fail("two writers of one person at once")
            waited.append(time.monotonic() - began)
    assert min(waited) < 0.1


def test_read_decide_write_of_one_person_is_serial(url: str) -> None:
    """Each adds one to what it read: with two at once, a number would be lost."""
    stores = [SqlStore(url, patience=SOON) for _ in range(4)]

    def add(store: SqlStore) -> None:
        for _ in range(25):
            with store.write(ALEX) as tx:
                set_meta(tx, "n", str(int(get_meta(tx, "n") or 0) + 1))

    at_once([lambda store=store: add(store) for store in stores])  # type: ignore[misc]  # mypy types no default of a lambda
    with stores[0].read() as tx:
        assert get_meta(tx, "n") == "100"


def test_of_two_who_take_persons_the_wrong_way_round_one_is_told_and_none_stands_still(
    url: str,
) -> None:
    one, other = SqlStore(url, patience=SOON), SqlStore(url, patience=0.1)
    met, told = threading.Event(), []

    def the_other_way() -> None:
        try:
            with other.write(SAM) as tx:
                met.set()
                hold(tx, ALEX)
        except StoreBusy as problem:
            told.append(str(problem))

    thread = threading.Thread(target=the_other_way)
    with one.write(ALEX) as tx:
        thread.start()
        assert met.wait(SOON)
        hold(tx, SAM)
    thread.join()
    assert told == ["the store is locked by another process"]


def test_a_reader_sees_one_moment(url: str) -> None:
    store, other = SqlStore(url), SqlStore(url)
    with store.read() as tx:
        assert get_meta(tx, "a") is None
        with other.write() as beside:
            set_meta(beside, "a", "1")
        assert get_meta(tx, "a") is None


def test_the_clock_of_leases_is_the_servers(url: str) -> None:
    store = SqlStore(url)
    with store.write() as tx:
        here = tx.execute(text("SELECT clock_timestamp()")).scalar()
        told = store.moment(tx)
    assert told.utcoffset() is not None
    assert 0 <= (told - here).total_seconds() < 5


# --- a server that goes ---


def test_a_connection_that_was_cut_is_made_anew_unnoticed(
    postgres: PostgresServer, url: str
) -> None:
    store = SqlStore(url)
    with store.write() as tx:
        set_meta(tx, "a", "1")
    postgres.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'guard_%'"
    )
    with store.write() as tx:
        assert get_meta(tx, "a") == "1"


def test_a_server_that_is_away_is_told_at_once_and_found_when_it_is_back(
    server: PostgresServer,
) -> None:
    store = SqlStore(server.url("guard"), patience=0.002)
    server.stop()
    with pytest.raises(StoreBusy, match="the store cannot be used now"), store.write():
        pytest.fail("nobody is there")
    began = time.monotonic()
    with pytest.raises(StoreBusy, match="its server is away"), store.read():
        pytest.fail("nobody is there")
    assert time.monotonic() - began < 0.1
    server.start()
    until(lambda: written(store))


def test_a_patient_caller_waits_for_a_server_that_comes_back(server: PostgresServer) -> None:
    store = SqlStore(server.url("guard"), patience=SOON)
    server.stop()
    with pytest.raises(StoreBusy), store.write():
        pytest.fail("nobody is there")
    thread = threading.Thread(target=lambda: done.append(written(store)))
    done: list[bool] = []
    thread.start()
    time.sleep(0.3)
    assert done == []
    server.start()
    thread.join()
    assert done == [True]


def test_a_server_that_takes_no_writes_passes(server: PostgresServer) -> None:
    """As while another machine takes over: the old one is read only, then the address moves."""
    store = SqlStore(server.url("guard"), patience=0.002)
    server.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    server.sql("SELECT pg_reload_conf()")

    until(lambda: not written(store))
    server.sql("ALTER SYSTEM RESET ALL")
    server.sql("SELECT pg_reload_conf()")
    until(lambda: written(store))


def test_a_restart_of_the_server_under_load_loses_nothing_that_was_committed(
    server: PostgresServer,
) -> None:
    """What raised may have been committed all the same; what did not raise was, each exactly."""
    url = server.url("guard")
    SqlStore(url).close()
    over = threading.Event()
    done = [0] * 4
    raised = [0] * 4

    def work(number: int) -> None:
        store = SqlStore(url, patience=0.002)
        while not over.is_set():
            try:
                with store.write(Who("page-1", f"person-{number}")) as tx:
                    put(tx, schema.counter, {"name": f"n{number}", "shard": 0}, add=True, value=1)
                    count(tx, "all")
            except StoreBusy:
                raised[number] += 1
                time.sleep(0.01)
            else:
                done[number] += 1
        store.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for how in (backends.FAST, backends.CRASH):
        before = list(done)
        until(lambda before=before: all(n > b + 5 for n, b in zip(done, before, strict=True)))  # type: ignore[misc]  # mypy types no default of a lambda
        server.stop(how)
        server.start()
    before = list(done)
    until(lambda: all(n > b + 5 for n, b in zip(done, before, strict=True)))
    over.set()
    for thread in threads:
        thread.join()
    with SqlStore(url).read() as tx:
        kept = counters(tx)
    for number in range(4):
        assert done[number] <= kept[f"n{number}"] <= done[number] + 2
    assert sum(raised) > 0


# --- helpers ---


def written(store: SqlStore) -> bool:
    """Write something; tells whether the store could be used."""
    try:
        with store.write() as tx:
            set_meta(tx, "a", "1")
    except StoreBusy:
        return False
    return True


def at_once(works: list[Callable[[], None]]) -> None:
    """Run works in threads started together."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; fails after SOON."""
    ends = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.01)
