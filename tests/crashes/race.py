"""Processes that race for the same tokens, each of which may buy one message."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from multiprocessing import get_context
from typing import TypeVar

from policy_guard import people_rows, sends
from policy_guard.delivery import Delivery
from policy_guard.edition import known
from policy_guard.errors import StoreBusy
from policy_guard.guard import Guard, Wire
from policy_guard.pace import UNLIMITED
from policy_guard.people_rows import Who
from policy_guard.sends import Outgoing
from policy_guard.sql_store import SqlStore
from policy_guard.vocabulary import Message, Page, Purpose, Settings

from .worker import catalogue

PAGE = "page-1"
GRANTED = datetime(2021, 7, 1, 12, tzinfo=timezone.utc)
TOPIC = "back_in_stock:sku-42"
RACERS = 8
T = TypeVar("T")


@dataclass(frozen=True)
class Raced:
    """How a race ended: how often each token was put on the wire, by whom, in how many seconds."""

    tokens: int
    used: Counter[str]
    wins: tuple[int, ...]
    seconds: float

    @property
    def doubles(self) -> int:
        """Return how many tokens were put on the wire more than once."""
        return sum(n > 1 for n in self.used.values())


class _AWeekLater:
    def now(self) -> datetime:
        return GRANTED + timedelta(days=7)


def race(url: str, tokens: int, racers: int = RACERS, seed: int = 0) -> Raced:
    """Grant tokens, and let processes race for all of them."""
    with closing(SqlStore(url)) as store:
        for start in range(0, tokens, 500):
            _grant(store, range(start, min(start + 500, tokens)))
    began = time.monotonic()
    with ProcessPoolExecutor(racers, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(run_for_them, url, tokens, n, seed) for n in range(racers)]
        won = [run.result() for run in runs]
    used = Counter(token for one in won for token in one)
    return Raced(tokens, used, tuple(len(one) for one in won), time.monotonic() - began)


def _grant(store: SqlStore, numbers: Sequence[int]) -> None:
    with store.write() as tx:
        for n in numbers:
            who = Who(PAGE, f"person-{n}")
            people_rows.ensure(tx, who)
            people_rows.record_grant(tx, who, topic=TOPIC, value=f"token-{n}", at=GRANTED)


def run_for_them(url: str, tokens: int, racer: int, seed: int) -> list[str]:
    """Try to tell everybody, as one process; returns the tokens that it put on the wire."""
    chance = random.Random(f"{seed}:{racer}")  # noqa: S311 - it spreads the racers a little
    page = Page(one_time_notification=True, region="US", time_zone="UTC")
    put: list[str] = []
    with closing(_patiently(lambda: SqlStore(url, patience=0.05))) as store:
        quick = Delivery(UNLIMITED)  # what is raced for is the tokens, not the Page's pace
        guard = Guard(store, _AWeekLater(), page, Settings(), catalogue(), known(), quick)
        for n in range(tokens):
            if chance.random() < 0.1:
                time.sleep(chance.uniform(0, 0.002))
            out = _alert(Who(PAGE, f"person-{n}"), f"notify:{racer}:{n}")
            row, _ = _patiently(lambda: guard.authorize(out))  # noqa: B023 - called at once
            if row.state == sends.REFUSED:
                continue
            wire = _patiently(lambda: guard.begin(row.id))  # noqa: B023 - called at once
            if isinstance(wire, Wire) and wire.token is not None:
                put.append(wire.token)
                _patiently(lambda: guard.sent(wire.part, f"mid-{racer}-{n}"))  # noqa: B023 - the same
                time.sleep(chance.uniform(0, 0.02))  # who has won lets the others come level
    return put


def _alert(who: Who, turn: str) -> Outgoing:
    message = Message(purpose=Purpose.ALERT, topic=TOPIC, in_turn=False)
    return Outgoing(who, turn, 0, message, ({"text": "It is back."},), text="It is back.")


def _patiently(call: Callable[[], T]) -> T:
    while True:
        try:
            return call()
        except StoreBusy:
            time.sleep(0.005)
