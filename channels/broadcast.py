"""Broadcasts sent: recipients entered, decided on in batches, a bounded number on the wire at once.

A job is a few steps that end soon, so that whoever runs it stays free for everything else. Several
processes may run one each over the same store: recipients are taken by one of them only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policy_guard import broadcast_rows, bulk, people_rows, sends
from policy_guard.broadcast_rows import CANCELLED, RUNNING, Broadcast
from policy_guard.bulk import Arrived, Bulk, Taken
from policy_guard.guard import Guard, Wire
from policy_guard.people_rows import Who
from policy_guard.sends import SendRow

from .commits import patiently
from .compose import BroadcastWords
from .dispatch import Dispatcher, Told

logger = logging.getLogger(__name__)

TICK = 0.5  # seconds between looks where nothing is to be done
_PATIENCE = 3  # messages in trouble, one after the other
_RESTS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)  # seconds, after trouble on the way to the platform
_SHORTLY = 0.05  # seconds that a step waits for messages on the wire


@dataclass(frozen=True)
class Size:
    """How much a job takes at once: recipients of a batch, and messages on the wire."""

    batch: int
    in_flight: int


#: Beside a dialogue, which has to answer meanwhile: a step stays below 20 ms.
BESIDE_TURNS = Size(batch=10, in_flight=20)
ALONE = Size(batch=50, in_flight=100)


class BroadcastJob:
    """Sends the broadcasts of one Page; lives in one event loop."""

    name = "broadcasts"

    def __init__(
        self, guard: Guard, dispatcher: Dispatcher, page_id: str, size: Size = ALONE
    ) -> None:
        self._guard = guard
        self._bulk = Bulk(guard)
        self._dispatcher = dispatcher
        self._page_id = page_id
        self._size = size
        self._flying: dict[asyncio.Task[None], int] = {}
        self._arrived: list[Arrived] = []
        self._words: dict[int, BroadcastWords] = {}
        self._after: dict[int, str] = {}  # up to whom recipients were looked at
        self._last = 0  # the broadcast that had the last step
        self._idle = 0  # steps, one after the other, with which nothing could be done
        self._troubles = 0  # one after the other
        self._rests = 0
        self._rests_until = 0.0

    async def run_once(self, _now: datetime | None = None) -> bool:
        """Do one step for one broadcast, each in its turn; tells whether there is more to do."""
        broadcasts = await patiently(self._at_work)
        self._words = {b.id: w for b in broadcasts if (w := self._words.get(b.id))}
        if not broadcasts:
            await self._wait()
            await self._settle()
            return bool(self._flying)
        later = [b for b in broadcasts if b.id > self._last]
        broadcast = (later or broadcasts)[0]
        self._last = broadcast.id
        if broadcast.state == CANCELLED:
            await patiently(lambda: self._bulk.sweep(broadcast))
            return True
        if not broadcast.filled:
            await patiently(lambda: self._fill(broadcast))
            return True
        if await self._send_some(broadcast):
            self._idle = 0
            return True
        # each of the others is looked at once; where none can go on there is nothing to do
        self._idle += 1
        if self._idle < len(broadcasts):
            return True
        self._idle = 0
        return False

    async def stop(self, patience: float) -> None:
        """Let what is on the wire arrive, *patience* seconds at most, and write it down."""
        if self._flying:
            _, late = await asyncio.wait(self._flying, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._settle()

    @property
    def in_flight(self) -> int:
        """Return how many messages are on the wire."""
        return len(self._flying)

    # -- inside ------------------------------------------------------------------------------

    def _at_work(self) -> list[Broadcast]:
        with self._guard.store.read() as tx:
            return broadcast_rows.at_work(tx, self._page_id)

    def _fill(self, broadcast: Broadcast) -> int:
        with self._guard.store.write() as tx:
            return broadcast_rows.fill(tx, broadcast, self._guard.clock.now())

    async def _send_some(self, broadcast: Broadcast) -> bool:
        """Take a batch as soon as there is room for it; tells whether there is more to do."""
        before = len(self._arrived)
        most = await self._room()
        if most == 0:
            # what arrived is written down with the next batch, unless that is long in coming
            if not self._flying or len(self._arrived) == before:
                await self._settle()
            return bool(self._flying)
        taken = await self._take(broadcast, most)
        for wire in taken.wires:
            task = asyncio.get_running_loop().create_task(self._fly(wire))
            self._flying[task] = broadcast.id
            task.add_done_callback(self._landed)
        if taken.wait_until is not None:
            await self._wait_for(taken.wait_until)
            return True
        if taken.looked or taken.stopped:
            return not taken.stopped
        if self._after.pop(broadcast.id, ""):
            return True  # others may have left some behind: once more from the start
        if broadcast.id in self._flying.values():
            await self._wait()
            return True
        if broadcast.state == RUNNING:
            await patiently(lambda: self._end(broadcast))
        return False

    async def _room(self) -> int:
        """Return how many may be taken now, waiting a moment for room for a whole batch."""
        size = self._size
        if size.in_flight - len(self._flying) < size.batch:
            await self._wait()
        else:
            await asyncio.sleep(0)  # what was just taken begins to leave
        if self._rests_until > time.monotonic():
            return 0
        if self._rests:  # one message shows whether the way is free again
            return 0 if self._flying else 1
        return size.batch if size.in_flight - len(self._flying) >= size.batch else 0

    async def _wait(self) -> None:
        """Wait a moment for one of the messages on the wire."""
        if self._flying:
            await asyncio.wait(self._flying, timeout=_SHORTLY, return_when="FIRST_COMPLETED")

    async def _wait_for(self, moment: datetime) -> None:
        """Wait until the pace lets more leave, looking now and then whether it still is to."""
        seconds = (moment - self._guard.clock.now()).total_seconds()
        await asyncio.sleep(min(max(seconds, 0.001), TICK))

    async def _take(self, broadcast: Broadcast, most: int) -> Taken:
        words = self._words.setdefault(broadcast.id, BroadcastWords(self._guard, broadcast))
        after = self._after.get(broadcast.id, "")
        arrived, self._arrived = self._arrived, []
        try:
            taken = await patiently(
                lambda: self._bulk.take(broadcast, words, most, after=after, arrived=arrived)
            )
        except BaseException:
            self._arrived = arrived + self._arrived  # they are written down with the next
            raise
        self._after[broadcast.id] = taken.last
        return taken

    async def _settle(self) -> None:
        """Write down what arrived, where no batch that is taken does."""
        arrived, self._arrived = self._arrived, []
        if not arrived:
            return
        try:
            await patiently(lambda: self._bulk.settle(self._page_id, arrived))
        except BaseException:
            self._arrived = arrived + self._arrived
            raise

    async def _fly(self, wire: Wire) -> None:
        told = await self._dispatcher.transmit(wire)
        self._note(told)
        if not told.arrived:
            return
        if wire.last and (told.usage is None or not told.usage.busy):
            self._arrived.append(Arrived(wire, told.mid))
            return
        await patiently(lambda: self._guard.sent(wire.part, told.mid, usage=told.usage))
        if not wire.last:  # the rest of it leaves as any message does
            self._dispatcher.put(await patiently(lambda: self._row(wire.part.send_id)))

    def _row(self, send_id: str) -> SendRow:
        with self._guard.store.read() as tx:
            return sends.get(tx, send_id)

    def _note(self, told: Told) -> None:
        """Rest for a while when one message after the other met trouble, longer each time."""
        if told.arrived:
            self._troubles = self._rests = 0
        elif told.trouble:
            self._troubles += 1
            now = time.monotonic()
            if self._troubles >= _PATIENCE and self._rests_until <= now:
                self._rests_until = now + _RESTS[min(self._rests, len(_RESTS) - 1)]
                self._rests += 1

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.pop(task, None)
        if not task.cancelled() and (problem := task.exception()) is not None:
            logger.error("a message of a broadcast could not be handled", exc_info=problem)

    def _end(self, broadcast: Broadcast) -> bool:
        with self._guard.store.write() as tx:
            return broadcast_rows.end(tx, broadcast.id, self._guard.clock.now())


class BroadcastLoop:
    """Runs a job beside a dialogue, giving way to everything else between its steps."""

    def __init__(self, job: BroadcastJob) -> None:
        self._job = job
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with what an earlier process left unfinished."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def wake(self) -> None:
        """Look at once whether there is something to do."""
        self._wake.set()

    async def stop(self, patience: float) -> None:
        """Take nothing more, and let what is on the wire arrive."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._job.stop(patience)

    async def _run(self) -> None:
        while True:
            more = False
            try:
                more = await self._job.run_once()
            except Exception:  # the next look must come whatever happened in this one
                logger.exception("a step of a broadcast failed")
            if not more:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), TICK)
                self._wake.clear()
            await asyncio.sleep(0)


@dataclass(frozen=True)
class Remembered:
    """A message of a broadcast that a person was told, as their conversation is to hold it."""

    key: str
    message: Mapping[str, Any]
    at: datetime


class Memory:
    """What people were told by broadcasts, for their conversation at its next turn."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def told(self, who: Who) -> list[tuple[str, Remembered]]:
        """Return what a person was told since and their conversation lacks, by send, in order."""
        with self._guard.store.read() as tx:
            rows = bulk.remembered_later(tx, who)
            language = people_rows.language(tx, who) if rows else None
            found = []
            for row in rows:
                if row.broadcast is None or row.wording is None:
                    continue
                words = BroadcastWords(self._guard, broadcast_rows.get(tx, row.broadcast))
                message = words.message(row.wording, language)
                found.append((row.id, Remembered(row.turn_key, message, row.decided_at)))
            return found

    def mark(self, send_ids: list[str]) -> None:
        """Keep that the conversation holds these."""
        with self._guard.store.write() as tx:
            bulk.mark_remembered(tx, send_ids)
