"""A broadcast to very many: `python -m benchmarks.soak --recipients 1000000 --backend sqlite`.

People are made by bulk SQL, each with what `--with` says: an open window or a one-time token. A
light stand-in of the platform answers in another process; the pace is lifted. Printed are
recipients a second, the memory of the sending process over time, and how many recipients ended in
each state; the end is a check that every recipient is in exactly one final state.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.engine import Connection

from channels.broadcast import ALONE, BroadcastJob, Size
from channels.dispatch import Dispatcher
from channels.graph import Graph
from policy_guard import broadcast_rows, schema
from policy_guard.broadcast_rows import Broadcast, Order
from policy_guard.catalogue import load
from policy_guard.clock import SystemClock, to_ms
from policy_guard.delivery import Delivery
from policy_guard.guard import Guard
from policy_guard.pace import UNLIMITED
from policy_guard.sql_store import SqlStore
from policy_guard.vocabulary import Page, Settings
from tests import backends

ROOT = Path(__file__).resolve().parents[1]
PAGE = "1234567890"
TOPIC = {"window": "delivery", "token": "back_in_stock:sku-42"}
RESPONSE = ({"text": "Good news: {thing}.", "metadata": {"messenger": {}}},)
_FINAL = {"sent", "refused", "rejected", "unknown", "expired", "skipped", "failed", "cancelled"}
_PEOPLE_AT_ONCE = 10_000
_MB = 1024 * 1024


def main() -> int:
    """Run one broadcast and print what it took; returns 1 where a recipient has no final state."""
    options = _options()
    with _database(options) as url, _platform() as graph_url:
        store = SqlStore(url)
        began = time.perf_counter()
        _make_people(store, options.recipients, options.having)
        print(f"{options.recipients:,} people made in {time.perf_counter() - began:.1f} s")
        report = asyncio.run(_send(store, graph_url, options))
        problems = _check(store, options.recipients)
        store.close()
    report["problems"] = problems
    print(json.dumps(report, indent=2))
    if options.out is not None:
        options.out.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 1 if problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--recipients", type=int, default=10_000, metavar="N")
    parser.add_argument("--backend", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--url", help="an empty database that is there, instead of a new one")
    parser.add_argument("--with", dest="having", choices=sorted(TOPIC), default="window")
    parser.add_argument("--folder", type=Path, help="where a SQLite file is made (default: /tmp)")
    parser.add_argument("--batch", type=int, default=ALONE.batch, metavar="N")
    parser.add_argument("--in-flight", type=int, default=ALONE.in_flight, metavar="N")
    parser.add_argument("--profile", type=Path, help="write a profile of the sending there")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report as JSON")
    return parser.parse_args()


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[str]:
    """Give the address of an empty database."""
    if options.url:
        yield options.url
        return
    if options.backend == "postgresql":
        with backends.postgres_server(**backends.AS_RUN) as server:
            yield server.url(server.new_database())
        return
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="soak-") as folder:
        yield f"sqlite:///{folder}/guard.db"


# -- people ----------------------------------------------------------------------------------------


def _make_people(store: SqlStore, number: int, having: str) -> None:
    """Make people with everything that a broadcast looks at."""
    now = SystemClock().now()
    opened = now - (timedelta(hours=1) if having == "window" else timedelta(days=8))
    for first in range(0, number, _PEOPLE_AT_ONCE):
        psids = [f"{n:016d}" for n in range(first, min(number, first + _PEOPLE_AT_ONCE))]
        with store.write() as tx:
            _make(tx, psids, having, to_ms(opened))
    if store.url.startswith("postgresql"):
        with store.write() as tx:
            tx.execute(text("ANALYZE"))


def _make(tx: Connection, psids: list[str], having: str, opened: int) -> None:
    who = [{"page": PAGE, "psid": psid} for psid in psids]
    tx.execute(insert(schema.person).values(last_message_at=opened), who)
    tx.execute(insert(schema.opener).values(kind="message", at=opened), who)
    if having == "window":
        chose = {"alert_type": TOPIC[having], "chosen": True, "at": opened, "since": opened}
        tx.execute(insert(schema.preference).values(**chose), who)
        return
    topic = TOPIC[having]
    tx.execute(insert(schema.wish).values(topic=topic, asked_at=opened), who)
    granted = {"topic": topic, "kind": "one_time_notification", "granted_at": opened}
    tokens = [{**w, "id": f"tok_{w['psid']}", "value": f"otn_{w['psid']}"} for w in who]
    tx.execute(insert(schema.token).values(**granted), tokens)


# -- the platform ----------------------------------------------------------------------------------


@contextmanager
def _platform() -> Iterator[str]:
    """Give the address of a stand-in that takes every message, in a process of its own."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()


