"""The long comparison: `python -m tests.differential --cases 10000000`, resumed where it stopped.

What is done is written down after every chunk, so a run that is broken off goes on with the next;
worlds that other rules or another judge were tried in count for nothing.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from pathlib import Path

from tests.sources import digest_of_loaded

from .coverage import Reached
from .runs import CHUNK, run


def main() -> int:
    """Run, print what was reached, return 1 for a disagreement or a rule never reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=20200304)
    parser.add_argument("--state", type=Path, default=Path("var/proof/differential.pickle"))
    parser.add_argument("--minutes", type=float, help="stop after so long and go on next time")
    options = parser.parse_args()
    options.state.parent.mkdir(parents=True, exist_ok=True)
    about = (options.seed, digest_of_loaded())
    done, wrong, examples, reached = resumed(options.state, about)
    wanted = [n for n in range(options.cases // CHUNK) if n not in done]
    started = time.monotonic()
    print(f"seed {options.seed}: {len(done) * CHUNK} worlds done, {len(wanted) * CHUNK} to go")
    while wanted:
        batch, wanted = wanted[:20], wanted[20:]
        for result in run(options.seed, batch):
            done.add(result.chunk)
            wrong += result.wrong
            examples += result.examples
            reached.merge(result.reached)
        # only ever read back by this program, from its own folder
        options.state.write_bytes(pickle.dumps((about, done, wrong, examples, reached)))
        print(f"{len(done) * CHUNK} worlds, {wrong} wrong", flush=True)
        if options.minutes and time.monotonic() - started > options.minutes * 60:
            break
    print(reached.report())
    missing = [*(f"never reached: {n}" for n in reached.never()), *reached.excused()]
    for sentence in [*examples[:20], *missing]:
        print(sentence)
    print(f"{len(done) * CHUNK} worlds, {wrong} wrong, seed {options.seed}")
    return 1 if wrong or missing else 0


def resumed(state: Path, about: tuple[int, str]) -> tuple[set[int], int, list[str], Reached]:
    """Return what is kept of the same seed and sources, or a new beginning."""
    if state.exists():
        kept = pickle.loads(state.read_bytes())  # noqa: S301 - our own file
        if kept[0] == about:
            return kept[1], kept[2], kept[3], kept[4]
    return set(), 0, [], Reached()


if __name__ == "__main__":
    sys.exit(main())
