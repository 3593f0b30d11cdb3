"""Turns that compute for long stretches, made to give the event loop back between them.

Rasa reads a text, decides and saves a conversation in stretches of up to 20 ms that never give the
loop back. Where many turns run, each round of the loop would do one stretch of every turn, and a
webhook, which takes two rounds or three, would wait for all of them. Here one round does one.
"""

from __future__ import annotations

import asyncio
import time
import types
from collections import deque
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")
#: Seconds of stretches that one round of the loop does; the last may take longer.
A_ROUND = 0.004


class Steps:
    """The stretches of coroutines that go through here, in the order in which they are ready.

    Lives in one loop. A coroutine keeps its task, its context and its cancellation.
    """

    def __init__(self, a_round: float = A_ROUND) -> None:
        self._a_round = a_round
        self._spent = 0.0  # seconds, in this round
        self._ends = False  # whether the end of the round is noted
        self._queue: deque[asyncio.Future[None]] = deque()

    @types.coroutine
    def through(self, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """Return what *work* returns, or raise what it raises, each stretch in its turn."""
        problem: BaseException | None = None
        while True:
            try:
                yield from self._place()
            except BaseException as raised:  # a cancellation: the work hears of it, and of no more
                problem = raised
            begun = time.perf_counter()
            try:
                waits_for = work.send(None) if problem is None else work.throw(problem)
            except StopIteration as done:
                found: T = done.value
                return found
            finally:
                self._note(time.perf_counter() - begun)
            problem = None
            try:
                yield waits_for
            except BaseException as raised:  # as above
                problem = raised

    def _place(self) -> Generator[Any, Any, None]:
        """Wait until this round has room and nobody waits who was ready earlier."""
        if self._queue or self._spent >= self._a_round:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queue.append(place)
            yield from place.__await__()

    def _note(self, seconds: float) -> None:
        """Count a stretch into its round, and let the next one begin where there is room."""
        self._spent += seconds
        if not self._ends:
            self._ends = True
            asyncio.get_running_loop().call_soon(self._end_round)
        elif self._spent < self._a_round:
            self._wake()

    def _end_round(self) -> None:
        self._spent = 0.0
        self._ends = False
        self._wake()

    def _wake(self) -> None:
        while self._queue:
            place = self._queue.popleft()
            if not place.done():
                place.set_result(None)
                return
