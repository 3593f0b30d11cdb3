"""The Send API over HTTP, strict as the platform is."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

from aiohttp import web

from .core import Request
from .faults import Fault
from .graph_call import (
    PLATFORM,
    Envelope,
    authenticate,
    check_page,
    error_response,
    open_call,
)
from .judge import Accepted
from .reading import PlatformError, RefusedError
from .world import Person


async def send(request: web.Request) -> web.StreamResponse:
    """Answer one Send API call, after whatever fault is set for it."""
    return await _Send(request, await request.read()).answer()


class _Send:
    """One Send API call on its way to an answer and into the record."""

    def __init__(self, request: web.Request, raw: bytes) -> None:
        self.request = request
        self.platform = request.app[PLATFORM]
        self.raw = raw
        self.envelope = Envelope(raw.decode("utf-8", "replace"), None, None, None)
        self.person: Person | None = None
        self.objections: tuple[str, ...] = ()
        self.fault: Fault | None = None

    async def answer(self) -> web.StreamResponse:
        try:
            self.envelope = open_call(self.request, self.raw, self.platform)
            authenticate(self.envelope, self.platform)
            check_page(self.request, self.platform)
        except RefusedError as refused:
            return self.refuse(refused.error)
        body = self.envelope.body
        self.person = self.platform.recipient_of(body)
        kind = "sender_action" if isinstance(body, dict) and "sender_action" in body else "message"
        self.fault = self.platform.faults.firing(kind, self.person.psid if self.person else None)
        if self.fault is None:
            return self.judged()
        return await self.with_fault(self.fault)

    async def with_fault(self, fault: Fault) -> web.StreamResponse:
        if fault.do == "error":
            sentence = f"(#{fault.code}) an error that was set by hand"
            return self.refuse(PlatformError(fault.code or 1, fault.subcode, sentence))
        if fault.do == "status":
            self.record(fault.status, None)
            return web.Response(status=fault.status, text="")
        if fault.do.endswith("_before"):
            self.record(None, None)
        else:
            response = self.judged()
        if fault.do.startswith("hang"):
            await asyncio.sleep(fault.seconds)
            if fault.do == "hang_after":
                return response
        return _cut(self.request)

    def judged(self) -> web.StreamResponse:
        verdict = self.platform.judge(self.envelope.body, self.person)
        if not isinstance(verdict.api, Accepted) or self.person is None:
            error = verdict.api
            return self.refuse(error if isinstance(error, PlatformError) else _stranger())
        answer = self.platform.carry_out(verdict.api, self.person)
        self.objections = tuple(o.rule for o in verdict.reviewer)
        for objection in verdict.reviewer:
            self.platform.world.note(self.person, "objection", objection.sentence)
        self.record(200, answer)
        return web.json_response(answer)

    def refuse(self, error: PlatformError) -> web.StreamResponse:
        self.platform.note_refusal(self.person, error)
        response = error_response(error, self.platform)
        self.record(response.status, json.loads(response.text or "{}"))
        return response

    def record(self, status: int | None, response: object) -> None:
        self.platform.requests.append(
            Request(
                at=self.platform.world.clock.now(),
                psid=self.person.psid if self.person else None,
                body=self.envelope.body,
                token_in=self.envelope.token_in,
                proof=self.envelope.proof is not None,
                status=status,
                response=response,
                objections=self.objections,
                fault=self.fault.id if self.fault else None,
            )
        )


def _stranger() -> PlatformError:
    return PlatformError(100, 2018001, "(#100) no such person in this Page's conversations")


def _cut(request: web.Request) -> web.Response:
    """Reset the connection: the client sees neither an answer nor an orderly end."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()  # nobody hears it
