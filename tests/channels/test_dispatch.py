"""The door out against the simulated platform: its refusals, silence, pace, our own faults."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from channels.dispatch import Dispatcher
from channels.graph import Graph
from channels.intake import Intake
from channels.line import Line
from channels.threads import Apps
from channels.webhook import parse
from policy_guard import breaker_rows, journal, people_rows, schema, sends
from policy_guard.clock import OffsetClock, to_ms
from policy_guard.delivery import Delivery, OnUnknown
from policy_guard.errors import StoreBusy
from policy_guard.guard import Guard
from policy_guard.pace import UNLIMITED, Pace
from policy_guard.people import PAGE_ID
from policy_guard.people_rows import Who
from policy_guard.send_states import BULK, LIVE
from policy_guard.sends import Outgoing, PartRow, SendRow
from policy_guard.sql_store import SqlStore, set_meta
from policy_guard.vocabulary import (
    Author,
    Message,
    Opener,
    OpenerKind,
    Page,
    Purpose,
    Settings,
)
from simulator.testing import Simulator
from simulator.webhooks import encode, envelope, event
from tests.conftest import CATALOGUE, LANGUAGES

PAGE = "1234567890"
SOON = 15.0  # seconds for something to happen, on a slow machine
APPS = Apps(None, "263902037430900", timedelta(hours=1))


class Desk:
    """A guard, a dispatcher and a platform, with a clock that all of them go by."""

    def __init__(self, folder: Path, sim: Simulator, **delivery: Any) -> None:
        self.sim = sim
        self.url = f"sqlite:///{folder / 'guard.db'}"
        self.offset_ms = sim.offset_ms
        self.clock = OffsetClock(lambda: self.offset_ms)
        self.store = SqlStore(self.url, patience=0.01, clock=self.clock)
        with self.store.write() as tx:
            set_meta(tx, PAGE_ID, PAGE)
        self.graph = Graph(
            sim.graph_url, "v26.0", "sim-page-token", "sim-app-secret", timeout=timedelta(seconds=1)
        )
        self.delivery = Delivery(**{"pace": UNLIMITED, **delivery})
        self.guard = self.another_guard()
        self.door = Dispatcher(self.guard, self.graph, random.Random(7))  # noqa: S311 - it only spreads the tries
        self._turns = 0

    def another_guard(self) -> Guard:
        """Return a guard of another worker over the same store."""
        page = Page(human_agent=True, one_time_notification=True, region="US", time_zone="UTC")
        return Guard(self.store, self.clock, page, Settings(), CATALOGUE, delivery=self.delivery)

    def someone(self) -> Who:
        """Return somebody who has just written."""
        psid = self.sim.person()
        self.sim.say(psid, "hello")
        who = Who(PAGE, psid)
        with self.store.write() as tx:
            people_rows.ensure(tx, who)
            self._wrote(tx, who)
        return who

    def _wrote(self, tx: Any, who: Who) -> None:
        people_rows.record_opener(tx, who, Opener(OpenerKind.MESSAGE, self.guard.clock.now()))

    def say(self, who: Who, text: str = "hi", lane: str = LIVE, **message: Any) -> SendRow:
        """Decide on a response and hand it to the door."""
        row = self.decide(who, text, lane, **message)
        self.door.put(row)
        return row

    def decide(self, who: Who, text: str = "hi", lane: str = LIVE, **message: Any) -> SendRow:
        """Decide on a response."""
        self._turns += 1
        parts = message.pop("parts", ({"message": {"text": text}},))
        out = Outgoing(
            who, f"turn-{self._turns}", 0, Message(**message), parts, text=text, lane=lane
        )
        return self.guard.authorize(out)[0]

    def row(self, row: SendRow) -> SendRow:
        """Return a row as it stands now."""
        with self.store.read() as tx:
            return sends.get(tx, row.id)

    def part(self, row: SendRow) -> PartRow:
        """Return the first message of a row."""
        with self.store.read() as tx:
            return sends.parts(tx, row.id)[0]

    def state(self, row: SendRow) -> str:
        """Return the state of a row."""
        return self.row(row).state

    def stopped(self) -> dict[str, breaker_rows.Breaker]:
        """Return what is open."""
        with self.store.read() as tx:
            return breaker_rows.opened(tx, PAGE)

    def lines(self, row: SendRow) -> list[str]:
        """Return the kinds of a row's lines of the journal."""
        with self.store.read() as tx:
            return [line.what for line in journal.entries(tx, send_id=row.id)]

    def texts(self, who: Who) -> list[str]:
        """Return what has reached a person."""
        return [str(m["message"].get("text")) for m in self.sim.messages(who.psid, "page")]

    def calls(self, who: Who) -> int:
        """Return how often a message to a person was put on the wire."""
        return sum("message" in one["body"] for one in self.sim.requests(who.psid))

    def refuse(self, who: Who, code: int, subcode: int | None = None, times: int | None = 1) -> int:
        """Let the platform refuse what goes to a person."""
        error = {"code": code} if subcode is None else {"code": code, "subcode": subcode}
        return self.sim.fault("error", "message", psid=who.psid, times=times, error=error)

    def move(self, **span: float) -> None:
        """Move the clock of everybody."""
        self.sim.advance(timedelta(**span).total_seconds())
        self.offset_ms = self.sim.offset_ms

    async def becomes(self, row: SendRow, state: str) -> None:
        """Wait until a row has a state."""
        await self.until(lambda: self.state(row) == state, lambda: self.state(row))

    async def until(
        self, condition: Callable[[], object], shown: Callable[[], object] = lambda: ""
    ) -> None:
        """Wait for a condition, with a look at what is due every now and then."""
        loop = asyncio.get_running_loop()
        end = loop.time() + SOON
        while not condition():
            assert loop.time() < end, shown()
            await self.door.run_once()
            await asyncio.sleep(0.02)

    async def close(self) -> None:
        """End as a process that is asked to."""
        await self.door.stop(0.1)
        await self.graph.close()
        self.store.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Give a desk whose pace is unlimited."""
    with Simulator() as sim:
        made = Desk(tmp_path, sim)
        yield made
        await made.close()


# --- the platform says no ---


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001, 80006])
async def test_a_rate_limit_slows_the_page_and_the_message_still_arrives(
    desk: Desk, code: int
) -> None:
    who = desk.someone()
    desk.refuse(who, code)
    row = desk.say(who)
    await desk.becomes(row, "sent")
    assert desk.texts(who) == ["hi"]
    assert "put_off" in desk.lines(row)
    (messages,) = [one for one in desk.guard.standing(PAGE).pace if one.kind == "messages"]
    assert 500 <= messages.share < 520
    assert "too often" in str(messages.says) or "limit" in str(messages.says)


async def test_a_rate_limit_is_tried_again_for_as_long_as_the_message_is_worth_something(
    desk: Desk,
) -> None:
    who = desk.someone()
    desk.refuse(who, 613, times=5)
    row = desk.say(who)
    for _ in range(6):
        desk.move(seconds=61)
    await desk.becomes(row, "sent")
    assert desk.calls(who) == 6


async def test_a_code_that_nobody_knows_is_kept_whole_and_never_tried_again(desk: Desk) -> None:
    who = desk.someone()
    desk.refuse(who, 31337, 8, times=None)
    row = desk.say(who)
    await desk.becomes(row, "rejected")
    desk.move(hours=1)
    await desk.door.run_once()
    assert desk.calls(who) == 1
    error = desk.part(row).error
    assert error is not None
    assert (error["code"], error["subcode"]) == (31337, 8)
    assert error["fbtrace_id"]
    assert desk.stopped() == {}


async def test_what_is_in_trouble_is_tried_three_times_more_and_then_refused(desk: Desk) -> None:
    who = desk.someone()
    desk.refuse(who, 100, 2018008, times=None)
    row = desk.say(who)
    for _ in range(4):
        await asyncio.sleep(0.1)
        desk.move(seconds=20)
    await desk.becomes(row, "rejected")
    assert desk.calls(who) == 4


async def test_who_is_gone_is_left_alone_until_they_write(desk: Desk) -> None:
    who = desk.someone()
    desk.refuse(who, 551, 1545041)
    await desk.becomes(desk.say(who), "rejected")
    assert desk.decide(who).decision["rule"] == "person_can_be_reached"
    assert desk.stopped() == {}


async def test_a_restricted_page_keeps_answering_and_its_alerts_wait_for_a_trial(
    desk: Desk,
) -> None:
    one, other, third = desk.someone(), desk.someone(), desk.someone()
    fault = desk.refuse(one, 10, 1893063, times=None)
    stopped = desk.say(one, "news", purpose=Purpose.PROMOTION)
    await desk.becomes(stopped, "held")
    waiting = desk.say(other, "more news", purpose=Purpose.PROMOTION)
    for row in (stopped, waiting):
        held = desk.row(row)
        assert (held.halted_by, held.decision["rule"]) == ("page", "page_restricted")
        assert held.decision["whose"] == "platform"
    await desk.becomes(desk.say(third, "an answer"), "sent")
    assert list(desk.stopped()) == ["page"]
    assert desk.guard.standing(PAGE).troubles[0].startswith("`page` is stopped by platform")

    desk.move(minutes=29)
    await desk.door.run_once()
    assert desk.calls(one) == 1
    desk.move(minutes=2)
    await desk.until(lambda: desk.calls(one) == 2)
    await desk.becomes(stopped, "held")
    assert desk.stopped()["page"].pause == timedelta(hours=1), "a trial in vain doubles the pause"
    assert desk.calls(other) == 0

    desk.sim.clear_faults(fault)
    desk.move(hours=1, minutes=1)
    await desk.becomes(stopped, "sent")
    await desk.becomes(waiting, "sent")
    assert desk.stopped() == {}


async def test_a_trial_that_says_nothing_of_the_page_lets_the_next_one_try(desk: Desk) -> None:
    one, other = desk.someone(), desk.someone()
    desk.refuse(one, 368)
    gone = desk.say(one, purpose=Purpose.PROMOTION)
    await desk.becomes(gone, "held")
    next_one = desk.say(other, purpose=Purpose.PROMOTION)
    desk.refuse(one, 551)
    desk.move(minutes=31)
    await desk.becomes(gone, "rejected")
    await desk.becomes(next_one, "sent")
    assert desk.stopped() == {}


async def test_too_many_tagged_messages_stop_the_page_and_the_message_is_over(desk: Desk) -> None:
    who = desk.someone()
    desk.refuse(who, 613, 2018338)
    await desk.becomes(desk.say(who, purpose=Purpose.PROMOTION), "rejected")
    assert list(desk.stopped()) == ["page"]


@pytest.mark.parametrize("subcode", [None, 463])
async def test_a_revoked_token_stops_everything_and_nothing_is_lost(
    desk: Desk, subcode: int | None
) -> None:
    one, other = desk.someone(), desk.someone()
    fault = desk.sim.fault(
        "error", "message", error={"code": 190} | ({"subcode": subcode} if subcode else {})
    )
    first = desk.say(one)
    await desk.until(lambda: "token" in desk.stopped())
    second = desk.say(other)
    await asyncio.sleep(0.2)
    assert desk.calls(other) == 0
    assert {desk.state(first), desk.state(second)} <= {"ready", "claimed"}
    assert "Page token" in desk.guard.standing(PAGE).troubles[0]
    desk.move(seconds=61)
    await desk.until(lambda: desk.calls(one) + desk.calls(other) == 2)
    await desk.until(lambda: desk.stopped()["token"].pause == timedelta(minutes=2))
    desk.sim.clear_faults(fault)
    desk.move(minutes=3)
    await desk.becomes(first, "sent")
    await desk.becomes(second, "sent")
    assert desk.stopped() == {}


async def test_a_tag_that_is_not_approved_is_stopped_alone_and_is_a_disagreement(
    desk: Desk,
) -> None:
    who = desk.someone()
    desk.move(days=2)
    desk.refuse(who, 100, 2018276)
    message = {
        "purpose": Purpose.HUMAN_AGENT,
        "author": Author.HUMAN,
        "hold_for": timedelta(0),
    }
    row = desk.say(who, **message)
    await desk.becomes(row, "refused")
    assert desk.row(row).decision["rule"] == "lane_stopped"
    assert list(desk.stopped()) == ["tag:HUMAN_AGENT"]
    assert "disagreement" in desk.lines(row)
    other = desk.someone()
    await desk.becomes(desk.say(other, purpose=Purpose.PROMOTION), "sent")


@pytest.mark.parametrize(("code", "subcode"), [(100, 2018276), (100, 1893061), (2022, None)])
async def test_an_answer_that_no_breaker_can_stop_is_refused_and_not_repeated(
    desk: Desk, code: int, subcode: int | None
) -> None:
    """The platform names a way of sending that an answer inside the window does not take."""
    who = desk.someone()
    desk.refuse(who, code, subcode, times=None)
    row = desk.say(who)
    await desk.becomes(row, "rejected")
    assert desk.calls(who) == 1
    error = desk.part(row).error or {}
    assert (error["code"], error["subcode"]) == (code, subcode)
    assert desk.stopped() == {}


async def test_what_only_a_stopped_token_carries_waits_and_keeps_its_token(desk: Desk) -> None:
    who = desk.someone()
    sku = "back_in_stock:sku-42"
    with desk.store.write() as tx:
        at = desk.guard.clock.now()
        people_rows.record_grant(tx, who, topic=sku, value="otn", at=at)
        breaker_rows.open_by(tx, PAGE, "one_time_notification", at, "ann", "a look", None)
    desk.move(days=7)
    row = desk.decide(who, purpose=Purpose.ALERT, topic=sku, in_turn=False)
    assert (row.state, row.halted_by) == ("held", "one_time_notification")
    with desk.store.read() as tx:
        assert tx.exec_driver_sql("select spent_at from token").scalar() is None


async def test_the_platform_blocks_the_page_by_webhook_and_unblocks_it(desk: Desk) -> None:
    intake = Intake(desk.guard, PAGE, APPS, LANGUAGES)

    def told(action: str, at: int) -> None:
        said = {"action": action, "reason": "spam"}
        one = {"recipient": {"id": PAGE}, "timestamp": at, "policy_enforcement": said}
        intake.receive(parse(encode(envelope(PAGE, at, [(one, False)])), page_id=PAGE))

    who, now = desk.someone(), to_ms(desk.guard.clock.now())
    told("block", now)
    row = desk.say(who, purpose=Purpose.PROMOTION)
    assert desk.state(row) == "held"
    assert desk.stopped()["page"].why == "the platform blocks the Page: spam"
    told("unblock", now + 1)
    await desk.becomes(row, "sent")


async def test_the_end_of_a_block_of_the_platforms_leaves_an_operators_stop_alone(
    desk: Desk,
) -> None:
    intake = Intake(desk.guard, PAGE, APPS, LANGUAGES)
    now = desk.guard.clock.now()
    with desk.store.write() as tx:
        breaker_rows.open_by(tx, PAGE, "page", now, "ann", "a wrong price", None)
    for action in ("block", "unblock"):
        said = {"action": action, "reason": "spam"}
        one = {"recipient": {"id": PAGE}, "timestamp": to_ms(now), "policy_enforcement": said}
        intake.receive(parse(encode(envelope(PAGE, to_ms(now), [(one, False)])), page_id=PAGE))
    stop = desk.stopped()["page"]
    assert (stop.by, stop.why, stop.probe_at) == ("ann", "a wrong price", None)
    assert desk.state(desk.say(desk.someone(), purpose=Purpose.PROMOTION)) == "held"


# --- the platform says nothing ---


async def test_a_platform_that_hangs_makes_few_doubts_and_all_the_rest_waits(desk: Desk) -> None:
    people = [desk.someone() for _ in range(12)]
    desk.sim.fault("hang_before", "message", seconds=30)
    rows = [desk.say(who) for who in people[:5]]
    await desk.until(lambda: "platform" in desk.stopped())
    rest = [desk.say(who) for who in people[5:]]
    await asyncio.sleep(0.5)
    assert [desk.state(row) for row in rows] == ["unknown"] * 5
    assert {desk.state(row) for row in rest} == {"claimed"}
    assert desk.guard.standing(PAGE).rows == {"unknown": 5, "claimed": 7}
    desk.sim.clear_faults()
    desk.move(seconds=20)
    for row in rest:
        await desk.becomes(row, "sent")
    assert desk.stopped() == {}
    assert [desk.calls(who) for who in people] == [1] * 12


@contextlib.asynccontextmanager
async def platform_away(desk: Desk) -> AsyncIterator[None]:
    """Let every connection to the platform be refused."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = Graph(f"http://127.0.0.1:{closed.getsockname()[1]}", "v26.0", "t", "s")
        desk.door._graph = away
        yield
        desk.door._graph = desk.graph
        await away.close()


