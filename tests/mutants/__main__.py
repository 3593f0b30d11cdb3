"""Wrong changes to the rules and whether anything notices them: `python -m tests.mutants`.

What is found is written down as it comes, so a run that is broken off goes on with the next.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

from .ledger import Ledger, LedgerError, Report, accepted, gone
from .mutate import Mutant, mutants
from .runs import STAGES, time_is_up, tried
from .trial import LAWS, UNITS, Outcome, prepare, tree

#: Sets have the same order in every run, so that what depends on it is noticed always or never.
_HASH_SEED = {"PYTHONHASHSEED": "1"}


def main() -> int:
    """Run; return 1 for a change that nothing notices or an entry that is no longer true."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--minutes", type=float, help="stop after so long and go on next time")
    parser.add_argument("--sample", type=int, help="try only so many of them, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", help="only changes of files whose path has this in it")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--state", type=Path, default=Path("var/proof/mutants.json"))
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    options = parser.parse_args()
    if not _HASH_SEED.items() <= os.environ.items():
        again = [sys.executable, "-m", "tests.mutants", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, **_HASH_SEED})  # noqa: S606 - this program
    try:
        listed = accepted()
    except LedgerError as problem:
        print(problem, file=sys.stderr)
        return 2
    everything = mutants()
    wanted = [m for m in everything if not options.file or options.file in m.file]
    if options.sample:
        wanted = Random(options.seed).sample(wanted, min(options.sample, len(wanted)))  # noqa: S311 - it draws tests
    if options.fresh:
        options.state.unlink(missing_ok=True)
    ledger = Ledger.read(options.state)
    outcomes: dict[str, tuple[Mutant, Outcome]] = {}
    for mutant in wanted:
        known = ledger.outcome(mutant, options.stages)
        if known is not None:
            outcomes[mutant.key] = (mutant, known)
    left = [m for m in wanted if m.key not in outcomes]
    print(f"{len(wanted)} changes, {len(outcomes)} known from earlier runs", flush=True)
    left_out = _left_out(options.stages) if left else ()
    until = time_is_up(options.minutes)
    for done, (mutant, outcome) in enumerate(
        tried(left, options.stages, left_out=left_out, until=until), 1
    ):
        outcomes[mutant.key] = (mutant, outcome)
        ledger.note(mutant, outcome, options.stages)
        if outcome.by is None and mutant.key not in listed:
            print(f"unnoticed: {mutant}", flush=True)
        if done % 10 == 0:
            ledger.write()
        if done % 100 == 0:
            print(f"{done} of {len(left)} tried", flush=True)
    ledger.write()
    report = Report(outcomes, listed, gone(listed, everything))
    print("\n".join(report.lines()))
    if len(outcomes) < len(wanted):
        print(f"{len(wanted) - len(outcomes)} are left for the next run")
    return 0 if report.good else 1


def _left_out(stages: Sequence[str]) -> tuple[str, ...]:
    """Return the tests that fail without a change, which cannot show one, and say so."""
    tests = [*(UNITS if "tests" in stages else ()), *(LAWS if "laws" in stages else ())]
    if not tests:
        return ()
    prepare()
    with tree() as copy:
        failing = copy.failing(tests)
    for test in failing:
        print(f"left out, it fails without a change: {test}", flush=True)
    return failing


if __name__ == "__main__":
    sys.exit(main())
