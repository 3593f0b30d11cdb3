"""The command `ask`: one question from options, standard input or the store."""
# ruff: noqa: PLC0415 - a question that needs no store starts without SQLAlchemy

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from typing import Any

from . import cases, decisions
from .cli_output import ENDPOINTS, Commands, UsageError, add_command, print_json
from .clock import SystemClock
from .errors import CaseError
from .json_object import once_each
from .vocabulary import Author, OpenerKind, Purpose, Push
from .yaml_place import load


@dataclass(frozen=True)
class _Flag:
    """An option of `ask` and the key of a case row that it stands for."""

    option: str
    path: str
    says: str
    form: str = "TEXT"  # TEXT, VALUE (read as YAML), LIST (may be repeated) or YES


def _names(kind: type[Purpose | Author | Push | OpenerKind]) -> str:
    return ", ".join(member.value for member in kind)


_FLAGS = (
    _Flag("--at", "at", "the moment of the question (default: now)"),
    _Flag("--author", "author", _names(Author)),
    _Flag("--purpose", "message.purpose", _names(Purpose)),
    _Flag("--topic", "message.topic", "the alert type, or the one thing asked for"),
    _Flag("--text", "message.text", "what the message says"),
    _Flag("--parts", "message.parts", "how many messages it becomes on the wire", "VALUE"),
    _Flag("--push", "message.push", _names(Push)),
    _Flag("--template", "message.template", "such as one_time_notif_req"),
    _Flag("--utility-template", "message.utility_template", "its name"),
    _Flag("--promotional", "message.promotional", "its words read as promotion", "YES"),
    _Flag("--opened-by", "person.opened.by", _names(OpenerKind)),
    _Flag("--opened-at", "person.opened.at", "when the person last did that"),
    _Flag("--ref", "person.opened.ref", "the data of a referral"),
    _Flag("--last-message-at", "person.last_message_at", "when the person last wrote"),
    _Flag(
        "--alert", "person.alerts", "an alert type the person has chosen (may be repeated)", "LIST"
    ),
    _Flag("--stopped", "person.stopped", "the person stopped all messages", "YES"),
    _Flag("--stopped-at", "person.stopped_at", "when the person stopped them"),
    _Flag("--paused-until", "person.paused_until", "when the person's pause ends"),
    _Flag("--region", "person.region", "the person's, ISO 3166"),
    _Flag("--time-zone", "person.time_zone", "the person's, such as Europe/Paris"),
    _Flag("--blocked", "person.blocked", "the person cannot be reached", "YES"),
    _Flag("--page-region", "page.region", "the Page's, ISO 3166 (default: US)"),
    _Flag("--page-time-zone", "page.time_zone", "the Page's (default: UTC)"),
    _Flag("--human-agent", "page.human_agent", "the Page is approved for this tag", "YES"),
    _Flag(
        "--one-time-notification",
        "page.one_time_notification",
        "the Page is permitted these",
        "YES",
    ),
    _Flag("--restricted", "page.restricted", "the platform has restricted the Page", "YES"),
    _Flag("--stopped-way", "page.stopped", "such as tag:HUMAN_AGENT (may be repeated)", "LIST"),
    _Flag("--thread-owner", "page.thread_owner", "us, other"),
    _Flag("--window-margin", "settings.window_margin", "such as 0s or 10m (default: 5m)"),
    _Flag("--quiet-hours", "settings.quiet_hours", "such as 22:00-08:00 (default: off)"),
    _Flag("--proactive-per-day", "settings.proactive_per_day", "a number, or unlimited", "VALUE"),
    _Flag("--promotional-wording", "settings.promotional_wording", "finding or hold"),
)


def add_ask(commands: Commands) -> None:
    """Add the command `ask`."""
    parser = add_command(commands, "ask", _ask, "answer one question with a decision, as JSON")
    parser.epilog = (
        "Without options the question is read as JSON from standard input, in the form of a case "
        "row without name and expect. With --psid the facts, the Page and the settings are the "
        "stored and configured ones. The switches of `policy_guard.switches` in the endpoints file "
        "hold for every question."
    )
    parser.add_argument("source", nargs="?", metavar="-", help="read standard input")
    parser.add_argument("--psid", help="take the facts of this person from the store")
    for flag in _FLAGS:
        dest = f"row:{flag.path}"
        if flag.form == "YES":
            parser.add_argument(
                flag.option, dest=dest, action="store_const", const=True, help=flag.says
            )
        else:
            action = "append" if flag.form == "LIST" else "store"
            word = flag.option.strip("-").upper().replace("-", "_")
            parser.add_argument(flag.option, dest=dest, action=action, metavar=word, help=flag.says)
    parser.add_argument(
        "--token",
        action="append",
        default=[],
        metavar="TOPIC@GRANTED_AT",
        help="a one-time token that the person granted (may be repeated)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="anything else of a case row, such as person.plus_one_used=true (may be repeated)",
    )