async def test_a_refused_connection_delays_and_keeps_the_order(desk: Desk) -> None:
    """The next message does not overtake the one that has to be tried again."""
    who = desk.someone()
    async with platform_away(desk):
        first = desk.say(who, "first")
        await desk.until(lambda: "never_left" in desk.lines(first))
        desk.say(who, "second")
        await asyncio.sleep(0.2)
    await desk.until(lambda: len(desk.texts(who)) == 2)
    assert desk.texts(who) == ["first", "second"]


async def test_a_message_that_never_left_expires_at_its_end_and_gives_its_token_back(
    desk: Desk,
) -> None:
    who, sku = desk.someone(), "back_in_stock:sku-42"
    with desk.store.write() as tx:
        at = desk.guard.clock.now()
        people_rows.record_grant(tx, who, topic=sku, value="otn", at=at)
    desk.move(days=7)
    row = desk.decide(
        who, purpose=Purpose.ALERT, topic=sku, in_turn=False, hold_for=timedelta(minutes=5)
    )
    wire = desk.guard.begin(row.id)
    assert hasattr(wire, "part")
    desk.guard.never_left(wire.part, "no route", desk.guard.clock.now() + timedelta(minutes=6))
    assert desk.state(row) == "expired"
    with desk.store.read() as tx:
        assert tx.exec_driver_sql("select spent_at from token").scalar() is None


