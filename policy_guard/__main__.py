"""`python -m policy_guard`: the commands that need neither the bot nor the platform."""

from __future__ import annotations

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
