"""The benchmarks: `python -m benchmarks [NAME ...]` prints a table and writes it as JSON.

Every figure comes with the ratio or the aim that it is to be read against; bare times differ from
machine to machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from . import core, lint
from .figures import Figure

OUT = Path("benchmarks/out/latest.json")
SETS = {"core": core.figures, "lint": lint.figures}


def main() -> int:
    """Run the named sets, all by default; returns 1 where an aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = "; ".join(SETS)
    parser.add_argument("names", nargs="*", choices=[*SETS, []], metavar="NAME", help=known)
    options = parser.parse_args()
    figures: list[Figure] = []
    for name in options.names or SETS:
        figures += SETS[name]()
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        print(f"{figure.name:<{width}}  {figure.value:>12,.3f} {figure.unit:<12} {figure.verdict}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "machine": platform.machine()}
    content = {"machine": machine, "figures": [asdict(figure) for figure in figures]}
    OUT.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return 1 if any(figure.missed for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