@pytest.mark.parametrize("seconds", [16, 90])
async def test_an_answer_in_doubt_is_sent_once_more_where_the_operator_says_so(
    tmp_path: Path, seconds: int
) -> None:
    with Simulator() as sim:
        desk = Desk(tmp_path, sim, on_unknown=OnUnknown.RESEND_ONCE)
        who = desk.someone()
        desk.sim.fault("reset_before", "message", psid=who.psid, times=1)
        row = desk.say(who, "an answer")
        await desk.until(lambda: "unknown" in desk.lines(row))
        assert desk.calls(who) == 1
        desk.say(who, "the next")
        desk.move(seconds=seconds)
        await desk.becomes(row, "sent")
        await desk.until(lambda: len(desk.texts(who)) == 2)
        assert desk.texts(who) == ["an answer", "the next"]
        await desk.close()


@pytest.mark.parametrize("seconds", [16, 90])
async def test_a_second_doubt_about_the_same_answer_stays_one(tmp_path: Path, seconds: int) -> None:
    with Simulator() as sim:
        desk = Desk(tmp_path, sim, on_unknown=OnUnknown.RESEND_ONCE)
        who = desk.someone()
        desk.sim.fault("reset_before", "message", psid=who.psid)
        row = desk.say(who)
        await desk.until(lambda: "unknown" in desk.lines(row))
        desk.move(seconds=seconds)
        await desk.becomes(row, "unknown")
        desk.move(minutes=5)
        await desk.door.run_once()
        assert desk.calls(who) == 2
        await desk.close()


