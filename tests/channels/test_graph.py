"""The Send API client against servers on this machine that answer, hang, break and lie."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from channels.errors import GraphError, MayHaveLeft, NeverLeft, SendError
from channels.graph import Graph, Sent

TOKEN = "page-token-7d1f"
SECRET = "app-secret-9c2e"
ONE_TIME = "one-time-token-55aa"
PROOF = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
BODY = {"recipient": {"id": "1"}, "messaging_type": "RESPONSE", "message": {"text": "hi"}}
TOKEN_BODY = {"recipient": {"one_time_notif_token": ONE_TIME}, "message": {"text": "hi"}}
ACTION = {"recipient": {"id": "1"}, "sender_action": "typing_on"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Platform:
    """An HTTP server with one answer, which remembers what it was asked."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[dict[str, Any]] = []
        self.transports: set[int] = set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.text()
        self.requests.append(
            {
                "method": request.method,
                "path": request.path_qs,
                "headers": dict(request.headers),
                "body": json.loads(raw) if raw else None,
            }
        )
        self.transports.add(id(request.transport))
        return await self.handler(request)


@asynccontextmanager
async def platform(handler: Handler) -> AsyncIterator[tuple[Platform, str]]:
    served = Platform(handler)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", served.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        yield served, f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def client(url: str, seconds: float = 5) -> AsyncIterator[Graph]:
    graph = Graph(url, "v26.0", TOKEN, SECRET, timeout=timedelta(seconds=seconds))
    try:
        yield graph
    finally:
        await graph.close()


def answering(body: object, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        if isinstance(body, str):
            return web.Response(text=body, status=status)
        return web.json_response(body, status=status)

    return answer


def refusing(code: int, subcode: int | None = None, status: int = 400, **more: object) -> Handler:
    error = {"message": "no", "type": "OAuthException", "code": code, "fbtrace_id": "Trace", **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return answering({"error": error}, status)


async def outcome(handler: Handler, body: dict[str, Any] = BODY) -> Sent | SendError:
    async with platform(handler) as (_, url), client(url) as graph:
        try:
            return await graph.send(body)
        except SendError as error:
            return error


async def test_a_message_goes_to_the_send_api_with_the_token_in_the_header() -> None:
    async with (
        platform(answering({"recipient_id": "1", "message_id": "m_1"})) as (served, url),
        client(url) as graph,
    ):
        assert await graph.send(BODY) == Sent("m_1", "1")
    (request,) = served.requests
    assert (request["method"], request["path"]) == ("POST", "/v26.0/me/messages")
    assert request["headers"]["Authorization"] == f"Bearer {TOKEN}"
    assert request["body"] == {**BODY, "appsecret_proof": PROOF}


async def test_the_callers_body_is_left_as_it_was() -> None:
    body = json.loads(json.dumps(BODY))
    assert await outcome(answering({"message_id": "m_1"}), body) == Sent("m_1", None)
    assert body == BODY


async def test_calls_one_after_the_other_share_a_connection() -> None:
    async with platform(answering({"message_id": "m"})) as (served, url), client(url) as graph:
        for _ in range(3):
            await graph.send(BODY)
    assert len(served.requests) == 3
    assert len(served.transports) == 1


async def test_a_sender_action_needs_no_message_id() -> None:
    assert await outcome(answering({"recipient_id": "1"}), ACTION) == Sent(None, "1")


async def test_a_base_address_may_have_a_path() -> None:
    async with (
        platform(answering({"message_id": "m"})) as (served, url),
        client(f"{url}/proxy/") as graph,
    ):
        await graph.send(BODY)
    assert served.requests[0]["path"] == "/proxy/v26.0/me/messages"


async def test_a_platform_refusal_is_definite_and_keeps_its_numbers() -> None:
    error = await outcome(refusing(10, 2018278))
    assert isinstance(error, GraphError)
    assert (error.status, error.code, error.subcode) == (400, 10, 2018278)
    assert (error.fbtrace_id, error.message) == ("Trace", "no")
    assert error.outside_window


async def test_an_error_under_a_200_is_a_refusal_all_the_same() -> None:
    error = await outcome(refusing(551, 1545041, status=200))
    assert isinstance(error, GraphError)
    assert error.stop == "person"


async def test_numbers_written_as_texts_are_still_numbers() -> None:
    error = await outcome(answering({"error": {"code": "10", "error_subcode": "2018278"}}, 400))
    assert isinstance(error, GraphError)
    assert error.outside_window


@pytest.mark.parametrize("body", ["", "<html>not found</html>", "[1]", '{"error": "no"}'])
async def test_a_4xx_without_a_platform_error_is_refused_but_proves_nothing_of_a_token(
    body: str,
) -> None:
    error = await outcome(answering(body, 404), TOKEN_BODY)
    assert isinstance(error, GraphError)
    assert (error.status, error.code) == (404, None)
    assert not error.retry
    assert not error.token_unused


@pytest.mark.parametrize("body", ["", "<html>too many requests</html>"])
async def test_a_429_of_a_box_on_the_way_is_a_rate_limit(body: str) -> None:
    error = await outcome(answering(body, 429), TOKEN_BODY)
    assert isinstance(error, GraphError)
    assert error.code is None
    assert error.row.slows
    assert error.row.sentence == "calls come too often (HTTP 429)"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302, 307])
