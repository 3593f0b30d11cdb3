"""An event loop on virtual time: where nothing is ready, the clock jumps to the next timer.

Nothing sleeps and there is no socket: a second of waiting costs nothing, and a run with the same
seed takes the same steps in the same order.
"""

from __future__ import annotations

import asyncio
import asyncio.base_events
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from typing import Any

_RESOLUTION = 1e-6  # seconds: two timers closer than this come due together


class Owner:
    """Something whose tasks end together, as those of a process do."""

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[Any], None] = {}  # in the order of their making

    def cancel_all(self) -> None:
        """End every task but the one that asks."""
        asking = asyncio.current_task()
        for task in list(self.tasks):
            if task is not asking:
                task.cancel()


OWNER: ContextVar[Owner | None] = ContextVar("OWNER", default=None)


class StoodStill(RuntimeError):  # noqa: N818 - it is what has happened
    """Nothing is ready and nothing will ever be: everybody waits for somebody."""


class _Time:
    """Stands where a loop's selector stands; instead of waiting it moves the time."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> list[Any]:
        """Let *timeout* seconds pass at once."""
        if timeout is None:
            raise StoodStill("every task waits, and no timer is set")
        self.now += max(0.0, timeout)
        return []

    def close(self) -> None:
        """Hold nothing."""


class VirtualLoop(asyncio.base_events.BaseEventLoop):
    """The loop of one simulated world."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Time()
        self._clock_resolution = _RESOLUTION
        self.set_task_factory(_owned)  # type: ignore[arg-type]  # typeshed wants a Future of any kind
        self.set_exception_handler(lambda _loop, _context: None)

    def time(self) -> float:
        """Return the seconds since the world began."""
        return self._selector.now

    def _process_events(self, _events: list[Any]) -> None:
        """Have no events of sockets."""

    def _write_to_self(self) -> None:
        """Have nobody to wake: there is one thread."""


def _owned(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop)
    owner = OWNER.get()
    if owner is not None:
        owner.tasks[task] = None
        task.add_done_callback(lambda done: owner.tasks.pop(done, None))
    return task


def spawn(owner: Owner, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start a task that belongs to an owner, as everything does that it starts in turn."""
    context = copy_context()
    context.run(OWNER.set, owner)
    return context.run(asyncio.get_running_loop().create_task, work)
