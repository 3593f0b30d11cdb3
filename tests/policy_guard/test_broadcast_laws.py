"""Broadcasts whatever happens: people come and go, processes die, operators pause and cancel."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from policy_guard.broadcast_rows import CANCELLED, DONE, PAUSED, RUNNING, WAITING, Broadcast
from policy_guard.guard import Wire
from policy_guard.send_states import CLAIMED, COMMITTED, READY
from tests.conftest import SKU, Bench, FakeClock

from .crowds import Crowd

PEOPLE = st.sampled_from([f"p{n}" for n in range(8)])


class Broadcasts(RuleBasedStateMachine):
    """Two workers and the webhook over one store, a broadcast to a type and one to a thing."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        clock = FakeClock(datetime(2021, 7, 1, 12, tzinfo=timezone.utc))
        self.bench = Bench(f"sqlite:///{Path(self._folder.name) / 'guard.db'}", clock)
        self.crowd = Crowd(self.bench)
        self.crowd.join("p0", "p1", "p2", "p3")
        self.crowd.join("p2", "p3", "p4", topic=SKU)
        self.made = [
            self.crowd.ordered(fill=False),
            self.crowd.ordered(SKU, key="k2", fill=False),
        ]
        self.bench.clock.move(seconds=1)
        self.flying: list[list[Wire]] = [[], []]  # of each worker
        self.told: Counter[tuple[int, str]] = Counter()  # first bytes that left
        self.stopped: set[str] = set()

    def teardown(self) -> None:
        """Bring everything to its end: every recipient is in exactly one final state."""
        try:
            self._finish()
        finally:
            self.bench.close()
            self._folder.cleanup()

    # -- people ------------------------------------------------------------------------------

    @rule(psid=PEOPLE, once=st.booleans())
    def joins(self, psid: str, once: bool) -> None:
        self.crowd.join(psid, topic=SKU if once else "delivery")

    @rule(psid=PEOPLE)
    def stops(self, psid: str) -> None:
        self.crowd.stop(psid)
        self.stopped.add(psid)

    @rule(psid=PEOPLE, once=st.booleans())
    def drops(self, psid: str, once: bool) -> None:
        self.crowd.drop(psid, SKU if once else "delivery")

    @rule(minutes=st.integers(1, 60))
    def time_passes(self, minutes: int) -> None:
        self.bench.clock.move(minutes=minutes)

    # -- workers -----------------------------------------------------------------------------

    @rule(which=st.integers(0, 1), chunk=st.integers(1, 3))
    def fills(self, which: int, chunk: int) -> None:
        self.crowd.fill(self.made[which], chunk)

    @rule(which=st.integers(0, 1), worker=st.integers(0, 1), most=st.integers(1, 3))
    def takes(self, which: int, worker: int, most: int) -> None:
        state = self.crowd.now(self.made[which]).state
        taken = self.crowd.take(self.made[which], most)
        assert taken.stopped == (state in {PAUSED, CANCELLED})
        assert not (taken.stopped and taken.wires)
        for wire in taken.wires:
            assert wire.psid not in self.stopped, "told although they had stopped"
            self.told[which, wire.psid] += 1
        self.flying[worker] += taken.wires

    @rule(worker=st.integers(0, 1), number=st.integers(1, 3))
    def arrive(self, worker: int, number: int) -> None:
        here, self.flying[worker] = self.flying[worker][:number], self.flying[worker][number:]
        self.crowd.arrive(here)

    @precondition(lambda self: any(self.flying))
    @rule(worker=st.integers(0, 1), seconds=st.integers(1, 90))
    def connection_is_refused(self, worker: int, seconds: int) -> None:
        if self.flying[worker]:
            wire = self.flying[worker].pop()
            later = self.bench.clock.now() + timedelta(seconds=seconds)
            self.bench.guard.never_left(wire.part, "refused", later)
            self.told[self._of(wire), wire.psid] -= 1

    @rule()
    def the_processes_die(self) -> None:
        self.flying = [[], []]
        self.bench.clock.move(seconds=31)  # the end of their leases
        self.bench.guard.recover()

    @rule(which=st.integers(0, 1))
    def ends(self, which: int) -> None:
        self.crowd.end(self.made[which])

    # -- operators ---------------------------------------------------------------------------

    @rule(which=st.integers(0, 1))
    def is_paused(self, which: int) -> None:
        if self.crowd.now(self.made[which]).state == RUNNING:
            self.crowd.move(self.made[which], PAUSED)

    @rule(which=st.integers(0, 1))
    def is_resumed(self, which: int) -> None:
        if self.crowd.now(self.made[which]).state == PAUSED:
            self.crowd.move(self.made[which], RUNNING)

    @rule(which=st.integers(0, 1))
    def is_cancelled(self, which: int) -> None:
        if self.crowd.now(self.made[which]).state in {RUNNING, PAUSED}:
            self.crowd.move(self.made[which], CANCELLED)

    @rule(which=st.integers(0, 1))
    def is_swept(self, which: int) -> None:
        now = self.crowd.now(self.made[which])
        if now.state == CANCELLED:
            self.crowd.bulk.sweep(now)

    # -- laws --------------------------------------------------------------------------------

    @invariant()
    def nobody_is_told_twice(self) -> None:
        assert all(number <= 1 for number in self.told.values()), self.told

    @invariant()
    def every_recipient_is_counted_once(self) -> None:
        for made in self.made:
            now = self.crowd.now(made)
            assert sum(self.crowd.counts(made).values()) == now.total
            assert len(self.crowd.states(made)) == now.total

    @invariant()
    def nobody_who_joined_later_is_a_recipient(self) -> None:
        first, second = (set(self.crowd.states(made)) for made in self.made)
        assert first <= {"p0", "p1", "p2", "p3"}
        assert second <= {"p2", "p3", "p4"}

    def _of(self, wire: Wire) -> int:
        number = self.bench.row(wire.part.send_id).broadcast
        return [made.id for made in self.made].index(number or 0)

    def _finish(self) -> None:
        self.the_processes_die()
        self.bench.clock.move(minutes=2)
        for which, made in enumerate(self.made):
            now = self.crowd.now(made)
            if now.state == PAUSED:
                self.crowd.move(made, RUNNING)
            if now.state == CANCELLED:
                while self.crowd.bulk.sweep(self.crowd.now(made)):
                    pass
            while self.crowd.fill(made):
                pass
            self._drain(which, made)
            self.crowd.end(made)
            left = set(self.crowd.counts(made))
            if self.crowd.now(made).state == CANCELLED:
                while self.crowd.bulk.sweep(self.crowd.now(made)):
                    pass
                left = set(self.crowd.counts(made))
            else:
                assert self.crowd.now(made).state == DONE
            assert not left & {WAITING, READY, CLAIMED, COMMITTED}, self.crowd.states(made)
        self.nobody_is_told_twice()
        self.every_recipient_is_counted_once()

    def _drain(self, which: int, made: Broadcast) -> None:
        """Let a worker go on to the end; what stood behind another message leaves by itself."""
        while (taken := self.crowd.take(made, 3)).looked:
            for wire in taken.wires:
                self.told[which, wire.psid] += 1
            self.crowd.arrive(taken.wires)
        guard = self.bench.guard
        while rows := guard.claim_due(guard.worker, 10):
            for row in rows:
                while isinstance(wire := guard.begin(row.id), Wire):
                    self.told[self._of(wire), wire.psid] += 1
                    guard.sent(wire.part, f"mid-{wire.part.echo_key}")


TestBroadcasts = Broadcasts.TestCase
TestBroadcasts.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