async def test_an_answer_in_doubt_does_not_go_once_more_after_a_stop(tmp_path: Path) -> None:
    with Simulator() as sim:
        desk = Desk(tmp_path, sim, on_unknown=OnUnknown.RESEND_ONCE)
        who = desk.someone()
        desk.sim.fault("reset_before", "message", psid=who.psid, times=1)
        row = desk.say(who)
        await desk.until(lambda: "unknown" in desk.lines(row))
        with desk.store.write() as tx:
            people_rows.record_stop(tx, who, desk.guard.clock.now())
        desk.move(seconds=16)
        await desk.becomes(row, "unknown")
        assert desk.calls(who) == 1
        await desk.close()


async def test_an_answer_in_doubt_does_not_go_once_more_outside_the_window(tmp_path: Path) -> None:
    """Nobody was there to send it before the window had closed."""
    with Simulator() as sim:
        desk = Desk(tmp_path, sim, on_unknown=OnUnknown.RESEND_ONCE)
        who = desk.someone()
        desk.sim.fault("reset_before", "message", psid=who.psid, times=1)
        row = desk.say(who)
        await desk.until(lambda: "unknown" in desk.lines(row))
        desk.move(hours=25)
        await desk.becomes(row, "unknown")
        assert desk.calls(who) == 1
        with desk.store.read() as tx:
            last = journal.entries(tx, send_id=row.id, what="unknown")[-1]
        assert last.data["why"].startswith("it may not go once more: ")
        await desk.close()


