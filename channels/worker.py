"""A worker's jobs: what is done beside the turns, by any number of processes, without Rasa."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from policy_guard.clock import Clock
from policy_guard.errors import StoreBusy

from .commits import patiently
from .inbox import Life

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds until a job that found nothing to do looks again


class Job(Protocol):
    """Something that is looked at again and again, by several processes at once."""

    name: str

    async def run_once(self, now: datetime) -> bool:
        """Do a share of the work; tell whether there may be more to do at once."""
        ...


class Jobs:
    """Runs jobs side by side, each in a loop of its own, and says that this process lives."""

    def __init__(
        self, life: Life, clock: Clock, jobs: Iterable[Job], *, pause: float = PAUSE
    ) -> None:
        self._life = life
        self._clock = clock
        self._jobs = list(jobs)
        self._pause = pause
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; what a job needs is there by now."""
        loop = asyncio.get_running_loop()
        self._life.beat()
        self._beating = loop.create_task(self._beat())
        self._tasks = [loop.create_task(self._run(job)) for job in self._jobs]

    async def stop(self, patience: float) -> None:
        """Let each job end the share it is at, *patience* seconds at most."""
        self._stopping.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._beating is not None:
            self._beating.cancel()
        with contextlib.suppress(StoreBusy):
            self._life.end()

    async def _run(self, job: Job) -> None:
        while not self._stopping.is_set():
            more = False
            try:
                more = await job.run_once(self._clock.now())
            except Exception:  # the next look must come whatever happened in this one
                logger.exception("the job `%s` failed", job.name)
            if not more:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._pause)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._life.every)
            await patiently(self._life.beat)
