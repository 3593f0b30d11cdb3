"""The one door out: ask the guard, claim, journal, send, record; in order for each person."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from policy_guard import journal
from policy_guard.decisions import Send
from policy_guard.guard import Guard, Refusal, Wire
from policy_guard.people_rows import Who
from policy_guard.sends import HELD, READY, Outgoing, SendRow
from policy_guard.vocabulary import Feature, Message, Purpose, Push

from . import threads
from .errors import GraphError, MayHaveLeft, NeverLeft, SendError, Stop
from .graph import Graph
from .inbox import patiently
from .render import Envelope, Part, wire
from .threads import Control
from .turns import Turn
from .values import JSON

logger = logging.getLogger(__name__)

TICK = 0.5  # seconds between looks at what has come due
_BACK_OFF = (1, 2, 5, 15, 30, 60)  # seconds before the next try
_PAGE_PAUSE = timedelta(seconds=60)  # while the platform stops the whole Page
#: Refusals that contradict the guard's yes without being about the window (code, subcode).
_UNLAWFUL = {(100, 1893061), (100, 2018276), (10, 2018065), (10, 2018336)}


class Dispatcher:
    """Sends what the guard lets go; never raises because of a refusal."""

    def __init__(self, guard: Guard, graph: Graph) -> None:
        self._guard = guard
        self._graph = graph
        self._lines: dict[Who, _Line] = {}
        self._ticker: asyncio.Task[None] | None = None

    def start(self) -> int:
        """Begin to deliver what an earlier process left ready; returns how many doubts it left."""
        doubts = self._guard.recover()
        self._ticker = asyncio.get_running_loop().create_task(self._tick())
        return doubts

    async def stop(self, patience: float) -> None:
        """Let messages on their way arrive, *patience* seconds at most; the rest stays ready."""
        if self._ticker is not None:
            self._ticker.cancel()
        tasks = [line.task for line in self._lines.values() if line.task is not None]
        for line in self._lines.values():
            line.closing = True
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

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
        row, new = await patiently(lambda: self._guard.authorize(out))
        if new and envelope.notes:
            logger.info("response %s was fitted: %s", row.id, "; ".join(envelope.notes))
        if row.state == READY:
            self._put(row)
        return row

    async def answer(self, out: Outgoing) -> tuple[SendRow, bool]:
        """Decide on what a person wrote for the Page and hand it on; True where it is new."""
        row, new = await patiently(lambda: self._guard.authorize(out))
        if row.state == READY:
            self._put(row)
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
        with self._guard.store.write(who) as tx:
            now = self._guard.clock.now()
            if problem is None:
                threads.carried_out(tx, who, order, now)
                return
            said = {"do": order.do, "to": order.to, "why": problem}
            journal.write(tx, now, who, "thread_order_failed", **said)

    async def refuse(self, turn: Turn, response: str | None, text: str, said: str) -> SendRow:
        """Write down a response that is declared wrongly, as refused."""
        out = Outgoing(
            turn.who, turn.key, turn.next_ordinal(), Message(), (), text=text, response=response
        )
        return await patiently(lambda: self._guard.refuse(out, "declaration_is_readable", said))

    async def signal(self, who: Who, action: str) -> None:
        """Show seen or typing, where a message could be sent too; best effort and never journalled.

        A signal that a message has overtaken is not sent.
        """
        shown = Message(features=frozenset({Feature.SENDER_ACTIONS}))
        answer = await patiently(lambda: self._guard.ask(who, shown))
        if isinstance(answer, Send) and answer.ground == "standard_window":
            self._line(who).put_signal(action)

    async def release(self, who: Who, turn_key: str) -> list[SendRow]:
        """Ask again, in order, about what was held for a person before they wrote."""
        waiting = await patiently(lambda: self._guard.waiting_for(who))
        rows = [row for row in waiting if row.turn_key != turn_key]
        asked = []
        for row in rows:
            again = await patiently(lambda: self._guard.reconsider(row.id, "the person wrote"))  # noqa: B023 - awaited here
            asked.append(again)
            if again.state == READY:
                self._put(again)
        return asked

    async def delivered(self, who: Who, timeout: float) -> None:
        """Wait until a person's line is empty, *timeout* seconds at most."""
        line = self._lines.get(who)
        if line is not None and line.task is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(line.task), timeout)

    # -- inside ------------------------------------------------------------------------------

    def _line(self, who: Who) -> _Line:
        return self._lines.setdefault(who, _Line(self, who))

    def _put(self, row: SendRow) -> None:
        self._line(row.who).put(row.id)

    async def _tick(self) -> None:
        """Look at what has come due: holds whose moment came, tries put off, expiries."""
        while True:
            try:
                await patiently(self._guard.expire)
                for row in await patiently(self._guard.due):
                    await self._due(row)
            except Exception:  # the next look must come whatever happened in this one
                logger.exception("looking at what is due failed")
            await asyncio.sleep(TICK)

    async def _due(self, row: SendRow) -> None:
        if row.state == HELD:
            row = await patiently(lambda: self._guard.reconsider(row.id, "its moment came"))
        if row.state == READY:
            self._put(row)

    async def deliver(self, send_id: str) -> None:
        """Send every message of a row, in order, as long as each ends well enough to go on."""
        while True:
            taken = await patiently(lambda: self._guard.begin(send_id))
            if taken is None or not await self._send(taken):
                return

    async def _send(self, taken: Wire) -> bool:
        """Send one message and write down what came of it; tells whether to go on."""
        told = await self.transmit(taken)
        if told.arrived:
            await patiently(lambda: self._guard.sent(taken.part, told.mid))
        return told.goes_on

    async def transmit(self, taken: Wire) -> Told:
        """Send one message that is committed; that it arrived is for the caller to write down."""
        try:
            sent = await self._graph.send(_body(taken))
        except NeverLeft as problem:
            await self._record_never_left(taken, problem)
            return Told(trouble=True)
        except MayHaveLeft as problem:
            said = str(problem)
            await patiently(lambda: self._guard.unknown(taken.part, said))
            return Told(goes_on=True, trouble=True)
        except GraphError as problem:
            no = self._refusal(problem, taken.attempts)
            logger.warning("part %s: %s", taken.part.echo_key, problem)
            await patiently(lambda: self._guard.rejected(taken.part, no))
            return Told(trouble=no.retry_at is not None)
        except asyncio.CancelledError:
            self._guard.unknown(taken.part, "the process stopped while the message was on its way")
            raise
        return Told(arrived=True, goes_on=True, mid=sent.message_id)

    async def _record_never_left(self, taken: Wire, problem: SendError) -> None:
        retry_at = self._guard.clock.now() + _pause(taken.attempts)
        said = str(problem)
        await patiently(lambda: self._guard.never_left(taken.part, said, retry_at))

    def _refusal(self, error: GraphError, attempts: int) -> Refusal:
        retry_at = None
        if error.stop is Stop.PAGE:
            retry_at = self._guard.clock.now() + _PAGE_PAUSE
        elif error.retry and attempts < error.retries:
            retry_at = self._guard.clock.now() + _pause(attempts)
        return Refusal(
            error={
                "status": error.status,
                "code": error.code,
                "subcode": error.subcode,
                "fbtrace_id": error.fbtrace_id,
                "message": error.message,
                "says": error.row.sentence,
            },
            token_unused=error.token_unused,
            person_gone=error.stop is Stop.PERSON,
            outside_window=error.outside_window,
            unlawful=(error.code, error.subcode) in _UNLAWFUL,
            retry_at=retry_at,
        )

    async def send_signal(self, who: Who, action: str) -> None:
        """Send one sender action; what goes wrong with it is of no consequence."""
        with contextlib.suppress(SendError):
            await self._graph.send({"recipient": {"id": who.psid}, "sender_action": action})


