"""The simulator's clock, followed only where the platform's address is this machine."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from policy_guard.clock import OffsetClock
from policy_guard.errors import StoreError
from policy_guard.sql_store import OFFSET, SqlStore, clock_offset, set_meta

from .commits import patiently

if TYPE_CHECKING:
    from .graph import Graph  # handed in by who composes the channel; only dispatch calls it

logger = logging.getLogger(__name__)
LOOK = 0.5  # seconds between looks


class FollowedClock(OffsetClock):
    """The clock of the channel: the machine's, or with a simulator the simulator's."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._graph: Graph | None = None
        self._task: asyncio.Task[None] | None = None
        self.simulated = False
        self._offset = 0
        self._told = 0
        super().__init__(lambda: self._offset)

    async def start(self, graph: Graph) -> None:
        """Begin to follow; raises StoreError where a simulated past meets the real platform."""
        with self._store.read() as tx:
            seen = clock_offset(tx)
        if not graph.loopback:
            if seen is not None:
                raise StoreError(
                    f"the store `{self._store.shown}` has lived by a simulated clock and cannot "
                    "serve the real platform; name another with `policy_guard.url`"
                )
            return
        self._graph = graph
        self._offset = seen or 0
        await self.look()
        if self.simulated:
            logger.warning("the guard follows the simulator's clock: the Graph address is loopback")
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def look(self) -> None:
        """Ask the simulator what time it is; keeps what was last known where it does not answer."""
        told = self._told
        offset = await self._graph.sim_clock() if self._graph is not None else None
        if offset is not None and told == self._told:  # a webhook that came meanwhile knows better
            await self.set(offset)

    async def set(self, offset_ms: int) -> None:
        """Take an offset that the simulator told; ignored with the real platform."""
        if self._graph is None or (self.simulated and offset_ms == self._offset):
            return
        self._told += 1
        self.simulated = True
        self._offset = offset_ms

        def keep() -> None:
            with self._store.write() as tx:
                set_meta(tx, OFFSET, str(offset_ms))

        await patiently(keep)

    def stop(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self.look()
