"""What came of a message on its way: arrived, refused, never left, in doubt; one transaction each.

Every outcome moves its message by compare-and-set on the state and on the try that it belongs to,
so that an answer which comes late, or twice, changes nothing that is settled already.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from . import breaker_rows, broadcast_rows, journal, leases, pace_rows, people_rows, sends
from .breaker_rows import EVERYTHING, PAGE, PLATFORM, TOKEN
from .clock import Clock, to_ms
from .decisions import SINGLE_USE
from .delivery import Delivery, OnUnknown
from .errors import StoreBusy
from .pace import Usage
from .people_rows import Who
from .send_states import (
    CANCELLED,
    CLAIMED,
    COMMITTED,
    EXPIRED,
    HELD,
    LIVE,
    OPEN,
    OPERATOR,
    READY,
    REJECTED,
    SENT,
    UNKNOWN,
)
from .sends import PartRow, SendRow
from .sql_store import SqlStore
from .vocabulary import Purpose, Settings

#: An answer that may have left is tried once more only after its echo had this long to come.
RESEND_AFTER = timedelta(seconds=15)
#: A message that is worth nothing later may still be tried for this long.
_LEAST_KEPT = timedelta(minutes=1)
_ON_ITS_WAY = (COMMITTED, UNKNOWN)
_NOT_YET_SENT = (*_ON_ITS_WAY, READY, REJECTED)


@dataclass(frozen=True)
class Refusal:
    """What a definite no of the platform means for the row, as the errors' table says.

    *stop* is a lane of `breaker_rows` that opens, or `lane` for the message's own; *waits* says
    that the message may go when what is stopped has been lifted. *slows* halves the Page's pace,
    and until *regain* is over nothing is called at all.
    """

    error: Mapping[str, Any]
    token_unused: bool = False
    person_gone: bool = False
    outside_window: bool = False
    unlawful: bool = False  # it contradicts the guard: a tag, a token, a window
    retry_at: datetime | None = None
    stop: str | None = None
    waits: bool = False
    slows: bool = False
    regain: timedelta | None = None


class Outcomes(ABC):
    """The half of the guard that writes down what came of what it let go."""

    store: SqlStore
    clock: Clock
    settings: Settings
    delivery: Delivery

    @abstractmethod
    def _reconsider(self, tx: Connection, row: SendRow, why: str, now: datetime) -> None:
        """Ask again about a response of which nothing has left."""

    # -- what came of a message --------------------------------------------------------------

    def sent(
        self, part: PartRow, mid: str | None, how: str = "answered", usage: Usage | None = None
    ) -> bool:
        """Write down that a message arrived; the platform's answer or its echo may tell first.

        Tells whether that was the last message of its response. *usage* says how much of the
        platform's allowance is used; where that is a lot, the Page goes slower from now on.
        """
        with self.store.write() as tx:
            row = self.settle_sent(tx, part, mid, how)
            if usage is not None and usage.busy and row is not None:
                why = f"{usage.percent} % of the platform's allowance is used"
                pace_rows.slow_down(tx, row.who.page, self.clock.now(), why, usage.regain)
        return row is not None and row.state not in OPEN

    def settle_sent(
        self, tx: Connection, part: PartRow, mid: str | None, how: str
    ) -> SendRow | None:
        """Write down an arrival within a transaction that is already open.

        Returns the row as it is then, None where the message is no longer part of it: it was
        decided anew since.
        """
        now = self.clock.now()
        row = sends.held(tx, part.send_id)
        all_of_it = sends.parts(tx, part.send_id)
        here = next((p for p in all_of_it if p.n == part.n), None)
        if here is None or here.echo_key != part.echo_key:
            return None
        if here.state == SENT or not sends.move_part(tx, here, _NOT_YET_SENT, SENT, now, mid=mid):
            return row
        journal.write(tx, now, row.who, "sent", row.id, part=part.n, mid=mid, told_by=how)
        follows = row.state
        if follows in {*OPEN, *_NOT_YET_SENT}:
            states = [SENT if p.n == part.n else p.state for p in all_of_it]
            follows = sends.follow(tx, row, states)
        if follows not in OPEN and _claims(row):
            people_rows.fulfil_claim(tx, row.id, now)
        self._passed(tx, row, now)
        return replace(row, state=follows)

    def unknown(self, part: PartRow, why: str, *, silent: bool = False) -> None:
        """Write down that a message may have left; a single-use permission stays spent.

        *silent* says that the platform has not answered several times running: then only one
        message at a time is tried until it does.
        """
        with self.store.write() as tx:
            now = self.clock.now()
            row = self._unknown(tx, part, why, now)
            if row is None:
                return
            tried = PLATFORM in row.probes
            if silent or tried:
                breaker_rows.trip(tx, row.who.page, PLATFORM, now, why, tried=tried)
            self._tried_in_vain(tx, row, now, beside=PLATFORM)

    def never_left(self, part: PartRow, why: str, retry_at: datetime) -> None:
        """Write down that not a byte left, so the message may be tried again from *retry_at* on."""
        with self.store.write() as tx:
            now = self.clock.now()
            row = sends.held(tx, part.send_id)
            if not sends.move_part(tx, part, _ON_ITS_WAY, READY, now):
                return
            journal.write(tx, now, row.who, "never_left", row.id, part=part.n, why=why)
            self._try_later(tx, row, retry_at, now)
            self._tried_in_vain(tx, row, now)

    def rejected(self, part: PartRow, no: Refusal) -> None:
        """Write down the platform's definite no, and where it contradicts the guard's yes."""
        with self.store.write() as tx:
            now = self.clock.now()
            row = sends.held(tx, part.send_id)
            self._heed(tx, row, no, now)
            if no.stop == "lane" and breaker_rows.lane_of(row) is None:
                # an answer inside the window takes no way that a breaker stops: none will lift it
                no = replace(no, waits=False, retry_at=None)
            again = no.waits or no.retry_at is not None
            if part.resent and not again:
                self._still_in_doubt(tx, row, part, no, now)
            elif again:
                self._put_off(tx, row, part, no, now)
            else:
                self._reject(tx, row, part, no, now)
            if no.person_gone:
                people_rows.record_blocked(tx, row.who, now)
        if row.broadcast is not None and not again:
            self._brake(row.broadcast)

    def recover(self, in_flight: Collection[str] = ()) -> int:
        """Turn what was on its way when its worker ended into doubts; returns how many.

        A worker has ended when its lease has; what this one still has *in_flight* is left alone. A
        message that may have left is never sent again on its own.
        """
        with self.store.read() as tx:
            found = leases.hanging(tx, self.store.moment(tx))
        left = [row for row in found if row.id not in in_flight]
        return sum(self._doubt(row.id) for row in left)

    def resolve(self, send_id: str, how: str, by: str) -> SendRow:
        """Let an operator settle a response: `sent`, `not-sent` or `cancel`; returns its row.

        Raises KeyError where there is none, and ValueError where there is nothing to settle.
        """
        with self.store.write() as tx:
            now = self.clock.now()
            row = sends.held(tx, send_id)
            if how == "cancel":
                self._cancel(tx, row, by, now)
            else:
                self._resolve(tx, row, how, by, now)
            return sends.get(tx, send_id)

    def evidence(
        self, tx: Connection, who: Who, mids: Collection[str], watermark: datetime, how: str
    ) -> int:
        """Settle doubts that a receipt of delivery or reading explains; returns how many.

        It is evidence only where no other message can be what the receipt tells of: the platform
        says that everything up to the watermark has arrived, and not that ours was among it.
        """
        doubted = [
            part
            for row in sends.listed(tx, states=[UNKNOWN], who=who)
            for part in sends.parts(tx, row.id)
            if part.state == UNKNOWN
        ]
        proven = [
            part
            for part in doubted
            if part.committed_at is not None
            and part.committed_at <= watermark
            and not sends.explained(tx, who, mids, part.committed_at, watermark)
        ]
        for part in proven:
            self.settle_sent(tx, part, None, how)
        return len(proven)

    # -- inside ------------------------------------------------------------------------------

    def _brake(self, broadcast: int) -> None:
        """Pause a broadcast where one more refusal is one too many."""
        limit = self.delivery.brake
        if limit is None:
            return
        with suppress(StoreBusy), self.store.write() as tx:  # else the next refusal does
            broadcast_rows.brake(tx, broadcast, limit, self.clock.now())

    def _doubt(self, send_id: str) -> bool:
        with self.store.write() as tx:
            now = self.clock.now()
            row = sends.held(tx, send_id)
            part = leases.on_its_way(tx, send_id)
            ended = leases.ended(row, self.store.moment(tx))
            if part is None or row.state != COMMITTED or not ended:
                return False
            why = "the process ended while the message was on its way"
            self._unknown(tx, part, why, now)
            return True

    def _unknown(self, tx: Connection, part: PartRow, why: str, now: datetime) -> SendRow | None:
        """Write a doubt down; None where its echo, or somebody else, was quicker."""
        row = sends.held(tx, part.send_id)
        again = self._may_go_again(row, part)
        state = READY if again else UNKNOWN
        moved = sends.move_part(
            tx, part, [COMMITTED], state, now, error={"why": why}, resent=again or part.resent
        )
        if not moved:
            return None
        journal.write(tx, now, row.who, "unknown", row.id, part=part.n, why=why, resend=again)
        if again:
            self._try_later(tx, row, now + RESEND_AFTER, now)
        else:
            sends.follow(tx, row)
        return row

    def _may_go_again(self, row: SendRow, part: PartRow) -> bool:
        """Tell whether an answer in doubt is sent once more: never what a permission paid for."""
        message = row.message
        return (
            self.delivery.on_unknown is OnUnknown.RESEND_ONCE
            and not part.resent
            and row.lane == LIVE
            and row.token_id is None
            and row.ground not in SINGLE_USE
            and message.purpose is Purpose.REPLY
            and message.in_turn
        )

    def _still_in_doubt(
        self, tx: Connection, row: SendRow, part: PartRow, no: Refusal, now: datetime
    ) -> None:
        """Keep the doubt about the first try: the platform refused only the second."""
        if not sends.move_part(tx, part, _ON_ITS_WAY, UNKNOWN, now, error=no.error):
            return
        sends.cancel_rest(tx, row.id)
        sends.follow(tx, row)
        journal.write(tx, now, row.who, "unknown", row.id, part=part.n, **no.error)

    def _put_off(
        self, tx: Connection, row: SendRow, part: PartRow, no: Refusal, now: datetime
    ) -> None:
        if not sends.move_part(tx, part, _ON_ITS_WAY, READY, now, error=no.error):
            return
        journal.write(tx, now, row.who, "put_off", row.id, part=part.n, **no.error)
        retry_at = no.retry_at or now
        blocked = pace_rows.blocked_until(tx, row.who.page, now) if no.slows else None
        if blocked is not None:
            retry_at = max(retry_at, blocked)
        self._try_later(tx, row, retry_at, now)
        alone = sends.untouched(sends.parts(tx, row.id))
        stops = no.stop == "lane" or (no.stop == PAGE and row.message.proactive)
        fresh = sends.get(tx, row.id)
        if no.waits and stops and alone and fresh.state == READY:
            if no.unlawful:
                self._disagree(tx, row, part, no, now)
            self._reconsider(tx, fresh, "the platform stopped this way of sending", now)

    def _reject(
        self, tx: Connection, row: SendRow, part: PartRow, no: Refusal, now: datetime
    ) -> None:
        if not sends.move_part(tx, part, _ON_ITS_WAY, REJECTED, now, error=no.error):
            return
        sends.cancel_rest(tx, row.id)
        sends.follow(tx, row)
        if any(p.state == SENT for p in sends.parts(tx, row.id)):
            people_rows.fulfil_claim(tx, row.id, now)  # part of it arrived: they were told
        else:
            people_rows.release_claim(tx, row.id, token_unused=no.token_unused)
        journal.write(tx, now, row.who, "rejected", row.id, part=part.n, **no.error)
        if no.unlawful or no.outside_window:
            self._disagree(tx, row, part, no, now)

    def _try_later(self, tx: Connection, row: SendRow, retry_at: datetime, now: datetime) -> None:
        """Put the next try of a row off, or let go of it where its last useful moment is sooner."""
        if retry_at < self.deadline(row):
            free = {"claimed_by": None, "lease_until": None, "probes": None}
            sends.follow(tx, row, not_before=to_ms(retry_at), **free)
            return
        sends.cancel_rest(tx, row.id)
        states = {p.state for p in sends.parts(tx, row.id)}
        why = "its last useful moment passed"
        if UNKNOWN in states:  # it went once, and may have arrived then
            sends.follow(tx, row, probes=None)
            journal.write(tx, now, row.who, "unknown", row.id, why=why, resend=False)
            return
        if SENT in states:
            people_rows.fulfil_claim(tx, row.id, now)
        else:
            people_rows.release_claim(tx, row.id, token_unused=True)
        self._over(tx, row, EXPIRED, why, now)

    def deadline(self, row: SendRow) -> datetime:
        """Return until when a message is worth trying."""
        if row.expires_at is not None:
            return row.expires_at
        keep = self.settings.hold_for if row.message.hold_for is None else row.message.hold_for
        return row.created_at + max(keep, _LEAST_KEPT)

    def _over(
        self,
        tx: Connection,
        row: SendRow,
        state: str,
        why: str,
        now: datetime,
        *,
        cancelled: str | None = None,
        **said: str,
    ) -> None:
        """Let a row end; what it claimed is settled by who calls."""
        free = {"claimed_by": None, "lease_until": None, "not_before": None, "probes": None}
        sends.move(tx, row, state=state, why=cancelled, **free)
        journal.write(tx, now, row.who, state, row.id, why=why, **said)
        self._tried_in_vain(tx, row, now)

    def _tried_in_vain(
        self, tx: Connection, row: SendRow, now: datetime, *, beside: str | None = None
    ) -> None:
        """Let the next message try what this one was let through to try and told nothing of."""
        for lane in row.probes:
            if lane != beside:
                breaker_rows.postpone(tx, row.who.page, lane, now)

    # -- what the whole Page learns of it ----------------------------------------------------

    def _heed(self, tx: Connection, row: SendRow, no: Refusal, now: datetime) -> None:
        """Open what the platform's no stops, and go slower where it says that we are too quick."""
        page, why = row.who.page, str(no.error.get("says") or "the platform refused")
        if no.slows:
            pace_rows.slow_down(tx, page, now, why, no.regain)
        lane = breaker_rows.lane_of(row) if no.stop == "lane" else no.stop
        if lane is not None:
            breaker_rows.trip(tx, page, lane, now, why, tried=lane in row.probes)
        others = [one for one in row.probes if one != lane]
        if any(one in EVERYTHING for one in others):  # it answers, and takes our token
            self._close(tx, page, now, *(one for one in EVERYTHING if one != lane))
        for one in others:
            breaker_rows.postpone(tx, page, one, now)

    def _passed(self, tx: Connection, row: SendRow, now: datetime) -> None:
        """Close the breakers that a message was let through to try, now that it arrived."""
        lanes = dict.fromkeys(row.probes)
        if any(lane in EVERYTHING for lane in lanes):
            lanes |= dict.fromkeys(EVERYTHING)
        self._close(tx, row.who.page, now, *lanes)

    def _close(self, tx: Connection, page: str, now: datetime, *lanes: str) -> None:
        for lane in lanes:
            breaker_rows.close(tx, page, lane, now, breaker_rows.BY_PLATFORM)

    # -- what an operator settles ------------------------------------------------------------

    def cancel(self, tx: Connection, send_id: str, by: str, now: datetime) -> None:
        """Cancel a message of which nothing has left, in a transaction that is open already."""
        self._cancel(tx, sends.get(tx, send_id), by, now)

    def _cancel(self, tx: Connection, row: SendRow, by: str, now: datetime) -> None:
        if row.state not in {READY, CLAIMED, HELD, UNKNOWN}:
            raise ValueError(f"`{row.id}` is {row.state}: there is nothing to cancel")
        untouched = all(p.state == READY for p in sends.parts(tx, row.id))
        sends.cancel_rest(tx, row.id)
        if untouched:
            people_rows.release_claim(tx, row.id, token_unused=True)
        why = "an operator cancelled it"
        self._over(tx, row, CANCELLED, why, now, cancelled=OPERATOR, by=by)

    def _resolve(self, tx: Connection, row: SendRow, how: str, by: str, now: datetime) -> None:
        doubted = [p for p in sends.parts(tx, row.id) if p.state == UNKNOWN]
        if not doubted:
            raise ValueError(f"`{row.id}` is {row.state}: nothing of it is in doubt")
        journal.write(tx, now, row.who, "resolved", row.id, told=how, by=by)
        if how == "sent":
            for part in doubted:
                self.settle_sent(tx, part, None, "operator")
            return
        for part in doubted:
            sends.move_part(tx, part, [UNKNOWN], READY, now, resent=False)
        self._try_later(tx, row, now, now)
        fresh = sends.get(tx, row.id)
        if fresh.state == READY and all(p.state == READY for p in sends.parts(tx, row.id)):
            self._reconsider(tx, fresh, "an operator says that it never arrived", now)

    def _disagree(
        self, tx: Connection, row: SendRow, part: PartRow, no: Refusal, now: datetime
    ) -> None:
        """The guard said yes and the platform said no: the most valuable line there is."""
        journal.write(
            tx,
            now,
            row.who,
            journal.DISAGREEMENT,
            row.id,
            part=part.n,
            guard=row.decision["reason"],
            ground=row.ground,
            edition=row.decision["edition"],
            platform=dict(no.error),
        )
        may_wait = not row.message.proactive and row.message.in_turn and part.n == 0
        if no.outside_window and may_wait:
            keep = row.message.hold_for or self.settings.hold_for
            values = {"not_before": None, "expires_at": to_ms(now + keep)}
            fresh = sends.get(tx, row.id)
            sends.move(tx, fresh, state=HELD, token_id=None, ground=None, **values)
            journal.write(tx, now, row.who, "held", row.id, why="kept until the person writes")


def _claims(row: SendRow) -> bool:
    """Tell whether a row answers what a person asked to be told once, or spent a permission."""
    message = row.message
    return row.token_id is not None or (message.proactive and message.asked_once)


__all__ = ["RESEND_AFTER", "TOKEN", "Outcomes", "Refusal"]
