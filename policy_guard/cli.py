"""The command line: ask, check case tables, and read what happened and why.

Exit codes: 0 done, 1 a case table is not met, 2 bad input with one sentence on standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .cli_approve import add_approve
from .cli_ask import add_ask
from .cli_breaker import add_breaker
from .cli_broadcasts import add_broadcasts
from .cli_cases import add_cases
from .cli_inbox import add_inbox
from .cli_metrics import add_metrics
from .cli_migrate import add_migrate
from .cli_outbox import add_outbox
from .cli_output import (
    ENDPOINTS,
    Commands,
    Parser,
    Run,
    UsageError,
    add_command,
    complain,
    write_anything,
)
from .cli_policy import add_policy
from .cli_privacy import add_privacy
from .cli_responsiveness import add_responsiveness
from .cli_store import add_disagreements, add_explain, add_journal
from .cli_tokens import add_tokens
from .clock import Clock, SystemClock
from .errors import GuardError
from .lint.cli import add_parser as add_lint
from .promotion.cli import add_parser as add_classify

__all__ = ["Commands", "UsageError", "add_command", "build_parser", "main"]

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_PIPE_CLOSED = 141  # what a shell reports of a program that SIGPIPE ended


def main(
    argv: Sequence[str] | None = None, extend: Callable[[Commands], None] | None = None
) -> int:
    """Run one command and return its exit code; *extend* adds commands of another package."""
    write_anything()
    try:
        args = build_parser(extend).parse_args(argv)
        run: Run = args.run
        code = run(args)
        sys.stdout.flush()
    except GuardError as problem:
        complain(str(problem))
        return 2
    except BrokenPipeError:
        # what is still buffered must not be written to the closed pipe when Python exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    return code


def build_parser(extend: Callable[[Commands], None] | None = None) -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser: argparse.ArgumentParser = Parser(
        prog="policy-guard",
        description="Whether a message may leave, on what ground, and why.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--endpoints",
        type=Path,
        default=ENDPOINTS,
        metavar="FILE",
        help="the project's endpoints file (default: endpoints.yml)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_ask(commands)
    add_cases(commands)
    add_explain(commands)
    add_journal(commands)
    add_tokens(commands, _clock)
    add_outbox(commands)
    add_breaker(commands, _clock)
    add_approve(commands)
    add_inbox(commands)
    add_broadcasts(commands)
    add_disagreements(commands)
    add_policy(commands)
    add_responsiveness(commands, _clock)
    add_metrics(commands, _clock)
    add_privacy(commands, _clock)
    add_migrate(commands)
    add_lint(commands, SystemClock().now)
    add_classify(commands)
    if extend is not None:
        extend(commands)
    return parser


def _clock(tx: Connection) -> Clock:
    """Return the clock in use; in a store that was simulated it is moved."""
    from .sql_store import clock_in  # noqa: PLC0415 - the program starts without SQLAlchemy

    return clock_in(tx)


if __name__ == "__main__":
    sys.exit(main())
