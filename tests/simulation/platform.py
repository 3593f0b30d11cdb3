"""The platform of a world: it takes messages, delivers webhooks, goes wrong where the seed says.

It judges a call by what it knows itself: who wrote when, which tokens it gave, who blocked it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace, TracebackType
from typing import Any

import aiohttp

from .faults import REFUSALS, Weather
from .history import FAIL, INFO, INVOKE, OK, History

PAGE = "1234567890"
SECRET = "app-secret"
APP = 77
BEGAN = 1_793_534_400_000  # 2026-11-01T12:00:00Z
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
WINDOW = DAY
_GIVES_UP = 10.0  # seconds after which the channel's client gives a call up
_PATIENCE = 20.0  # seconds that the platform waits for an acknowledgement
_REDELIVERS = (1.0, 2.0, 4.0, 8.0)

Item = dict[str, Any]
#: Takes a body and its headers to the process that serves now; None where nobody answers.
Door = Callable[[bytes, Mapping[str, str]], Awaitable[int | None]]


@dataclass
class Person:
    """Somebody as the platform knows them; moments in milliseconds."""

    psid: str
    opened: int = 0
    reachable: bool = True
    tokens: dict[str, bool] = field(default_factory=dict)  # value: used
    comments: dict[str, bool] = field(default_factory=dict)  # id: answered in private


@dataclass
class _Delivery:
    items: list[tuple[str, Item]]
    psids: list[str]
    tries: int = 0


class Platform:
    """One Page's platform."""

    def __init__(self, weather: Weather, history: History, random: Random) -> None:
        self.people: dict[str, Person] = {}
        self.skipped = 0  # milliseconds that passed without anything running
        self.revoked_until = 0
        self.blocked = False  # whether the Page may send nothing that nobody waits for
        self.door: Door | None = None
        self._weather = weather
        self._history = history
        self._random = random
        self._held: list[tuple[int, _Delivery]] = []  # due at, what
        self._open: set[asyncio.Task[Any]] = set()
        self._seen: dict[str, int] = {}  # the newest event of each person that was delivered
        self._numbers = {"call": 0, "mid": 0, "delivery": 0}

    def now(self) -> int:
        """Return the platform's moment in milliseconds since 1970."""
        return BEGAN + round(asyncio.get_event_loop().time() * SECOND) + self.skipped

    def number(self, what: str) -> int:
        """Return the next number of a kind."""
        self._numbers[what] = self._numbers.get(what, 0) + 1
        return self._numbers[what]

    @property
    def delivers(self) -> bool:
        """Tell whether an event is on its way to us."""
        return bool(self._open)

    @property
    def holds(self) -> bool:
        """Tell whether an event is held back for later."""
        return bool(self._held)

    def skip(self, ms: int) -> None:
        """Let time pass in which nobody does anything, and let go what is due."""
        self.skipped += ms
        self._let_go()

    def skip_to_the_held(self) -> None:
        """Let time pass until everything that is held back is due."""
        last = max((due for due, _ in self._held), default=0)
        self.skip(max(0, last - self.now()))

    # -- what people do ----------------------------------------------------------------------

    def event(self, psid: str, *, opens: bool = True, **content: Any) -> Item:
        """Return an event that a person makes now."""
        if opens:
            self.people[psid].opened = self.now()
        ends = {"sender": {"id": psid}, "recipient": {"id": PAGE}}
        return {**ends, "timestamp": self.now(), **content}

    def enforce(self, action: str) -> None:
        """Block the Page for breaking the policy, or let it write again, and say so."""
        self.blocked = action == "block"
        said = {"action": action, "reason": "spam"}
        item = {"recipient": {"id": PAGE}, "timestamp": self.now(), "policy_enforcement": said}
        name = f"{action}{self.number(action)}"
        self._history.add(INFO, "page", name, what=action)
        self.happened((name, "", item))

    def happened(self, *acts: tuple[str, str, Item]) -> None:
        """Tell the channel of acts (id, psid, event) that belong together, sooner or later."""
        made = _Delivery([(i, item) for i, _, item in acts], [psid for _, psid, _ in acts])
        if self._held and self._held[-1][0] == 0:  # one waits to be merged with the next
            _, before = self._held.pop()
            made.items[:0], made.psids[:0] = before.items, before.psids
            self._weather.happened("batch merged")
        for fault, least, most in (
            ("webhook delayed by days", DAY, 3 * DAY),
            ("webhook delayed by hours", HOUR, 20 * HOUR),
            ("reordered webhook", 2 * SECOND, 4 * SECOND),
        ):
            if self._weather.strikes(fault):
                self._hold(self.now() + self._random.randint(least, most), made)
                return
        if self._weather.strikes("batch merged"):
            self._held.append((0, made))
            asyncio.get_event_loop().call_later(1.5, self._let_go)
            return
        self._deliver(made)

    def _hold(self, due: int, made: _Delivery) -> None:
        self._held.insert(0, (due, made))
        wait = (due - self.now()) / SECOND
        if wait < HOUR / SECOND:
            asyncio.get_event_loop().call_later(wait + 0.001, self._let_go)

    def _let_go(self) -> None:
        due = [made for at, made in self._held if at <= self.now()]
        self._held = [(at, made) for at, made in self._held if at > self.now()]
        for made in due:
            self._deliver(made)

    def _deliver(self, made: _Delivery) -> None:
        task = asyncio.get_event_loop().create_task(self._until_taken(made))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _until_taken(self, made: _Delivery) -> None:
        while not await self._attempt(made):
            if len(made.items) > 1 and self._weather.strikes("batch split"):
                self._weather.happened("batch split")
                for one, psid in zip(made.items, made.psids, strict=True):
                    self._deliver(_Delivery([one], [psid], made.tries))
                return
            await asyncio.sleep(_REDELIVERS[min(made.tries, len(_REDELIVERS)) - 1])
        if self._weather.strikes("duplicate webhook"):
            self._weather.happened("duplicate webhook")
            await asyncio.sleep(self._random.choice((0.0, 0.5, 3.0)))
            items = [(made.items, made.psids)]
            if len(made.items) > 1 and self._weather.strikes("batch split"):
                self._weather.happened("batch split")
                items = [([one], [who]) for one, who in zip(made.items, made.psids, strict=True)]
            for some, psids in items:
                again = _Delivery(list(some), list(psids))
                while not await self._attempt(again):
                    await asyncio.sleep(_REDELIVERS[min(again.tries, len(_REDELIVERS)) - 1])

    async def _attempt(self, made: _Delivery) -> bool:
        made.tries += 1
        self._count_lateness(made)
        raw, headers = signed([item for _, item in made.items], self.now())
        id, about = f"w{self.number('delivery')}", [i for i, _ in made.items]
        self._history.add(INVOKE, "webhook", id, events=about, tries=made.tries)
        status = None if self.door is None else await self.door(raw, headers)
        ends = INFO if status is None else OK if status == 200 else FAIL
        self._history.add(ends, "webhook", id, events=about, status=status)
        return status == 200

    def _count_lateness(self, made: _Delivery) -> None:
        for (_, item), psid in zip(made.items, made.psids, strict=True):
            at = moment(item)
            late = self.now() - at
            if late >= DAY:
                self._weather.happened("webhook delayed by days")
            elif late >= HOUR:
                self._weather.happened("webhook delayed by hours")
            if at < self._seen.get(psid, 0) and made.tries == 1:
                self._weather.happened("reordered webhook")
            self._seen[psid] = max(at, self._seen.get(psid, 0))

    # -- what the channel sends --------------------------------------------------------------

    def judge(self, body: Mapping[str, Any]) -> tuple[int, int | None] | None:
        """Return why the platform refuses a call, as code and subcode; None where it takes it."""
        recipient = body["recipient"]
        if self.now() < self.revoked_until:
            return (190, 460)
        if self.blocked and str(body["message"].get("text")).startswith("alert "):
            return (368, None)
        token = recipient.get("one_time_notif_token")
        if token is not None:
            owner = self.owner_of(token)
            if owner is None or owner.tokens[token]:
                return (100, None)
            return None if owner.reachable else (551, 1545041)
        comment = recipient.get("comment_id")
        if comment is not None:
            owner = self.commenter(comment)
            return (100, 2534025) if owner is None or owner.comments[comment] else None
        person = self.people.get(str(recipient.get("id")))
        if person is None:
            return (100, 2018001)
        if not person.reachable:
            return (551, 1545041)
        open_ = self.now() < person.opened + WINDOW
        return None if open_ or body.get("tag") == "HUMAN_AGENT" else (10, 2018278)

    def take(self, body: Mapping[str, Any]) -> tuple[str, str]:
        """Let a message reach its person; returns its mid and who it reached."""
        recipient = body["recipient"]
        token, comment = recipient.get("one_time_notif_token"), recipient.get("comment_id")
        person = self.people.get(str(recipient.get("id")))
        if token is not None:
            person = self.owner_of(token)
            assert person is not None
            person.tokens[token] = True
        elif comment is not None:
            person = self.commenter(comment)
            assert person is not None
            person.comments[comment] = True
        assert person is not None
        return f"mid.{self.number('mid')}", person.psid

    def owner_of(self, token: str) -> Person | None:
        """Return whom a token was given by."""
        return next((p for p in self.people.values() if token in p.tokens), None)

    def commenter(self, comment: str) -> Person | None:
        """Return who wrote a comment."""
        return next((p for p in self.people.values() if comment in p.comments), None)

    def echo_of(self, body: Mapping[str, Any], mid: str, psid: str) -> tuple[str, str, Item]:
        """Return the echo of a message that was taken, as an act."""
        ends = {"sender": {"id": PAGE}, "recipient": {"id": psid}, "timestamp": self.now()}
        message = {**body["message"], "mid": mid, "is_echo": True, "app_id": APP}
        return f"echo:{mid}", psid, {**ends, "message": message}


