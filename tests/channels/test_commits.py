"""Calls into the store that come together share one commit, and each is answered after it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from channels.commits import committed
from policy_guard.errors import StoreBusy
from policy_guard.sql_store import SqlStore, get_meta, set_meta


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine part nothing that came together."""
    monkeypatch.setattr("channels.commits.FEW_SECONDS", 60.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Give a store in a file that counts its commits."""
    made = SqlStore(f"sqlite:///{tmp_path / 'guard.db'}", patience=0.002)
    yield made
    made.close()


@pytest.fixture
def commits(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give a list that grows by one at each commit of the store."""
    made: list[str] = []
    plain = store._engine.begin

    @contextmanager
    def begin() -> Iterator[object]:
        with plain() as tx:
            yield tx
        made.append("commit")

    monkeypatch.setattr(store._engine, "begin", begin)
    return made


def keep(store: SqlStore, key: str, value: str) -> str:
    with store.write() as tx:
        set_meta(tx, key, value)
    return key


def kept(store: SqlStore, key: str) -> str | None:
    with store.read() as tx:
        return get_meta(tx, key)


async def test_calls_that_come_together_are_committed_once(
    store: SqlStore, commits: list[str]
) -> None:
    asked = [committed(store, lambda n=n: keep(store, f"k{n}", "v")) for n in range(5)]  # type: ignore[misc]  # mypy cannot type a default of a lambda
    assert await asyncio.gather(*asked) == [f"k{n}" for n in range(5)]
    assert commits == ["commit"]
    assert [kept(store, f"k{n}") for n in range(5)] == ["v"] * 5


async def test_nobody_is_answered_before_the_commit(store: SqlStore, commits: list[str]) -> None:
    async def one(key: str) -> int:
        await committed(store, lambda: keep(store, key, "v"))
        return len(commits)

    assert await asyncio.gather(one("a"), one("b")) == [1, 1]


async def test_a_call_sees_what_the_call_before_it_wrote(store: SqlStore) -> None:
    first = committed(store, lambda: keep(store, "k", "first"))
    second = committed(store, lambda: kept(store, "k"))
    assert (await asyncio.gather(first, second))[1] == "first"


async def test_one_that_fails_takes_nothing_of_the_others_with_it(store: SqlStore) -> None:
    def fails() -> None:
        with store.write() as tx:
            set_meta(tx, "half", "written")
            raise LookupError("what it was looking for is not there")

    asked = [
        committed(store, lambda: keep(store, "before", "v")),
        committed(store, fails),
        committed(store, lambda: keep(store, "after", "v")),
    ]
    before, failed, after = await asyncio.gather(*asked, return_exceptions=True)
    assert (before, after) == ("before", "after")
    assert isinstance(failed, LookupError)
    assert (kept(store, "before"), kept(store, "after")) == ("v", "v")
    assert kept(store, "half") is None


async def test_a_call_that_takes_its_transaction_back_takes_back_nothing_else(
    store: SqlStore, commits: list[str]
) -> None:
    def changes_its_mind() -> str:
        with contextlib.suppress(LookupError), store.write() as tx:
            set_meta(tx, "half", "written")
            raise LookupError
        return "later"

    asked = [
        committed(store, lambda: keep(store, "before", "v")),
        committed(store, changes_its_mind),
    ]
    assert await asyncio.gather(*asked) == ["before", "later"]
    assert (kept(store, "before"), kept(store, "half")) == ("v", None)
    assert commits == ["commit"]


async def test_a_transaction_that_failed_alone_leaves_nothing(store: SqlStore) -> None:
    def fails() -> None:
        with store.write() as tx:
            set_meta(tx, "half", "written")
            raise LookupError

    with pytest.raises(LookupError):
        await committed(store, fails)
    assert kept(store, "half") is None


async def test_a_store_that_another_holds_is_waited_for(store: SqlStore, tmp_path: Path) -> None:
    other = SqlStore(f"sqlite:///{tmp_path / 'guard.db'}")
    with other.write():
        asked = asyncio.ensure_future(committed(store, lambda: keep(store, "k", "v")))
        await asyncio.sleep(0.1)
        assert not asked.done()
    assert await asyncio.wait_for(asked, 5) == "k"
    other.close()


async def test_a_call_that_is_busy_by_itself_runs_again_and_holds_nobody_up(
    store: SqlStore,
) -> None:
    tries = []

    def busy_once() -> str:
        tries.append("try")
        if len(tries) == 1:
            raise StoreBusy("the store is locked by another process")
        return keep(store, "k", "first")

    asked = [committed(store, busy_once), committed(store, lambda: keep(store, "k", "second"))]
    await asyncio.gather(*asked)
    assert (len(tries), kept(store, "k")) == (2, "first")


async def test_what_nobody_waits_for_any_more_is_not_done(store: SqlStore) -> None:
    asked = asyncio.ensure_future(committed(store, lambda: keep(store, "k", "v")))
    await asyncio.sleep(0)  # it has asked, and its turn has not come
    asked.cancel()
    await committed(store, lambda: keep(store, "other", "v"))
    assert (kept(store, "k"), kept(store, "other")) == (None, "v")


async def test_the_loop_is_given_back_between_long_calls(
    store: SqlStore, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.commits.FEW_SECONDS", 0.0)
    monkeypatch.setattr("channels.commits.MOST_SECONDS", 0.0)
    asked = [committed(store, lambda n=n: keep(store, f"k{n}", "v")) for n in range(3)]  # type: ignore[misc]  # mypy cannot type a default of a lambda
    await asyncio.gather(*asked)
    assert len(commits) == 3


async def test_what_is_urgent_goes_first_and_keeps_its_own_order(store: SqlStore) -> None:
    done: list[str] = []

    def call(name: str) -> None:
        done.append(name)

    asked = [
        committed(store, lambda: call("a turn")),
        committed(store, lambda: call("first webhook"), urgent=True),
        committed(store, lambda: call("second webhook"), urgent=True),
    ]
    await asyncio.gather(*asked)
    assert done == ["first webhook", "second webhook", "a turn"]


@pytest.mark.parametrize("size", [2_000, 200_000], ids=["small calls", "large calls"])
async def test_calls_that_met_a_full_disk_together_are_all_made_when_there_is_room_again(
    store: SqlStore, size: int
) -> None:
    """SQLite gives up the whole transaction then, with the parts of those who had no trouble."""
    limit = "PRAGMA max_page_count"
    with store.read() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()

    def put(name: str, length: int) -> str:
        with store.write() as tx:
            set_meta(tx, name, "x" * length)
        return name

    with store.read() as tx:
        tx.exec_driver_sql(f"{limit} = {pages}")
    asked = [
        asyncio.ensure_future(committed(store, lambda n=n: put(f"key-{n}", size)))  # type: ignore[misc]  # mypy types no default of a lambda
        for n in range(20)
    ]
    await asyncio.sleep(0.1)
    filled = [task for task in asked if not task.done()]
    assert filled, "the disk was not full"
    with store.read() as tx:
        tx.exec_driver_sql(f"{limit} = {2**30}")
    assert await asyncio.gather(*asked) == [f"key-{n}" for n in range(20)]
    with store.read() as tx:
        kept = {n for n in range(20) if len(get_meta(tx, f"key-{n}") or "") == size}
    assert kept == set(range(20))


async def test_what_is_urgent_is_committed_at_once_where_nothing_was_just_before(
    store: SqlStore, commits: list[str]
) -> None:
    later = asyncio.ensure_future(committed(store, lambda: keep(store, "later", "v")))
    await asyncio.sleep(0)  # it waits for the next round
    asked = committed(store, lambda: keep(store, "now", "v"), urgent=True)
    with pytest.raises(StopIteration) as done:
        asked.send(None)  # without giving the loop back once
    assert done.value.value == "now"
    assert commits == ["commit"]
    assert kept(store, "later") is None
    assert await later == "later"
    assert commits == ["commit", "commit"]


async def test_urgent_ones_that_come_together_share_all_commits_but_the_first(
    store: SqlStore, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.commits.APART", 60.0)  # a slow disk is no reason for more
    asked = [committed(store, lambda n=n: keep(store, f"k{n}", "v"), urgent=True) for n in range(5)]  # type: ignore[misc]  # mypy cannot type a default of a lambda
    assert await asyncio.gather(*asked) == [f"k{n}" for n in range(5)]
    assert len(commits) <= 2


async def test_an_urgent_call_that_finds_the_store_locked_is_tried_again(
    store: SqlStore, tmp_path: Path
) -> None:
    other = SqlStore(f"sqlite:///{tmp_path / 'guard.db'}")
    with other.write() as tx:
        set_meta(tx, "held", "v")
        asked = asyncio.ensure_future(committed(store, lambda: keep(store, "k", "v"), urgent=True))
        await asyncio.sleep(0.01)
        assert not asked.done()
    assert await asyncio.wait_for(asked, 5) == "k"
    other.close()


async def test_a_locked_store_is_not_tried_anew_by_each_urgent_call(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    @contextmanager
    def locked() -> Iterator[None]:
        tries.append("try")
        raise StoreBusy("the store is locked by another process")
        yield

    with monkeypatch.context() as patched:
        patched.setattr(store, "shared", locked)
        patched.setattr("channels.commits.PAUSE", 60.0)
        asked = [
            asyncio.ensure_future(committed(store, lambda: keep(store, "k", "v"), urgent=True))
            for _ in range(5)
        ]
        await asyncio.sleep(0)
        assert tries == ["try"]
    for one in asked:
        one.cancel()