# --- receipts ---


def _receipt(desk: Desk, who: Who, at: int, **body: Any) -> None:
    intake = Intake(desk.guard, PAGE, APPS, LANGUAGES)
    one = event(PAGE, who.psid, at, **body)
    intake.receive(parse(encode(envelope(PAGE, at, [(one, False)])), page_id=PAGE))


async def _doubt(desk: Desk, who: Who) -> SendRow:
    desk.sim.fault("reset_before", "message", psid=who.psid, times=1)
    row = desk.say(who)
    await desk.becomes(row, "unknown")
    return row


@pytest.mark.parametrize("kind", ["delivery", "read"])
async def test_a_receipt_that_only_the_doubt_explains_settles_it(desk: Desk, kind: str) -> None:
    who = desk.someone()
    row = await _doubt(desk, who)
    now = to_ms(desk.guard.clock.now())
    _receipt(desk, who, now, **{kind: {"watermark": now - 3_600_000}})
    assert desk.state(row) == "unknown", "it speaks of what came before"
    _receipt(desk, who, now + 1, **{kind: {"watermark": now}})
    assert desk.state(row) == "sent"
    with desk.store.read() as tx:
        (line,) = journal.entries(tx, send_id=row.id, what="sent")
    assert line.data["told_by"] == kind