async def test_a_status_that_tells_no_outcome_may_have_left(status: int) -> None:
    error = await outcome(answering("", status))
    assert isinstance(error, MayHaveLeft)
    assert str(status) in str(error)
    assert error.error is None


@pytest.mark.parametrize("code", [1, 2, 1200])
async def test_a_5xx_with_a_platform_error_may_have_left_and_keeps_the_error(code: int) -> None:
    error = await outcome(refusing(code, status=500))
    assert isinstance(error, MayHaveLeft)
    assert error.error is not None
    assert (error.error.status, error.error.code) == (500, code)


async def test_the_unreadable_answer_to_something_sent_may_have_left() -> None:
    error = await outcome(refusing(1, 1357046))
    assert isinstance(error, MayHaveLeft)
    assert error.error is not None
    assert error.error.subcode == 1357046


@pytest.mark.parametrize("body", ["", "garbage", "[]", "{}", '{"message_id": 7}', "[" * 9000])
async def test_a_200_without_a_message_id_may_have_left(body: str) -> None:
    error = await outcome(answering(body))
    assert isinstance(error, MayHaveLeft)
    assert "without a message id" in str(error)


async def test_a_refused_connection_never_left() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        async with client(f"http://127.0.0.1:{taken.getsockname()[1]}") as graph:
            with pytest.raises(NeverLeft, match=r"no connection to `http://127\.0\.0\.1"):
                await graph.send(BODY)


async def test_a_name_that_does_not_resolve_never_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError("no such name")

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", fail)
    async with client("https://graph.invalid") as graph:
        with pytest.raises(NeverLeft, match=r"graph\.invalid"):
            await graph.send(BODY)


async def test_a_failed_tls_handshake_never_left() -> None:
    async def not_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with raw_server(not_tls) as url, client(url.replace("http:", "https:")) as graph:
        with pytest.raises(NeverLeft):
            await graph.send(BODY)