def moment(item: Item) -> int:
    """Return when an event happened, in milliseconds."""
    if "value" in item:
        return int(item["value"]["created_time"]) * SECOND
    return int(item["timestamp"])


def signed(items: list[Item], at: int) -> tuple[bytes, dict[str, str]]:
    """Return a webhook's bytes and headers."""
    entry: dict[str, Any] = {"id": PAGE, "time": at}
    for item in items:
        entry.setdefault("changes" if "field" in item else "messaging", []).append(item)
    raw = json.dumps({"object": "page", "entry": [entry]}).encode()
    digest = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    return raw, {"x-hub-signature-256": f"sha256={digest}"}


class Wire:
    """Stands where the HTTP session of the channel's client stands; made by one process."""

    closed = False

    def __init__(
        self,
        platform: Platform,
        weather: Weather,
        history: History,
        random: Random,
        process: Any,
    ) -> None:
        self.platform = platform
        self.weather = weather
        self.history = history
        self.random = random
        self.process = process

    def request(
        self,
        method: str,
        url: str,
        *,
        data: str | None,
        headers: Mapping[str, str],
        allow_redirects: bool,
        trace_request_ctx: SimpleNamespace,
    ) -> _Call:
        """Return a call, which begins when it is entered."""
        return _Call(self, url, {} if data is None else json.loads(data), trace_request_ctx)

    async def close(self) -> None:
        """Hold nothing."""


