"""The runner of turns: one at a time per person in all processes, nothing lost by a crash.

The store is the queue: a person with events that wait is in it, and whoever runs their turns has
their lease (`policy_guard.worker_rows`). Several processes share the persons between them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from time import monotonic

from policy_guard import inbox_rows, worker_id, worker_rows
from policy_guard.errors import StoreBusy
from policy_guard.inbox_rows import DONE, FAILED, PENDING, RUNNING, InboxRow
from policy_guard.people_rows import Who
from policy_guard.sql_store import SqlStore
from policy_guard.worker_rows import LIVES, Worker, new_worker

from .commits import committed, patiently

logger = logging.getLogger(__name__)

RUNS = 3
LOOK = 1.0  # seconds between looks at what others left, or have no room for
_PAUSE = 0.010  # seconds after which a loop with little to do comes back
_LATE = 0.005  # seconds that it may be late then; later, it has enough to do
_FEWEST = 3  # turns that run at once whatever the loop does
_LONGEST_WAY = 1.0  # seconds that one start gives way at most: no load keeps turns from starting
_BEATS = 3  # in the time that a worker lives without one


class Life:
    """Says that this process lives, so that it keeps the leases it has."""

    def __init__(self, store: SqlStore, lives: timedelta = LIVES) -> None:
        self.worker: Worker = new_worker(lives)
        self._store = store

    @property
    def every(self) -> float:
        """Return the seconds between two beats."""
        return self.worker.lives.total_seconds() / _BEATS

    def beat(self) -> bool:
        """Say that this process lives; False where its leases may have passed to others.

        Those beside it that were killed are given up at once.
        """
        with self._store.write() as tx:
            now = self._store.moment(tx)
            kept = worker_rows.beat(tx, self.worker, now)
            dead = [w for w in worker_rows.living(tx, now) if worker_id.has_ended(w)]
            if dead:
                worker_rows.end(tx, dead)
                logger.warning("%d workers on this machine ended without saying so", len(dead))
            return kept

    def end(self) -> None:
        """Say that this process ends: what it has is anybody's."""
        with self._store.write() as tx:
            worker_rows.end(tx, [self.worker.id])


