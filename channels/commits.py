"""Calling into the store from the event loop: patiently, and with one commit for many calls.

A commit waits for the disk, and the event loop waits with it. Under load many turns want to write
at the same moment; together they wait once. A call's result is handed out only after the commit, so
nothing is acknowledged, and no byte leaves, before it is safe.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from policy_guard.errors import SharedLost, StoreBusy
from policy_guard.sql_store import SqlStore

logger = logging.getLogger(__name__)
T = TypeVar("T")
PAUSE = 0.02  # seconds, doubled at each look
_LONGEST_PAUSE = 1.0
#: Seconds of calls that go into one commit, after which the loop is given back: a few, or half of
#: what the loop has just spent elsewhere, so that a busy loop does not starve the store.
FEW_SECONDS, MOST_SECONDS = 0.008, 0.05
#: Seconds after a commit from which on what is urgent has one of its own, at once: each round of a
#: busy loop that it waits for others takes longer than the disk.
APART = 0.002


async def patiently(call: Callable[[], T]) -> T:
    """Call into the store until it can be used; yields to the loop between the tries."""
    pause = PAUSE
    while True:
        try:
            return call()
        except StoreBusy as problem:
            if pause >= _LONGEST_PAUSE:
                logger.warning("waiting for the store: %s", problem)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


@dataclass
class _Call:
    call: Callable[[], Any]
    result: asyncio.Future[Any]
    urgent: bool
    found: Any = None
    problem: Exception | None = None

    def run(self) -> None:
        """Make the call; what it raises is for who asked, unless it concerns all."""
        try:
            self.found, self.problem = self.call(), None
        except SharedLost:
            raise
        except Exception as problem:  # the others' calls are none of its business
            self.problem = problem

    def tell(self) -> None:
        """Hand out what came of it."""
        if self.result.done():
            return
        if self.problem is not None:
            self.result.set_exception(self.problem)
        else:
            self.result.set_result(self.found)


class _Commits:
    """The calls into one store that wait for the next transaction; lives in one loop."""

    def __init__(self, store: SqlStore, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._store = store
        self._urgent: deque[_Call] = deque()
        self._waiting: deque[_Call] = deque()
        self._planned = False
        self._ended = 0.0
        self._at_once_from = 0.0  # until then what is urgent waits for what is planned

    def ask(self, call: Callable[[], T], *, urgent: bool) -> asyncio.Future[T]:
        result: asyncio.Future[T] = self.loop.create_future()
        (self._urgent if urgent else self._waiting).append(_Call(call, result, urgent))
        if urgent and time.perf_counter() >= self._at_once_from:
            self._commit(self._urgent)
        self._plan()
        return result

    def _plan(self, pause: float = 0.0) -> None:
        if self._planned or not (self._urgent or self._waiting):
            return
        self._planned = True
        if pause:
            self.loop.call_later(pause, self._run)
        else:
            self.loop.call_soon(self._run)

    def _run(self) -> None:
        """Do what was planned."""
        self._planned = False
        if self._urgent or self._waiting:
            self._commit(self._urgent, self._waiting)
            self._plan()

    def _commit(self, *queues: deque[_Call]) -> None:
        """Run what waits in these, commit once, then tell everybody."""
        taken: list[_Call] = []
        begun = time.perf_counter()
        spend = max(FEW_SECONDS, min((begun - self._ended) / 2, MOST_SECONDS))
        try:
            with self._store.shared():
                while not taken or time.perf_counter() < begun + spend:
                    one = _next(*queues)
                    if one is None:
                        break
                    taken.append(one)
                    one.run()
        except StoreBusy:
            for one in reversed(taken):
                self._queue(one).appendleft(one)
            self._at_once_from = time.perf_counter() + PAUSE  # each try holds up the loop
            self._plan(PAUSE)
            return
        except Exception as problem:  # nothing was committed: whoever asked is told
            for one in taken:
                one.problem = problem
        for one in taken:
            if isinstance(one.problem, StoreBusy):
                self.loop.call_later(PAUSE, self._again, one)
            else:
                one.tell()
        self._ended = time.perf_counter()
        self._at_once_from = self._ended + APART

    def _again(self, one: _Call) -> None:
        self._queue(one).append(one)
        self._plan()

    def _queue(self, one: _Call) -> deque[_Call]:
        return self._urgent if one.urgent else self._waiting


def _next(*queues: deque[_Call]) -> _Call | None:
    """Return the next call that somebody still waits for; nothing is done for who has gone."""
    for queue in queues:
        while queue:
            one = queue.popleft()
            if not one.result.cancelled():
                return one
    return None


_of_store: WeakKeyDictionary[SqlStore, _Commits] = WeakKeyDictionary()


async def committed(store: SqlStore, call: Callable[[], T], *, urgent: bool = False) -> T:
    """Call into the store until it can be used; returns once what the call wrote is committed.

    The call may run more than once, as with `patiently`, and counts only once. What is *urgent*
    goes first: the platform waits for a webhook's answer.
    """
    if not store.can_share:
        return await patiently(call)
    loop = asyncio.get_running_loop()
    commits = _of_store.get(store)
    if commits is None or commits.loop is not loop:
        commits = _of_store[store] = _Commits(store, loop)
    return cast(T, await commits.ask(call, urgent=urgent))
