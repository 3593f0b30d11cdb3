"""The long attack: `python -m tests.hostile --bodies 100000`, resumed where it stopped."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.kept import FOLDER, Deadline, Kept

from .attack import attack, door
from .bodies import WAYS

EACH = 1_000  # bodies of one seed
_MOST_GROWTH = 150  # megabytes, of a process that took as many bodies as fit in one run


def main() -> int:
    """Attack; returns 1 for an answer of 500 or above, one that came late, or a way never tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, help="stop after so long and go on next time")
    options = parser.parse_args()
    kept = Kept.resumed(FOLDER / "hostile.json", options.seed, "tests/hostile")
    deadline = Deadline.after(options.minutes)
    print(f"seed {options.seed}: {len(kept.rounds) * EACH} bodies done")
    wanted = [n for n in range(options.bodies // EACH) if n not in kept.rounds]
    if wanted:
        _attack(kept, wanted, deadline)
    ways = _sum(kept, "ways")
    wrong = [*kept.wrong, *(f"never tried: {way}" for way in WAYS if not ways[way])]
    print("".join(f"{said}\n" for said in wrong), end="")
    print(f"{_told(kept)}, seed {options.seed}")
    return 1 if wrong else 0


def _attack(kept: Kept, wanted: list[int], deadline: Deadline) -> None:
    with door() as made:
        began = made.memory()
        for number in wanted:
            if deadline.over:
                break
            answers = attack(made, [kept.seed * 1_000 + number], EACH)
            grew = max(answers.memory) - began
            if grew > _MOST_GROWTH:
                answers.wrong.append(f"round {number}: the process has grown by {grew} MB")
            kept.add(
                number,
                bodies=answers.number,
                statuses=answers.statuses,
                ways=answers.ways,
                slowest=answers.slowest,
                grew=grew,
                wrong=answers.wrong,
            )
            print(_told(kept), flush=True)


def _sum(kept: Kept, name: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for figures in kept.rounds.values():
        total.update(figures[name])
    return total


def _told(kept: Kept) -> str:
    statuses = sorted(_sum(kept, "statuses").items())
    slowest = max((figures["slowest"] for figures in kept.rounds.values()), default=0.0)
    grew = max((figures["grew"] for figures in kept.rounds.values()), default=0)
    return (
        f"{kept.sum('bodies')} hostile bodies: {', '.join(f'{n} x {s}' for s, n in statuses)}; "
        f"slowest answer {slowest * 1000:.0f} ms; grew by {grew} MB; {len(kept.wrong)} wrong"
    )


if __name__ == "__main__":
    sys.exit(main())
