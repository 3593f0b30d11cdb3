"""The long proofs, one after the other, each resumed where it stopped.

`python -m tests.proof` runs them all, `python -m tests.proof simulation --minutes 10` one of them
for a time. What is done lies in var/proof.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

#: Each proof by its name: what is run, and whether it can stop after some minutes.
PROOFS: dict[str, tuple[tuple[str, ...], bool]] = {
    "differential": (("tests.differential", "--cases", "10000000"), True),
    "mutants": (("tests.mutants",), True),
    "simulation": (("tests.simulation", "--seeds", "100000"), True),
    "kills-sqlite": (("tests.crashes", "kills", "--database", "sqlite"), True),
    "kills-postgresql": (("tests.crashes", "kills", "--database", "postgresql"), True),
    "race-sqlite": (("tests.crashes", "race", "--database", "sqlite"), False),
    "race-postgresql": (("tests.crashes", "race", "--database", "postgresql"), False),
    "hostile": (("tests.hostile", "--bodies", "100000"), True),
}


def main() -> int:
    """Run proofs; returns 1 where one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROOFS))
    parser.add_argument("--minutes", type=float, help="for each, where it can stop on the way")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in PROOFS]
    if unknown:
        parser.error(f"there is no proof `{unknown[0]}`; there are {', '.join(PROOFS)}")
    failed = [name for name in options.names or PROOFS if not _holds(name, options.minutes)]
    print(f"failed: {', '.join(failed)}" if failed else "every proof holds, as far as it has run")
    return 1 if failed else 0


def _holds(name: str, minutes: float | None) -> bool:
    command, stops = PROOFS[name]
    limit = ("--minutes", str(minutes)) if minutes is not None and stops else ()
    print(f"== {name}: python -m {' '.join((*command, *limit))}", flush=True)
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *command, *limit], check=False)
    print(f"== {name}: {'holds' if done.returncode == 0 else 'FAILS'}, "
          f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