class _Line:
    """What goes out to one person, one message after the other."""

    def __init__(self, door: Dispatcher, who: Who) -> None:
        self.task: asyncio.Task[None] | None = None
        self.closing = False
        self._door = door
        self._who = who
        self._sends: deque[str] = deque()
        self._signals: deque[str] = deque()

    def put(self, send_id: str) -> None:
        if send_id not in self._sends:
            self._sends.append(send_id)
        self._go()

    def put_signal(self, action: str) -> None:
        if action not in self._signals:
            self._signals.append(action)
        self._go()

    def _go(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while not self.closing:
            if self._sends:
                self._signals.clear()  # the message itself says more than "typing"
                await self._door.deliver(self._sends.popleft())
            elif self._signals:
                await self._door.send_signal(self._who, self._signals.popleft())
            else:
                return


@dataclass(frozen=True)
class Told:
    """What came of sending a message: *goes_on* is whether the rest of its row follows.

    *trouble* is with the way to the platform, or with the platform: more would fare no better now.
    """

    arrived: bool = False
    goes_on: bool = False
    trouble: bool = False
    mid: str | None = None


@dataclass(frozen=True)
class Utility:
    """A response as a utility template: without a body where a parameter has no value."""

    name: str
    body: Mapping[str, Any] | None = None
    unfilled: tuple[str, ...] = ()
    language: str | None = None


def message_of(envelope: Envelope, utility: Utility | None) -> Message:
    """Return a response as the guard is asked about it, outside any turn."""
    said = envelope.declaration
    return Message(
        purpose=Purpose(said.purpose) if said.purpose else Purpose.REPLY,
        topic=said.topic,
        push=Push(said.push) if said.push else None,
        template=said.template,
        hold_for=said.hold_for,
        in_turn=False,
        utility_template=utility.name if utility else None,
        unfilled=utility.unfilled if utility else (),
        language=utility.language if utility else None,
        features=frozenset({Feature.MEDIA} if envelope.media else ()),
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


def recipient_of(
    ground: str | None, topic: str | None, token: str | None, psid: str
) -> dict[str, JSON]:
    """Return whom a message goes to: a person, or the permission that pays for it."""
    if token is None:
        return {"id": psid}
    if ground == "one_time_notification":
        return {"one_time_notif_token": token}
    if ground == "recurring_notification":
        return {"notification_messages_token": token}
    # a comment or a visitor's post: the permission is named for which of the two it is
    return {"post_id" if topic == "post_id" else "comment_id": token}


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=_BACK_OFF[min(attempts, len(_BACK_OFF) - 1)])