class _Call:
    """One HTTP call with everything that can go wrong with it."""

    def __init__(self, wire: Wire, url: str, body: dict[str, Any], trace: SimpleNamespace) -> None:
        self._wire = wire
        self._body = body
        self._trace = trace
        self._name = f"c{wire.platform.number('call')}"
        self._is_message = url.endswith("/messages") and "message" in body
        self.status = 200
        self.headers: dict[str, str] = {}
        self._said: object = {}
        self._slow = 0.0
        self._breaks = False

    async def __aenter__(self) -> _Call:
        wire, name = self._wire, self._name
        wire.process.boundary("before the first byte")
        if not self._is_message:
            self._trace.connected = True
            self._said = {"recipient_id": "x"}
            await asyncio.sleep(0.01)
            return self
        self._invoke()
        fault = self._drawn()
        await asyncio.sleep(0.01)
        if fault == "connect refused":
            wire.weather.happened(fault)
            wire.history.add(FAIL, "send", name, why="never left")
            raise aiohttp.ClientConnectionError("refused")
        self._trace.connected = True
        if fault == "timeout before write":
            wire.weather.happened(fault)
            await self._hang()
        await self._arrive(fault)
        wire.process.boundary("after the platform took it")
        if fault == "timeout after write":
            wire.weather.happened(fault)
            await self._hang()
        await asyncio.sleep(0.02)
        wire.process.boundary("while the answer comes back")
        return self

    async def read(self) -> bytes:
        """Return the body of the answer."""
        wire = self._wire
        if self._slow:
            wire.weather.happened("slow body")
            await asyncio.sleep(self._slow)
        if self._breaks:
            wire.weather.happened("reset in the response")
            wire.history.add(INFO, "send", self._name, why="reset")
            raise aiohttp.ClientPayloadError("reset")
        if self._is_message:
            self._tell_end()
        return json.dumps(self._said).encode()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the connection go."""

    def _drawn(self) -> str | None:
        weather = self._wire.weather
        for fault in (
            "connect refused",
            "timeout before write",
            "timeout after write",
            "reset in the response",
            "5xx, not taken",
            "5xx, taken",
            "slow body",
            "rate limit with usage header",
            "echo before the response",
            "answer without a message id",
        ):
            if weather.strikes(fault):
                return fault
        if not weather.calm and weather.random.random() < 0.15:
            return weather.random.choice(weather.codes)
        return None

    def _invoke(self) -> None:
        body, recipient = self._body, self._body["recipient"]
        self._wire.history.add(
            INVOKE,
            "send",
            self._name,
            metadata=body["message"].get("metadata"),
            text=body["message"].get("text"),
            psid=recipient.get("id"),
            token=recipient.get("one_time_notif_token") or recipient.get("comment_id"),
            tag=body.get("tag"),
            clock=self._wire.process.clock_ms(),
            process=self._wire.process.name,
        )

    async def _hang(self) -> None:
        await asyncio.sleep(_GIVES_UP)
        self._wire.history.add(INFO, "send", self._name, why="timeout")
        raise asyncio.TimeoutError

    async def _arrive(self, fault: str | None) -> None:
        """Let the platform take the message, or not."""
        platform, weather = self._wire.platform, self._wire.weather
        if fault == "5xx, not taken":
            weather.happened(fault)
            self.status, self._said = 503, "<html>busy</html>"
            return
        if fault == "rate limit with usage header":
            weather.happened(fault)
            usage = {"call_count": 100, "total_cputime": 25, "total_time": 25}
            self.headers = {"X-App-Usage": json.dumps(usage)}
            self._refuse(613, None)
            return
        if fault in REFUSALS:
            weather.happened(fault)
            if (
                fault == "refused 1/1357046"
            ):  # "an answer that cannot be read, although it was sent"
                await self._taken(before=False)
            self._refuse(*REFUSALS[fault])
            return
        refusal = platform.judge(self._body)
        if refusal is not None:
            self._refuse(*refusal)
            return
        await self._taken(before=fault == "echo before the response")
        if fault == "5xx, taken":
            weather.happened(fault)
            self.status, self._said = 500, {"error": {"message": "gone wrong"}}
        elif fault == "answer without a message id":
            weather.happened(fault)
            self._said = {}
        self._slow = 6.0 if fault == "slow body" else 0.0
        self._breaks = fault == "reset in the response"

    def _refuse(self, code: int, subcode: int | None) -> None:
        error: dict[str, Any] = {"message": f"(#{code}) no", "code": code}
        if subcode is not None and subcode >= 0:
            error["error_subcode"] = subcode
        self.status, self._said = 400, {"error": error}

    async def _taken(self, *, before: bool) -> None:
        wire = self._wire
        if wire.platform.judge(self._body) is not None:
            return
        mid, psid = wire.platform.take(self._body)
        message = self._body["message"]
        text, metadata = message.get("text"), message.get("metadata")
        wire.history.add(OK, "taken", self._name, psid=psid, text=text, metadata=metadata, mid=mid)
        self._said = {"recipient_id": psid, "message_id": mid}
        echo = wire.platform.echo_of(self._body, mid, psid)
        if before and wire.platform.door is not None:
            raw, headers = signed([echo[2]], wire.platform.now())
            if await wire.platform.door(raw, headers) == 200:
                wire.weather.happened("echo before the response")
                return
        if before or wire.random.random() < 0.5:
            wire.platform.happened(echo)

    def _tell_end(self) -> None:
        said = self._said if isinstance(self._said, dict) else {}
        history, error = self._wire.history, said.get("error") or {}
        if "message_id" in said and self.status == 200:
            history.add(OK, "send", self._name, mid=said["message_id"])
        elif 400 <= self.status < 500 and error.get("error_subcode") != 1357046:
            code, subcode = error.get("code"), error.get("error_subcode")
            history.add(FAIL, "send", self._name, why="refused", code=code, subcode=subcode)
        else:
            history.add(INFO, "send", self._name, why=f"status {self.status}")