async def test_a_receipt_that_another_message_explains_settles_nothing(desk: Desk) -> None:
    who = desk.someone()
    row = await _doubt(desk, who)
    other = desk.say(who, "next")
    await desk.becomes(other, "sent")
    now = to_ms(desk.guard.clock.now())
    _receipt(desk, who, now, read={"watermark": now})
    _receipt(desk, who, now + 1, delivery={"mids": [desk.part(other).mid], "watermark": now})
    assert desk.state(row) == "unknown"


@pytest.mark.parametrize("kind", ["delivery", "read"])
async def test_a_receipt_for_what_was_said_long_before_does_not_settle_a_doubt(
    desk: Desk, kind: str
) -> None:
    """Who comes back only now reads what was said then, whatever became of the later message."""
    who = desk.someone()
    desk.move(seconds=1)
    await desk.becomes(desk.say(who, "an hour ago"), "sent")
    desk.move(hours=1)
    row = await _doubt(desk, who)
    desk.move(minutes=5)
    now = to_ms(desk.guard.clock.now())
    _receipt(desk, who, now, **{kind: {"watermark": now}})
    assert desk.state(row) == "unknown"


@pytest.mark.parametrize("kind", ["delivery", "read"])
async def test_who_has_written_since_has_read_what_was_said_before(desk: Desk, kind: str) -> None:
    who = desk.someone()
    await desk.becomes(desk.say(who, "an hour ago"), "sent")
    desk.move(hours=1)
    with desk.store.write() as tx:
        desk._wrote(tx, who)
    desk.move(minutes=1)
    row = await _doubt(desk, who)
    at = desk.part(row).committed_at
    assert at is not None
    now = to_ms(desk.guard.clock.now())
    _receipt(desk, who, now, **{kind: {"watermark": to_ms(at) - 1}})
    assert desk.state(row) == "unknown", "it covers what came before, by a millisecond"
    _receipt(desk, who, now + 1, **{kind: {"watermark": to_ms(at)}})
    assert desk.state(row) == "sent"


async def test_one_receipt_does_not_settle_two_doubts(desk: Desk) -> None:
    """The platform names one message, and either of the two may be the one."""
    who = desk.someone()
    rows = [await _doubt(desk, who), await _doubt(desk, who)]
    now = to_ms(desk.guard.clock.now())
    _receipt(desk, who, now, delivery={"mids": ["m_one"], "watermark": now})
    assert [desk.state(row) for row in rows] == ["unknown", "unknown"]
    _receipt(desk, who, now + 1, delivery={"mids": ["m_one", "m_two"], "watermark": now + 1})
    assert [desk.state(row) for row in rows] == ["sent", "sent"]


async def test_a_receipt_may_speak_of_a_message_whose_answer_is_still_to_come(desk: Desk) -> None:
    who = desk.someone()
    row = await _doubt(desk, who)
    desk.guard.begin(desk.decide(who, "on its way").id)
    now = to_ms(desk.guard.clock.now())
    _receipt(desk, who, now, delivery={"mids": ["m_next"], "watermark": now})
    assert desk.state(row) == "unknown"


async def test_a_receipt_for_what_a_person_wrote_settles_nothing(desk: Desk) -> None:
    who = desk.someone()
    row = await _doubt(desk, who)
    now = to_ms(desk.guard.clock.now())
    echo = {"is_echo": True, "app_id": 9, "mid": "m_human", "text": "a person here"}
    one = {"sender": {"id": PAGE}, "recipient": {"id": who.psid}, "timestamp": now}
    body = encode(envelope(PAGE, now, [({**one, "message": echo}, False)]))
    Intake(desk.guard, PAGE, APPS, LANGUAGES).receive(parse(body, page_id=PAGE))
    _receipt(desk, who, now, delivery={"mids": ["m_human"], "watermark": now})
    assert desk.state(row) == "unknown"


# --- the pace ---