def _ask(args: argparse.Namespace) -> int:
    data = _from_flags(args)
    if args.source not in {None, "-"}:
        raise UsageError(f"`{args.source}` is not `-`: a question comes from standard input")
    if args.psid is not None:
        print_json(decisions.as_dict(_ask_of_person(args, data)))
        return 0
    if args.source == "-" and data:
        raise UsageError("a question comes from options or from standard input, not from both")
    if not data:
        if args.source is None and (sys.stdin is None or sys.stdin.isatty()):
            raise UsageError(
                "no question: give options such as `--purpose`, or JSON on standard input"
            )
        return _answer(args, _from_json())
    if "at" not in data:
        data["at"] = SystemClock().now().isoformat()
    data.setdefault("message", {})
    return _answer(args, data)


def _answer(args: argparse.Namespace, data: Any) -> int:
    from .edition import known
    from .settings import switches_of

    row = cases.read_row(data, question_only=True)
    there = args.endpoints != ENDPOINTS or args.endpoints.exists()
    switches = switches_of(args.endpoints) if there else frozenset[str]()
    print_json(decisions.as_dict(cases.answer(row, known(switches))))
    return 0


def _ask_of_person(args: argparse.Namespace, data: dict[str, Any]) -> decisions.Decision:
    stored = next((key for key in data if key not in {"at", "author", "message"}), None)
    if args.source is not None or stored is not None:
        given = stored or "standard input"
        raise UsageError(f"with `--psid` what `{given}` says is read from the store and settings")
    from .cli_reading import opened
    from .people import PAGE_ID, open_guard
    from .people_rows import Who
    from .sql_store import get_meta

    with opened(args.endpoints) as store:
        guard = open_guard(args.endpoints, store=store)
        with store.read() as tx:
            who = Who(get_meta(tx, PAGE_ID) or "", args.psid)
        question = {"at": guard.clock.now().isoformat(), "message": {}, **data}
        row = cases.read_row(question, question_only=True)
        return guard.ask(who, row.message, row.at)


def _from_json() -> Any:
    try:
        return json.loads(sys.stdin.read(), object_pairs_hook=once_each(_wrong))
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        raise CaseError(f"standard input, {place}: is not JSON: {problem.msg}") from None
    except UnicodeDecodeError:
        raise CaseError("standard input: is not UTF-8 text") from None
    except RecursionError:
        raise CaseError("standard input: is nested too deeply") from None


def _wrong(sentence: str) -> CaseError:
    return CaseError(f"standard input: {sentence}")


def _from_flags(args: argparse.Namespace) -> dict[str, Any]:
    """Return the question that the options describe, in the shape of a case row."""
    data: dict[str, Any] = {}
    for flag in _FLAGS:
        value = getattr(args, f"row:{flag.path}")
        if value is not None:
            _put(data, flag.path, _yaml(value, flag.option) if flag.form == "VALUE" else value)
    opened = data.get("person", {}).get("opened")
    if opened is not None:
        opened.setdefault("by", OpenerKind.MESSAGE.value)
    if args.token:
        _put(data, "person.tokens", [_token(text) for text in args.token])
    for text in args.set:
        key, equals, value = text.partition("=")
        if not equals or not all(key.split(".")):
            raise UsageError(f"`--set {text}` is not of the form `key=value`")
        _put(data, key, _yaml(value, f"--set {key}"))
    return data


def _token(text: str) -> dict[str, str]:
    topic, _, granted_at = text.rpartition("@")
    if not topic:
        raise UsageError(f"`--token {text}` is not of the form `topic@moment`")
    return {"topic": topic, "granted_at": granted_at}


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *folders, last = path.split(".")
    here = data
    for folder in folders:
        here = here.setdefault(folder, {})
        if not isinstance(here, dict):
            raise UsageError(f"`{path}` goes through `{folder}`, which has a value of its own")
    here[last] = value


def _yaml(text: str, name: str) -> Any:
    return load(text, f"`{name}`", UsageError).data
