"""The long crash proofs, resumed where they stopped.

`python -m tests.crashes kills --database sqlite --kills 1000` and
`python -m tests.crashes race --database postgresql --tokens 10000`.
"""

from __future__ import annotations

import argparse
import contextlib
import sys

from tests.backends import ALL, POSTGRESQL, PostgresServer, postgres_server
from tests.kept import FOLDER, Deadline, Kept
from tests.quick import quick_folder

from .kills import run_kills
from .race import RACERS, race

ROUND = 50  # kills over one store


def main() -> int:
    """Run one proof; returns 1 where something was lost or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    proofs = parser.add_subparsers(dest="proof", required=True)
    kills = proofs.add_parser("kills")
    kills.add_argument("--kills", type=int, default=1_000)
    kills.add_argument("--seed", type=int, default=9)
    kills.add_argument("--minutes", type=float, help="stop after so long and go on next time")
    raced = proofs.add_parser("race")
    raced.add_argument("--tokens", type=int, default=10_000)
    for one in (kills, raced):
        one.add_argument("--database", choices=ALL, default=ALL[0])
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        on_server = options.database == POSTGRESQL
        server = stack.enter_context(postgres_server()) if on_server else None
        if options.proof == "race":
            return _race(options.database, options.tokens, server)
        deadline = Deadline.after(options.minutes)
        return _kills(options.database, options.kills, options.seed, deadline, server)


def _kills(
    database: str, kills: int, seed: int, deadline: Deadline, server: PostgresServer | None
) -> int:
    kept = Kept.resumed(FOLDER / f"kills-{database}.json", seed, "tests/crashes")
    print(f"{database}, seed {seed}: {len(kept.rounds) * ROUND} kills done")
    for number in range(-(-kills // ROUND)):
        if number in kept.rounds or deadline.over:
            continue
        with quick_folder("kills-") as folder:
            done = run_kills(folder, ROUND, seed * 1_000 + number, server)
        kept.add(
            number,
            kills=done.kills,
            restarts=done.restarts,
            acknowledged=done.acknowledged,
            doubts=done.doubts,
            wrong=[f"seed {done.seed}: {said}" for said in done.complaints],
        )
        print(_told(database, kept), flush=True)
    print("".join(f"{said}\n" for said in kept.wrong), end="")
    print(f"{_told(database, kept)}, seed {seed}")
    return 1 if kept.wrong else 0


def _told(database: str, kept: Kept) -> str:
    return (
        f"{database}: {kept.sum('kills')} kills, {kept.sum('restarts')} crashes of the server, "
        f"{kept.sum('acknowledged')} events acknowledged, {kept.sum('doubts')} doubts, "
        f"{len(kept.wrong)} wrong"
    )


def _race(database: str, tokens: int, server: PostgresServer | None) -> int:
    with quick_folder("race-") as folder:
        here = f"sqlite:///{folder}/guard.db"
        raced = race(here if server is None else server.url(server.new_database()), tokens)
    used = sum(raced.used.values())
    print(
        f"{database}: {RACERS} processes raced for {tokens} tokens in {raced.seconds:.0f} s: "
        f"{used} used, {raced.doubles} doubles, won {raced.wins}"
    )
    return 0 if raced.doubles == 0 and used == tokens else 1


if __name__ == "__main__":
    sys.exit(main())
