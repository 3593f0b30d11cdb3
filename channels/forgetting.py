"""Forgetting a person while the channel runs: after their turn, when its last words have left."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any, Protocol

from policy_guard import inbox_rows, privacy, privacy_rows
from policy_guard.guard import Guard
from policy_guard.inbox_rows import InboxRow
from policy_guard.people_rows import Who
from policy_guard.privacy_rows import FORGET, STAND_IN
from policy_guard.retention import Retention

from .commits import patiently
from .dispatch import Dispatcher
from .simulated_clock import FollowedClock

logger = logging.getLogger(__name__)

_LAST_WORDS = 15.0  # seconds for the confirmation to leave; what has not left by then is dropped
_AGE_EVERY = timedelta(days=1)
_BETWEEN_STEPS = 0.05  # seconds that others have the store and the loop for
_LOOK_EVERY = 60.0  # seconds between looks whether a day is over


class Conversations(Protocol):
    """What forgetting needs of the dialogue's host."""

    async def forget(self, psid: str) -> None: ...
    async def forget_before(self, moment: datetime) -> int: ...
    def lock(self, psid: str) -> Any: ...


class Forgetting:
    """Carries out requests to be forgotten, and once a day lets go of what is old."""

    def __init__(
        self,
        guard: Guard,
        clock: FollowedClock,
        dispatcher: Dispatcher,
        host: Conversations,
        page_id: str,
        retention: Retention,
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._dispatcher = dispatcher
        self._host = host
        self._page_id = page_id
        self._retention = retention
        self._ageing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look once a day at what has grown old."""
        if self._retention != Retention():
            self._ageing = asyncio.get_running_loop().create_task(self._age())

    def stop(self) -> None:
        """Look no more."""
        if self._ageing is not None:
            self._ageing.cancel()

    async def run(self, row: InboxRow) -> None:
        """Erase the person of a request; one that is carried out again finds nobody."""
        who = row.who
        if who is None or who.psid.startswith(STAND_IN):
            return
        await self._dispatcher.delivered(who, _LAST_WORDS)
        async with self._host.lock(who.psid):
            await self._host.forget(who.psid)
            await patiently(lambda: self._erase(row, who))
        logger.info("event %s: a person was forgotten", row.id)

    async def emptied(self, row: InboxRow) -> bool:
        """Tell whether an event of ours was emptied since, because its person was forgotten."""
        return await patiently(lambda: self._emptied(row))

    async def asked_by_platform(self, psid: str) -> tuple[str, InboxRow | None]:
        """Keep a request that the platform passes on; returns its code and the event to run.

        The id may be one of another kind that stands for nobody here: then nothing is to be run.
        """
        return await patiently(lambda: self._enter(Who(self._page_id, psid)))

    async def state_of(self, code: str) -> privacy_rows.Forgotten | None:
        """Return how far the request with this code is."""

        def look() -> privacy_rows.Forgotten | None:
            with self._guard.store.read() as tx:
                return privacy_rows.by_code(tx, code)

        return await patiently(look)

    # -- inside ------------------------------------------------------------------------------

    def _erase(self, row: InboxRow, who: Who) -> None:
        with self._guard.store.write(who) as tx:
            by = str(row.body.get("by") or "person")
            privacy.carry_out(tx, who, row.at, self._guard.clock.now(), by)
        self._guard.store.sweep()

    def _emptied(self, row: InboxRow) -> bool:
        with self._guard.store.read() as tx:
            now = inbox_rows.get(tx, row.page, row.key)
        return now is None or now.who != row.who

    def _enter(self, who: Who) -> tuple[str, InboxRow | None]:
        with self._guard.store.write(who) as tx:
            now = self._guard.clock.now()
            if not privacy.knows(tx, who):
                code = privacy_rows.request(tx, who, now)
                privacy_rows.done(tx, who, now)
                return code, None
            key = f"platform:{privacy_rows.request(tx, who, now)}:{int(now.timestamp())}"
            code = privacy.enter(tx, who, key, now, now, "platform")
            return code, inbox_rows.get(tx, who.page, f"{FORGET}:{key}")

    async def _age(self) -> None:
        """Look once a day; a simulated clock jumps and goes back: what looks old there is not."""
        last = None
        while True:
            now = self._clock.now()
            if not self._clock.simulated and (last is None or now - last >= _AGE_EVERY):
                last = now
                try:
                    await self.let_go(now)
                except Exception:  # tomorrow's look must come whatever happened in this one
                    logger.exception("letting go of what is old failed")
            await asyncio.sleep(_LOOK_EVERY)

    async def let_go(self, now: datetime) -> None:
        """Let go of what is too old at *now*, of the store's and of Rasa's."""

        def age() -> privacy.Aged:
            with self._guard.store.write() as tx:
                return privacy.age(tx, self._retention, now)

        aged, events = privacy.Aged(), 0
        while step := await patiently(age):
            aged += step
            await asyncio.sleep(_BETWEEN_STEPS)
        if self._retention.messages is not None:
            events = await self._host.forget_before(now - self._retention.messages)
        logger.info("let go of what is old: %s, %d conversation events", aged, events)
