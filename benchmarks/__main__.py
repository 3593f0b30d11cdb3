"""The benchmarks: `python -m benchmarks [NAME ...]` prints a table and writes it as JSON.

Every figure comes with the ratio or the aim that it is to be read against; bare times differ from
machine to machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from dataclasses import asdict
from pathlib import Path

from . import channel, core, lint, store
from .figures import Figure

OUT = Path("benchmarks/out/latest.json")
SETS = {
    "core": core.figures,
    "lint": lint.figures,
    "store": store.figures,
    "channel": channel.figures,
}


def main() -> int:
    """Run the named sets, all by default; returns 1 where an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = "; ".join(SETS)
    parser.add_argument("names", nargs="*", choices=[*SETS, []], metavar="NAME", help=known)
    parser.add_argument("--full", action="store_true", help="turns blocked for 30 s and not 10")
    options = parser.parse_args()
    figures: list[Figure] = []
    broken: dict[str, str] = {}
    load = os.getloadavg()[0]
    for name in options.names or SETS:
        try:
            figures += SETS[name](full=options.full)
        except Exception as problem:  # the other sets' figures are worth having all the same
            traceback.print_exc()
            broken[name] = f"{type(problem).__name__}: {problem}"
    width = max((len(figure.name) for figure in figures), default=0)
    for figure in figures:
        print(f"{figure.name:<{width}}  {figure.value:>12,.3f} {figure.unit:<12} {figure.verdict}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    for name, said in broken.items():
        print(f"the set `{name}` could not be measured: {said.splitlines()[0]}")
    machine = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load_before": load,  # what else was going on: above zero, only ratios mean something
    }
    told = [{**asdict(figure), "missed": figure.missed} for figure in figures]
    content = {"machine": machine, "figures": told, "broken": broken}
    OUT.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return 1 if broken or any(figure.missed for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
