"""The Messenger channel as Rasa loads it: routes in, responses out; the file that knows Sanic."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from async_timeout import timeout
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.exceptions import InvalidUsage
from sanic.request import Request
from sanic.response import HTTPResponse, html, json, raw, text

from policy_guard import proofread
from policy_guard import settings as guard_settings
from policy_guard.catalogue import load as load_catalogue
from policy_guard.edition import known
from policy_guard.errors import BroadcastError, GuardError, SettingsError
from policy_guard.guard import Guard
from policy_guard.languages import Languages
from policy_guard.languages import load as load_languages
from policy_guard.people_rows import Who
from policy_guard.privacy_rows import log_key
from policy_guard.retention import Retention
from policy_guard.sql_store import SqlStore

from . import data_deletion, heap, logs, readiness
from . import settings as channel_settings
from .declaration import check_domain
from .dispatch import Dispatcher
from .errors import SendError
from .graph import Graph
from .metrics import CONTENT_TYPE_LATEST
from .proof import secret_proof
from .rasa_host import RasaHost
from .service import Alert, Service
from .settings import ChannelSettings
from .simulated_clock import FollowedClock
from .threads import Apps, Reply
from .turns import Turn, loose_turn
from .webhook import parse, verify

logger = logging.getLogger(__name__)

MOST_BYTES = 1_000_000  # of a webhook's body
READ_WITHIN = 5.0  # seconds for a webhook's body
#: Seconds that the event loop stands still for another process's lock, at each try of each turn.
STORE_PATIENCE = 0.002
_LONGEST_CHALLENGE = 1000
_LONGEST_KEY = 100  # of an agent's reply, which is part of a turn's key, and of an order's
_CLOSE = {"Connection": "close"}
_OFFSET_HEADER = "x-sim-clock-offset-ms"


class SetupError(RasaException):
    """The channel cannot start; Rasa prints the sentence and ends."""


class MessengerOutput(OutputChannel):
    """What one turn says; every way to send that Rasa knows ends in the guard."""

    channel_name = "messenger"

    def __init__(self, service: Service, turn: Turn | None) -> None:
        super().__init__()
        self._service = service
        self._turn = turn
        self._loose: tuple[asyncio.Task[Any] | None, Turn] | None = None

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which also picks `channel:` variations of responses."""
        return cls.channel_name

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Send one Rasa response, all of it, through the guard; never raises."""
        await self._service.respond(self._turn_for(recipient_id), message)

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Send a text."""
        await self.send_response(recipient_id, {**kwargs, "text": text})

    async def send_image_url(self, recipient_id: str, image: str, **kwargs: Any) -> None:
        """Send an image by its address."""
        await self.send_response(recipient_id, {**kwargs, "image": image})

    async def send_attachment(self, recipient_id: str, attachment: Any, **kwargs: Any) -> None:
        """Send an attachment."""
        await self.send_response(recipient_id, {**kwargs, "attachment": attachment})

    async def send_text_with_buttons(
        self, recipient_id: str, text: str, buttons: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send a text with buttons."""
        await self.send_response(recipient_id, {**kwargs, "text": text, "buttons": buttons})

    async def send_quick_replies(
        self, recipient_id: str, text: str, quick_replies: list[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send a text with quick replies."""
        message = {**kwargs, "text": text, "quick_replies": quick_replies}
        await self.send_response(recipient_id, message)

    async def send_elements(
        self, recipient_id: str, elements: Iterable[dict[str, Any]], **kwargs: Any
    ) -> None:
        """Send a list of cards."""
        await self.send_response(recipient_id, {**kwargs, "elements": list(elements)})

    async def send_custom_json(
        self, recipient_id: str, json_message: dict[str, Any], **kwargs: Any
    ) -> None:
        """Send a message in the Send API's own words."""
        await self.send_response(recipient_id, {**kwargs, "custom": json_message})

    def _turn_for(self, recipient_id: str) -> Turn:
        """Return the turn that a response belongs to.

        A reminder fires with the output of the turn that set it, when that turn is long over: what
        it says answers nobody.
        """
        turn = self._turn
        if turn is not None and not turn.over and turn.who.psid == recipient_id:
            return turn
        task = asyncio.current_task()
        if (
            self._loose is None
            or self._loose[0] is not task
            or self._loose[1].who.psid != recipient_id
        ):
            self._loose = (task, loose_turn(Who(self._service.page_id, recipient_id)))
        return self._loose[1]


class MessengerInput(InputChannel):
    """Facebook Messenger, in credentials.yml as `channels.messenger.MessengerInput`."""

    channel_name = "messenger"

    def __init__(
        self,
        settings: ChannelSettings,
        guard: Guard,
        clock: FollowedClock,
        languages: Languages,
        retention: Retention | None = None,
        redact: logs.Redaction | None = None,
    ) -> None:
        self.settings = settings
        self._languages = languages
        self._retention = retention
        self._redact = redact
        self._guard = guard
        self._clock = clock
        self._graph: Graph | None = None
        self.service: Service | None = None
        self._output_class = type(
            "MessengerOutput", (MessengerOutput,), {"channel_name": settings.name}
        )

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is also its place in the address."""
        return cls.channel_name

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Return the channel that credentials.yml describes; raises SetupError with a sentence."""
        try:
            settings = channel_settings.read(credentials)
            config = guard_settings.load(settings.endpoints)
            catalogue = load_catalogue(config.alerts)
            reader = proofread.configured(settings.endpoints.resolve().parent)
            languages = load_languages(config.languages, catalogue.languages)
            store = SqlStore(config.url, patience=STORE_PATIENCE, migrate=config.migrate)
        except (GuardError, ValueError) as problem:
            raise SetupError(str(problem)) from None
        redact = _quiet_logs(settings, store)
        clock = FollowedClock(store)
        editions = known(config.switches)
        guard = Guard(
            store,
            clock,
            config.page,
            config.settings,
            catalogue,
            editions,
            config.delivery,
            proofreader=reader,
        )
        named = type(cls.__name__, (cls,), {"channel_name": settings.name})
        channel: InputChannel = named(settings, guard, clock, languages, config.retention, redact)
        return channel

    def get_output_channel(self) -> OutputChannel | None:
        """Return the door for what no person started: triggers, reminders, Rasa's own API."""
        return None if self.service is None else self._output(None)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the channel's routes; turns go through the agent itself, by our own runner."""
        routes = Blueprint(f"messenger_{uuid.uuid4().hex[:8]}")

        async def start(app: Sanic, _loop: Any) -> None:
            await self._start(app)

        async def stop(_app: Sanic, _loop: Any) -> None:
            await self._stop()

        routes.listener("after_server_start")(start)
        routes.listener("before_server_stop")(stop)
        routes.add_signal(_refuse_odd_lengths, "http.lifecycle.request")
        routes.add_route(_plain(self._health), "/", methods=["GET"])
        routes.add_route(_plain(_live), "/live", methods=["GET"])
        routes.add_route(_plain(self._ready), "/ready", methods=["GET"])
        routes.add_route(_plain(self._metrics), "/metrics", methods=["GET"])
        routes.add_route(_plain(self._verify), "/webhook", methods=["GET"])
        routes.add_route(_plain(self._timed_webhook), "/webhook", methods=["POST"], stream=True)
        for path, handler in (
            ("/notify", self._notify),
            ("/events", self._event),
            ("/agent", self._agent),
        ):
            routes.add_route(_plain(self._for_operators(handler)), path, methods=["POST"])
        deletion = f"/{data_deletion.PATH}"
        routes.add_route(_plain(self._delete_data), deletion, methods=["POST"])
        routes.add_route(_plain(self._deletion_page), f"{deletion}/<code>", methods=["GET"])
        return routes

    # -- life --------------------------------------------------------------------------------

    async def _start(self, app: Sanic) -> None:
        """Open what needs the event loop; a problem ends the server with its sentence."""
        try:
            await self._open(app)
        except (GuardError, ValueError, SendError) as problem:
            logger.critical("the Messenger channel cannot start: %s", problem)
            self._guard.store.close()
            logging.shutdown()
            os._exit(1)  # nothing runs yet, and Sanic's own way to stop would end with 0

    async def _open(self, app: Sanic) -> None:
        settings = self.settings
        self._graph = Graph(
            settings.graph_url, settings.graph_version, settings.page_token, settings.secrets[0]
        )
        host = RasaHost(app.ctx.agent, settings.name)
        if host.forgets:
            raise SettingsError(
                f"{settings.endpoints}: `tracker_store` must be a database: in memory a crash "
                "would lose conversations and answer people twice"
            )
        check_domain(host.variations(), self._guard.catalogue)
        await self._clock.start(self._graph)
        page_id = settings.page_id or await self._graph.me()
        if self._redact is not None:
            self._redact.spare(page_id)
            logs.install(self._redact, settings.log_format)  # handlers were added since
        service = Service(
            self._guard,
            self._clock,
            Dispatcher(self._guard, self._graph),
            host,
            page_id,
            output=self._output,
            max_turns=settings.max_turns,
            payload_intents=settings.payload_intents,
            languages=self._languages,
            retention=self._retention,
            apps=Apps(settings.app_id, settings.inbox_app_id, settings.human_silence),
            hold_on_after=settings.hold_on_after,
        )
        heap.set_aside()  # the model is loaded by now
        self.service = service
        service.start()
        logger.info("the Messenger channel serves the Page %s", page_id)

    async def _stop(self) -> None:
        if self.service is not None:
            await self.service.stop()
            self.service = None
        if self._graph is not None:
            await self._graph.close()
        self._guard.store.close()

    def _output(self, turn: Turn | None) -> MessengerOutput:
        output: MessengerOutput = self._output_class(self.service, turn)
        return output

    # -- routes ------------------------------------------------------------------------------

    async def _health(self, _request: Request) -> HTTPResponse:
        if self.service is None:
            return json({"status": "starting"}, status=503)
        return json(self.service.health())

    async def _verify(self, request: Request) -> HTTPResponse:
        """Answer the platform's question whether this is our address."""
        given = request.args.get("hub.verify_token") or ""
        challenge = request.args.get("hub.challenge") or ""
        right = hmac.compare_digest(given.encode(), self.settings.verify_token.encode())
        if not right or request.args.get("hub.mode") != "subscribe":
            return text("", status=403)
        if len(challenge) > _LONGEST_CHALLENGE:
            return text("", status=400)
        return text(challenge)

    async def _ready(self, _request: Request) -> HTTPResponse:
        """Answer 200 only where the channel can do its work, with a sentence for each part."""
        service, graph = self.service, self._graph
        if service is None or graph is None:
            return json({"ready": False, "failing": ["the channel is starting"]}, status=503)
        parts = [*await service.readiness(), readiness.platform(*graph.reached())]
        status, body = readiness.answer(parts)
        return json(body, status=status)

    async def _metrics(self, request: Request) -> HTTPResponse:
        """Answer the figures of the store and of this process, for who holds the token."""
        refusal, service = self._not_allowed(request), self.service
        if refusal is not None or service is None:
            return refusal or json({"error": "the channel is starting"}, status=503)
        return raw(await service.figures(), content_type=CONTENT_TYPE_LATEST)

    async def _timed_webhook(self, request: Request) -> HTTPResponse:
        begun = time.perf_counter()
        answer = await self._webhook(request)
        if self.service is not None:
            self.service.metrics.webhook(answer.status, time.perf_counter() - begun)
        return answer

    async def _webhook(self, request: Request) -> HTTPResponse:
        """Take a webhook: verify the raw bytes, keep the events, acknowledge."""
        service = self.service
        if service is None:
            return text("", status=503, headers=_CLOSE)
        try:
            async with timeout(READ_WITHIN):  # no task of its own: a busy loop is slow to start one
                body = await _read(request)
        except asyncio.TimeoutError:
            service.seen["bodies_too_slow"] += 1
            return text("", status=408, headers=_CLOSE)
        if body is None:
            service.seen["bodies_too_large"] += 1
            return text("", status=413, headers=_CLOSE)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not verify(body, headers, self.settings.secrets, self.settings.allow_sha1):
            service.seen["bad_signatures"] += 1
            return text("", status=403)
        parsed = parse(body, page_id=service.page_id, bounded=True)
        if parsed.problem is not None:
            service.seen["bodies_not_understood"] += 1
            return json({"error": parsed.problem}, status=400)
        await self._take_offset(service, headers)
        try:
            await service.receive(parsed)
        except Exception:
            service.seen["webhooks_not_kept"] += 1
            logger.exception("a webhook could not be kept; the platform will deliver it again")
            return text("", status=503)
        return text("EVENT_RECEIVED")

    async def _take_offset(self, service: Service, headers: dict[str, str]) -> None:
        offset = headers.get(_OFFSET_HEADER, "")
        if offset.lstrip("-").isascii() and offset.lstrip("-").isdigit():
            await service.clock.set(int(offset))

    async def _notify(self, service: Service, asked: dict[str, Any]) -> HTTPResponse:
        """Tell everybody who asked for a topic; answers a row per person where they are few."""
        topic, response = asked.get("topic"), asked.get("response")
        slots = {} if asked.get("slots") is None else asked["slots"]
        if not isinstance(topic, str) or service.guard.catalogue.type_of(topic) is None:
            return json({"error": f"the topic `{topic}` is not in alerts.yml"}, status=400)
        if not isinstance(response, str) or not service.host.has_response(response):
            return json({"error": f"the domain has no response `{response}`"}, status=400)
        if not isinstance(slots, dict):
            return json({"error": "`slots` is not an object"}, status=400)
        key, by = asked.get("key") or uuid.uuid4().hex, asked.get("by") or "api"
        for name, value in (("key", key), ("by", by)):
            if not isinstance(value, str) or len(value) > _LONGEST_KEY:
                said = f"`{name}` is not a text of at most {_LONGEST_KEY} characters"
                return json({"error": said}, status=400)
        try:
            told = await service.notify(Alert(topic, response, slots, key, by))
        except BroadcastError as problem:
            return json({"error": str(problem)}, status=400)
        about = {"id": told.broadcast.id, "key": told.broadcast.key, "state": told.broadcast.state}
        about.update(total=told.broadcast.total, counts=dict(told.counts))
        answer = {"topic": topic, "response": response, "broadcast": about, "results": told.rows}
        return json(answer, status=202 if told.rows is None else 200)

    async def _event(self, service: Service, asked: dict[str, Any]) -> HTTPResponse:
        """Take an event of a shop or a machine: an `EXTERNAL_` intent for one person."""
        psid, intent = asked.get("psid"), asked.get("intent")
        entities = {} if asked.get("entities") is None else asked["entities"]
        key = asked.get("key")
        if not isinstance(psid, str) or not psid:
            return json({"error": "`psid` is missing"}, status=400)
        if not isinstance(intent, str) or intent not in service.host.intents:
            return json({"error": f"the domain has no intent `{intent}`"}, status=400)
        if not isinstance(entities, dict) or not (key is None or isinstance(key, str)):
            return json({"error": "`entities` is an object and `key` a text"}, status=400)
        for name, value in (("psid", psid), ("key", key or "")):
            if len(value) > _LONGEST_KEY:
                said = f"`{name}` has more than {_LONGEST_KEY} characters"
                return json({"error": said}, status=400)
        return json({"key": await service.external(psid, intent, entities, key)}, status=202)

    async def _agent(self, service: Service, asked: dict[str, Any]) -> HTTPResponse:
        """Send what a person wrote for the Page in another tool; 409 where it may not leave."""
        for name in ("psid", "text", "key"):
            if not isinstance(asked.get(name), str) or not asked[name].strip():
                return json({"error": f"`{name}` is missing"}, status=400)
        if len(asked["key"]) > _LONGEST_KEY:
            return json({"error": f"`key` has more than {_LONGEST_KEY} characters"}, status=400)
        offered, agent = asked.get("quick_replies") or [], asked.get("agent")
        if not isinstance(offered, list) or not all(isinstance(one, dict) for one in offered):
            return json({"error": "`quick_replies` is not a list of objects"}, status=400)
        if agent is not None and not isinstance(agent, str):
            return json({"error": "`agent` is not a text"}, status=400)
        reply = Reply(asked["psid"], asked["text"], asked["key"], agent, tuple(offered))
        try:
            said = await service.agent(reply)
        except ValueError as problem:
            return json({"error": str(problem)}, status=400)
        return json(said, status=200 if said["decision"] == "send" else 409)

    async def _delete_data(self, request: Request) -> HTTPResponse:
        """Take the platform's word that a person wants their data deleted, signed by it."""
        service = self.service
        if service is None:
            return json({"error": "the channel is starting"}, status=503)
        signed = request.form.get("signed_request") if request.form else None
        user = data_deletion.user_of(signed or "", self.settings.secrets)
        if user is None:
            service.seen["bad_signatures"] += 1
            return json({"error": "the signed request is not the platform's"}, status=403)
        await service.clock.look()
        code, row = await service.forgetting.asked_by_platform(user)
        if row is not None:
            service.runner.add([row])
        url = data_deletion.page_address(request.host, request.path, code)
        if url is None:
            return json({"error": "the request names no host"}, status=400)
        return json({"url": url, "confirmation_code": code})

    async def _deletion_page(self, request: Request) -> HTTPResponse:
        """Show a person how far the deletion of their data is."""
        service = self.service
        code = request.path.rstrip("/").rpartition("/")[2]
        if service is None:
            return text("", status=503)
        known = data_deletion.is_code(code)
        found = await service.forgetting.state_of(code) if known else None
        accepts = request.headers.get("accept-language", "")
        return html(
            data_deletion.page(code, found, accepts, self._languages), status=200 if found else 404
        )

    def _for_operators(
        self, handler: Callable[[Service, dict[str, Any]], Awaitable[HTTPResponse]]
    ) -> Callable[[Request], Awaitable[HTTPResponse]]:
        """Return a route's handler that runs for who holds the token, once the channel serves."""

        async def handle(request: Request) -> HTTPResponse:
            refusal, service = self._not_allowed(request), self.service
            if refusal is not None or service is None:
                return refusal or json({"error": "the channel is starting"}, status=503)
            return await handler(service, _object(request))

        handle.__name__ = getattr(handler, "__name__", "handle")
        return handle

    def _not_allowed(self, request: Request) -> HTTPResponse | None:
        """Return the refusal of the operators' routes, which are off without a token."""
        wanted = self.settings.api_token
        given = request.headers.get("authorization", "")
        if wanted is not None and hmac.compare_digest(
            given.encode("utf-8", "replace"), f"Bearer {wanted}".encode()
        ):
            return None
        if self.service is not None:
            self.service.seen["api_refused"] += 1
        return json({"error": "the token is missing or wrong"}, status=403)


def _quiet_logs(settings: ChannelSettings, store: SqlStore) -> logs.Redaction:
    """Let no line of this process's logs hold a secret, a person's id or what was said."""
    with store.write() as tx:
        key = log_key(tx)
    shown = [each for each in (settings.page_id, settings.app_id, settings.inbox_app_id) if each]
    proofs = [secret_proof(secret, settings.page_token) for secret in settings.secrets]
    hidden = [settings.page_token, settings.verify_token, settings.api_token or ""]
    redact = logs.Redaction([*hidden, *settings.secrets, *proofs], key, shown)
    logs.install(redact, settings.log_format)
    return redact


async def _live(_request: Request) -> HTTPResponse:
    """Answer that the process turns its loop, touching nothing else."""
    return text("alive")


def _plain(handler: Callable[[Request], Awaitable[HTTPResponse]]) -> Any:
    """Return a function for a method: Sanic writes on handlers, which no method takes."""

    async def handle(request: Request, **_named: str) -> HTTPResponse:
        return await handler(request)  # what the path names, the handler reads there

    handle.__name__ = getattr(handler, "__name__", "handle").strip("_")
    return handle


def _refuse_odd_lengths(request: Request) -> None:
    """Refuse a body whose length is not plainly declared, on every route of the server.

    Sanic 21.12 reads a negative length for ever without yielding: one request stops the server.
    """
    length = request.headers.get("content-length", "0")
    coding = request.headers.get("transfer-encoding", "chunked")
    if not (length.isascii() and length.isdigit()) or coding != "chunked":
        raise InvalidUsage("the length of the body is not plainly declared")


async def _read(request: Request) -> bytes | None:
    """Return a body that is streamed in; None where it is too large."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        return None
    stream, body = request.stream, bytearray()
    while True:
        chunk = await stream.read() if stream is not None else None
        if chunk is None:
            return bytes(body)
        body += chunk
        if len(body) > MOST_BYTES:
            return None


def _object(request: Request) -> dict[str, Any]:
    try:
        data = request.json
    except Exception:  # Sanic raises its own error for what is not JSON
        return {}
    return data if isinstance(data, dict) else {}
