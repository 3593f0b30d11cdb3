"""Sends hostile bodies through the real door, and writes down what it answers and how soon."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from channels.webhook import parse

from ..backends import free_port
from ..quick import quick_folder
from .bodies import Bodies, Hostile
from .door import PAGE, ROOT, WEBHOOK

ATTACKERS = 8  # at the same time
ANSWER_WITHIN = 5.0  # seconds that the platform waits
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


@dataclass
class Answers:
    """What the door answered; *wrong* names the bodies it should not have answered so."""

    number: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    memory: list[int] = field(default_factory=list)  # megabytes, as time goes on
    wrong: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return the figures in words."""
        statuses = ", ".join(f"{n} x {status}" for status, n in sorted(self.statuses.items()))
        grew = f"{self.memory[0]} to {max(self.memory)} MB" if self.memory else "not measured"
        return (
            f"{self.number} hostile bodies: {statuses}; "
            f"slowest answer {self.slowest * 1000:.0f} ms; memory {grew}"
        )


class Door:
    """The channel's process."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.door", str(folder), str(self.port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"serves\n":
            raise RuntimeError(
                f"the door does not open: {(folder / 'door.log').read_text()[-2000:]}"
            )

    @property
    def alive(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.poll() is None

    def memory(self) -> int:
        """Return what the process holds, in megabytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]  # it is there

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self.alive:
            self._process.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def door() -> Iterator[Door]:
    """Give a running channel over an empty store."""
    with quick_folder("hostile-") as folder:
        made = Door(folder)
        try:
            yield made
        finally:
            made.close()


def attack(made: Door, seeds: Sequence[int], each: int, until: float | None = None) -> Answers:
    """Send *each* bodies of every seed; stops early at a moment of the monotonic clock."""
    return asyncio.run(_attack(made, seeds, each, until))


async def _attack(made: Door, seeds: Sequence[int], each: int, until: float | None) -> Answers:
    answers = Answers(memory=[made.memory()])
    waiting = [
        (seed, n, body)
        for seed in seeds
        for n, body in zip(range(each), Bodies(seed), strict=False)
    ]
    queue = iter(waiting)

    async def attacker() -> None:
        line = _Line(made.port)
        for seed, n, body in queue:
            if until is not None and time.monotonic() > until:
                break
            await _one(line, answers, f"seed {seed}, body {n} ({', '.join(body.how)})", body)
        line.close()

    await asyncio.gather(*(attacker() for _ in range(ATTACKERS)))
    answers.memory.append(made.memory() if made.alive else 0)
    if not made.alive:
        answers.wrong.append("the channel's process has ended")
    return answers


async def _one(line: _Line, answers: Answers, name: str, body: Hostile) -> None:
    began = time.monotonic()
    try:
        status = await asyncio.wait_for(line.post(body), 4 * ANSWER_WITHIN)
    except asyncio.TimeoutError:
        status = None
        line.close()
    took = time.monotonic() - began
    answers.number += 1
    answers.statuses["closed" if status is None else str(status)] += 1
    answers.ways.update(body.how or ("as it is",))
    answers.slowest = max(answers.slowest, took)
    for said in wrong_with(body, status, took):
        answers.wrong.append(f"{name}: {said}")


def wrong_with(body: Hostile, status: int | None, took: float) -> Iterator[str]:
    """Give what is wrong with an answer."""
    if status is None:
        yield "no answer"
    elif status >= 500:
        yield f"answered {status}"
    elif status == 200 and not body.signed:
        yield "taken without a signature"
    elif status == 403 and body.signed:
        yield "refused with a good signature"
    if took > ANSWER_WITHIN:
        yield f"answered after {took:.1f} s"


class _Line:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.StreamReader | None = None

    async def post(self, body: Hostile) -> int | None:
        """Return the status of the answer; None where the connection ends without one."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        with suppress(ConnectionError):  # it may close the door on what it will not read
            await self._send(body)
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            self.close()
            return None
        length = _LENGTH.search(head)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._reader.readexactly(int(length[1]) if length else 0)
        status = _STATUS.match(head)
        if b"onnection: close" in head or status is None or int(status[1]) in {400, 413}:
            self.close()
        return None if status is None else int(status[1])

    async def _send(self, body: Hostile) -> None:
        assert self._writer is not None
        lines = [f"POST {WEBHOOK} HTTP/1.1", "Host: bot"]
        lines += [f"{name}: {value}" for name, value in body.headers.items()]
        lines.append(
            "Transfer-Encoding: chunked" if body.chunks else f"Content-Length: {len(body.raw)}"
        )
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        if body.chunks:
            at = 0
            for size in (*body.chunks, len(body.raw)):
                piece = body.raw[at : at + size]
                at += size
                if piece:
                    self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self._writer.write(b"0\r\n\r\n")
        else:
            self._writer.write(body.raw)
        await self._writer.drain()

    def close(self) -> None:
        """Give the connection up; the next call opens another."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None


def parse_all(seeds: Sequence[int], each: int) -> list[str]:
    """Parse bodies without a door; returns what was wrong: an error, or too slow a reading."""
    wrong = []
    for seed in seeds:
        for n, body in zip(range(each), Bodies(seed), strict=False):
            began = time.process_time()
            try:
                parsed = parse(body.raw, page_id=PAGE, bounded=True)
            except Exception as problem:  # any at all is what is looked for
                wrong.append(f"seed {seed}, body {n}: {type(problem).__name__}: {problem}")
                continue
            if parsed.problem is not None and (parsed.events or parsed.foreign):
                wrong.append(f"seed {seed}, body {n}: both read and refused")
            if time.process_time() - began > 1.0:
                wrong.append(f"seed {seed}, body {n} ({', '.join(body.how)}): read too slowly")
    return wrong
