"""What goes out to one person, one message after the other; live ones before a broadcast's."""

from __future__ import annotations

import asyncio
import logging
from bisect import insort
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol

from policy_guard.guard import Later, Wire
from policy_guard.people_rows import Who
from policy_guard.send_states import BULK, LIVE
from policy_guard.sends import SendRow

logger = logging.getLogger(__name__)

_AFTER_FAILURE = 1.0  # seconds
_LEAST, _MOST = 0.005, 30.0  # seconds that a line sleeps before it looks again
#: Waits that take a while, in which nobody should wait for the line to be empty.
_LONG = frozenset({"put_off", "breaker"})


class Door(Protocol):
    """What a line needs of the dispatcher."""

    async def step(
        self, who: Who, send_id: str, lane: str, *, let_through: bool
    ) -> Later | bool: ...
    async def send(self, taken: Wire) -> bool: ...
    def give_back(self, taken: Wire) -> None: ...
    async def send_signal(self, who: Who, action: str) -> None: ...
    def through(self, later: Later) -> asyncio.Future[None]: ...
    def seconds(self, later: Later) -> float: ...
    def emptied(self, who: Who) -> None: ...


class Line:
    """One person's messages in the order in which they leave."""

    def __init__(self, door: Door, who: Who) -> None:
        self.task: asyncio.Task[None] | None = None
        self.closing = False
        self.idle = asyncio.Event()  # nothing more happens soon
        self._door = door
        self._who = who
        self._live: list[tuple[int, str]] = []  # by their number among the person's messages
        self._bulk: list[tuple[int, str]] = []
        self._taken: tuple[tuple[int, str], Wire] | None = None  # it is committed and goes first
        self._signals: deque[str] = deque()
        self._woken = asyncio.Event()
        self._let_through = False  # by the turnstile, so that nobody is ahead any more

    @property
    def send_ids(self) -> Iterable[str]:
        """Give what waits or is on its way."""
        for _, send_id in (*self._live, *self._bulk):
            yield send_id

    def put(self, row: SendRow, taken: Wire | None = None) -> None:
        """Take a message in its place, or look at once at one that waits.

        An earlier one may come later: from a worker that has ended. What is *taken* is committed,
        and its first message is sent whatever else waits.
        """
        if taken is not None:
            self._taken = ((row.seq, row.id), taken)
        queue = self._live if row.lane == LIVE else self._bulk
        if (row.seq, row.id) not in queue:
            insort(queue, (row.seq, row.id))
        self.wake()

    def put_signal(self, action: str) -> None:
        """Take a signal, which only an empty line sends."""
        if action not in self._signals:
            self._signals.append(action)
        self._go()

    def wake(self) -> None:
        """Look again now at what waits."""
        self._woken.set()
        self._go()

    def close(self) -> None:
        """Begin nothing any more."""
        self.closing = True
        self._woken.set()

    def give_back(self) -> None:
        """Let others send what is committed and was not begun; nothing of this line runs then."""
        if self._taken is not None:
            self._door.give_back(self._taken[1])
            self._taken = None

    def _go(self) -> None:
        if self.task is None or self.task.done():
            self.idle.clear()
            self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._taken or not self.closing:
                queue = self._live or self._bulk
                if queue:
                    await self._try_next(queue)
                elif self._signals:
                    await self._door.send_signal(self._who, self._signals.popleft())
                else:
                    self._door.emptied(self._who)
                    return
        finally:
            self.idle.set()

    async def _try_next(self, queue: list[tuple[int, str]]) -> None:
        """Take one step; one that fails in an unforeseen way must not end the line."""
        try:
            await self._next(queue)
        except Exception:
            logger.exception("a step with %s failed", queue[0][1] if queue else "no send")
            await asyncio.sleep(_AFTER_FAILURE)

    async def _next(self, queue: list[tuple[int, str]]) -> None:
        """Take one step with the first of a queue: one message sent, or one wait."""
        self._woken.clear()
        self._signals.clear()  # the message itself says more than "typing"
        if self._taken is not None:
            await self._send_taken(*self._taken)
            return
        first = queue[0]
        lane = LIVE if queue is self._live else BULK
        let_through, self._let_through = self._let_through, False
        done = await self._door.step(self._who, first[1], lane, let_through=let_through)
        if done is True:
            queue.remove(first)
        elif isinstance(done, Later):
            await self._wait(done)

    async def _send_taken(self, first: tuple[int, str], taken: Wire) -> None:
        self._taken = None
        if await self._door.send(taken):
            self._live.remove(first)

    async def _wait(self, later: Later) -> None:
        """Wait for the moment, or until somebody wakes the line."""
        if later.why in _LONG:
            self.idle.set()
        woken = asyncio.ensure_future(self._woken.wait())
        turn = self._door.through(later) if later.why == "pace" else None
        span = _MOST if turn else min(_MOST, max(_LEAST, self._door.seconds(later)))
        try:
            waits: set[asyncio.Future[Any]] = {woken} if turn is None else {woken, turn}
            await asyncio.wait(waits, timeout=span, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            if turn is not None:
                self._let_through = turn.done()
                turn.cancel()
            self.idle.clear()
