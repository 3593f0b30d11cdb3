"""Runs of the comparison: seeded chunks, on as many processes as there are."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from random import Random

from .compare import compare
from .coverage import Reached
from .worlds import draw

CHUNK = 10_000
_MOST_SHOWN = 5  # disagreements that a chunk keeps word for word


@dataclass
class Result:
    """What a chunk of worlds showed; *wrong* counts, *examples* tell of the first few."""

    chunk: int
    cases: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)
    reached: Reached = field(default_factory=Reached)


def run_chunk(seed: int, chunk: int, size: int = CHUNK) -> Result:
    """Compare the worlds of one chunk of a seed: the same every time."""
    random = Random(f"{seed}:{chunk}")  # noqa: S311 - it draws tests, not secrets
    result = Result(chunk)
    for number in range(size):
        world = draw(random)
        outcome = compare(world)
        result.cases += 1
        result.reached.add(world, outcome)
        if outcome.wrong is not None:
            result.wrong += 1
            if len(result.examples) < _MOST_SHOWN:
                where = f"seed {seed}, chunk {chunk}, case {number}, {world.at.isoformat()}"
                result.examples.append(f"{where}: {outcome.wrong}")
    return result


def run(seed: int, chunks: Sequence[int], processes: int | None = None) -> Iterator[Result]:
    """Give the results of chunks as they come."""
    # what came with the process that the others are forked from is never garbage there
    with ProcessPoolExecutor(processes or os.cpu_count(), initializer=gc.freeze) as pool:
        waiting = [pool.submit(run_chunk, seed, chunk) for chunk in chunks]
        for done in as_completed(waiting):
            yield done.result()
