"""Bugs that somebody could make, each planted by replacing one function of ours.

A simulation that does not find them proves nothing by finding none.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from channels import dispatch, intake, line, service
from channels.errors import MayHaveLeft, NeverLeft
from channels.inbox import Runner
from channels.intake import Intake
from channels.service import Service
from policy_guard import (
    broadcast_rows,
    inbox_rows,
    leases,
    people_rows,
    sends,
)
from policy_guard.delivery import OnUnknown
from policy_guard.guard import Guard
from policy_guard.send_states import COMMITTED, READY, SENT
from policy_guard.vocabulary import Settings

Patches = list[Any]


def _resend_on_unknown() -> Patches:
    """What may have left is taken for what never left."""
    send = dispatch.Graph.send

    async def hopeful(self: Any, body: Any) -> Any:
        try:
            return await send(self, body)
        except MayHaveLeft as problem:
            raise NeverLeft(str(problem)) from None

    return [patch.object(dispatch.Graph, "send", hopeful)]


def _ready_at_restart() -> Patches:
    """What was on its way when a process ended is made ready again."""

    def hopeful(self: Guard, tx: Any, part: Any, why: str, now: Any) -> None:
        row = sends.get(tx, part.send_id)
        if sends.move_part(tx, part, [COMMITTED], READY, now):
            sends.follow(tx, row, claimed_by=None, lease_until=None)

    return [patch.object(Guard, "_unknown", hopeful)]


def _token_back_on_timeout() -> Patches:
    """A token is given back though its message may have arrived."""
    doubt = Guard._unknown

    def generous(self: Guard, tx: Any, part: Any, why: str, now: Any) -> Any:
        row = doubt(self, tx, part, why, now)
        people_rows.release_claim(tx, part.send_id, token_unused=True)
        return row

    return [patch.object(Guard, "_unknown", generous)]


def _forget_the_dedupe() -> Patches:
    """An event that comes again is an event."""
    add = inbox_rows.add

    def forgetful(tx: Any, **values: Any) -> bool:
        if inbox_rows.get(tx, values["page"], values["key"]) is not None:
            values["key"] = f"{values['key']}:{uuid.uuid4().hex[:6]}"
        return add(tx, **values)

    return [patch.object(intake.inbox_rows, "add", forgetful)]


def _stop_read_once() -> Patches:
    """A STOP that comes after the decision is not looked at again."""
    return [patch.object(Guard, "_must_ask_again", lambda *_: False)]


def _window_from_arrival() -> Patches:
    """A late webhook opens the window from when it came."""
    return [patch.object(Intake, "_moment", lambda _self, _event, now: now)]


def _acknowledged_first() -> Patches:
    """A webhook is acknowledged before it is kept."""
    receive = Service.receive

    async def hasty(self: Service, parsed: Any) -> None:
        service.asyncio.get_running_loop().create_task(receive(self, parsed))

    return [patch.object(Service, "receive", hasty)]


def _nothing_taken_over() -> Patches:
    """What an earlier process acknowledged is not picked up."""
    return [patch.object(Runner, "_anybodys", lambda _self: [])]


def _newest_first() -> Patches:
    """Of what waits the newest is answered first."""

    def last_of(tx: Any, who: Any) -> Any:
        rows = inbox_rows.listed(tx, [inbox_rows.PENDING, inbox_rows.RUNNING])
        return next((row for row in reversed(rows) if row.who == who), None)

    return [patch.object(inbox_rows, "next_of", last_of)]


def _doubts_forgotten() -> Patches:
    """What may have left is written down as sent."""

    def sure(self: Guard, part: Any, why: str, *, silent: bool = False) -> None:
        self.sent(part, None, why)

    return [patch.object(Guard, "unknown", sure)]


def _turn_run_again() -> Patches:
    """A turn that was finished by a dead process runs again under another key."""
    of_turn = sends.of_turn

    def blind(tx: Any, turn_key: str, ordinal: int) -> Any:
        row = of_turn(tx, turn_key, ordinal)
        if row is not None and row.state != SENT:
            return row
        if row is not None:
            tx.execute(
                sends.schema.send.update()
                .where(sends.schema.send.c.id == row.id)
                .values(turn_key=f"{turn_key}~{row.id}")
            )
        return None

    return [patch.object(sends, "of_turn", blind)]


def _gives_up_silently() -> Patches:
    """Nobody is told that an event failed."""

    async def silent(_self: Service, _row: Any) -> None:
        """Say nothing."""

    return [patch.object(Service, "_give_up", silent)]


def _rejection_not_kept() -> Patches:
    """A refusal of the platform leaves the message ready for ever."""
    return [patch.object(Guard, "rejected", lambda *_: None)]


def _put_off_and_overtaken() -> Patches:
    """A message that is put off lets the person's next one pass."""
    return [
        patch.object(sends, "older_open", lambda *_: None),
        patch.object(line.Line, "_wait", lambda _self, _later: asyncio.sleep(0.05)),
        patch.object(line, "insort", lambda queue, one: queue.insert(0, one)),
    ]