async def test_live_messages_do_not_wait_behind_a_broadcast(tmp_path: Path) -> None:
    with Simulator() as sim:
        desk = Desk(tmp_path, sim, pace=Pace(10, 10, 0.25, None))
        crowd = [desk.someone() for _ in range(15)]
        bulk = [desk.say(who, lane=BULK, purpose=Purpose.PROMOTION) for who in crowd]
        await desk.until(lambda: any(desk.state(row) == "sent" for row in bulk))
        live = desk.say(desk.someone(), "an answer")
        same = desk.say(crowd[-1], "an answer to one who waits for the broadcast")
        await desk.becomes(live, "sent")
        await desk.becomes(same, "sent")
        assert sum(desk.state(row) == "sent" for row in bulk) < 10
        for row in bulk:
            await desk.becomes(row, "sent")
        await desk.close()


async def test_a_flood_to_one_person_does_not_spend_the_pace_of_the_page(tmp_path: Path) -> None:
    with Simulator() as sim:
        pace = Pace(1000, 1000, 0.25, per_thread_per_second=1, per_thread_burst=2)
        desk = Desk(tmp_path, sim, pace=pace)
        flooded, other = desk.someone(), desk.someone()
        for n in range(8):
            desk.say(flooded, f"{n}")
        row = desk.say(other)
        await desk.becomes(row, "sent")
        assert len(desk.texts(flooded)) < 5
        desk.move(seconds=10)
        await desk.until(lambda: len(desk.texts(flooded)) == 8)
        assert desk.texts(flooded) == [str(n) for n in range(8)]
        await desk.close()


# --- our own faults ---


def fill(desk: Desk, who: Who) -> None:
    """Write until the file has no room left."""
    for _ in range(400):
        desk.decide(who, "x" * 2000)


async def test_what_comes_due_is_taken_up_no_faster_than_it_leaves(desk: Desk) -> None:
    """A night has ended for many people, and nothing leaves."""
    rows = [desk.decide(desk.someone()) for _ in range(250)]
    now = to_ms(desk.guard.clock.now())
    with desk.store.write() as tx:
        breaker_rows.open_by(tx, PAGE, "token", desk.guard.clock.now(), "ann", "a look", None)
        held = {"state": "held", "claimed_by": None, "lease_until": None}
        held |= {"not_before": now, "expires_at": now + 10**8}
        tx.execute(update(schema.send).values(**held))
    for _ in range(5):
        await desk.door.run_once()
    assert desk.door.backlog == 200
    assert sorted(desk.state(row) for row in rows).count("held") == 50
    with desk.store.write() as tx:
        breaker_rows.close(tx, PAGE, "token", desk.guard.clock.now(), "ann")
    await desk.until(lambda: all(desk.state(row) == "sent" for row in rows))


async def test_a_full_disk_delays_and_loses_nothing(desk: Desk) -> None:
    who = desk.someone()
    row = desk.decide(who, "kept")
    pages = int(desk.store._engine.raw_connection().execute("PRAGMA page_count").fetchone()[0])

    def limit(number: int) -> None:
        raw = desk.store._engine.raw_connection()
        raw.execute(f"PRAGMA max_page_count={number}")
        raw.close()

    limit(pages)
    with pytest.raises(StoreBusy, match="full"):
        fill(desk, who)
    desk.door.put(row)
    await asyncio.sleep(0.3)
    assert desk.calls(who) <= 1, "what could not be written down as on its way has not left"
    limit(1_000_000)
    await desk.becomes(row, "sent")
    assert desk.texts(who)[0] == "kept"


async def test_a_clock_that_goes_back_delays_nothing_for_as_long(desk: Desk) -> None:
    """A retry, a lease and a pause were written by a clock that was an hour ahead."""
    who = desk.someone()
    desk.refuse(who, 613)
    desk.offset_ms += 3_600_000
    row = desk.say(who)
    await desk.until(lambda: "put_off" in desk.lines(row))
    desk.offset_ms -= 3_600_000
    await desk.becomes(row, "sent")


async def test_what_an_ended_worker_had_is_taken_over_in_order(desk: Desk) -> None:
    who = desk.someone()
    ended = desk.another_guard()
    out = [
        Outgoing(who, f"old-{n}", 0, Message(), ({"message": {"text": n}},), text=n) for n in "ab"
    ]
    for one in out:
        ended.authorize(one)
    desk.say(who, "c")
    await asyncio.sleep(0.3)
    assert desk.texts(who) == [], "its worker may live, and its messages go first"
    desk.move(seconds=11)
    await desk.until(lambda: len(desk.texts(who)) == 3)
    assert desk.texts(who) == ["a", "b", "c"]


async def test_a_worker_that_is_asked_to_end_leaves_its_messages_to_others_at_once(
    desk: Desk,
) -> None:
    who = desk.someone()
    row = desk.decide(who)
    await desk.door.stop(0.1)
    assert desk.state(row) == "ready"
    other = desk.another_guard()
    assert [one.id for one in other.claim_due(other.worker, 5)] == [row.id]


