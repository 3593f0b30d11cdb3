"""The simulator for tests: a server in a thread of its own, and a synchronous client.

with Simulator() as messenger:
    messenger.webhook_url = "http://127.0.0.1:5005/webhooks/messenger/webhook"
    alex = messenger.person()
    messenger.say(alex, "hello")
    messenger.advance(days=8)
"""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from aiohttp import web

from .facts import parse_moment
from .server import serve
from .settings import Settings
from .world import rfc3339

Json = dict[str, Any]
Answer = TypeVar("Answer")
POLL_EVERY = 0.02  # seconds
CALL_WITHIN = 30.0  # seconds; the longest control call waits for a delivery


class SimulatorError(AssertionError):
    """The simulator refused what a test asked of it, in one sentence."""


@dataclass(frozen=True)
class GraphAnswer:
    """What a Send API call was answered: HTTP status and JSON body."""

    status: int
    body: Json

    @property
    def error(self) -> tuple[int, int | None] | None:
        """Return code and subcode of the platform's error, None when the call was taken."""
        error = self.body.get("error")
        return None if error is None else (error["code"], error.get("error_subcode"))


class SimulatorClient:
    """A synchronous client of a running simulator; raises SimulatorError for a refused wish."""

    def __init__(self, url: str, page_token: str = Settings.page_token) -> None:
        self.url = url.rstrip("/")
        self._page_token = page_token

    # -- plumbing -----------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Return status and body of one HTTP call; raises OSError when nobody answers."""
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=CALL_WITHIN)
        try:
            raw = None if body is None else json.dumps(body).encode()
            line.request(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
            response = line.getresponse()
            return response.status, response.read()
        finally:
            line.close()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        status, raw = self.call(method, "/_sim/" + path, body)
        try:
            answer = json.loads(raw)
        except ValueError as error:
            raise SimulatorError(f"{method} {path} was answered {status}") from error
        if status != http.client.OK:
            raise SimulatorError(f"{method} {path}: {answer.get('error')}")
        return answer

    @property
    def graph_url(self) -> str:
        """Return the base address for `/{version}/me/messages`."""
        return self.url

    def health(self) -> Json:
        """Return what the simulator says of itself."""
        return self._json("GET", "health")

    def _json(self, method: str, path: str, body: object = None) -> Json:
        answer: Json = self._ask(method, path, body)
        return answer

    def _list(self, method: str, path: str, body: object = None) -> list[Json]:
        answer: list[Json] = self._ask(method, path, body)
        return answer

    # -- the clock ----------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the simulated moment in UTC."""
        return parse_moment(self._json("GET", "clock")["now"])

    @property
    def offset_ms(self) -> int:
        """Return how many milliseconds the simulated clock is ahead of the real one."""
        return int(self._json("GET", "clock")["offset_ms"])

    def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> datetime:
        """Move the clock, backwards when negative, and return the new moment in UTC."""
        step = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        return self._move({"advance_seconds": step.total_seconds()})

    def set_now(self, moment: datetime | str) -> datetime:
        """Make `moment` the present and return it in UTC."""
        text = moment if isinstance(moment, str) else rfc3339(moment)
        return self._move({"now": text})

    def _move(self, wish: Json) -> datetime:
        return parse_moment(self._json("POST", "clock", wish)["now"])

    # -- people and what they do --------------------------------------------------------------

    def person(
        self, name: str | None = None, *, psid: str | None = None, region: str | None = None
    ) -> str:
        """Add a person and return the PSID."""
        wish = {"name": name, "psid": psid, "region": region}
        return str(self._json("POST", "people", wish)["psid"])

    def people(self) -> list[Json]:
        """Return everybody."""
        return self._list("GET", "people")

    def change_person(self, psid: str, **changes: Any) -> Json:
        """Change blocked, region, thread_owner ("us" or "other"), human_writing or name."""
        return self._json("PATCH", f"people/{quote(psid)}", changes)

    def thread(self, psid: str) -> Json:
        """Return the person's thread and what the platform knows of the person."""
        return self._json("GET", f"people/{quote(psid)}/thread")

    def messages(self, psid: str, sender: str | None = None) -> list[Json]:
        """Return the thread's messages, of one side only when `sender` is "page" or "person"."""
        return [m for m in self.thread(psid)["messages"] if sender in (None, m["from"])]

    def act(self, psid: str, act: str, **fields: Any) -> Json:
        """Let a person do something; the answer has event, mid and delivery."""
        return self._json("POST", f"people/{quote(psid)}/acts", {"act": act, **fields})

    def say(self, psid: str, text: str, **fields: Any) -> Json:
        """Let a person type something."""
        return self.act(psid, "say", text=text, **fields)

    def quick_reply(self, psid: str, title: str | None = None, **fields: Any) -> Json:
        """Let a person tap a quick reply, by its title or `payload=`."""
        return self.act(psid, "quick_reply", **_titled(title), **fields)

    def tap(self, psid: str, title: str | None = None, **fields: Any) -> Json:
        """Let a person tap a postback button, by its title or `payload=`."""
        return self.act(psid, "postback", **_titled(title), **fields)

    def get_started(self, psid: str, **fields: Any) -> Json:
        """Let a person tap Get Started."""
        return self.act(psid, "get_started", **fields)

    def notify_me(self, psid: str, mid: str | None = None, **fields: Any) -> Json:
        """Let a person tap Notify me, on the newest request when no `mid` is given."""
        return self.act(psid, "notify_me", **({} if mid is None else {"mid": mid}), **fields)

    def opt_in(self, psid: str, mid: str | None = None, **fields: Any) -> Json:
        """Let a person agree to recurring notifications."""
        return self.act(psid, "opt_in", **({} if mid is None else {"mid": mid}), **fields)

    def comment(self, psid: str, text: str, **fields: Any) -> Json:
        """Let a person comment on a post of the Page; `post_id` and `comment_id` may be chosen."""
        return self.act(psid, "comment", text=text, **fields)

    def react(self, psid: str, mid: str, emoji: str = "\u2764", **fields: Any) -> Json:
        """Let a person react to a message."""
        return self.act(psid, "react", mid=mid, emoji=emoji, **fields)

    def unreact(self, psid: str, mid: str, **fields: Any) -> Json:
        """Let a person take a reaction back."""
        return self.act(psid, "unreact", mid=mid, **fields)

    def referral(self, psid: str, ref: str | None = None, **fields: Any) -> Json:
        """Let a person follow an m.me link."""
        return self.act(psid, "referral", **({} if ref is None else {"ref": ref}), **fields)

    def read(self, psid: str, **fields: Any) -> Json:
        """Let a person read what was sent."""
        return self.act(psid, "read", **fields)

    def attachment(self, psid: str, kind: str, url: str, **fields: Any) -> Json:
        """Let a person send an image, audio, video or file."""
        return self.act(psid, "attachment", type=kind, url=url, **fields)

    # -- deliveries ---------------------------------------------------------------------------

    @property
    def webhook_url(self) -> str:
        """The bot's webhook; setting it may be done at any time."""
        return str(self.page()["webhook"])

    @webhook_url.setter
    def webhook_url(self, url: str) -> None:
        self.change_page(webhook=url)

    def batch(self, acts: Sequence[Json], entries: str = "one") -> Json:
        """Let several acts, each with `psid` and `act`, arrive in one POST."""
        return self._json("POST", "batch", {"acts": list(acts), "entries": entries})

    def release(self, psid: str | None = None, *, reverse: bool = False) -> list[Json]:
        """Deliver what was held back with `deliver=False`."""
        wish: Json = {"reverse": reverse, **({} if psid is None else {"psid": psid})}
        return self._list("POST", "release", wish)

    def redeliver(self, last: int = 1) -> list[Json]:
        """Deliver the newest acts once more, the same bytes."""
        return self._list("POST", "redeliver", {"last": last})

    def webhook(
        self, payload: Json | None = None, *, raw: str | None = None, signature: str = "good"
    ) -> Json:
        """Send the bot any body; `signature` is good, bad or none; the answer has the status."""
        body: Json = {"payload": payload} if raw is None else {"raw": raw}
        return self._json("POST", "webhook", {**body, "signature": signature})

    def deliveries(self, kind: str | None = None) -> list[Json]:
        """Return the webhooks sent with all their attempts, oldest first."""
        return [d for d in self._list("GET", "deliveries") if kind in (None, d["kind"])]

    def wait_idle(self, seconds: int = 10) -> None:
        """Wait until no webhook is on its way; raises SimulatorError when one still is."""
        if not self._json("POST", "idle", {"seconds": seconds})["idle"]:
            raise SimulatorError(f"webhooks are still on their way after {seconds} s")

    # -- the Send API -------------------------------------------------------------------------

    def send(
        self, body: object, *, token: str | None = None, version: str = "v26.0"
    ) -> GraphAnswer:
        """Call the Send API as the Page's app would, with the right token unless one is given."""
        return self.graph("POST", "me/messages", body, token=token, version=version)

    def graph(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        version: str = "v26.0",
    ) -> GraphAnswer:
        """Call any address of the Graph side, for instance `me/message_templates`."""
        bearer = self._page_token if token is None else token
        headers = {"Authorization": f"Bearer {bearer}"}
        status, raw = self.call(method, f"/{version}/{path}", body, headers)
        return GraphAnswer(status, json.loads(raw or b"{}"))

    def templates(self) -> list[Json]:
        """Return the Page's utility templates."""
        return self._list("GET", "templates")

    def review_template(self, known_as: str, status: str, reason: str | None = None) -> Json:
        """Make a template APPROVED, REJECTED, PAUSED or PENDING, and tell the bot."""
        wish = {"status": status, "reason": reason}
        return self._json("POST", f"templates/{quote(known_as)}", wish)

    def ads(self, edge: str | None = None) -> list[Json]:
        """Return what was advertised, of one kind only (`ads`, `adsets`...) when it is given."""
        return [one for one in self._list("GET", "ads") if edge in (None, one["edge"])]

    def requests(self, psid: str | None = None) -> list[Json]:
        """Return every Send API call, or one person's, oldest first."""
        return self._list("GET", "requests" + ("?" + urlencode({"psid": psid}) if psid else ""))

    def sent(self, psid: str | None = None) -> list[Json]:
        """Return the Send API calls that carried a message and were taken, oldest first."""
        taken = [r for r in self.requests(psid) if isinstance(r["response"], dict)]
        return [r for r in taken if "message_id" in r["response"]]

    def objections(self) -> list[str]:
        """Return everything a reviewer objected to, oldest first."""
        return [rule for request in self.requests() for rule in request["objections"]]

    # -- faults and the Page ------------------------------------------------------------------

    def fault(self, do: str, on: str = "any", **fields: Any) -> int:
        """Set a fault and return its number."""
        return int(self._json("POST", "faults", {"do": do, "on": on, **fields})["id"])

    def faults(self) -> list[Json]:
        """Return the faults that are set."""
        return self._list("GET", "faults")

    def clear_faults(self, number: int | None = None) -> None:
        """Take one fault away, or all."""
        self._ask("DELETE", "faults" if number is None else f"faults/{number}")

    def page(self) -> Json:
        """Return how the Page is set up."""
        return self._json("GET", "page")

    def change_page(self, **changes: Any) -> Json:
        """Change human_agent, recurring_notifications, region, restricted and the like."""
        return self._json("PATCH", "page", changes)

    def reset(self) -> None:
        """Begin again: nobody, nothing said, no fault, the first moment."""
        self._ask("POST", "reset", {})

    def wait_for(
        self, predicate: Callable[[], Answer], timeout: float = 10.0, what: str = "it"
    ) -> Answer:
        """Return the first true answer of `predicate`; raises SimulatorError after `timeout` s."""
        deadline = time.monotonic() + timeout
        while not (answer := predicate()):
            if time.monotonic() > deadline:
                raise SimulatorError(f"waited {timeout:g} s for {what}, in vain")
            time.sleep(POLL_EVERY)
        return answer


class Simulator(SimulatorClient):
    """A simulator in a thread of its own, on a free port of this machine; a context manager."""

    def __init__(self, *, port: int = 0, **settings: Any) -> None:
        self.settings = Settings(**settings)
        super().__init__("", self.settings.page_token)
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="simulator", daemon=True
        )
        self._runner: web.AppRunner | None = None

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve; raises SettingsError when the port is taken."""
        self._thread.start()
        try:
            serving = asyncio.run_coroutine_threadsafe(serve(self.settings, self._port), self._loop)
            self._runner, taken = serving.result(10)
        except BaseException:
            self._end_loop()
            raise
        self.url = f"http://127.0.0.1:{taken}"

    def stop(self) -> None:
        """Stop serving; what is on its way is dropped."""
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
            self._runner = None
        if not self._loop.is_closed():
            self._end_loop()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


def _titled(title: str | None) -> Json:
    return {} if title is None else {"title": title}
