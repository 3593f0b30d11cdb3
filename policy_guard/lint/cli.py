"""The command `lint`: what a designer would want to know before people read it.

Exit codes: 0 nothing found, 1 findings, 2 bad usage or a project that cannot be read.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policy_guard.cli_output import (
    NUMBER,
    Commands,
    Parser,
    UsageError,
    add_command,
    complain,
    write_anything,
)
from policy_guard.errors import GuardError

if TYPE_CHECKING:  # everything else waits until the command is the one that was asked for
    from .config import Config
    from .engine import Outcome, Plan
    from .findings import Rule
    from .model import Judge, Options, Project, Verdict
    from .source import Problem

_FORMATS = ("text", "json", "sarif", "github", "junit")
_LEVELS = ("error", "warning", "note")
_PASSES = 10  # of --fix: a fix may make room for the next
_PYPROJECT = "pyproject.toml"
_LARGEST_WIDTH = 1000


def add_parser(
    commands: Commands, now: Callable[[], datetime] | None = None
) -> argparse.ArgumentParser:
    """Add the command `lint`; *now* tells which of the platform's rules are in force."""
    says = "read a whole Rasa project and say what a person would stumble over"
    parser = add_command(commands, "lint", run, says)
    parser.set_defaults(now=now)
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        default=[Path()],
        metavar="PATH",
        help="project folders or single files (default: this folder)",
    )
    parser.add_argument("--select", action="append", metavar="ID,..", help="only these rules")
    parser.add_argument("--ignore", action="append", metavar="ID,..", help="not these rules")
    parser.add_argument("--level", choices=_LEVELS, default="note", help="the least that is said")
    parser.add_argument("--fix", action="store_true", help="mend what can be mended safely")
    parser.add_argument(
        "--unsafe-fixes", action="store_true", help="mend also what changes the words"
    )
    parser.add_argument("--diff", action="store_true", help="show the fixes, change no file")
    parser.add_argument("--format", choices=_FORMATS, default=None, help="default: text")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="what is known already")
    parser.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="take all of this as known"
    )
    parser.add_argument("--explain", metavar="ID", help="what a rule is about, with examples")
    parser.add_argument("--rules", action="store_true", help="the list of all rules")
    parser.add_argument(
        "--preview", action="store_true", help="how responses look in a notification and the chat"
    )
    parser.add_argument(
        "--response", action="append", default=[], metavar="NAME", help="only this one's preview"
    )
    parser.add_argument(
        "--width", type=_width, metavar="N", help="characters of a preview (default: 80, ours)"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help=f"the settings (default: {_PYPROJECT})"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command by itself and return its exit code."""
    write_anything()
    parser: argparse.ArgumentParser = Parser(prog="policy-guard", allow_abbrev=False)
    add_parser(parser.add_subparsers(metavar="COMMAND", required=True))
    try:
        args = parser.parse_args(["lint", *(sys.argv[1:] if argv is None else argv)])
        return run(args)
    except GuardError as problem:
        complain(str(problem))
        return 2


def run(args: argparse.Namespace) -> int:
    """Do what the arguments ask for; raises GuardError for what cannot be used."""
    were_on = gc.isenabled()
    gc.disable()  # a whole project is read and kept until the end: nothing to collect
    try:
        return _run(args)
    finally:
        if were_on:
            gc.enable()


def _run(args: argparse.Namespace) -> int:
    if args.explain is not None:
        return _explain(args.explain)
    if args.rules:
        return _rules(args.json)
    config = _config(args)
    project, problems = _load(args, config)
    if args.preview:
        return _preview(project, problems, args)
    plan = _plan(args, config)
    if not problems and (args.fix or args.unsafe_fixes or args.diff):
        outcome, code = _mend(project, args, config, plan)
        if code is not None or outcome is None:
            return code or 0
        project, problems = _load(args, config)
    else:
        outcome = _outcome(project, problems, plan)
    if args.write_baseline is not None and not problems:
        return _write_baseline(args.write_baseline, outcome)
    return _show(args, project, problems, plan, outcome)


# -- the parts of a run --------------------------------------------------------------------------


def _config(args: argparse.Namespace) -> Config:
    from . import config  # noqa: PLC0415 - the program starts without the linter

    if args.config is not None and not args.config.is_file():
        raise UsageError(f"{args.config}: there is no such file")
    first = args.paths[0]
    file = args.config or config.nearest(first if first.is_dir() else first.parent)
    return config.load(file) if file is not None else config.Config()


def _load(args: argparse.Namespace, config: Config) -> tuple[Project, tuple[Problem, ...]]:
    from . import reader  # noqa: PLC0415 - the program starts without the linter

    for path in args.paths:
        if not path.exists():
            raise UsageError(f"{path}: there is no such file or folder")
    files = reader.find(args.paths, config.files, config.exclude, config.home)
    if not files:
        raise UsageError(f"{args.paths[0]}: holds no file of a Rasa project")
    return reader.load(files, _options(args, config), whole=reader.is_whole(args.paths))


def _options(args: argparse.Namespace, config: Config) -> Options:
    width = args.width or config.options.preview_width
    at = args.now() if args.now is not None else None
    return replace(config.options, preview_width=width, judge=_judge(), at=at)


def _judge() -> Judge:
    """Return the judge of promotional wording, which is only loaded when there is a text for it.

    It remembers what it said: the same titles stand under many texts.
    """
    known: dict[tuple[str, str | None], Verdict] = {}

    def judge(text: str, language: str | None) -> Verdict:
        from policy_guard.promotion import judge_text  # noqa: PLC0415 - see above

        if (text, language) not in known:
            known[text, language] = judge_text(text, language)
        return known[text, language]

    return judge


def _plan(args: argparse.Namespace, config: Config) -> Plan:
    from . import baseline, registry  # noqa: PLC0415 - the program starts without the linter
    from .engine import Plan  # noqa: PLC0415

    select, ignore = _words(args.select), _words(args.ignore)
    unknown = registry.unknown([*select, *ignore])
    if unknown:
        raise _no_rule(unknown[0])
    rules = registry.chosen(select or config.select, [*config.ignore, *ignore])
    known = args.baseline or config.baseline
    if args.write_baseline is not None:
        known = None
    return Plan(
        rules=tuple(rule for rule in rules if _weighs(rule, args.level)),
        per_file=config.per_file,
        baseline=baseline.load(known) if known is not None else {},
    )


def _words(lists: list[str] | None) -> list[str]:
    return [word.strip() for given in lists or () for word in given.split(",") if word.strip()]


def _weighs(rule: Rule, level: str) -> bool:
    return _LEVELS.index(rule.severity.value) <= _LEVELS.index(level)


def _outcome(project: Project, problems: Sequence[Problem], plan: Plan) -> Outcome:
    """Run the plan, or nothing where a file cannot be read: half a project misleads."""
    from . import fixes  # noqa: PLC0415 - the program starts without the linter
    from .engine import Outcome, run  # noqa: PLC0415 - the same

    if problems:
        return Outcome(())
    outcome = run(project, plan)
    return replace(outcome, reports=fixes.that_hold(outcome.reports))


def _mend(
    project: Project, args: argparse.Namespace, config: Config, plan: Plan
) -> tuple[Outcome | None, int | None]:
    """Mend files, over and over while there is something to mend; or only show how."""
    from . import fixes, secrets  # noqa: PLC0415 - the program starts without the linter

    paths = dict(project.paths)
    mended = 0
    for _ in range(_PASSES):
        outcome = _outcome(project, (), plan)
        changed = fixes.mended(outcome.reports, unsafe=args.unsafe_fixes)
        if args.diff:
            for file in changed:
                keys = secrets.is_for_keys(file.source.path)
                print(secrets.hidden(file.diff(), keys=keys), end="")
            return None, 1 if changed else 0
        if not changed:
            break
        for file in changed:
            _write(Path(paths[file.source.path]), file.whole)
        mended += sum(file.count for file in changed)
        project, problems = _load(args, config)
        if problems:  # a fix is only made where the file can still be read
            raise UsageError(f"after its fixes {problems[0]}")
    if mended and (args.format or "text") == "text" and not args.json:
        print(f"mended {mended} finding{'' if mended == 1 else 's'}")
    return outcome, None


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8"))
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror or problem}") from None


def _write_baseline(path: Path, outcome: Outcome) -> int:
    from . import baseline  # noqa: PLC0415 - the program starts without the linter

    _write(path, baseline.text(outcome.reports))
    count = len(outcome.reports)
    print(f"{path}: {count} finding{'' if count == 1 else 's'} taken as known")
    return 0


def _show(
    args: argparse.Namespace,
    project: Project,
    problems: tuple[Problem, ...],
    plan: Plan,
    outcome: Outcome,
) -> int:
    from . import explain, output  # noqa: PLC0415 - the program starts without the linter

    kind = args.format or ("json" if args.json else "text")
    shown = output.Shown(outcome, problems, plan.rules, len(project.sources), explain.title)
    if kind != "text" or not problems:
        print(output.FORMATS[kind](shown), end="")
    for problem in problems:
        complain(str(problem))
    if problems:
        return 2
    return 1 if outcome.reports else 0


def _explain(word: str) -> int:
    from . import explain, registry  # noqa: PLC0415 - the program starts without the linter

    rule = registry.find(word) or registry.find(word.upper())
    if rule is None:
        raise _no_rule(word)
    print(explain.as_text(explain.page(rule)), end="")
    return 0


def _no_rule(word: str) -> UsageError:
    return UsageError(f"no rule is called `{word}`; `policy-guard lint --rules` lists them")


def _rules(as_json: bool) -> int:
    from . import explain, registry  # noqa: PLC0415 - the program starts without the linter

    if as_json:
        from policy_guard.cli_output import print_json  # noqa: PLC0415

        print_json(
            [
                {
                    "id": rule.id,
                    "name": rule.name,
                    "severity": rule.severity.value,
                    "what": explain.title(rule.id),
                }
                for rule in registry.RULES
            ]
        )
        return 0
    for rule in registry.RULES:
        print(f"{rule.id}  {rule.severity.value:7}  {rule.name:27} {explain.title(rule.id)}")
    return 0


def _preview(project: Project, problems: Sequence[Problem], args: argparse.Namespace) -> int:
    from . import preview, secrets  # noqa: PLC0415 - the program starts without the linter

    for problem in problems:
        complain(str(problem))
    if problems:
        return 2
    strange = [name for name in args.response if name not in project.by_name]
    if strange:
        raise UsageError(f"the domain has no response `{strange[0]}`")
    width = project.options.preview_width
    if args.json or args.format == "json":
        data = preview.as_data(project, args.response, width)
        print(secrets.hidden(json.dumps(data, indent=2, ensure_ascii=False)))
        return 0
    for block in preview.previews(project, args.response, width):
        print(secrets.hidden(block))
    print(f"previews of {width} characters: {preview.source_of(width)}")
    return 0


def _width(text: str) -> int:
    if not NUMBER.fullmatch(text) or not 1 <= int(text) <= _LARGEST_WIDTH:
        said = f"`{text}` is not a whole number from 1 to {_LARGEST_WIDTH}"
        raise argparse.ArgumentTypeError(said)
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