def _leases_never_end() -> Patches:
    """What a worker that ended had on its way is nobody's for ever."""
    return [patch.object(leases, "hanging", lambda *_: [])]


def _paused_in_name_only() -> Patches:
    """That a broadcast is paused or cancelled is said, and not kept."""
    return [patch.object(broadcast_rows, "move", lambda tx, number, *_: None)]


def _block_not_heard() -> Patches:
    """That the platform blocks the Page is noted, and nothing follows."""
    return [patch.object(Intake, "_note_enforcement", lambda *_: None)]


def _anything_goes_once_more() -> Patches:
    """What a permission paid for goes once more as well where it is in doubt."""

    def eager(self: Guard, _row: Any, part: Any) -> bool:
        return self.delivery.on_unknown is OnUnknown.RESEND_ONCE and not part.resent

    return [
        patch.object(Guard, "_may_go_again", eager),
        patch.object(Guard, "_not_again", lambda *_: None),
    ]


def _night_not_heeded() -> Patches:
    """What is decided while people sleep goes by the settings of nobody."""
    weigh = Guard._answer

    def sleepless(self: Guard, now: Any, *facts: Any) -> Any:
        with patch.object(self, "settings", Settings()):
            return weigh(self, now, *facts)

    return [patch.object(Guard, "_answer", sleepless)]


#: Every bug by its name, with a rule that tells of it and the seed that last did.
PLANTED: dict[str, tuple[Callable[[], Patches], str, int]] = {
    "resend on unknown": (_resend_on_unknown, "no_message_twice", 1),
    "ready instead of unknown at restart": (_ready_at_restart, "no_message_twice", 1),
    "token given back on timeout": (_token_back_on_timeout, "no_token_twice", 19),
    "forget the dedupe": (_forget_the_dedupe, "no_message_twice", 3),
    "stop read once": (_stop_read_once, "nothing_proactive_after_stop", 108),
    "window from arrival": (_window_from_arrival, "nothing_outside_the_window", 0),
    "acknowledged first": (_acknowledged_first, "every_event_answered", 50),
    "nothing taken over": (_nothing_taken_over, "every_event_answered", 0),
    "newest first": (_newest_first, "order_kept", 4),
    "doubts forgotten": (_doubts_forgotten, "the_store_tells_the_truth", 3),
    "a turn run again": (_turn_run_again, "no_message_twice", 8),
    "gives up silently": (_gives_up_silently, "every_event_answered", 16),
    "rejection not kept": (_rejection_not_kept, "every_event_answered", 6),
    "put off and overtaken": (_put_off_and_overtaken, "order_kept", 4),
    "leases never end": (_leases_never_end, "everything_comes_to_an_end", 1),
    "paused in name only": (_paused_in_name_only, "nothing_of_what_is_stopped", 8),
    "a block not heard": (_block_not_heard, "nothing_unasked_while_blocked", 55),
    "anything goes once more": (_anything_goes_once_more, "no_token_twice", 107),
    "night not heeded": (_night_not_heeded, "nothing_unasked_at_night", 10),
}


@contextmanager
def planted(name: str) -> Iterator[str]:
    """Plant a bug for a while; gives the name of the rule that has to tell of it."""
    make, rule, _ = PLANTED[name]
    with ExitStack() as stack:
        for one in make():
            stack.enter_context(one)
        yield rule