class _Answers(asyncio.Protocol):
    """As little of HTTP as the client needs: a body of known length, an answer, the next one."""

    number = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._read) < end + 4 + length:
                return
            self._read = self._read[end + 4 + length :]
            _Answers.number += 1
            said = b'{"recipient_id":"1","message_id":"m_%d"}' % _Answers.number
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(said), said)
            )


def _serve(pipe: Any) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(run())


# -- the broadcast ---------------------------------------------------------------------------------


async def _send(store: SqlStore, graph_url: str, options: argparse.Namespace) -> dict[str, Any]:
    page = Page(one_time_notification=True, region="US", time_zone="UTC")
    catalogue, unpaced = load(ROOT / "alerts.yml"), Delivery(pace=UNLIMITED)
    guard = Guard(store, SystemClock(), page, Settings(), catalogue, delivery=unpaced)
    graph = Graph(graph_url, "v26.0", "page-token", "app-secret")
    dispatcher = Dispatcher(guard, graph)
    size = Size(options.batch, options.in_flight)
    job = BroadcastJob(guard, dispatcher, PAGE, size)
    order = Order(
        PAGE, "soak", TOPIC[options.having], "utter_soak", {"thing": "it is back"}, RESPONSE,
        "messenger", "soak",
    )  # fmt: skip
    with store.write() as tx:
        broadcast, _ = broadcast_rows.create(tx, order, guard.clock.now())
    began, worked = time.perf_counter(), time.process_time()
    watching = asyncio.get_running_loop().create_task(_watch(store, broadcast, began))
    profile = _profile(options.profile)
    while await job.run_once():
        pass
    await job.stop(10.0)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    if profile is not None:
        profile.disable()
        profile.dump_stats(options.profile)
    watching.cancel()
    await graph.close()
    with store.read() as tx:
        counts = broadcast_rows.counts(tx, broadcast)
        filled = broadcast_rows.get(tx, broadcast.id).filled_at
    return {
        "recipients": options.recipients,
        "backend": options.backend,
        "with": options.having,
        "seconds": round(seconds, 1),
        "cpu_ms_per_recipient": round(1000 * worked / options.recipients, 2),
        "recipients_per_second": round(options.recipients / seconds),
        "entered_after_s": None if filled is None else (filled - broadcast.created_at).seconds,
        "memory_mb": _memory.samples,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "counts": dict(counts),
    }


class _memory:  # noqa: N801 - samples of one process
    samples: list[int] = []  # noqa: RUF012 - of the one run there is


async def _watch(store: SqlStore, broadcast: Broadcast, began: float) -> None:
    """Print how far it is, and keep what memory the process has."""
    while True:
        await asyncio.sleep(5)
        with store.read() as tx:
            counts = broadcast_rows.counts(tx, broadcast)
        used = _resident()
        _memory.samples.append(used)
        said = ", ".join(f"{n:,} {state}" for state, n in sorted(counts.items()))
        print(f"{time.perf_counter() - began:7.0f} s  {used} MB  {said}", flush=True)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() // _MB


def _profile(file: Path | None) -> Any:
    if file is None:
        return None
    import cProfile  # noqa: PLC0415 - only where it is asked for

    profile = cProfile.Profile()
    profile.enable()
    return profile


def _check(store: SqlStore, number: int) -> list[str]:
    """Return what is wrong with how the recipients ended."""
    recipient, send = schema.recipient, schema.send
    problems = []
    with store.read() as tx:
        broadcast = broadcast_rows.listed(tx)[0]
        counts = broadcast_rows.counts(tx, broadcast)
        rows = tx.execute(select(func.count()).select_from(recipient)).scalar_one()
        sends = tx.execute(select(func.count()).select_from(send)).scalar_one()
        people = tx.execute(select(func.count(send.c.psid.distinct()))).scalar_one()
    if broadcast.state != "done":
        problems.append(f"the broadcast is {broadcast.state}")
    if not number == broadcast.total == rows == sum(counts.values()):
        problems.append(f"{number} people, {broadcast.total} entered, {rows} rows, {counts}")
    if sends != people:
        problems.append(f"{sends} sends to {people} people")
    if set(counts) - _FINAL:
        problems.append(f"states that are not final: {counts}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
