"""The channel at work: events in, turns run, alerts sent; knows neither Rasa nor Sanic by name."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from policy_guard import (
    inbox_rows,
    journal,
    metrics,
    people_rows,
    sends,
    template_rows,
    thread_rows,
    worker_rows,
)
from policy_guard.clock import to_ms
from policy_guard.errors import SettingsError, StoreBusy
from policy_guard.guard import Guard, Standing
from policy_guard.inbox_rows import InboxRow
from policy_guard.people import settle_page
from policy_guard.people_rows import Who
from policy_guard.privacy_rows import FORGET
from policy_guard.retention import Retention
from policy_guard.send_states import LEFT
from policy_guard.sends import SendRow
from policy_guard.sql_store import count, get_meta, set_meta
from policy_guard.thread_rows import Thread
from policy_guard.topics import thing_of

from . import events, readiness, threads, utility
from .commits import committed, patiently
from .dispatch import Dispatcher, Utility
from .forgetting import Forgetting
from .inbox import Runner
from .intake import Intake
from .metrics import Metrics
from .render import DeclarationError, Envelope, render
from .settings import PAGE_INBOX
from .simulated_clock import FollowedClock
from .threads import CONTROL, RETURNS, Apps, Reply
from .turns import Heard, Payloads, Turn, hear
from .webhook import Parsed

logger = logging.getLogger(__name__)

SIGNAL_AFTER = 0.2  # seconds: a quicker answer needs no "typing"
COMMIT_WITHIN = 3.0  # seconds: the platform asks for an answer within 5
APOLOGY = "utter_turn_failed"
HOLD_ON = "utter_one_moment"
BACK = "utter_bot_back"
NOTIFY, EXTERNAL = "notify", "external"
#: Events of machines: nobody waits for an answer to them.
_MACHINES = frozenset({NOTIFY, EXTERNAL, FORGET, CONTROL, *RETURNS})
#: Events in which the person speaks in the conversation, where the channel may add its own words.
_SPOKEN = frozenset({"message", "postback", "referral", "send_to_messenger"})
#: What the bot has if nothing is said of the Page's other apps.
_ALONE = Apps(None, PAGE_INBOX, timedelta(hours=1))
#: What Rasa itself puts into a response beside the words that an action passes.
_RASAS_OWN = frozenset({"text", "image", "attachment", "utter_action", "template_name", "id"})
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
    def has_response(self, name: str) -> bool: ...
    def declared(self, name: object) -> Mapping[str, Any] | None: ...
    def variations_of(self, name: str | None) -> list[Mapping[str, Any]]: ...
    async def holds(self, psid: str, key: str) -> bool: ...
    async def run_turn(self, psid: str, heard: Heard, output: Any) -> None: ...
    async def start_session(self, psid: str, output: Any) -> None: ...
    async def words(
        self, psid: str, response: str, slots: Mapping[str, Any], language: str | None, output: Any
    ) -> tuple[Any, dict[str, Any]]: ...
    async def remember(self, tracker: Any, message: Mapping[str, Any], key: str) -> None: ...
    async def forget(self, psid: str) -> None: ...
    async def forget_before(self, moment: datetime) -> int: ...
    def lock(self, psid: str) -> Any: ...


@dataclass(frozen=True)
class Alert:
    """What an operator or a shop wants told to everybody who asked for *topic*."""

    topic: str
    response: str
    slots: Mapping[str, Any]
    request_id: str


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
        self._intake = Intake(guard, page_id, apps)
        self._payloads = Payloads(
            host.intents if payload_intents is None else payload_intents, host.entities
        )
        with guard.store.read() as tx:
            self._store_id = get_meta(tx, "store_id") or ""
        self.runner = Runner(guard.store, self._run, self._give_up, bound=max_turns)

    def start(self) -> None:
        """Take over from an earlier process: doubts are written down, unfinished turns run."""
        self._settle_page()
        doubts = self.dispatcher.start()
        left = self.runner.start(self.page_id)
        self.forgetting.start()
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
        await self.dispatcher.stop(4.0)
        self.clock.stop()
        self._flush_counts()

    async def receive(self, parsed: Parsed) -> None:
        """Keep a webhook's events and have their turns run.

        Raises asyncio.TimeoutError where the store could not commit in time: nothing is kept then,
        and the platform delivers again.
        """
        rows = await asyncio.wait_for(
            committed(self.guard.store, lambda: self._intake.receive(parsed), urgent=True),
            COMMIT_WITHIN,
        )
        self.runner.add(rows)

    async def respond(self, turn: Turn, message: Mapping[str, Any]) -> None:
        """Send one Rasa response through the guard; never raises, or Rasa would lose its turn."""
        try:
            await self._respond(turn, message)
        except Exception:
            self.seen["responses_lost"] += 1
            logger.exception("a response of turn %s could not be handled", turn.key)

    async def notify(self, alert: Alert) -> list[dict[str, Any]]:
        """Tell everybody who asked for a topic, once; returns a row per person."""
        await self.clock.look()
        rows = await patiently(lambda: self._enter_alert(alert))
        ended = [self.runner.finished(row) for row in rows]
        self.runner.add(rows)
        await asyncio.gather(*ended)
        return [await self._outcome(row) for row in rows]

    async def external(
        self, psid: str, intent: str, entities: Mapping[str, Any], key: str | None
    ) -> str:
        """Enter an event of a shop or a machine as a turn of the person's; returns its key."""
        await self.clock.look()
        body = {"intent": intent, "entities": dict(entities)}
        key = f"{EXTERNAL}:{key or uuid.uuid4().hex}"
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
        if row.kind in {NOTIFY, EXTERNAL} and await self.forgetting.emptied(row):
            return
        begun_before = run > 1 or row.state == inbox_rows.RUNNING
        if begun_before and await self.host.holds(row.who.psid, row.key):
            logger.info("event %s was finished by an earlier run", row.id)
        elif row.kind == NOTIFY:
            await self._tell(row, row.who)
        elif row.kind == CONTROL:
            await self.dispatcher.delivered(row.who, _DELIVERY_PATIENCE)
            await self.dispatcher.control(row.who, threads.order_of(row))
        elif row.kind == EXTERNAL:
            await self._turn(row, row.who, _external(row), by_person=False)
        elif row.kind not in RETURNS:
            event = events.from_dict(dict(row.body))
            heard = hear(row, event, self._payloads, self._store_id)
            await self._turn(row, row.who, heard, by_person=not _is_optin(row))
        if row.kind not in {NOTIFY, EXTERNAL, CONTROL}:
            await self.dispatcher.release(row.who, row.key)

    async def _turn(self, row: InboxRow, who: Who, heard: Heard, *, by_person: bool) -> None:
        turn = Turn(row.key, who, by_person, heard.confirms_stop, heard.confirms_order)
        output = self._output(turn)
        loop = asyncio.get_running_loop()
        beside = [loop.create_task(self._show_typing(who, by_person))]
        spoken = by_person and row.kind in _SPOKEN
        if spoken:
            beside.append(loop.create_task(self._hold_on(turn)))
        try:
            await self._renew_session(who, output)
            if spoken and not heard.confirms_order:
                await self._disclose(turn)
            await self.host.run_turn(who.psid, heard, output)
        finally:
            turn.over = True
            for task in beside:
                task.cancel()

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
            _, message = await self.host.words(
                own.who.psid, response, {}, language, self._output(own)
            )
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
        if who is not None and row.kind not in _MACHINES:
            await self._say(Turn(row.key, who, by_person=True), "apology", APOLOGY)

    # -- responses ---------------------------------------------------------------------------

    async def _respond(self, turn: Turn, message: Mapping[str, Any]) -> None:
        name = message.get("utter_action")
        declared = self.host.declared(name) if name else None
        try:
            envelope = self._purposed(render(message, declared))
        except DeclarationError as problem:
            text = str(message.get("text") or "")
            await self.dispatcher.refuse(turn, name, text, str(problem))
            self.seen["declarations_refused"] += 1
            return
        utility = await patiently(lambda: self._utility(envelope, message))
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

    def _purposed(self, envelope: Envelope) -> Envelope:
        """Give a response that declares no purpose the one its message tag stands for.

        Raises DeclarationError for a tag that no purpose stands behind.
        """
        if envelope.tag is None or envelope.declaration.purpose is not None:
            return envelope
        tag = self.guard.editions.all[0].tag_named(envelope.tag)
        if tag is None:
            raise DeclarationError(
                f"the tag `{envelope.tag}` says of no purpose why the message is written; "
                "declare `purpose`"
            )
        purposed = replace(envelope.declaration, purpose=tag.carries.value)
        return replace(envelope, declaration=purposed)

    def _utility(self, envelope: Envelope, message: Mapping[str, Any]) -> Utility | None:
        """Return the response as the utility template that it, or its alert type, names."""
        said = envelope.declaration
        kind = self.guard.catalogue.type_of(said.topic) if said.topic else None
        name = said.utility_template or (kind.utility_template if kind else None)
        if name is None:
            return None
        default = self.guard.catalogue.languages[0]
        given = {**_words_given(message), **said.parameters}
        variations = self.host.variations_of(envelope.response)
        found = utility.fill(envelope.text, variations, given, default)
        if found is None:
            return Utility(name, unfilled=("text",))
        if found.unfilled:
            return Utility(name, unfilled=found.unfilled, language=found.language)
        with self.guard.store.read() as tx:
            code = template_rows.wire_language(tx, self.page_id, name, found.language)
        body = utility.body(name, code or found.language, found.values)
        return Utility(name, body, (), found.language)

    # -- alerts ------------------------------------------------------------------------------

    def _enter_alert(self, alert: Alert) -> list[InboxRow]:
        """Enter one event per person who asked for the topic or chose its type."""
        body = {"topic": alert.topic, "response": alert.response, "slots": dict(alert.slots)}
        with self.guard.store.write() as tx:
            if ":" in alert.topic:
                wishes = people_rows.open_wishes(tx, self.page_id, topic=alert.topic)
                psids = list(dict.fromkeys(w.psid for w in wishes))
            else:
                psids = people_rows.who_chose(tx, self.page_id, alert.topic)
        rows = [
            self._enter(f"{NOTIFY}:{alert.request_id}:{psid}", psid, NOTIFY, body) for psid in psids
        ]
        return [row for row in rows if row is not None]

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

    async def _tell(self, row: InboxRow, who: Who) -> None:
        """Say an alert's response to one person, and remember it where it left."""
        turn = Turn(row.key, who, by_person=False)
        output = self._output(turn)
        language = await patiently(lambda: self._language(who))
        topic, response = str(row.body["topic"]), str(row.body["response"])
        await self._renew_session(who, output)
        async with self.host.lock(who.psid):
            tracker, message = await self.host.words(
                who.psid, response, self._slots(topic, row.body["slots"]), language, output
            )
            await self._respond(turn, {**message, "messenger": self._declared(message, topic)})
            turn.over = True
            if await patiently(lambda: self._left(row.key)):
                await self.host.remember(tracker, message, row.key)

    def _declared(self, message: Mapping[str, Any], topic: str) -> dict[str, Any]:
        """Return what an alert declares: its topic, and its type's purpose unless it has one."""
        metadata = message.get("metadata")
        own = metadata.get("messenger") if isinstance(metadata, Mapping) else None
        kind = self.guard.catalogue.type_of(topic)
        declared = {"topic": topic}
        if kind is not None and not (isinstance(own, Mapping) and own.get("purpose")):
            declared["purpose"] = kind.purpose.value
        return declared

    def _slots(self, topic: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the words for the thing asked for: what was given, else its own short name.

        A person's slot may hold another thing by now than the one they asked to be told of.
        """
        kind = self.guard.catalogue.type_of(topic)
        named = kind.slot if kind is not None else None
        if named is None or ":" not in topic or named in given:
            return dict(given)
        return {named: thing_of(topic), **given}

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

    async def _outcome(self, row: InboxRow) -> dict[str, Any]:
        """Return what became of one person's alert, once their line is empty."""
        psid = row.who.psid if row.who else ""
        if row.who is not None:
            await self.dispatcher.delivered(row.who, _DELIVERY_PATIENCE)
        with self.guard.store.read() as tx:
            sent = sends.of_turn(tx, row.key, 0)
            event = inbox_rows.get(tx, self.page_id, row.key)
        if sent is None:
            why = event.error if event and event.error else "the response says nothing"
            return {"psid": psid, "decision": None, "state": "failed", "reason": why, "send": None}
        said = sent.decision
        return {
            "psid": psid,
            "decision": said["decision"],
            "ground": said["ground"],
            "rule": said["rule"],
            "whose": said["whose"],
            "reason": said["reason"],
            "state": sent.state,
            "send": sent.id,
        }

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


def _words_given(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an action passed beside its response: texts and numbers, by their names."""
    metadata = message.get("metadata")
    layers = (metadata if isinstance(metadata, Mapping) else {}, message)
    return {
        name: value
        for layer in layers
        for name, value in layer.items()
        if isinstance(value, str | int | float) and name not in _RASAS_OWN
    }


def _external(row: InboxRow) -> Heard:
    intent = str(row.body["intent"])
    entities = [{"entity": name, "value": value} for name, value in row.body["entities"].items()]
    data = {"text": "", "intent": {"name": intent, "confidence": 1.0}, "entities": entities}
    about = {"key": row.key, "at_ms": to_ms(row.at), "page_id": row.page, "kind": EXTERNAL}
    psid = row.who.psid if row.who else None
    return Heard(f"EXTERNAL: {intent}", data, {"messenger": {**about, "psid": psid}})