async def test_a_connection_that_does_not_come_about_in_time_never_left() -> None:
    """TLS that is never answered: the connection is not there when the time is over."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with (
        raw_server(silent) as url,
        client(url.replace("http:", "https:"), seconds=0.2) as graph,
    ):
        with pytest.raises(NeverLeft):
            await graph.send(BODY)


async def test_a_server_that_never_answers_may_have_taken_it() -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        raise AssertionError("the client should have gone")

    async with platform(hang) as (served, url), client(url, seconds=0.2) as graph:
        with pytest.raises(MayHaveLeft, match="broke off: `TimeoutError`"):
            await graph.send(BODY)
    assert len(served.requests) == 1


async def test_an_answer_that_stops_in_the_middle_may_have_left() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"message_id"')
        await writer.drain()

    async with raw_server(half) as url, client(url) as graph:
        with pytest.raises(MayHaveLeft):
            await graph.send(BODY)


async def test_a_reset_after_the_request_may_have_left_and_is_not_repeated() -> None:
    heard: list[bytes] = []

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with raw_server(reset) as url, client(url) as graph:
        with pytest.raises(MayHaveLeft):
            await graph.send(BODY)
    assert len(heard) == 1


async def test_a_kept_connection_that_the_server_drops_is_a_doubt_and_not_a_second_try() -> None:
    """The second call finds the connection open, writes, and only then sees it close."""
    heard: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = b'{"message_id": "m_1"}'
        for turn in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            heard.append(head)
            if turn == 0:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer))
                writer.write(answer)
                await writer.drain()

    async with raw_server(once) as url, client(url) as graph:
        assert (await graph.send(BODY)).message_id == "m_1"
        with pytest.raises(MayHaveLeft, match="ServerDisconnectedError"):
            await graph.send(BODY)
    assert len(heard) == 2


async def test_a_redirect_is_not_followed() -> None:
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("/stolen")

    async with platform(elsewhere) as (served, url), client(url) as graph:
        with pytest.raises(MayHaveLeft):
            await graph.send(BODY)
    assert [request["path"] for request in served.requests] == ["/v26.0/me/messages"]


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert await outcome(answering({"message_id": "m_1"})) == Sent("m_1", None)


async def test_a_body_that_is_no_json_never_left() -> None:
    async with platform(answering({"message_id": "m"})) as (served, url), client(url) as graph:
        with pytest.raises(NeverLeft, match="cannot be written as JSON"):
            await graph.send({"recipient": {"id": "1"}, "message": {"text": float("nan")}})
    assert served.requests == []


async def test_no_secret_reaches_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """The platform repeats a malformed token in its own message."""
    caplog.set_level(logging.DEBUG)
    said = f"Malformed access token {TOKEN}; secret {SECRET}; proof {PROOF}; token {ONE_TIME}"
    errors = [
        await outcome(refusing(190, message=said, fbtrace_id=said), TOKEN_BODY),
        await outcome(refusing(2, status=500, message=said), TOKEN_BODY),
        await outcome(answering("garbage"), TOKEN_BODY),
    ]
    words = caplog.text
    for error in errors:
        assert isinstance(error, SendError)
        words += str(error) + repr(error) + repr(vars(error))
        inner = getattr(error, "error", None)
        words += repr(vars(inner)) if inner else ""
    assert "Malformed access token ***" in words
    for secret in (TOKEN, SECRET, PROOF, ONE_TIME):
        assert secret not in words


async def test_the_representation_masks_the_secrets() -> None:
    shown = repr(Graph("https://graph.facebook.com", "v26.0", TOKEN, SECRET))
    assert shown == (
        "Graph('https://graph.facebook.com/v26.0', page_token='***', app_secret='***')"
    )


async def test_me_returns_the_id_of_the_page_without_the_token_in_the_address() -> None:
    handler = answering({"id": "777", "name": "P"})
    async with platform(handler) as (served, url), client(url) as graph:
        assert await graph.me() == "777"
    (request,) = served.requests
    assert request["path"] == f"/v26.0/me?fields=id&appsecret_proof={PROOF}"
    assert request["headers"]["Authorization"] == f"Bearer {TOKEN}"


async def test_me_raises_what_the_platform_refuses() -> None:
    async with platform(refusing(190)) as (_, url), client(url) as graph:
        with pytest.raises(GraphError, match="the Page token is not valid"):
            await graph.me()


async def test_the_simulators_clock_is_read_without_the_token() -> None:
    handler = answering({"now": "x", "offset_ms": -5})
    async with platform(handler) as (served, url), client(f"{url}/graph") as graph:
        assert await graph.sim_clock() == -5
    (request,) = served.requests
    assert request["path"] == "/_sim/clock"
    assert "Authorization" not in request["headers"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"offset_ms": true}', '{"offset_ms": "1"}'])
async def test_what_is_not_a_clock_is_none(body: str) -> None:
    async with platform(answering(body)) as (_, url), client(url) as graph:
        assert await graph.sim_clock() is None


async def test_a_clock_is_never_asked_of_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a call was made")

    monkeypatch.setattr("aiohttp.ClientSession.get", forbidden)
    async with client("https://graph.facebook.com") as graph:
        assert await graph.sim_clock() is None


async def test_no_simulator_at_the_address_is_no_clock() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with client(f"http://127.0.0.1:{taken.getsockname()[1]}") as graph:
            assert await graph.sim_clock() is None


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8088", True),
        ("http://127.3.2.1", True),
        ("http://[::1]:80", True),
        ("http://localhost:1", True),
        ("https://graph.facebook.com", False),
        ("https://localhost.example.org", False),
        ("https://10.0.0.1", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, loopback: bool) -> None:
    assert Graph(url, "v26.0", TOKEN, SECRET).loopback is loopback


@pytest.mark.parametrize(
    ("url", "version", "token", "secret", "sentence"),
    [
        ("http://graph.facebook.com", "v26.0", TOKEN, SECRET, "unencrypted"),
        ("ftp://graph.facebook.com", "v26.0", TOKEN, SECRET, "is not like `https"),
        ("graph.facebook.com", "v26.0", TOKEN, SECRET, "is not like `https"),
        ("https://u:p@graph.facebook.com", "v26.0", TOKEN, SECRET, "more than a host"),
        ("https://graph.facebook.com?x=1", "v26.0", TOKEN, SECRET, "more than a host"),
        ("https://graph.facebook.com", "26", TOKEN, SECRET, "the Graph version `26`"),
        ("https://graph.facebook.com", "v26.0/../x", TOKEN, SECRET, "the Graph version"),
        ("https://graph.facebook.com", "v26.0", "", SECRET, "the page token is empty"),
        ("https://graph.facebook.com", "v26.0", "a\r\nb", SECRET, "the page token"),
        ("https://graph.facebook.com", "v26.0", TOKEN, "", "the app secret is empty"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_with_a_sentence(
    url: str, version: str, token: str, secret: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        Graph(url, version, token, secret)


async def test_a_closed_client_opens_again() -> None:
    async with platform(answering({"message_id": "m_1"})) as (_, url), client(url) as graph:
        await graph.send(BODY)
        await graph.close()
        assert (await graph.send(BODY)).message_id == "m_1"
