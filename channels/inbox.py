"""The runner of turns: one at a time per person, many persons at once, nothing lost by a crash."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from policy_guard import inbox_rows
from policy_guard.errors import StoreBusy
from policy_guard.inbox_rows import DONE, FAILED, PENDING, InboxRow
from policy_guard.people_rows import Who
from policy_guard.sql_store import SqlStore

logger = logging.getLogger(__name__)
T = TypeVar("T")

RUNS = 3
_PAUSE = 0.02  # seconds, doubled at each look
_LONGEST_PAUSE = 1.0


async def patiently(call: Callable[[], T]) -> T:
    """Call into the store until it can be used; yields to the loop between the tries."""
    pause = _PAUSE
    while True:
        try:
            return call()
        except StoreBusy as problem:
            if pause >= _LONGEST_PAUSE:
                logger.warning("waiting for the store: %s", problem)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


class Runner:
    """Runs the turns of acknowledged events.

    *run* does one turn and raises where it failed; *give_up* is told of an event after its last
    run. *bound* is how many persons' turns run at once. One loop starts turns and yields between
    starts, so that webhooks are acknowledged quickly under load.
    """

    def __init__(
        self,
        store: SqlStore,
        run: Callable[[InboxRow, int], Awaitable[None]],
        give_up: Callable[[InboxRow], Awaitable[None]],
        *,
        bound: int = 32,
        retry_after: float = 1.0,
    ) -> None:
        self._store = store
        self._run = run
        self._give_up = give_up
        self._bound = bound
        self._retry_after = retry_after
        self._waiting: dict[Who, list[tuple[tuple[object, int], InboxRow]]] = {}
        self._turn_of: deque[Who] = deque()
        self._busy: set[Who] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._known: set[int] = set()
        self._finished: dict[int, asyncio.Future[str]] = {}

    @property
    def backlog(self) -> int:
        """Return how many events wait for their turn."""
        return sum(len(rows) for rows in self._waiting.values())

    def start(self, page: str) -> int:
        """Begin with what an earlier process acknowledged and did not finish; returns how many."""
        with self._store.read() as tx:
            rows = inbox_rows.unfinished(tx, page)
        self._loop = asyncio.get_running_loop().create_task(self._start_turns())
        self.add(rows)
        return len(rows)

    def add(self, rows: Iterable[InboxRow]) -> None:
        """Take events to run; one that is known already is not taken twice."""
        for row in rows:
            if row.who is None or row.id in self._known:
                continue
            self._known.add(row.id)
            queue = self._waiting.setdefault(row.who, [])
            heapq.heappush(queue, ((row.at, row.id), row))
            if row.who not in self._busy and len(queue) == 1:
                self._turn_of.append(row.who)
        self._wake.set()

    def finished(self, row: InboxRow) -> asyncio.Future[str]:
        """Return what will hold the state in which the event ends."""
        future = self._finished.get(row.id)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._finished[row.id] = future
        return future

    async def stop(self, patience: float) -> None:
        """Start no more turns and wait *patience* seconds for those that run.

        What is still unfinished then is picked up at the next start.
        """
        if self._loop is not None:
            self._loop.cancel()
        running = [task for task in self._tasks if not task.done()]
        if running:
            _, late = await asyncio.wait(running, timeout=patience)
            for task in late:
                task.cancel()

    async def _start_turns(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._turn_of and len(self._busy) < self._bound:
                who = self._turn_of.popleft()
                queue = self._waiting.get(who)
                if not queue or who in self._busy:
                    continue
                _, row = heapq.heappop(queue)
                self._busy.add(who)
                task = asyncio.get_running_loop().create_task(self._one_turn(who, row))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                await asyncio.sleep(0)

    async def _one_turn(self, who: Who, row: InboxRow) -> None:
        state = PENDING
        try:
            state = await self._attempts(row)
        finally:
            self._known.discard(row.id)
            self._busy.discard(who)
            if self._waiting.get(who):
                self._turn_of.append(who)
            else:
                self._waiting.pop(who, None)
            self._wake.set()
            future = self._finished.pop(row.id, None)
            if future is not None and not future.done():
                future.set_result(state)

    async def _attempts(self, row: InboxRow) -> str:
        """Run an event until it is done or has failed for the last time."""
        said = row.error
        while (run := await patiently(lambda: self._begin(row))) <= RUNS:
            try:
                await self._run(row, run)
            except asyncio.CancelledError:
                self._take_back_run(row)  # it was cut short from outside, which is no failure
                raise
            except Exception as problem:  # a turn may fail in any way, and is tried again
                said = f"{type(problem).__name__}: {problem}"
                logger.exception("run %d of event %s failed", run, row.id)
                await patiently(lambda: self._end(row, PENDING, said))  # noqa: B023 - awaited here
                await asyncio.sleep(self._retry_after * run)
            else:
                await patiently(lambda: self._end(row, DONE, None))
                return DONE
        await self._give_up(replace(row, error=said))
        await patiently(lambda: self._end(row, FAILED, said))
        return FAILED

    def _begin(self, row: InboxRow) -> int:
        with self._store.write() as tx:
            return inbox_rows.start_run(tx, row)

    def _take_back_run(self, row: InboxRow) -> None:
        with contextlib.suppress(StoreBusy), self._store.write() as tx:
            inbox_rows.take_back_run(tx, row)

    def _end(self, row: InboxRow, state: str, error: str | None) -> None:
        with self._store.write() as tx:
            inbox_rows.finish(tx, row, state, error)
