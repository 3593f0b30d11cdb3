"""The platform as a benchmark needs it: a Graph API that takes its time, and people who write."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

PAGE = "100200300400500"
GRAPH_SECONDS = 0.1  # a Send API call


@dataclass
class Graph:
    """A Send API on this machine; tells when a message of the Page came in for a person."""

    seconds: float = GRAPH_SECONDS
    calls: int = 0
    url: str = ""
    _waiting: dict[str, deque[asyncio.Future[float]]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def next_to(self, psid: str) -> asyncio.Future[float]:
        """Return what will hold the moment at which the next message to a person came in."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(psid, deque()).append(future)
        return future

    def forget(self) -> None:
        """Wait for nobody any more."""
        self._waiting.clear()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Graph]:
        """Serve it on a free port."""
        app = web.Application()
        app.router.add_post("/{version}/me/messages", self._messages)
        app.router.add_get("/{version}/me", self._me)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
            host, port = runner.addresses[0][:2]
            self.url = f"http://{host}:{port}"
            yield self
        finally:
            await runner.cleanup()

    async def _messages(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except ConnectionError:  # who called has ended meanwhile
            return web.Response(status=400)
        self.calls += 1
        psid = str(body["recipient"]["id"])
        if "message" in body:
            queue = self._waiting.get(psid)
            if queue:
                future = queue.popleft()
                if not future.done():
                    future.set_result(time.perf_counter())
        await asyncio.sleep(self.seconds)
        return web.json_response(
            {"recipient_id": psid, "message_id": f"m_bench{next(self._numbers)}"}
        )

    async def _me(self, _request: web.Request) -> web.Response:
        return web.json_response({"id": PAGE})


@dataclass
class Door:
    """The webhook of one bot, knocked at as the platform does."""

    url: str
    secret: str
    session: aiohttp.ClientSession
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def write(self, psid: str, text: str) -> float:
        """Let a person write; returns the seconds until the webhook was acknowledged."""
        now = int(time.time() * 1000)  # noqa: TID251 - the platform's own clock
        message = {"mid": f"m_{psid}_{next(self._numbers)}", "text": text}
        event = {
            "sender": {"id": psid},
            "recipient": {"id": PAGE},
            "timestamp": now,
            "message": message,
        }
        entry = {"id": PAGE, "time": now, "messaging": [event]}
        raw = json.dumps({"object": "page", "entry": [entry]}).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature": "sha1=" + self._sign(raw, "sha1"),
            "X-Hub-Signature-256": "sha256=" + self._sign(raw, "sha256"),
        }
        begun = time.perf_counter()
        async with self.session.post(self.url, data=raw, headers=headers) as answer:
            await answer.read()
            if answer.status != 200:  # noqa: PLR2004 - HTTP OK
                raise RuntimeError(f"the webhook was answered `{answer.status}`")
        return time.perf_counter() - begun

    def _sign(self, raw: bytes, name: str) -> str:
        return hmac.new(self.secret.encode(), raw, getattr(hashlib, name)).hexdigest()
