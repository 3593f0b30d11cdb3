"""The Graph side over HTTP: the Send API and who the Page is, strict as the platform is."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import socket
import struct
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from aiohttp import web

from .core import Platform, Request, trace_id
from .faults import Fault
from .judge import Accepted
from .reading import PlatformError, RefusedError, refusal
from .world import Person

PLATFORM: web.AppKey[Platform] = web.AppKey("platform", Platform)
JSON_FIELDS = frozenset({"recipient", "message", "reply_to", "payload"})
SECRET_FIELDS = ("access_token", "appsecret_proof")


@dataclass(frozen=True)
class Envelope:
    """A call taken apart: the body without secrets, and the secrets with where they were."""

    body: object
    token: str | None
    token_in: str | None
    proof: str | None


def add_routes(app: web.Application) -> None:
    """Add the Graph side's addresses to `app`."""
    version = r"/{version:v\d+\.\d+}"
    app.router.add_post(version + "/{node}/messages", send)
    app.router.add_get(version + "/{node}", who)


async def who(request: web.Request) -> web.StreamResponse:
    """Answer who the Page is."""
    platform = request.app[PLATFORM]
    try:
        envelope = _open(request, b"", platform)
        _authenticate(envelope, platform)
        _check_node(request, platform)
    except RefusedError as refused:
        return _error(refused.error, platform)
    return web.json_response({"id": platform.settings.page_id, "name": platform.settings.page_name})


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
            self.envelope = _open(self.request, self.raw, self.platform)
            _authenticate(self.envelope, self.platform)
            _check_node(self.request, self.platform)
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
        response = _error(error, self.platform)
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


def _error(error: PlatformError, platform: Platform) -> web.Response:
    content: dict[str, Any] = {
        "message": error.message,
        "type": "OAuthException",
        "code": error.code,
    }
    if error.subcode is not None:
        content["error_subcode"] = error.subcode
    content["fbtrace_id"] = trace_id()
    return web.json_response({"error": content}, status=platform.facts.status_of(error.code))


def _authenticate(envelope: Envelope, platform: Platform) -> None:
    token = envelope.token
    if token is None or not hmac.compare_digest(
        token.encode("utf-8", "replace"), platform.settings.page_token.encode()
    ):
        raise refusal(platform.facts, "bad_token")
    proof = envelope.proof
    if proof is not None and not hmac.compare_digest(
        proof.encode("utf-8", "replace"), platform.proof_of(token).encode()
    ):
        raise refusal(platform.facts, "bad_proof")


def _check_node(request: web.Request, platform: Platform) -> None:
    if request.match_info["node"] not in ("me", platform.settings.page_id):
        raise refusal(platform.facts, "no_such_object")


def _open(request: web.Request, raw: bytes, platform: Platform) -> Envelope:
    """Return the call taken apart; raises RefusedError for what is not a call at all."""
    query = dict(request.query)
    unknown = set(query) - {*SECRET_FIELDS, "fields"}
    if unknown:
        sentence = f"`{min(unknown)}` is not a query parameter the platform knows"
        raise refusal(platform.facts, "bad_parameter", sentence)
    body = _body(request, raw, platform) if request.method == "POST" else {}
    secrets: dict[str, object] = {}
    if isinstance(body, dict):
        secrets = {name: body.pop(name) for name in SECRET_FIELDS if name in body}
    header = re.fullmatch(r"Bearer (\S+)", request.headers.get("Authorization", ""))
    token_places = {
        "header": header.group(1) if header else None,
        "query": query.get("access_token"),
        "body": secrets.get("access_token"),
    }
    place = next((name for name, value in token_places.items() if value is not None), None)
    token = token_places[place] if place else None
    proof = secrets.get("appsecret_proof", query.get("appsecret_proof"))
    return Envelope(
        body=body,
        token=None if token is None else str(token),
        token_in=place,
        proof=None if proof is None else str(proof),
    )


def _body(request: web.Request, raw: bytes, platform: Platform) -> object:
    facts = platform.facts
    if request.content_type == "application/x-www-form-urlencoded":
        return _form(raw, platform)
    if request.content_type != "application/json":
        sentence = f"the content type `{request.content_type}` is not understood"
        raise refusal(facts, "bad_parameter", sentence)
    return _json(raw, "the body", platform)


def _form(raw: bytes, platform: Platform) -> dict[str, object]:
    body: dict[str, object] = {}
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        if name in body:
            raise refusal(platform.facts, "bad_parameter", f"`{name}` is given twice")
        body[name] = _json(value, f"`{name}`", platform) if name in JSON_FIELDS else value
    return body


def _json(text: str | bytes, what: str, platform: Platform) -> object:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name is given twice")
        return found

    def no_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not JSON")

    try:
        parsed: object = json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise refusal(platform.facts, "bad_parameter", f"{what} is not valid JSON") from error
    return parsed
