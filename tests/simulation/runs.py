"""Many worlds, on as many processes as there are; the long run goes on where it stopped."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.quick import quick_folder
from tests.sources import TRIED, digest

from .faults import never, report
from .world import run, set_folder

_SOURCES = (*TRIED, "tests/simulation")
CHUNK = 50
_MOST_SHOWN = 20
_YEAR = 365 * 86_400_000


@dataclass
class Tally:
    """What worlds showed together; *wrong* tells of the first worlds that went wrong."""

    worlds: int = 0
    lived: int = 0
    operations: int = 0
    wrong: dict[int, list[str]] = field(default_factory=dict)
    reached: Counter[str] = field(default_factory=Counter)

    def merge(self, other: Tally) -> None:
        """Add what others have seen."""
        self.worlds += other.worlds
        self.lived += other.lived
        self.operations += other.operations
        self.wrong |= other.wrong
        self.reached.update(other.reached)

    def told(self) -> str:
        """Return the figures in words."""
        years = self.lived / _YEAR
        return (
            f"{self.worlds} worlds, {self.operations} operations in {years:.1f} years of theirs, "
            f"{sum(self.reached.values())} faults, {len(self.wrong)} worlds wrong"
        )

    def complaints(self) -> list[str]:
        """Return what went wrong, with the seed that tells it again."""
        return [
            f"seed {seed}: {said}"
            for seed, sentences in sorted(self.wrong.items())[:_MOST_SHOWN]
            for said in sentences
        ]


def run_worlds(seeds: Sequence[int]) -> Tally:
    """Run worlds one after the other."""
    tally = Tally()
    for seed in seeds:
        result = run(seed)
        tally.worlds += 1
        tally.lived += result.lived
        tally.operations += len(result.ops)
        tally.reached.update(result.reached)
        if result.wrong:
            tally.wrong[seed] = result.wrong
    return tally


def chunk(number: int) -> Sequence[int]:
    """Return the seeds of a chunk."""
    return range(number * CHUNK, (number + 1) * CHUNK)


def run_chunks(numbers: Sequence[int]) -> Iterator[tuple[int, Tally]]:
    """Give what chunks of worlds showed, as they come."""
    with (
        quick_folder("worlds-") as folder,
        ProcessPoolExecutor(os.cpu_count(), initializer=_settle, initargs=(folder,)) as pool,
    ):
        waiting = {pool.submit(run_worlds, chunk(number)): number for number in numbers}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _settle(folder: Path) -> None:
    gc.freeze()  # what came with the process that this was forked from is never garbage here
    set_folder(folder / str(os.getpid()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Tell one world's history, or run many; returns 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, help="tell the history of one world")
    parser.add_argument("--seeds", type=int, default=100_000)
    parser.add_argument("--state", type=Path, default=Path("var/proof/simulation.json"))
    parser.add_argument("--minutes", type=float, help="stop after so long and go on next time")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        return tell(options.seed)
    return prove(options.seeds, options.state, options.minutes)


def tell(seed: int) -> int:
    """Print one world's story."""
    result = run(seed)
    lines = [op.told() for op in result.ops]
    lines += [f"fault: {name} {number} times" for name, number in result.reached.items()]
    lines += [f"WRONG: {said}" for said in result.wrong] or ["nothing is wrong"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if result.wrong else 0


def prove(seeds: int, state: Path, minutes: float | None = None) -> int:
    """Run worlds until there are enough; what is done is kept after every chunk."""
    done, tally = _resume(state)
    wanted = [n for n in range(seeds // CHUNK) if n not in done]
    until = None if minutes is None else time.monotonic() + minutes * 60
    sys.stdout.write(f"{len(done) * CHUNK} worlds done, {len(wanted) * CHUNK} to go\n")
    while wanted and (until is None or time.monotonic() < until):
        batch, wanted = wanted[:8], wanted[8:]
        for number, part in run_chunks(batch):
            done.add(number)
            tally.merge(part)
        _keep(state, done, tally)
        sys.stdout.write(f"{tally.told()}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{report(tally.reached)}\n")
    wrong = [*tally.complaints(), *(f"never reached: {name}" for name in never(tally.reached))]
    sys.stdout.write("".join(f"{said}\n" for said in wrong))
    sys.stdout.write(f"{tally.told()}, seeds 0 to {max(done, default=-1) * CHUNK + CHUNK - 1}\n")
    return 1 if wrong else 0


def _resume(state: Path) -> tuple[set[int], Tally]:
    if not state.exists():
        return set(), Tally()
    kept: dict[str, Any] = json.loads(state.read_text())
    if kept.get("sources") != digest(_SOURCES):
        return set(), Tally()  # another channel or another platform was tried
    wrong = {int(seed): said for seed, said in kept["wrong"].items()}
    figures = (kept["worlds"], kept["lived"], kept["operations"])
    return set(kept["done"]), Tally(*figures, wrong, Counter(kept["reached"]))


def _keep(state: Path, done: set[int], tally: Tally) -> None:
    state.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        "sources": digest(_SOURCES),
        "done": sorted(done),
        "worlds": tally.worlds,
        "lived": tally.lived,
        "operations": tally.operations,
        "wrong": tally.wrong,
        "reached": tally.reached,
    }
    fresh = state.with_suffix(".new")
    fresh.write_text(json.dumps(kept))
    fresh.replace(state)
