"""Many people of one Page, and broadcasts to them, without a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policy_guard import broadcast_rows, people_rows, sends
from policy_guard.broadcast_rows import Broadcast, Order
from policy_guard.bulk import Arrived, Bulk, Taken, Words
from policy_guard.guard import Wire
from policy_guard.people_rows import Who
from policy_guard.vocabulary import Message, Opener, OpenerKind, Purpose
from tests.conftest import SKU, Bench

NEWS = ({"text": "hello"},)


@dataclass
class Crowd:
    """People who are told things by broadcasts, with short words for what happens to them."""

    bench: Bench

    def __post_init__(self) -> None:
        self.bulk = Bulk(self.bench.guard)
        self.page = self.bench.who.page

    def who(self, psid: str) -> Who:
        """Return a person as the store names them."""
        return Who(self.page, psid)

    def join(self, *psids: str, topic: str = "delivery") -> None:
        """Let people write and choose an alert type, or ask to be told of a thing once."""
        now = self.bench.clock.now()
        with self.bench.store.write() as tx:
            for psid in psids:
                who = self.who(psid)
                people_rows.ensure(tx, who)
                people_rows.record_opener(tx, who, Opener(OpenerKind.MESSAGE, now))
                if ":" in topic:
                    value = f"otn-{topic}-{psid}"
                    people_rows.record_grant(tx, who, topic=topic, value=value, at=now)
                else:
                    people_rows.record_choice(tx, who, [topic], True, now)

    def stop(self, psid: str) -> None:
        """Let a person stop everything."""
        with self.bench.store.write() as tx:
            people_rows.record_stop(tx, self.who(psid), self.bench.clock.now())

    def drop(self, psid: str, topic: str = "delivery") -> None:
        """Let a person drop an alert type, or take back what they asked for."""
        with self.bench.store.write() as tx:
            if ":" in topic:
                now = self.bench.clock.now()
                people_rows.cancel_wishes(tx, self.who(psid), [topic], now)
            else:
                now = self.bench.clock.now()
                people_rows.record_choice(tx, self.who(psid), [topic], False, now)

    def ordered(
        self, topic: str = "delivery", key: str = "k1", fill: bool = True, **more: Any
    ) -> Broadcast:
        """Give an order, and enter everybody it is for."""
        words = {"response": "utter_news", "slots": {}, "channel": "messenger", "by": "ann", **more}
        order = Order(page=self.page, key=key, topic=topic, variations=NEWS, **words)
        with self.bench.store.write() as tx:
            made, _ = broadcast_rows.create(tx, order, self.bench.clock.now())
        if fill:
            while self.fill(made):
                pass
        return self.now(made)

    def fill(self, broadcast: Broadcast, chunk: int = 2) -> int:
        """Enter the next recipients."""
        with self.bench.store.write() as tx:
            return broadcast_rows.fill(tx, broadcast, self.bench.clock.now(), chunk)

    def take(self, broadcast: Broadcast, most: int = 100, **more: Any) -> Taken:
        """Decide on the next recipients and commit what may leave."""
        return self.bulk.take(broadcast, self.words(broadcast), most, **more)

    def words(self, broadcast: Broadcast) -> Any:
        """Return what is said: to who speaks `xx`, nothing can be."""
        once = broadcast.asked_once
        purpose = Purpose.ALERT if once else Purpose.POST_PURCHASE_UPDATE
        message = Message(purpose, broadcast.topic, text="hello", in_turn=False)
        said = Words(0, message, ({"text": "hello"},), {"text": "hello"}, None, "hello")
        return lambda language: "nothing fits" if language == "xx" else said

    def arrive(self, wires: Sequence[Wire]) -> None:
        """Let messages arrive."""
        self.bulk.settle(self.page, [Arrived(w, f"mid-{w.part.echo_key}") for w in wires])

    def send(self, broadcast: Broadcast) -> list[str]:
        """Send everything that may leave; returns to whom, in order."""
        told = []
        while (taken := self.take(broadcast, 3)).looked:
            self.arrive(taken.wires)
            told += [wire.psid for wire in taken.wires]
        return told

    def move(self, broadcast: Broadcast, state: str) -> Broadcast:
        """Pause, resume or cancel."""
        with self.bench.store.write() as tx:
            now = self.bench.clock.now()
            return broadcast_rows.move(tx, broadcast.id, state, "ann", now)

    def end(self, broadcast: Broadcast) -> bool:
        """Mark as done if it is."""
        with self.bench.store.write() as tx:
            return broadcast_rows.end(tx, broadcast.id, self.bench.clock.now())

    def now(self, broadcast: Broadcast) -> Broadcast:
        """Return a broadcast as it stands."""
        with self.bench.store.read() as tx:
            return broadcast_rows.get(tx, broadcast.id)

    def counts(self, broadcast: Broadcast) -> dict[str, int]:
        """Return how many recipients are in each state."""
        with self.bench.store.read() as tx:
            return dict(broadcast_rows.counts(tx, broadcast))

    def states(self, broadcast: Broadcast) -> dict[str, str]:
        """Return the state of each recipient."""
        with self.bench.store.read() as tx:
            rows = broadcast_rows.recipients(tx, broadcast.id, 1000)
        return {str(row["psid"]): str(row["state"]) for row in rows}

    def row(self, broadcast: Broadcast, psid: str) -> sends.SendRow:
        """Return what was decided for a person."""
        with self.bench.store.read() as tx:
            found = sends.of_turn(tx, broadcast.turn_key(psid), 0)
        assert found is not None
        return found


__all__ = ["NEWS", "SKU", "Crowd"]
