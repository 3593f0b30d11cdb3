"""The channel at work: events in, turns run, alerts sent; knows neither Rasa nor Sanic by name."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from async_timeout import timeout

from policy_guard import (
    broadcast_rows,
    inbox_rows,
    journal,
    metrics,
    people_rows,
    sends,
    thread_rows,
    worker_rows,
)
from policy_guard.broadcast_rows import RUNNING, Broadcast, Order
from policy_guard.clock import to_ms
from policy_guard.errors import BroadcastError, SettingsError, StoreBusy
from policy_guard.guard import Guard, Standing
from policy_guard.inbox_rows import InboxRow
from policy_guard.languages import Languages
from policy_guard.people import settle_page
from policy_guard.people_rows import Who
from policy_guard.privacy_rows import FORGET
from policy_guard.retention import Retention
from policy_guard.send_states import LEFT
from policy_guard.sends import SendRow
from policy_guard.sql_store import count, get_meta, set_meta
from policy_guard.thread_rows import Thread

from . import events, readiness, threads
from .broadcast import BESIDE_TURNS, BroadcastJob, BroadcastLoop, Memory, Remembered
from .commits import committed, patiently
from .compose import Composer, lacking
from .dispatch import Dispatcher
from .forgetting import Forgetting
from .inbox import Runner
from .intake import Intake
from .metrics import Metrics
from .render import DeclarationError, render
from .settings import PAGE_INBOX
from .simulated_clock import FollowedClock
from .threads import CONTROL, RETURNS, Apps, Reply
from .turns import ActionsAwayError, Heard, Payloads, Turn, hear
from .webhook import Parsed

logger = logging.getLogger(__name__)

SIGNAL_AFTER = 0.2  # seconds: a quicker answer needs no "typing"
_AT_ONCE = 10  # events kept in one transaction, for which the event loop stands still
COMMIT_WITHIN = 3.0  # seconds: the platform asks for an answer within 5
APOLOGY = "utter_turn_failed"
HOLD_ON = "utter_one_moment"
BACK = "utter_bot_back"
TRYING = "utter_trying_again"
CONFIRMED_BEFORE = "a STOP is confirmed once, and an earlier one of this person's was"
#: Seconds that are left to an action server to come back, before each further run of a turn.
AWAY_PAUSE = 4.0
EXTERNAL = "external"
#: Events of machines: nobody waits for an answer to them.
_MACHINES = frozenset({EXTERNAL, FORGET, CONTROL, *RETURNS})
#: Events in which the person speaks in the conversation, where the channel may add its own words.
_SPOKEN = frozenset({"message", "postback", "referral", "send_to_messenger"})
#: What the bot has if nothing is said of the Page's other apps.
_ALONE = Apps(None, PAGE_INBOX, timedelta(hours=1))
FEW = 100  # recipients of whom an order is answered with a row each
#: Seconds between looks at how far a broadcast to few is: doubled at each.
_LOOK_AGAIN, _LOOK_AGAIN_AT_LAST = 0.03, 0.5
_COUNT_EVERY, _COUNT_PAUSE = 5.0, 0.05  # seconds between looks at new lines of the journal
_COUNT_WITHIN = 2.0  # seconds that a scrape counts at most
_PROBE_WITHIN = 1.0  # seconds for a write that shows that one is possible
_DELIVERY_PATIENCE = 15.0  # seconds that `notify` waits for one person's line


class Host(Protocol):
    """What the channel needs of the dialogue's host."""

    @property
    def intents(self) -> frozenset[str]: ...
    @property
    def entities(self) -> frozenset[str]: ...
    @property
    def session_length(self) -> Any: ...
    @property
    def channel(self) -> str: ...
    @property
    def slot_defaults(self) -> Mapping[str, Any]: ...
    def has_response(self, name: str) -> bool: ...
    def declared(self, name: object) -> Mapping[str, Any] | None: ...
    def variations_of(self, name: str | None) -> list[Mapping[str, Any]]: ...
    async def holds(self, psid: str, key: str) -> bool: ...
    async def run_turn(self, psid: str, heard: Heard, output: Any) -> None: ...
    async def start_session(self, psid: str, output: Any) -> None: ...
    async def words(
        self, psid: str, response: str, slots: Mapping[str, Any], language: str | None, output: Any
    ) -> dict[str, Any]: ...
    async def remember(self, psid: str, told: Sequence[Remembered], output: Any) -> None: ...
    async def forget(self, psid: str) -> None: ...
    async def forget_before(self, moment: datetime) -> int: ...
    def lock(self, psid: str) -> Any: ...


