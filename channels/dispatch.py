"""The one door out: ask the guard, claim, journal, send, record; in order for each person."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from policy_guard import journal
from policy_guard.breaker_rows import PAGE, TOKEN
from policy_guard.decisions import Send
from policy_guard.errors import StoreBusy
from policy_guard.guard import Guard, Later, Refusal, Wire
from policy_guard.leases import RENEW_EVERY
from policy_guard.pace import Usage
from policy_guard.people_rows import Who
from policy_guard.send_states import OPEN
from policy_guard.sends import Outgoing, SendRow
from policy_guard.vocabulary import Feature, Message, Purpose, Push

from . import threads
from .backoff import pause
from .commits import committed, patiently
from .errors import GraphError, MayHaveLeft, NeverLeft, Row, SendError, Stop
from .graph import Graph
from .line import Line
from .render import Envelope, Part, recipient_of, wire
from .threads import Control
from .turns import Turn
from .turnstile import Turnstile

logger = logging.getLogger(__name__)
T = TypeVar("T")

TICK = 0.5  # seconds between looks at what has come due
_MOST_AT_ONCE = 200  # messages that one process takes up of what nobody has, or is due
_MOST_DUE = 100  # of what is due, at one look
_SILENT = 5  # doubts without any answer between them: the platform does not answer
_JUMP = timedelta(seconds=2)  # by which a clock is no longer only late
#: Refusals that contradict the guard's yes without being about the window (code, subcode).
_UNLAWFUL = {(100, 1893061), (100, 2018276), (10, 2018065), (10, 2018336)}


class Dispatcher:
    """Sends what the guard lets go; never raises because of a refusal."""

    def __init__(self, guard: Guard, graph: Graph, chance: random.Random | None = None) -> None:
        self._guard = guard
        self._graph = graph
        self._chance = chance or random.Random()  # noqa: S311 - it only spreads the tries
        self._lines: dict[Who, Line] = {}
        self._turnstile = Turnstile()
        self._in_flight: set[str] = set()
        self._doubts_running = 0
        self._quiet_until = 0.0  # by the loop's time: signals would only be refused
        self._silenced: set[Who] = set()  # whose lines wait for a breaker of everything
        self._renewed = 0.0
        self._seen: tuple[datetime, float] | None = None
        self._ticker: asyncio.Task[None] | None = None

    def start(self) -> int:
        """Begin to deliver what nobody has; returns how many doubts ended workers left."""
        doubts = self._guard.recover(self._in_flight)
        self._ticker = asyncio.get_running_loop().create_task(self._tick())
        return doubts

    @property
    def alive(self) -> bool:
        """Tell whether what comes due is being looked at."""
        return self._ticker is not None and not self._ticker.done()

    async def stop(self, patience: float) -> None:
        """Let messages on their way arrive, *patience* seconds at most; the rest stays ready."""
        if self._ticker is not None:
            self._ticker.cancel()
        self._turnstile.stop()
        lines = list(self._lines.values())
        tasks = [line.task for line in lines if line.task is not None]
        for line in lines:
            line.close()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for line in lines:
            line.give_back()
        with contextlib.suppress(StoreBusy):  # else the lease lets go of it
            self._guard.release()

    @property
    def backlog(self) -> int:
        """Return how many messages this process has and has not sent."""
        return sum(len(list(line.send_ids)) for line in self._lines.values())

    def put(self, row: SendRow) -> None:
        """Deliver a response that was decided on, in its person's order."""
        if row.state in OPEN:
            self._line(row.who).put(row)

    async def respond(
        self, turn: Turn, envelope: Envelope, utility: Utility | None = None
    ) -> SendRow | None:
        """Decide on a response, write it down, and hand it to the person's line; None if empty.

        *utility* is the same response as a utility template, where one is named for it.
        """
        messages = [part for part in envelope.parts if part.kind == "message"]
        if not messages:
            for part in envelope.parts:
                if part.kind != "sender_action":
                    continue
                await self.signal(turn.who, str(part.body["sender_action"]))
            return None
        out = _outgoing(turn, envelope, messages, utility)
        row, new = await self.answer(out)
        if new and envelope.notes:
            logger.info("response %s was fitted: %s", row.id, "; ".join(envelope.notes))
        return row

    async def answer(self, out: Outgoing) -> tuple[SendRow, bool]:
        """Decide on what is said to a person and hand it to their line; True where it is new.

        Where nobody is ahead it is committed as it is decided on; who asked may be gone by then,
        and it is sent all the same.
        """
        return await asyncio.shield(asyncio.ensure_future(self._decided(out)))

    async def _decided(self, out: Outgoing) -> tuple[SendRow, bool]:
        if out.who in self._lines or self._turnstile.ahead_of(out.lane):
            row, new = await self._write(lambda: self._guard.authorize(out))
            self.put(row)
            return row, new
        row, new, taken = await self._write(lambda: self._guard.authorize_and_begin(out))
        if taken is not None:
            self._in_flight.add(row.id)
            self._line(row.who).put(row, taken)
        else:
            self.put(row)
        return row, new

    async def control(self, who: Who, order: Control) -> None:
        """Pass, take or ask for a thread, and write down what came of it.

        A plain refusal is written down and that is all; raises SendError where it may be tried
        again.
        """
        try:
            await self._graph.thread_control(order.do, who.psid, order.to, order.metadata)
        except SendError as problem:
            said = str(problem)
            await patiently(lambda: self._note_control(who, order, said))
            if not isinstance(problem, GraphError):
                raise
        else:
            await patiently(lambda: self._note_control(who, order, None))

    def _note_control(self, who: Who, order: Control, problem: str | None) -> None:
        with self._guard.store.write() as tx:
            now = self._guard.clock.now()
            if problem is None:
                threads.carried_out(tx, who, order, now)
                return
            said = {"do": order.do, "to": order.to, "why": problem}
            journal.write(tx, now, who, "thread_order_failed", **said)

    async def refuse(
        self,
        turn: Turn,
        response: str | None,
        text: str,
        said: str,
        rule: str = "declaration_is_readable",
    ) -> SendRow:
        """Write down a response that never reaches the guard's rules, as refused."""
        out = Outgoing(
            turn.who, turn.key, turn.next_ordinal(), Message(), (), text=text, response=response
        )
        return await patiently(lambda: self._guard.refuse(out, rule, said))

    async def signal(self, who: Who, *actions: str) -> None:
        """Show seen or typing, where a message could be sent too; best effort and never journalled.

        A signal that a message has overtaken is not sent.
        """
        shown = Message(features=frozenset({Feature.SENDER_ACTIONS}))
        answer = await patiently(lambda: self._guard.ask(who, shown))
        if isinstance(answer, Send) and answer.ground == "standard_window":
            for action in actions:
                self._line(who).put_signal(action)

    async def release(self, who: Who, turn_key: str) -> list[SendRow]:
        """Ask again, in order, about what was held for a person before they wrote."""
        waiting = await patiently(lambda: self._guard.waiting_for(who))
        rows = [row for row in waiting if row.turn_key != turn_key]
        asked = []
        for row in rows:
            again = await patiently(lambda: self._guard.reconsider(row.id, "the person wrote"))  # noqa: B023 - awaited here
            asked.append(again)
            self.put(again)
        return asked

    async def delivered(self, who: Who, timeout: float) -> None:
        """Wait until a person's line is empty or has to wait itself, *timeout* seconds at most."""
        line = self._lines.get(who)
        if line is not None and line.task is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(line.idle.wait(), timeout)

    async def run_once(self) -> bool:
        """Look once at what has come due and take it up; tells whether there was anything.

        Never more than this process can hold: what is due after that waits in the store, where
        another process finds it too.
        """
        self._notice_jumps()
        await self._notice_end_of_silence()
        await self._renew()
        await patiently(lambda: self._guard.recover(self._in_flight))
        for row in await patiently(self._guard.overdue):
            await self._write(lambda: self._guard.expire_one(row))  # noqa: B023 - awaited here
        found = await patiently(self._guard.try_again)
        for row in found:
            self.put(row)
        for row in await self._due():
            again = await self._write(lambda: self._guard.reconsider(row.id, "its moment came"))  # noqa: B023 - awaited here
            self.put(again)
            found.append(again)
        room = _MOST_AT_ONCE - self.backlog
        if room > 0:
            claimed = await patiently(lambda: self._guard.claim_due(self._guard.worker, room))
            for row in claimed:
                self.put(row)
            found += claimed
        return bool(found)

    async def _due(self) -> list[SendRow]:
        """Return what is held and due, as much of it as there is room for."""
        room = min(_MOST_DUE, _MOST_AT_ONCE - self.backlog)
        return [] if room <= 0 else await patiently(lambda: self._guard.due(room))

    # -- what a line asks --------------------------------------------------------------------

    async def step(self, who: Who, send_id: str, lane: str, *, let_through: bool) -> Later | bool:
        """Send the next message of a response; True where this process is done with it.

        Who was not *let_through* the turnstile waits behind those who are there already.
        """
        if not let_through and self._turnstile.ahead_of(lane):
            return Later(self._guard.clock.now(), "pace", lane)
        taken = await self._write(lambda: self._guard.begin(send_id))
        if taken is None:
            return True
        if isinstance(taken, Later):
            if taken.why == "breaker":
                self._silenced.add(who)
                self._keep_quiet(self.seconds(taken))
            return taken
        return await self.send(taken)

    async def send(self, taken: Wire) -> bool:
        """Send one message that is committed and write down what came of it.

        True where nothing follows it.
        """
        send_id = taken.part.send_id
        self._in_flight.add(send_id)
        try:
            told = await self.transmit(taken)
            if not told.arrived:
                return False
            return await self._write(
                lambda: self._guard.sent(taken.part, told.mid, usage=told.usage)
            )
        finally:
            self._in_flight.discard(send_id)

    def give_back(self, taken: Wire) -> None:
        """Let others send what this process has committed and will not send: not a byte left."""
        said = "the process stopped before it was sent"
        with contextlib.suppress(StoreBusy):  # else the end of its lease makes it a doubt
            self._guard.never_left(taken.part, said, self._guard.clock.now())
        self._in_flight.discard(taken.part.send_id)

    def through(self, later: Later) -> asyncio.Future[None]:
        """Return what is done when a line may ask the pace again."""
        return self._turnstile.wait(later.lane, self.seconds(later))

    def seconds(self, later: Later) -> float:
        """Return how long to wait, a little longer where many wait for the same moment."""
        span = (later.until - self._guard.clock.now()).total_seconds()
        return span + self._chance.uniform(0, 0.25) if later.why == "breaker" else span

    def emptied(self, who: Who) -> None:
        """Forget a line that has nothing left."""
        self._lines.pop(who, None)

    # -- inside ------------------------------------------------------------------------------

    async def _write(self, call: Callable[[], T]) -> T:
        """Call into the store; what was written is committed when this returns."""
        return await committed(self._guard.store, call)

    def _line(self, who: Who) -> Line:
        return self._lines.setdefault(who, Line(self, who))

    async def _tick(self) -> None:
        """Look at what has come due: holds whose moment came, what nobody has, expiries."""
        while True:
            try:
                await self.run_once()
            except Exception:  # the next look must come whatever happened in this one
                logger.exception("looking at what is due failed")
            await asyncio.sleep(TICK)

    async def _renew(self) -> None:
        """Keep what waits here, before somebody else may take it over."""
        now = asyncio.get_running_loop().time()
        if now - self._renewed < RENEW_EVERY.total_seconds():
            return
        self._renewed = now
        mine = [send_id for line in self._lines.values() for send_id in line.send_ids]
        if mine:
            await patiently(lambda: self._guard.renew(mine))

    def _notice_jumps(self) -> None:
        """Wake every line where the clock was moved: what they wait for may be past, or far off."""
        now, ticks = self._guard.clock.now(), asyncio.get_running_loop().time()
        before, self._seen = self._seen, (now, ticks)
        if before is None:
            return
        passed = timedelta(seconds=ticks - before[1])
        if abs(now - before[0] - passed) > _JUMP:
            for line in list(self._lines.values()):
                line.wake()

    async def _notice_end_of_silence(self) -> None:
        """Wake the lines that wait for a breaker of everything, once all of them are closed."""
        if not self._silenced or await patiently(self._guard.silenced):
            return
        waiting, self._silenced = self._silenced, set()
        self._quiet_until = 0.0
        for who in waiting & self._lines.keys():
            self._lines[who].wake()

    def _keep_quiet(self, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        self._quiet_until = max(self._quiet_until, until)

    async def transmit(self, taken: Wire) -> Told:
        """Send one message that is committed; that it arrived is for the caller to write down."""
        try:
            sent = await self._graph.send(_body(taken))
        except NeverLeft as problem:
            retry_at = self._guard.clock.now() + pause(taken.attempts, self._chance)
            said = str(problem)
            await self._write(lambda: self._guard.never_left(taken.part, said, retry_at))
            return Told(trouble=True)
        except MayHaveLeft as problem:
            await self._doubt(taken, problem)
            return Told(trouble=True)
        except GraphError as problem:
            self._doubts_running = 0
            no = self._refusal(problem, taken.attempts)
            if no.regain is not None:
                self._keep_quiet(no.regain.total_seconds())
            logger.warning("part %s: %s", taken.part.echo_key, problem)
            await self._write(lambda: self._guard.rejected(taken.part, no))
            return Told(trouble=no.slows or no.stop is not None)
        except asyncio.CancelledError:
            with contextlib.suppress(StoreBusy):  # else the end of its lease makes it a doubt
                said = "the process stopped while the message was on its way"
                self._guard.unknown(taken.part, said)
            raise
        self._doubts_running = 0
        return Told(arrived=True, mid=sent.message_id, usage=sent.usage)

    async def _doubt(self, taken: Wire, problem: MayHaveLeft) -> None:
        said, silent = str(problem), False
        if problem.error is None or not problem.error.row.unknown_outcome:
            self._doubts_running += 1
            silent = self._doubts_running >= _SILENT
        await self._write(lambda: self._guard.unknown(taken.part, said, silent=silent))

    def _refusal(self, error: GraphError, attempts: int) -> Refusal:
        row, retry_at = error.row, None
        if row.waits or row.slows or attempts < row.retries:
            retry_at = self._guard.clock.now() + pause(attempts, self._chance)
        return Refusal(
            error={
                "status": error.status,
                "code": error.code,
                "subcode": error.subcode,
                "fbtrace_id": error.fbtrace_id,
                "message": error.message,
                "says": row.sentence,
            },
            token_unused=row.token_unused,
            person_gone=row.stop is Stop.PERSON,
            outside_window=row.outside_window,
            unlawful=(error.code, error.subcode) in _UNLAWFUL,
            retry_at=retry_at,
            stop=_stop(row),
            waits=row.waits,
            slows=row.slows,
            regain=error.usage.regain if error.usage is not None else None,
        )

    async def send_signal(self, who: Who, action: str) -> None:
        """Send one sender action; what goes wrong with it is of no consequence."""
        if asyncio.get_running_loop().time() < self._quiet_until:
            return
        with contextlib.suppress(SendError):
            await self._graph.send({"recipient": {"id": who.psid}, "sender_action": action})


@dataclass(frozen=True)
class Utility:
    """A response as a utility template: without a body where a parameter has no value."""

    name: str
    body: Mapping[str, Any] | None = None
    unfilled: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class Told:
    """What came of sending a message; that it arrived is still to be written down.

    *trouble* is with the way to the platform, or with the platform: more would fare no better now.
    """

    arrived: bool = False
    trouble: bool = False
    mid: str | None = None
    usage: Usage | None = None


def message_of(envelope: Envelope, utility: Utility | None) -> Message:
    """Return a response as the guard is asked about it, outside any turn."""
    said = envelope.declaration
    return Message(
        purpose=Purpose(said.purpose) if said.purpose else Purpose.REPLY,
        topic=said.topic,
        push=Push(said.push) if said.push else None,
        template=said.template,
        request_title=said.request_title,
        request_topic=said.request_topic,
        hold_for=said.hold_for,
        in_turn=False,
        utility_template=utility.name if utility else None,
        unfilled=utility.unfilled if utility else (),
        language=utility.language if utility else None,
        features=frozenset({Feature.MEDIA} if envelope.media else ()),
        not_promotional=said.not_promotional is not None,
    )


def _outgoing(
    turn: Turn, envelope: Envelope, messages: list[Part], utility: Utility | None
) -> Outgoing:
    message = replace(
        message_of(envelope, utility),
        in_turn=turn.by_person and not turn.over,
        confirms_stop=turn.confirms_stop and not turn.over,
        confirms_order=turn.confirms_order and not turn.over,
    )
    return Outgoing(
        who=turn.who,
        turn_key=turn.key,
        ordinal=turn.next_ordinal(),
        message=message,
        parts=tuple(part.body for part in messages),
        single=None if envelope.single is None else envelope.single.body,
        utility=None if utility is None else utility.body,
        text=envelope.text,
        response=envelope.response,
    )


def _body(taken: Wire) -> Mapping[str, Any]:
    """Return the Send API body; what the person gave is itself the recipient and needs no type."""
    return wire(
        Part("message", taken.part.body),
        recipient=recipient_of(taken.ground, taken.topic, taken.token, taken.psid),
        messaging_type=taken.messaging_type,
        tag=taken.tag,
        notification_type=taken.notification_type,
        metadata=taken.part.echo_key,
    )


def _stop(row: Row) -> str | None:
    """Return the breaker that a refusal opens: `lane` is the message's own."""
    if row.everything:
        return TOKEN
    return {Stop.PAGE: PAGE, Stop.LANE: "lane"}.get(row.stop) if row.stop else None