async def test_a_start_leaves_alone_what_a_living_worker_has_on_its_way(desk: Desk) -> None:
    row = desk.decide(desk.someone())
    wire = desk.guard.begin(row.id)
    assert hasattr(wire, "part")
    assert desk.another_guard().recover() == 0
    assert desk.state(row) == "committed"
    desk.move(seconds=11)
    assert desk.another_guard().recover() == 1
    desk.guard.sent(wire.part, "m_late")
    assert desk.state(row) == "sent", "the worker lives after all, and knows better"


# --- what is committed as it is decided on ---


def outgoing(who: Who, text: str, turn: str | None = None) -> Outgoing:
    """Return an answer of one message."""
    return Outgoing(
        who, turn or f"turn {text}", 0, Message(), ({"message": {"text": text}},), text=text
    )


def counted(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """Return the names of the guard's transactions, in the order in which they happen."""
    seen: list[str] = []

    def noted(name: str) -> Callable[..., Any]:
        plain = getattr(Guard, name)

        def call(*given: Any, **words: Any) -> Any:
            seen.append(name)
            return plain(*given, **words)

        return call

    for name in names:
        monkeypatch.setattr(Guard, name, noted(name))
    return seen


async def test_an_answer_to_who_waits_for_nothing_is_two_transactions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = desk.someone()
    asked = counted(monkeypatch, "authorize", "authorize_and_begin", "begin", "sent")
    row, new = await desk.door.answer(outgoing(who, "hello"))
    assert new
    await desk.door.delivered(who, SOON)
    assert asked == ["authorize_and_begin", "sent"]
    assert (desk.state(row), desk.texts(who)) == ("sent", ["hello"])


async def test_answers_that_come_together_leave_in_order_and_once(desk: Desk) -> None:
    who = desk.someone()
    rows = await asyncio.gather(*(desk.door.answer(outgoing(who, f"{n}")) for n in range(6)))
    for row, _ in rows:
        await desk.becomes(row, "sent")
    in_order = [row.text for row, _ in sorted(rows, key=lambda made: made[0].seq)]
    assert desk.texts(who) == in_order
    assert sorted(in_order) == [str(n) for n in range(6)]
    assert desk.calls(who) == 6


async def test_an_answer_whose_asker_is_gone_is_sent_all_the_same(desk: Desk) -> None:
    """It is on its way once it is decided on, and nobody else would send it."""
    who = desk.someone()
    for steps in range(4):
        asking = asyncio.ensure_future(desk.door.answer(outgoing(who, f"{steps}")))
        for _ in range(steps):
            await asyncio.sleep(0)
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        await asyncio.sleep(0.05)
    await desk.door.delivered(who, SOON)
    with desk.store.read() as tx:
        rows = sends.listed(tx, who=who)
    assert [row.state for row in rows] == ["sent"] * len(rows)
    assert desk.texts(who) == [row.text for row in rows]
    assert len(rows) >= 2, "who is gone before the first step asks nothing"


async def test_what_was_committed_and_not_begun_goes_to_others_when_the_process_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = desk.someone()
    row, _, taken = desk.guard.authorize_and_begin(outgoing(who, "hello"))
    assert taken is not None
    line = Line(desk.door, who)
    monkeypatch.setattr(line, "_go", lambda: None)  # the process ends before it runs
    line.put(row, taken)
    desk.door._lines[who] = line
    await desk.door.stop(0.1)
    assert desk.state(row) == "ready"
    assert desk.lines(row) == ["decided", "never_left"]
    other = desk.another_guard()
    assert [one.id for one in other.claim_due(other.worker, 5)] == [row.id]
    assert desk.calls(who) == 0


async def test_a_process_that_ends_sends_what_it_has_committed(desk: Desk) -> None:
    who = desk.someone()
    row, _ = await desk.door.answer(outgoing(who, "hello"))
    await desk.door.stop(5)
    assert (desk.state(row), desk.texts(who)) == ("sent", ["hello"])


async def test_a_first_message_that_never_left_is_tried_again(desk: Desk) -> None:
    who = desk.someone()
    async with platform_away(desk):
        row, _ = await desk.door.answer(outgoing(who, "hello"))
        await desk.until(lambda: "never_left" in desk.lines(row))
    await desk.becomes(row, "sent")
    assert (desk.texts(who), desk.calls(who)) == (["hello"], 1)
