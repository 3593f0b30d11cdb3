"""The command `cases`: run case tables and show what differs."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from . import cases, decisions
from .cli_output import Commands, add_command, complain, print_json, say
from .errors import CaseError


def add_cases(commands: Commands) -> None:
    """Add the command `cases`."""
    says = "run case tables, and say where a decision is not the expected one"
    parser = add_command(commands, "cases", _cases, says)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="or a folder of them")


def _cases(args: argparse.Namespace) -> int:
    """Run the rows of every file, or of none where a file cannot be read: half a run misleads."""
    rows: list[cases.Row] = []
    problems: list[str] = []
    for path in args.files:
        try:
            for file in _tables(path):
                rows += cases.read_file(file)
        except CaseError as problem:
            problems.append(str(problem))
    if problems:
        for said in problems:
            complain(said)
        return 2
    wrong = [result for result in map(cases.run, rows) if result.wrong]
    if args.json:
        mismatches = [_mismatch(result) for result in wrong]
        print_json({"rows": len(rows), "wrong": len(wrong), "mismatches": mismatches})
    else:
        for result in wrong:
            _print_mismatch(result)
        say(f"{len(rows)} rows, {len(wrong)} wrong")
    return 1 if wrong else 0


def _tables(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"})
    if not files:
        raise CaseError(f"{path}: holds no case table")
    return files


def _print_mismatch(result: cases.Result) -> None:
    reason = result.decision.reason
    say(f"{result.row.file}:{result.row.line}: {result.row.name}")
    for difference in result.wrong:
        say(f"  {difference}")
    say(f"  reason given: {reason.says} (rule `{reason.rule}`, {reason.whose.value})")


def _mismatch(result: cases.Result) -> dict[str, Any]:
    expect = {
        key: [w.isoformat() if isinstance(w, datetime) else w for w in wanted]
        for key, wanted in result.row.expect.items()
    }
    return {
        "file": result.row.file,
        "line": result.row.line,
        "name": result.row.name,
        "wrong": list(result.wrong),
        "expect": expect,
        "got": decisions.as_dict(result.decision),
    }
