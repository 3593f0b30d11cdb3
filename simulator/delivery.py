"""Delivery of webhooks: one person's in order, repeated with the same bytes until answered 200."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

import aiohttp

from .webhooks import sign

ANSWER_WITHIN = 5.0  # seconds; webhooks page, 2026-05-05
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts, the last one again and again
GIVE_UP_AFTER = 60.0  # real seconds since the webhook was made
LOG_LENGTH = 50_000


@dataclass(frozen=True)
class Attempt:
    """One POST to the webhook: status None means no answer came, `error` then says why."""

    at: datetime
    number: int
    status: int | None
    error: str | None
    answer: str


@dataclass(eq=False)
class Job:
    """One webhook body on its way."""

    body: bytes
    psids: tuple[str, ...]
    kind: str
    attempts: list[Attempt] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    state: str = "waiting"  # then delivered | given_up

    @property
    def status(self) -> int | None:
        """Return the status of the newest attempt."""
        return self.attempts[-1].status if self.attempts else None


class Deliverer:
    """Sends webhooks to `address()` signed with `secret`; every person's queue keeps its order."""

    def __init__(
        self,
        address: Callable[[], str],
        secret: str,
        now: Callable[[], datetime],
        offset_ms: Callable[[], int],
    ) -> None:
        self._address = address
        self._secret = secret
        self._now = now
        self._offset_ms = offset_ms
        self._session: aiohttp.ClientSession | None = None
        self._last: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: set[Job] = set()
        self.jobs: deque[Job] = deque(maxlen=LOG_LENGTH)

    async def start(self) -> None:
        """Open the client; it follows no redirect and uses no proxy."""
        # A connection per POST: a kept one that the bot has dropped would look like a failure.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN),
        )

    async def stop(self) -> None:
        """Drop what is still on its way and close the client."""
        await self.forget()
        if self._session is not None:
            await self._session.close()

    async def forget(self) -> None:
        """Drop what is still on its way and the record of what was sent."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._last.clear()
        self.jobs.clear()

    def post(self, body: bytes, psids: Iterable[str], kind: str, *, hurry: bool = False) -> Job:
        """Queue a body behind what these people's queues hold; `hurry` wakes what waits there."""
        job = Job(body, tuple(dict.fromkeys(psids)), kind)
        if hurry:
            self._wake(job.psids)
        self.jobs.append(job)
        before = {self._last[psid] for psid in job.psids if psid in self._last}
        task = asyncio.get_running_loop().create_task(self._run(job, before))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        for psid in job.psids:
            self._last[psid] = task
        return job

    async def once(
        self, body: bytes, kind: str, *, psids: tuple[str, ...] = (), signature: str | None = ""
    ) -> Job:
        """Send a body one time at once; `signature` "" means a good one, None means none."""
        job = Job(body, psids, kind)
        self.jobs.append(job)
        await self._attempt(job, sign(self._secret, body) if signature == "" else signature)
        job.state = "delivered" if job.status == HTTPStatus.OK else "given_up"
        return job

    async def first_attempt(self, job: Job, within: float) -> None:
        """Wait until a queued body was tried once, at most `within` seconds."""
        try:
            await asyncio.wait_for(job.tried.wait(), within)
        except asyncio.TimeoutError:
            return

    async def idle(self, within: float) -> bool:
        """Wait until nothing is on its way, at most `within` seconds; return whether that came."""
        deadline = asyncio.get_running_loop().time() + within
        while self._running:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            await asyncio.wait(self._running, timeout=left)
        return True

    def _wake(self, psids: tuple[str, ...]) -> None:
        for job in self._waiting:
            if not set(psids).isdisjoint(job.psids):
                job.hurry.set()

    async def _run(self, job: Job, before: set[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        made_at = loop.time()
        if before:
            await asyncio.wait(before)
        for pause in _pauses():
            await self._attempt(job, sign(self._secret, job.body))
            job.tried.set()
            if job.status == HTTPStatus.OK:
                job.state = "delivered"
                return
            if not self._address() or loop.time() - made_at > GIVE_UP_AFTER:
                job.state = "given_up"
                return
            await self._pause(job, pause)

    async def _pause(self, job: Job, seconds: float) -> None:
        job.hurry.clear()
        self._waiting.add(job)
        try:
            await asyncio.wait_for(job.hurry.wait(), seconds)
        except asyncio.TimeoutError:
            return
        finally:
            self._waiting.discard(job)

    async def _attempt(self, job: Job, signature: str | None) -> None:
        status, error, answer = None, None, ""
        headers = {
            "Content-Type": "application/json",
            "X-Sim-Clock-Offset-Ms": str(self._offset_ms()),
        }
        if signature is not None:
            headers["X-Hub-Signature-256"] = signature
        address = self._address()
        at = self._now()
        if not address or self._session is None:
            error = "no webhook address is set"
        else:
            try:
                async with self._session.post(
                    address, data=job.body, headers=headers, allow_redirects=False
                ) as response:
                    status, answer = response.status, await response.text(errors="replace")
            except asyncio.TimeoutError:
                error = f"no answer within {ANSWER_WITHIN:g} s"
            except (aiohttp.ClientError, OSError, ValueError) as problem:
                error = f"{type(problem).__name__}: {problem}"
        job.attempts.append(Attempt(at, len(job.attempts) + 1, status, error, answer))


def _pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSES[-1]
