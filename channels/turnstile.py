"""Where the lines of one process wait for the Page's pace: live ones first, one asks at a time.

The pace itself is kept in the store. Without a turnstile every waiting line would ask it at once,
and the quickest would win, instead of the one that has to answer somebody.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools

from policy_guard.send_states import LIVE

_LEAST = 0.002  # seconds between two that go through
_MOST = 1.0  # seconds until one looks again, whatever it was told


class Turnstile:
    """Lets through one waiting line after the other, each when the pace may have room for it."""

    def __init__(self) -> None:
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._pump: asyncio.Task[None] | None = None
        self._pause = _LEAST

    @property
    def waiting(self) -> int:
        """Return how many lines wait."""
        return sum(not future.done() for _, _, future in self._waiting)

    def ahead_of(self, lane: str) -> bool:
        """Tell whether somebody waits who goes before a newcomer of this lane."""
        self._forget_gone()
        return bool(self._waiting) and (lane != LIVE or not self._waiting[0][0])

    def wait(self, lane: str, seconds: float) -> asyncio.Future[None]:
        """Return what is done when the line may ask again; *seconds* is what it was told.

        Not above 0: it was told nothing, and only waits behind others.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (lane != LIVE, next(self._numbers), future))
        if seconds > 0:
            self._pause = min(_MOST, max(_LEAST, seconds))
        if self._pump is None or self._pump.done():
            self._pump = loop.create_task(self._run())
        return future

    def stop(self) -> None:
        """Let nobody through any more."""
        if self._pump is not None:
            self._pump.cancel()

    async def _run(self) -> None:
        while self._waiting:
            # what one was told is waited once: who comes next is told anew, or goes through
            pause, self._pause = self._pause, _LEAST
            await asyncio.sleep(pause)
            self._forget_gone()
            if self._waiting:
                heapq.heappop(self._waiting)[2].set_result(None)

    def _forget_gone(self) -> None:
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
