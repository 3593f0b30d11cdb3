"""Forgetting a person beside a running channel: what waits, what comes late, what grows old."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from channels.forgetting import Forgetting
from policy_guard import inbox_rows, privacy_rows
from policy_guard.inbox_rows import InboxRow
from policy_guard.people import Origin
from policy_guard.people_rows import Who
from policy_guard.retention import Retention
from tests.conftest import Bench

KEPT = Retention(messages=timedelta(days=90), journal=timedelta(days=365))


class Host:
    """Conversations that only count what is asked of them."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.fails = False

    async def forget(self, psid: str) -> None:
        if self.fails:
            raise LookupError("conversations in `MongoTrackerStore` cannot be deleted here")
        self.asked.append(psid)

    async def forget_before(self, moment: datetime) -> int:
        self.asked.append(moment)
        return 0

    def lock(self, psid: str) -> Any:
        return asyncio.Lock()


class Door:
    """A way out on which nothing is left to wait for."""

    async def delivered(self, who: Who, timeout: float) -> None:
        self.waited_for = who


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def forgetting(bench: Bench, host: Host) -> Forgetting:
    clock: Any = SimpleNamespace(now=bench.clock.now, simulated=False)
    door: Any = Door()
    return Forgetting(bench.guard, clock, door, host, bench.who.page, KEPT)


async def asked(bench: Bench, forgetting: Forgetting) -> InboxRow:
    """Let the person say yes to deleting, and return the event that it leaves behind."""
    bench.people.forget("person-1", Origin("message:m-1", bench.clock.now()))
    (row,) = await forgetting.waiting(bench.who, "message:m-1")
    return row


async def test_store_and_conversation_go_and_a_second_run_finds_nobody(
    bench: Bench, forgetting: Forgetting, host: Host
) -> None:
    bench.people.choose("person-1", ["account"], Origin("m", bench.clock.now()))
    row = await asked(bench, forgetting)
    await forgetting.run(row)
    assert host.asked == ["person-1"]
    assert bench.people.choices("person-1").alerts == ()
    assert await forgetting.waiting(bench.who, "message:m-1") == []
    with bench.store.read() as tx:
        (left,) = inbox_rows.listed(tx, [inbox_rows.DONE])
    await forgetting.run(left)
    assert host.asked == ["person-1"]


async def test_where_the_conversation_stays_the_store_is_not_said_to_be_empty(
    bench: Bench, forgetting: Forgetting, host: Host
) -> None:
    """The event fails and is listed with its reason; nothing is half deleted."""
    bench.people.choose("person-1", ["account"], Origin("m", bench.clock.now()))
    row = await asked(bench, forgetting)
    host.fails = True
    with pytest.raises(LookupError, match="MongoTrackerStore"):
        await forgetting.run(row)
    assert bench.people.choices("person-1").alerts == ("account",)
    found = await forgetting.state_of(str(row.body["code"]))
    assert found is not None
    assert found.done_at is None


async def test_an_alert_that_waited_meanwhile_is_emptied(
    bench: Bench, forgetting: Forgetting
) -> None:
    now = bench.clock.now()
    with bench.store.write() as tx:
        inbox_rows.add(
            tx,
            page=bench.who.page,
            psid="person-1",
            key="notify:r:person-1",
            kind="notify",
            at=now,
            received_at=now,
            body={"topic": "account"},
        )
        waiting = inbox_rows.get(tx, bench.who.page, "notify:r:person-1")
    assert waiting is not None
    assert not await forgetting.emptied(waiting)
    await forgetting.run(await asked(bench, forgetting))
    assert await forgetting.emptied(waiting)


async def test_the_platform_may_name_somebody_we_do_not_know(
    bench: Bench, forgetting: Forgetting
) -> None:
    code, row = await forgetting.asked_by_platform("218471")
    found = await forgetting.state_of(code)
    assert row is None
    assert found is not None
    assert found.done_at == bench.clock.now()


async def test_the_platforms_request_runs_as_an_event(bench: Bench, forgetting: Forgetting) -> None:
    code, row = await forgetting.asked_by_platform("person-1")
    assert row is not None
    assert row.body == {"code": code, "by": "platform"}
    again, _ = await forgetting.asked_by_platform("person-1")
    assert again == code
    await forgetting.run(row)
    with bench.store.read() as tx:
        assert privacy_rows.forgotten_at(tx, bench.who) == bench.clock.now()


async def test_letting_go_reaches_the_conversations_too(
    bench: Bench, forgetting: Forgetting, host: Host
) -> None:
    await forgetting.let_go(bench.clock.now())
    assert host.asked == [bench.clock.now() - timedelta(days=90)]