@dataclass(frozen=True)
class Alert:
    """What an operator or a shop wants told to everybody who asked for *topic*."""

    topic: str
    response: str
    slots: Mapping[str, Any]
    key: str
    by: str = "api"


@dataclass(frozen=True)
class Notified:
    """How far a broadcast is: recipients by state, and one by one where they are few."""

    broadcast: Broadcast
    counts: Mapping[str, int]
    rows: list[dict[str, Any]] | None


class Service:
    """One Page's channel; lives in one event loop."""

    def __init__(
        self,
        guard: Guard,
        clock: FollowedClock,
        dispatcher: Dispatcher,
        host: Host,
        page_id: str,
        *,
        output: Callable[[Turn], Any],
        max_turns: int,
        payload_intents: frozenset[str] | None,
        languages: Languages,
        retention: Retention | None = None,
        apps: Apps = _ALONE,
        hold_on_after: timedelta = timedelta(seconds=12),
    ) -> None:
        self.guard = guard
        self.clock = clock
        self.dispatcher = dispatcher
        self.host = host
        self.page_id = page_id
        self.seen: Counter[str] = Counter()
        self.metrics = Metrics()
        self._counting: asyncio.Task[None] | None = None
        self._probed: tuple[float, str | None] | None = None
        self.forgetting = Forgetting(
            guard, clock, dispatcher, host, page_id, retention or Retention()
        )
        self._output = output
        self._apps = apps
        self._hold_on_after = hold_on_after
        self._languages = languages
        self._intake = Intake(guard, page_id, apps, languages)
        self._payloads = Payloads(
            host.intents if payload_intents is None else payload_intents, host.entities
        )
        with guard.store.read() as tx:
            self._store_id = get_meta(tx, "store_id") or ""
        self._composer = Composer(guard, page_id)
        self._memory = Memory(guard)
        self.broadcasts = BroadcastLoop(BroadcastJob(guard, dispatcher, page_id, BESIDE_TURNS))
        self.runner = Runner(guard.store, self._run, self._give_up, bound=max_turns)

    def start(self) -> None:
        """Take over from an earlier process: doubts are written down, unfinished turns run."""
        self._settle_page()
        doubts = self.dispatcher.start()
        left = self.runner.start(self.page_id)
        self.forgetting.start()
        self.broadcasts.start()
        self.metrics.start()
        self._counting = asyncio.get_running_loop().create_task(self._count())
        if doubts or left:
            logger.warning("taken over: %d persons wait, %d sends in doubt", left, doubts)

    async def stop(self) -> None:
        """Let what runs come to its end; the rest is picked up at the next start."""
        self.forgetting.stop()
        self.metrics.stop()
        if self._counting is not None:
            self._counting.cancel()
        await self.runner.stop(10.0)
        await self.broadcasts.stop(4.0)
        await self.dispatcher.stop(4.0)
        self.clock.stop()
        self._flush_counts()

    async def receive(self, parsed: Parsed) -> None:
        """Keep a webhook's events and have their turns run.

        Raises asyncio.TimeoutError where the store could not commit in time: not everything is kept
        then, and the platform delivers again.
        """
        async with timeout(COMMIT_WITHIN):  # no task of its own: a busy loop is slow to start one
            await self._keep(parsed)

    async def _keep(self, parsed: Parsed) -> None:
        """Keep the events, some at a time, so that nobody waits for a large batch.

        Where only some could be kept, the platform delivers all of them again; none counts twice.
        """
        for number, some in enumerate(parsed.slices(_AT_ONCE)):
            if number:
                await asyncio.sleep(0)
            self.runner.add(await self._kept(some))

    async def _kept(self, some: Parsed) -> list[InboxRow]:
        return await committed(self.guard.store, lambda: self._intake.receive(some), urgent=True)

    async def respond(self, turn: Turn, message: Mapping[str, Any]) -> None:
        """Send one Rasa response through the guard; never raises, or Rasa would lose its turn."""
        try:
            await self._respond(turn, message)
        except Exception:
            self.seen["responses_lost"] += 1
            logger.exception("a response of turn %s could not be handled", turn.key)

    async def notify(self, alert: Alert) -> Notified:
        """Tell everybody who asked for a topic, once; the same request again is the same one.

        Where they are few it is waited for what becomes of each. Raises BroadcastError for an order
        that can be said to nobody, or whose id is another's.
        """
        await self.clock.look()
        variations = self.host.variations_of(alert.response)
        slots = {**self.host.slot_defaults, **alert.slots}
        missing = lacking(
            self.guard.catalogue,
            alert.topic,
            alert.response,
            variations,
            self.host.channel,
            slots,
        )
        if missing:
            raise BroadcastError(missing)
        order = Order(
            page=self.page_id,
            key=alert.key,
            topic=alert.topic,
            response=alert.response,
            slots=slots,
            variations=tuple(variations),
            channel=self.host.channel,
            by=alert.by,
        )
        broadcast = await patiently(lambda: self._create(order))
        self.broadcasts.wake()
        until = asyncio.get_running_loop().time() + _DELIVERY_PATIENCE
        pause = _LOOK_AGAIN
        while True:
            told = await patiently(lambda: self._notified(broadcast.id))
            over = told.broadcast.state != RUNNING or told.broadcast.total > FEW
            if over or asyncio.get_running_loop().time() > until:
                return told
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LOOK_AGAIN_AT_LAST)

    def _create(self, order: Order) -> Broadcast:
        with self.guard.store.write() as tx:
            return broadcast_rows.create(tx, order, self.guard.clock.now())[0]

    def _notified(self, number: int) -> Notified:
        with self.guard.store.read() as tx:
            broadcast = broadcast_rows.get(tx, number)
            found = broadcast_rows.counts(tx, broadcast)
            rows = None
            if broadcast.filled and broadcast.total <= FEW:
                rows = broadcast_rows.recipients(tx, number, FEW)
        return Notified(broadcast, found, rows)

    async def external(
        self, psid: str, intent: str, entities: Mapping[str, Any], key: str | None
    ) -> str:
        """Enter an event of a shop or a machine as a turn of the person's; returns its key.

        The same *key* again is the same event of this person; another's is another event.
        """
        await self.clock.look()
        body = {"intent": intent, "entities": dict(entities)}
        key = f"{EXTERNAL}:{psid}:{key or uuid.uuid4().hex}"
        row = await patiently(lambda: self._enter(key, psid, EXTERNAL, body))
        if row is not None:
            self.runner.add([row])
        return key

    async def agent(self, reply: Reply) -> dict[str, Any]:
        """Send what a person wrote in another tool, if the guard lets it; returns what came of it.

        The bot is silent for a while then, as after a person's own message. Raises ValueError where
        there is nothing to send.
        """
        await self.clock.look()
        who = Who(self.page_id, reply.psid)
        row, new = await self.dispatcher.answer(threads.outgoing(who, reply))
        if row.state in LEFT:
            await patiently(lambda: self._note_agent(row, reply, new=new))
            await self.dispatcher.delivered(who, _DELIVERY_PATIENCE)

        def last() -> str:
            with self.guard.store.read() as tx:
                return sends.get(tx, row.id).state

        shown = ("decision", "ground", "tag", "rule", "whose", "reason", "would_change")
        said = {name: row.decision.get(name) for name in shown}
        return {"psid": reply.psid, **said, "state": await patiently(last), "send": row.id}

    def _note_agent(self, row: SendRow, reply: Reply, *, new: bool) -> None:
        with self.guard.store.write(row.who) as tx:
            at, silence = row.created_at, self._apps.silence
            if new:
                said = {"by": "agent", "agent": reply.agent, "text": row.text}
                threads.human_wrote(tx, row.who, at, silence, **said)
            else:
                thread_rows.record_human(tx, row.who, at, at + silence)

    def health(self) -> dict[str, Any]:
        """Return what an operator's probe needs to see."""
        try:
            with self.guard.store.read() as tx:
                failed = metrics.number(tx, inbox_rows.FAILED)
                backlog = inbox_rows.backlog(tx, self.page_id)
                workers = worker_rows.living(tx, self.guard.store.moment(tx))
            standing = self.guard.standing(self.page_id)
        except StoreBusy as problem:
            said = {"status": "store_away", "troubles": [str(problem)], "page_id": self.page_id}
            return {**said, "backlog": self.runner.backlog, "seen": dict(self.seen)}
        now = self.guard.clock.now()
        return {
            "status": "degraded" if standing.troubles else "ok",
            "troubles": list(standing.troubles),
            **standing.as_dict(),
            "page_id": self.page_id,
            "store_id": self._store_id,
            "now": now.isoformat(),
            "simulated_clock": self.clock.simulated,
            "edition": self.guard.editions.at(now).id,
            "backlog": backlog,
            "worker": self.runner.life.worker.id,
            "workers": workers,
            "failed_events": failed,
            "seen": dict(self.seen),
        }

    async def readiness(self) -> list[readiness.Part]:
        """Return whether each thing that the channel needs can be used now."""
        problem = await self._store_problem()
        newest, troubles = None, list[str]()
        if problem is None:
            newest = await patiently(self._newest)
            troubles = list((await patiently(self._standing)).troubles)
        alive = self.runner.alive and self.dispatcher.alive
        return [
            readiness.store(problem),
            readiness.runner(alive=alive, backlog=self.runner.backlog),
            readiness.clock(self.guard.clock.now(), newest, simulated=self.clock.simulated),
            readiness.delivery(troubles),
        ]

    async def figures(self) -> bytes:
        """Return the figures of the store and of this process, in Prometheus' text format."""
        until = time.monotonic() + _COUNT_WITHIN
        while await patiently(self._count_some) and time.monotonic() < until:
            await asyncio.sleep(0)
        standing = {
            "waiting_events": self.runner.backlog,
            "running_turns": self.runner.running,
        }
        return self.metrics.page(await patiently(self._families), standing, self.seen)

    # -- looking -----------------------------------------------------------------------------

    async def _count(self) -> None:
        """Count what the journal has new, so that no scrape finds much to count."""
        while True:
            try:
                while await patiently(self._count_some):
                    await asyncio.sleep(_COUNT_PAUSE)
            except Exception:  # figures are not worth more than the next look
                logger.exception("counting the journal's lines failed")
            await asyncio.sleep(_COUNT_EVERY)

    def _count_some(self) -> bool:
        store = self.guard.store
        with store.write() as tx:
            return metrics.count_new(tx, store.moment(tx))

    def _families(self) -> list[Any]:
        with self.guard.store.read() as tx:
            return list(metrics.families(tx, self.guard.clock.now()))

    def _standing(self) -> Standing:
        return self.guard.standing(self.page_id)

    def _newest(self) -> datetime | None:
        with self.guard.store.read() as tx:
            return journal.newest_at(tx)

    async def _store_problem(self) -> str | None:
        """Return why the store cannot be written to; asked at most once a second."""
        now = time.monotonic()
        if self._probed is None or now - self._probed[0] >= 1.0:
            self._probed = now, await self._probe()
        return self._probed[1]

    async def _probe(self) -> str | None:
        def write() -> None:
            with self.guard.store.write() as tx:
                set_meta(tx, "probed_at", self.guard.clock.now().isoformat())

        try:
            await asyncio.wait_for(patiently(write), _PROBE_WITHIN)
        except asyncio.TimeoutError:
            return f"the store could not be written to within {_PROBE_WITHIN:g} s"
        except Exception as problem:  # a probe tells of any trouble and ends with none
            said = str(problem).strip().splitlines()
            return f"the store cannot be written to: {said[0] if said else type(problem).__name__}"
        return None

    # -- turns -------------------------------------------------------------------------------

    async def _run(self, row: InboxRow, run: int) -> None:
        """Run one event's turn and time it."""
        with self.metrics.turn():
            await self._run_one(row, run)

    async def _run_one(self, row: InboxRow, run: int) -> None:
        """Run one event's turn; one that a saved tracker holds was finished before."""
        if row.who is None:
            return
        if row.kind == FORGET:
            await self.forgetting.run(row)
            return
        if row.kind == EXTERNAL and await self.forgetting.emptied(row):
            return
        begun_before = run > 1 or row.state == inbox_rows.RUNNING
        if begun_before and await self.host.holds(row.who.psid, row.key):
            logger.info("event %s was finished by an earlier run", row.id)
        elif row.kind == CONTROL:
            await self.dispatcher.delivered(row.who, _DELIVERY_PATIENCE)
            await self.dispatcher.control(row.who, threads.order_of(row))
        elif row.kind == EXTERNAL:
            await self._turn(row, row.who, _external(row), by_person=False)
        elif row.kind not in RETURNS:
            event = events.from_dict(dict(row.body))
            heard = hear(row, event, self._payloads, self._store_id, self._languages)
            await self._turn(row, row.who, heard, by_person=not _is_optin(row))
        if row.kind not in {EXTERNAL, CONTROL}:
            await self.dispatcher.release(row.who, row.key)

    async def _turn(self, row: InboxRow, who: Who, heard: Heard, *, by_person: bool) -> None:
        turn = Turn(row.key, who, by_person, heard.confirms_stop, heard.confirms_order)
        turn.silent = heard.confirms_stop and await patiently(lambda: self._confirmed(row, who))
        output = self._output(turn)
        loop = asyncio.get_running_loop()
        shown = by_person and not turn.silent
        beside = [loop.create_task(self._show_typing(who, shown))]
        spoken = by_person and row.kind in _SPOKEN and not turn.silent
        if spoken:
            beside.append(loop.create_task(self._hold_on(turn)))
        try:
            await self._renew_session(who, output)
            await self._remember(who, output)
            if spoken and not heard.confirms_order:
                await self._disclose(turn)
            await self.host.run_turn(who.psid, heard, output)
        except ActionsAwayError:
            if spoken:
                await self._say(turn, "trying", TRYING)
            await asyncio.sleep(AWAY_PAUSE)
            raise
        finally:
            turn.over = True
            for task in beside:
                task.cancel()

    def _confirmed(self, row: InboxRow, who: Who) -> bool:
        with self.guard.store.read() as tx:
            return threads.stop_was_confirmed(tx, who, row.key)

    async def _remember(self, who: Who, output: Any) -> None:
        """Let the conversation hold what the person was told by broadcasts since its last turn.

        A crash in between finds it in the conversation, by its key, and adds it no second time.
        """
        told = await patiently(lambda: self._memory.told(who))
        if told:
            await self.host.remember(who.psid, [each for _, each in told], output)
            await patiently(lambda: self._memory.mark([send_id for send_id, _ in told]))

    async def _hold_on(self, turn: Turn) -> None:
        """Say once that an answer takes a moment, where a turn has said nothing for too long."""
        await asyncio.sleep(self._hold_on_after.total_seconds())
        await self._say(turn, "holding", HOLD_ON, unless=lambda: turn.over or turn.spoken)

    async def _disclose(self, turn: Turn) -> None:
        """Say that the bot answers again, at its first turn after a person has answered."""
        who, now = turn.who, self.guard.clock.now()
        thread = await patiently(lambda: self._thread(who))
        if not thread.owes_disclosure or not thread.is_the_bots(now):
            return
        await self._say(turn, "back", BACK)

        def note() -> None:
            with self.guard.store.write(who) as tx:
                row = sends.of_turn(tx, f"{turn.key}:back", 0)
                if row is not None and row.state in LEFT:
                    thread_rows.record_back(tx, who, now)

        await patiently(note)

    async def _say(
        self, turn: Turn, what: str, response: str, *, unless: Callable[[], bool] = lambda: False
    ) -> None:
        """Say words of the channel's own in a turn, under a key that leaves the turn's alone."""
        if unless() or not self.host.has_response(response):
            return
        own = Turn(f"{turn.key}:{what}", turn.who, by_person=True)
        language = await patiently(lambda: self._language(own.who))
        try:
            message = await self.host.words(own.who.psid, response, {}, language, self._output(own))
        except Exception:
            logger.exception("`%s` for turn %s could not be put in words", response, turn.key)
            return
        if not unless():
            await self.respond(own, message)

    async def _show_typing(self, who: Who, by_person: bool) -> None:
        await asyncio.sleep(SIGNAL_AFTER)
        if by_person:
            await self.dispatcher.signal(who, "mark_seen", "typing_on")

    async def _renew_session(self, who: Who, output: Any) -> None:
        """Start a new session where only the simulated clock knows that the last one is over."""
        if not self.clock.simulated:
            return
        now = self.clock.now()

        def note() -> Any:
            with self.guard.store.write(who) as tx:
                last = people_rows.last_turn(tx, who)
                people_rows.set_last_turn(tx, who, now)
                return last

        last = await patiently(note)
        length = self.host.session_length
        if last is not None and length is not None and now - last > length:
            await self.host.start_session(who.psid, output)

    async def _give_up(self, row: InboxRow) -> None:
        """Say that an event could not be answered, after its last run."""
        logger.error("event %s failed for the last time: %s", row.id, row.error)
        self.seen["events_failed"] += 1
        who = row.who
        if who is None or row.kind in _MACHINES:
            return
        if not await patiently(lambda: self._left(f"{row.key}:trying")):  # which says it already
            await self._say(Turn(row.key, who, by_person=True), "apology", APOLOGY)

    # -- responses ---------------------------------------------------------------------------

    async def _respond(self, turn: Turn, message: Mapping[str, Any]) -> None:
        if turn.silent:
            name, text = message.get("utter_action"), str(message.get("text") or "")
            await self.dispatcher.refuse(turn, name, text, CONFIRMED_BEFORE, "stop_confirmed_once")
            return
        name = message.get("utter_action")
        declared = self.host.declared(name) if name else None
        try:
            envelope = self._composer.purposed(render(message, declared))
        except DeclarationError as problem:
            text = str(message.get("text") or "")
            await self.dispatcher.refuse(turn, name, text, str(problem))
            self.seen["declarations_refused"] += 1
            return
        variations = self.host.variations_of(envelope.response)
        utility = await patiently(lambda: self._composer.as_utility(envelope, variations, message))
        await self.dispatcher.respond(turn, envelope, utility)
        for part in envelope.parts:
            if part.kind == "thread_control":
                await self._order(turn, part.body["thread_control"])

    async def _order(self, turn: Turn, said: object) -> None:
        """Keep an order about the thread, which is carried out after the turn."""
        try:
            order = threads.read_control(said, self._apps.inbox)
        except ValueError as problem:
            logger.error("turn %s: %s", turn.key, problem)  # noqa: TRY400 - the sentence says it all
            self.seen["declarations_refused"] += 1
            return
        key, body = f"{turn.key}:{order.do}_thread", threads.body_of(order)
        row = await patiently(lambda: self._enter(key, turn.who.psid, CONTROL, body))
        if row is not None:
            self.runner.add([row])

    # -- events of our own ---------------------------------------------------------------------

    def _enter(self, key: str, psid: str, kind: str, body: Mapping[str, Any]) -> InboxRow | None:
        """Keep an event of our own; None where it was entered and finished before."""
        who = Who(self.page_id, psid)
        with self.guard.store.write(who) as tx:
            now = self.guard.clock.now()
            people_rows.ensure(tx, who)
            inbox_rows.add(
                tx,
                page=self.page_id,
                psid=psid,
                key=key,
                kind=kind,
                at=now,
                received_at=now,
                body=body,
            )
            row = inbox_rows.get(tx, self.page_id, key)
        if row is None or row.state in {inbox_rows.DONE, inbox_rows.FAILED}:
            return None
        return row

    def _left(self, key: str) -> bool:
        with self.guard.store.read() as tx:
            row = sends.of_turn(tx, key, 0)
        return row is not None and row.state in LEFT

    def _thread(self, who: Who) -> Thread:
        with self.guard.store.read() as tx:
            return thread_rows.read(tx, who)

    def _language(self, who: Who) -> str | None:
        with self.guard.store.read() as tx:
            return people_rows.language(tx, who)

    # -- the Page ----------------------------------------------------------------------------

    def _settle_page(self) -> None:
        """Keep which Page this store serves; raises SettingsError where it was another."""
        with self.guard.store.write() as tx:
            before = settle_page(tx, self.page_id)
        if before is not None:
            raise SettingsError(
                f"the store `{self.guard.store.shown}` belongs to the Page `{before}`, "
                f"not to `{self.page_id}`"
            )

    def _flush_counts(self) -> None:
        counted, self.seen = self.seen, Counter()
        with self.guard.store.write() as tx:
            for name, number in counted.items():
                count(tx, name, number)


def _is_optin(row: InboxRow) -> bool:
    return row.kind == "one_time_notification_optin"


def _external(row: InboxRow) -> Heard:
    intent = str(row.body["intent"])
    entities = [{"entity": name, "value": value} for name, value in row.body["entities"].items()]
    data = {"text": "", "intent": {"name": intent, "confidence": 1.0}, "entities": entities}
    about = {"key": row.key, "at_ms": to_ms(row.at), "page_id": row.page, "kind": EXTERNAL}
    psid = row.who.psid if row.who else None
    return Heard(f"EXTERNAL: {intent}", data, {"messenger": {**about, "psid": psid}})
