"""Worlds by their seeds.

`python -m tests.simulation --seed N` tells one world's history; `--seeds N` runs many, resumed
where they stopped.
"""

from __future__ import annotations

import sys

from .runs import main

if __name__ == "__main__":
    sys.exit(main())
