"""A run over many changes, in as many processes as there are."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack

from .mutate import Mutant
from .trial import Outcome, Tree, examine, prepare, tree

STAGES = ("rows", "tests", "worlds", "laws")
_here: dict[str, Tree] = {}


def tried(
    mutants: Sequence[Mutant],
    stages: Sequence[str] = STAGES,
    *,
    left_out: Sequence[str] = (),
    processes: int | None = None,
    until: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[Mutant, Outcome]]:
    """Give each change with what noticed it, as they come, no new ones once *until* says so."""
    prepare()
    many = processes or os.cpu_count() or 1
    context = multiprocessing.get_context("fork")
    with ExitStack() as stack:
        trees = context.SimpleQueue()
        for _ in range(many):
            trees.put(stack.enter_context(tree()))
        pool = stack.enter_context(
            ProcessPoolExecutor(many, context, initializer=_begin, initargs=(trees, left_out))
        )
        waiting: dict[Future[Outcome], Mutant] = {}
        rest = list(reversed(mutants))
        while rest or waiting:
            while rest and len(waiting) < many * 2 and not until():
                mutant = rest.pop()
                waiting[pool.submit(_examine, mutant, tuple(stages))] = mutant
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()


def time_is_up(minutes: float | None) -> Callable[[], bool]:
    """Return what tells whether so many minutes have passed from now on."""
    ends = None if minutes is None else time.monotonic() + minutes * 60
    return lambda: ends is not None and time.monotonic() > ends


def _begin(trees: multiprocessing.SimpleQueue[Tree], left_out: Sequence[str]) -> None:
    _here["tree"] = trees.get()
    _here["tree"].left_out = tuple(left_out)


def _examine(mutant: Mutant, stages: tuple[str, ...]) -> Outcome:
    return examine(mutant, _here["tree"], stages)