class Runner:
    """Runs the turns of acknowledged events.

    *run* does one turn and raises where it failed; *give_up* is told of an event after its last
    run. *bound* is how many persons' turns run at once. One loop starts turns and yields between
    starts, so that webhooks are acknowledged quickly under load. *lives* is how long others leave
    the persons of this process alone when it says nothing.
    """

    def __init__(
        self,
        store: SqlStore,
        run: Callable[[InboxRow, int], Awaitable[None]],
        give_up: Callable[[InboxRow], Awaitable[None]],
        *,
        bound: int = 32,
        retry_after: float = 1.0,
        lives: timedelta = LIVES,
        look: float = LOOK,
    ) -> None:
        self.life = Life(store, lives)
        self._store = store
        self._run = run
        self._give_up = give_up
        self._bound = bound
        self._retry_after = retry_after
        self._look = look
        self._page = ""
        self._waiting: dict[Who, None] = {}  # in the order in which they came
        self._busy: dict[Who, asyncio.Task[None]] = {}
        self._again: set[Who] = set()  # busy ones of whom more has come since their turn began
        self._wake = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._finished: dict[int, asyncio.Future[str]] = {}

    @property
    def backlog(self) -> int:
        """Return how many persons wait for their turn in this process."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Return how many persons' turns run now."""
        return len(self._busy)

    @property
    def alive(self) -> bool:
        """Tell whether turns are being started."""
        return bool(self._loops) and not any(loop.done() for loop in self._loops)

    def start(self, page: str) -> int:
        """Begin with the persons whom an earlier process left; returns how many there are."""
        self._page = page
        self.life.beat()
        left = self._anybodys()
        self._put(left)
        loop = asyncio.get_running_loop()
        self._loops = [loop.create_task(work()) for work in (self._start_turns, self._live)]
        return len(left)

    def add(self, rows: Iterable[InboxRow]) -> None:
        """Have the turns of kept events run, by this process where nobody else has the person."""
        self._put(row.who for row in rows if row.who is not None)

    def finished(self, row: InboxRow) -> asyncio.Future[str]:
        """Return what will hold the state in which the event ends, whichever process runs it."""
        future = self._finished.get(row.id)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._finished[row.id] = future
        return future

    async def stop(self, patience: float) -> None:
        """Start no more turns and wait *patience* seconds for those that run.

        What is still unfinished then is anybody's, or is picked up at the next start.
        """
        for loop in self._loops:
            loop.cancel()
        running = [task for task in self._busy.values() if not task.done()]
        if running:
            _, late = await asyncio.wait(running, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(StoreBusy):
            self.life.end()

    # -- inside ------------------------------------------------------------------------------

    def _put(self, persons: Iterable[Who]) -> None:
        for who in persons:
            if who in self._busy:
                self._again.add(who)
            else:
                self._waiting.setdefault(who)
        self._wake.set()

    async def _start_turns(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting and len(self._busy) < self._bound:
                who = next(iter(self._waiting))
                del self._waiting[who]
                self._busy[who] = asyncio.get_running_loop().create_task(self._one_turn(who))
                await self._give_way()

    async def _give_way(self) -> None:
        """Let the loop go round once, and while it comes back late let what runs go on first.

        A turn that waits for something costs the loop nothing and holds nobody up; turns that
        compute only take the loop from each other, and from the webhooks that want an answer.
        """
        await asyncio.sleep(0)
        until = monotonic() + _LONGEST_WAY
        while len(self._busy) >= _FEWEST and (begun := monotonic()) < until:
            await asyncio.sleep(_PAUSE)
            if monotonic() - begun < _PAUSE + _LATE:
                return

    async def _one_turn(self, who: Who) -> None:
        """Run the first event of a person, if this process is the one to do so."""
        more = False
        try:
            taken = await committed(self._store, lambda: self._begin(who))
            if taken is not None:
                more = await self._attempt(*taken)
        except Exception:
            logger.exception("a turn could not be begun or ended; it is looked at again")
            more = True
            await asyncio.sleep(self._retry_after)
        finally:
            del self._busy[who]
            if who in self._again:
                self._again.discard(who)
                more = True
            if more:
                self._waiting.setdefault(who)
            self._wake.set()

    async def _attempt(self, row: InboxRow, run: int) -> bool:
        """Run an event once, or give it up; tells whether the person has another that waits."""
        if run > RUNS:
            await self._give_up(row)
            return await self._ended(row, FAILED, row.error)
        try:
            await self._run(row, run)
        except asyncio.CancelledError:
            self._take_back_run(row)  # it was cut short from outside, which is no failure
            raise
        except Exception as problem:  # a turn may fail in any way, and is tried again
            said = f"{type(problem).__name__}: {problem}"
            logger.exception("run %d of event %s failed", run, row.id)
            await self._ended(row, PENDING, said)
            await asyncio.sleep(self._retry_after * run)
            return True
        return await self._ended(row, DONE, None)

    def _begin(self, who: Who) -> tuple[InboxRow, int] | None:
        """Take the person and their first event; None where another has them, or nothing waits."""
        worker = self.life.worker
        with self._store.write(who) as tx:
            if not worker_rows.take(tx, worker, who, self._store.moment(tx)):
                return None
            row = inbox_rows.next_of(tx, who)
            if row is None:
                worker_rows.release(tx, worker, who)
                return None
            return row, inbox_rows.start_run(tx, row)

    async def _ended(self, row: InboxRow, state: str, error: str | None) -> bool:
        """Write down how a run ended, then tell who waits; tells whether the person has more."""
        more = await committed(self._store, lambda: self._end(row, state, error))
        if state != PENDING:
            self._tell(row.id, state)
        return more

    def _end(self, row: InboxRow, state: str, error: str | None) -> bool:
        who = row.who
        with self._store.write(*() if who is None else (who,)) as tx:
            inbox_rows.finish(tx, row, state, error)
            more = who is not None and inbox_rows.next_of(tx, who) is not None
            if who is not None and not more:
                worker_rows.release(tx, self.life.worker, who)
        return more

    def _take_back_run(self, row: InboxRow) -> None:
        with contextlib.suppress(StoreBusy), self._store.write() as tx:
            if row.who is not None and worker_rows.has(tx, self.life.worker, row.who):
                inbox_rows.take_back_run(tx, row)

    def _tell(self, number: int, state: str) -> None:
        future = self._finished.pop(number, None)
        if future is not None and not future.done():
            future.set_result(state)

    # -- beside others -----------------------------------------------------------------------

    async def _live(self) -> None:
        """Say that this process lives, and look what others left or have no room for."""
        loop = asyncio.get_running_loop()
        next_beat = loop.time() + self.life.every
        while True:
            await asyncio.sleep(min(self._look, self.life.every))
            try:
                if loop.time() >= next_beat:
                    next_beat = loop.time() + self.life.every
                    if not await patiently(self.life.beat):
                        await patiently(self._let_go)
                if len(self._busy) < self._bound:
                    self._put(await patiently(self._anybodys))
                if self._finished:
                    await patiently(self._look_at_finished)
            except Exception:  # the next look must come whatever happened in this one
                logger.exception("looking at what others left failed")

    def _anybodys(self) -> list[Who]:
        with self._store.read() as tx:
            return worker_rows.anybodys(tx, self._page, self._store.moment(tx), 2 * self._bound)

    def _let_go(self) -> None:
        """Cut short the turns of persons whom others have taken while this process stood still."""
        with self._store.read() as tx:
            lost = [who for who in self._busy if not worker_rows.has(tx, self.life.worker, who)]
        for who in lost:
            logger.warning("another process took over a person's turns while this one stood still")
            self._busy[who].cancel()

    def _look_at_finished(self) -> None:
        """Tell of events that another process ended."""
        with self._store.read() as tx:
            known = inbox_rows.states(tx, list(self._finished))
        for number in list(self._finished):
            state = known.get(number, DONE)  # a row that is gone was let go of long after its end
            if state not in {PENDING, RUNNING}:
                self._tell(number, state)
