"""The console script `policy-guard`: the guard's own commands, and those that send."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from policy_guard import cli as guard_cli

from .cli_notify import add_notify
from .cli_profile import add_profile
from .cli_sponsored import add_sponsored
from .cli_templates import add_templates
from .cli_worker import add_worker


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    return guard_cli.main(argv, _extend)


def _extend(commands: guard_cli.Commands) -> None:
    add_notify(commands)
    add_templates(commands)
    add_sponsored(commands)
    add_profile(commands)
    add_worker(commands)


if __name__ == "__main__":
    sys.exit(main())
