"""The client of the Send API: one session, kept alive, no redirects, no proxies, no silent retry.

aiohttp 3.9 repeats no request by itself. A connection that the server closed while idle shows only
after the request was written, so that too counts as "may have left".
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

import aiohttp

from policy_guard.pace import Usage

from .errors import GraphError, MayHaveLeft, NeverLeft
from .proof import secret_proof
from .usage import usage_in

CONNECT_SECONDS = 3.0
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")
_LONGEST_TEXT = 500  # characters kept of what the platform says about a refusal
_LONG_NUMBER = 19  # digits: no code of the platform is as long
_MASK = "***"
_OK = range(200, 300)
_REFUSED = range(400, 500)
_REQUEST_TIMEOUT = 408  # some box in between gave up waiting: nobody knows for what
_BROKEN = (aiohttp.ClientError, asyncio.TimeoutError, OSError)
_SECRET_RECIPIENTS = ("one_time_notif_token", "notification_messages_token")


@dataclass(frozen=True)
class Sent:
    """The platform's receipt; a sender action has no message id, some recipients have no id."""

    message_id: str | None
    recipient_id: str | None
    usage: Usage | None = None  # None where the answer says nothing of it


@dataclass(frozen=True)
class _Answer:
    status: int
    body: object  # None where it is not JSON
    usage: Usage | None


