"""Forgetting a person beside a running channel: what waits, what comes late, what grows old."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from channels.forgetting import Forgetting
from channels.intake import Intake
from channels.threads import Apps
from channels.webhook import parse
from policy_guard import inbox_rows, privacy_rows, schema
from policy_guard.inbox_rows import InboxRow
from policy_guard.people import Origin
from policy_guard.people_rows import Who
from policy_guard.retention import Retention
from tests.conftest import LANGUAGES, Bench

SAID = "my cat ate the invoice"
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


async def asked(bench: Bench) -> InboxRow:
    """Let the person say yes to deleting, and return the event that it leaves behind."""
    bench.people.forget("person-1", Origin("message:m-1", bench.clock.now()))
    (row,) = waits(bench)
    return row


def waits(bench: Bench) -> list[InboxRow]:
    with bench.store.read() as tx:
        return [row for row in inbox_rows.unfinished(tx, bench.who.page) if row.kind == "forget"]


async def test_store_and_conversation_go_and_a_second_run_finds_nobody(
    bench: Bench, forgetting: Forgetting, host: Host
) -> None:
    bench.people.choose("person-1", ["account"], Origin("m", bench.clock.now()))
    row = await asked(bench)
    await forgetting.run(row)
    assert host.asked == ["person-1"]
    assert bench.people.choices("person-1").alerts == ()
    assert waits(bench) == []
    with bench.store.read() as tx:
        (left,) = inbox_rows.listed(tx, [inbox_rows.DONE])
    await forgetting.run(left)
    assert host.asked == ["person-1"]


async def test_where_the_conversation_stays_the_store_is_not_said_to_be_empty(
    bench: Bench, forgetting: Forgetting, host: Host
) -> None:
    """The event fails and is listed with its reason; nothing is half deleted."""
    bench.people.choose("person-1", ["account"], Origin("m", bench.clock.now()))
    row = await asked(bench)
    host.fails = True
    with pytest.raises(LookupError, match="MongoTrackerStore"):
        await forgetting.run(row)
    assert bench.people.choices("person-1").alerts == ("account",)
    found = await forgetting.state_of(str(row.body["code"]))
    assert found is not None
    assert found.done_at is None


async def test_an_event_of_the_shop_that_waited_meanwhile_is_emptied(
    bench: Bench, forgetting: Forgetting
) -> None:
    now = bench.clock.now()
    with bench.store.write() as tx:
        inbox_rows.add(
            tx,
            page=bench.who.page,
            psid="person-1",
            key="external:r:person-1",
            kind="external",
            at=now,
            received_at=now,
            body={"intent": "EXTERNAL_order_shipped", "entities": {}},
        )
        waiting = inbox_rows.get(tx, bench.who.page, "external:r:person-1")
    assert waiting is not None
    assert not await forgetting.emptied(waiting)
    await forgetting.run(await asked(bench))
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


# -- what comes when everything is deleted already --------------------------------------------


def came(bench: Bench, **event: Any) -> None:
    """Let the platform tell of something between the person and the Page."""
    happened = {"timestamp": int(bench.clock.now().timestamp() * 1000), **event}
    entry = {"id": bench.who.page, "time": 1, "messaging": [happened]}
    raw = json.dumps({"object": "page", "entry": [entry]}).encode()
    parsed = parse(raw, page_id=bench.who.page)
    assert parsed.problem is None
    apps = Apps(None, "263902037430900", timedelta(hours=1))
    Intake(bench.guard, bench.who.page, apps, LANGUAGES).receive(parsed)


def echoed(bench: Bench, mid: str, metadata: str | None = None) -> None:
    message = {"mid": mid, "is_echo": True, "text": SAID, "app_id": 7}
    if metadata is not None:
        message["metadata"] = metadata
    page, person = {"id": bench.who.page}, {"id": "person-1"}
    came(bench, sender=page, recipient=person, message=message)


def stands(bench: Bench, word: str) -> bool:
    """Tell whether a word stands anywhere in the store."""
    with bench.store.read() as tx:
        return any(
            word in str(cell)
            for table in schema.metadata.sorted_tables
            for row in tx.execute(select(table))
            for cell in row
        )


async def test_the_echo_and_receipt_of_the_last_words_bring_nobody_back(
    bench: Bench, forgetting: Forgetting
) -> None:
    bench.wrote()
    row = bench.decided(bench.out("turn-1", text=SAID, parts=({"text": SAID},)))
    wire = bench.began(row.id)
    await forgetting.run(await asked(bench))
    bench.clock.move(seconds=1)
    echoed(bench, "m-last", wire.part.echo_key)
    people = {"sender": {"id": "person-1"}, "recipient": {"id": bench.who.page}}
    came(bench, **people, delivery={"mids": ["m-last"], "watermark": 1})
    came(bench, **people, read={"watermark": 1})
    assert bench.row(row.id).state == "sent"
    assert not stands(bench, "person-1")
    assert not stands(bench, SAID)


async def test_the_echo_of_an_earlier_message_of_a_colleague_is_not_kept_either(
    bench: Bench, forgetting: Forgetting
) -> None:
    await forgetting.run(await asked(bench))
    echoed(bench, "m-late")
    assert not stands(bench, "person-1")


async def test_who_writes_again_is_somebody_again(bench: Bench, forgetting: Forgetting) -> None:
    await forgetting.run(await asked(bench))
    bench.clock.move(seconds=1)
    page, person = {"id": bench.who.page}, {"id": "person-1"}
    came(bench, sender=person, recipient=page, message={"mid": "m-new", "text": "hello"})
    echoed(bench, "m-answer", "another")
    with bench.store.read() as tx:
        kept = {r.key: r.who for r in inbox_rows.listed(tx, ["pending", "noted"])}
    assert kept["message:m-new"] == kept["echo:m-answer"] == bench.who
    assert bench.people.choices("person-1").stopped