class Graph:
    """An asynchronous client of one Page; use it in one event loop and close it at the end.

    `timeout` is for a whole call. Raises ValueError for an address, version, token or secret that
    cannot be right; plain HTTP is taken for this machine only.
    """

    def __init__(
        self,
        base_url: str,
        version: str,
        page_token: str,
        app_secret: str,
        *,
        timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        self._address = _address(base_url)
        if not _VERSION.fullmatch(version):
            raise ValueError(f"the Graph version `{version}` is not like `v26.0`")
        for name, secret in (("page token", page_token), ("app secret", app_secret)):
            if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
                raise ValueError(f"the {name} is empty or holds characters that no {name} has")
        self._base = f"{base_url.rstrip('/')}/{version}"
        self._token = page_token
        self._secret = app_secret
        self._proof = secret_proof(app_secret, page_token)
        self._timeout = timeout
        self._open: aiohttp.ClientSession | None = None
        self._reached: tuple[bool, float] | None = None

    def __repr__(self) -> str:
        return f"Graph({self._base!r}, page_token={_MASK!r}, app_secret={_MASK!r})"

    @property
    def loopback(self) -> bool:
        """Tell whether the address is this machine, where only a simulator can be."""
        return _is_loopback(self._address.hostname or "")

    async def send(self, body: Mapping[str, Any]) -> Sent:
        """Make one Send API call; raises NeverLeft, MayHaveLeft or GraphError.

        A call that is cancelled may have left. The app secret proof goes in the body, so that no
        address holds anything worth hiding.
        """
        try:
            data = json.dumps({**body, "appsecret_proof": self._proof}, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise NeverLeft("the body cannot be written as JSON") from None
        answer = await self._call("POST", f"{self._base}/me/messages", data, _tokens_in(body))
        receipt = answer.body if isinstance(answer.body, dict) else {}
        message_id, recipient_id = receipt.get("message_id"), receipt.get("recipient_id")
        if not isinstance(message_id, str) or not message_id:
            message_id = None
        if message_id is None and "sender_action" not in body:
            raise MayHaveLeft(f"the platform answered `{answer.status}` without a message id")
        recipient = recipient_id if isinstance(recipient_id, str) else None
        return Sent(message_id, recipient, answer.usage)

    async def thread_control(
        self, do: str, psid: str, target_app_id: str | None, metadata: str | None
    ) -> None:
        """Pass, take or ask for a person's thread; raises as `send` does.

        Source: Messenger Platform, handover protocol (`/me/pass_thread_control` and its like).
        """
        body: dict[str, Any] = {"recipient": {"id": psid}, "appsecret_proof": self._proof}
        if target_app_id is not None:
            body["target_app_id"] = target_app_id
        if metadata is not None:
            body["metadata"] = metadata
        await self._call("POST", f"{self._base}/me/{do}_thread_control", json.dumps(body), ())

    async def me(self) -> str:
        """Return the id of the Page that the token belongs to; raises as `send` does."""
        # a GET has no body: the proof stands in the address, where it is worth nothing without
        # the token
        url = f"{self._base}/me?fields=id&appsecret_proof={self._proof}"
        answer = await self._call("GET", url, None, ())
        page_id = answer.body.get("id") if isinstance(answer.body, dict) else None
        if not isinstance(page_id, str) or not page_id:
            raise MayHaveLeft(f"the platform answered `{answer.status}` without a Page id")
        return page_id

    async def sim_clock(self) -> int | None:
        """Return the simulator's clock offset in milliseconds, None where there is no simulator."""
        if not self.loopback:
            return None
        url = f"{self._address.scheme}://{self._address.netloc}/_sim/clock"
        try:
            async with self._session().get(
                url, allow_redirects=False, trace_request_ctx=SimpleNamespace()
            ) as response:
                clock = _json(await response.read()) if response.status in _OK else None
        except _BROKEN:
            return None
        offset = clock.get("offset_ms") if isinstance(clock, dict) else None
        return offset if isinstance(offset, int) and not isinstance(offset, bool) else None

    def reached(self) -> tuple[bool | None, float | None]:
        """Return whether the last call was answered at all, and how many seconds ago that was."""
        if self._reached is None:
            return None, None
        answered, at = self._reached
        return answered, time.monotonic() - at

    async def close(self) -> None:
        """Close the session; a later call opens another."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def _call(
        self, method: str, url: str, data: str | None, secrets: tuple[str, ...]
    ) -> _Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        trace = SimpleNamespace(connected=False)
        try:
            async with self._session().request(
                method,
                url,
                data=data,
                headers=headers,
                allow_redirects=False,
                trace_request_ctx=trace,
            ) as response:
                body = _json(await response.read())
                answer = _Answer(response.status, body, usage_in(response.headers))
        except _BROKEN as error:
            self._reached = (False, time.monotonic())
            # the cause is left out on purpose: aiohttp's errors can carry the request's headers
            self._failed(type(error).__name__, connected=trace.connected)
        self._reached = (True, time.monotonic())
        if answer.status in _OK and not _error_of(answer.body):
            return answer
        raise self._refused(answer, secrets)

    def _failed(self, kind: str, *, connected: bool) -> NoReturn:
        where = f"`{self._address.scheme}://{self._address.netloc}`"
        if connected:
            raise MayHaveLeft(f"the call to {where} broke off: `{kind}`") from None
        raise NeverLeft(f"no connection to {where}: `{kind}`") from None

    def _refused(self, answer: _Answer, secrets: tuple[str, ...]) -> GraphError | MayHaveLeft:
        said = _error_of(answer.body)
        error = GraphError(
            status=answer.status,
            code=_number(said.get("code")),
            subcode=_number(said.get("error_subcode")),
            fbtrace_id=self._safe(said.get("fbtrace_id"), secrets) or None,
            message=self._safe(said.get("message"), secrets),
            usage=answer.usage,
        )
        plainly = answer.status in _REFUSED and answer.status != _REQUEST_TIMEOUT
        if error.row.unknown_outcome or not (plainly or (said and answer.status in _OK)):
            return MayHaveLeft(
                f"the platform answered `{answer.status}`, which tells no outcome",
                error if said else None,
            )
        return error

    def _safe(self, value: object, secrets: tuple[str, ...]) -> str:
        """Return the platform's words without our secrets: it repeats a bad token in full."""
        words = value if isinstance(value, str) else ""
        for secret in (self._token, self._secret, self._proof, *secrets):
            words = words.replace(secret, _MASK)
        return words[:_LONGEST_TEXT]

    def _session(self) -> aiohttp.ClientSession:
        if self._open is None or self._open.closed:
            self._open = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(
                    total=self._timeout.total_seconds(),
                    connect=CONNECT_SECONDS,
                    sock_connect=CONNECT_SECONDS,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=[_connection_trace()],
                trust_env=False,
            )
        return self._open


def _connection_trace() -> aiohttp.TraceConfig:
    """Return a trace that marks a call once it has a connection: until then nothing has left."""

    async def connected(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        context.trace_request_ctx.connected = True

    trace = aiohttp.TraceConfig()
    for signal in (trace.on_connection_create_end, trace.on_connection_reuseconn):
        signal.append(connected)  # type: ignore[arg-type]  # aiohttp 3.9 misdeclares its signals
    return trace


def _address(base_url: str) -> SplitResult:
    address = urlsplit(base_url)
    if address.username or address.password or address.query or address.fragment:
        raise ValueError("the Graph address holds more than a host and a path")
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError(f"the Graph address `{base_url}` is not like `https://graph.facebook.com`")
    if address.scheme == "http" and not _is_loopback(address.hostname):
        raise ValueError(f"the Graph address `{base_url}` would send the token unencrypted")
    return address


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _error_of(body: object) -> dict[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _LONG_NUMBER:
        return int(value)
    return value if isinstance(value, int) else None


def _tokens_in(body: Mapping[str, Any]) -> tuple[str, ...]:
    recipient = body.get("recipient")
    named = recipient if isinstance(recipient, Mapping) else {}
    tokens = (named.get(name) for name in _SECRET_RECIPIENTS)
    return tuple(token for token in tokens if isinstance(token, str) and token)
