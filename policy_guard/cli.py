"""The command line: ask, check case tables, and read what happened and why.

Exit codes: 0 done, 1 a case table is not met, 2 bad input with one sentence on standard error.
"""
# ruff: noqa: PLC0415 - asking and checking tables start without SQLAlchemy; the rest imports it

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import cases, decisions, explain
from .clock import Clock, SystemClock
from .durations import clock_text
from .edition import known
from .errors import CaseError, EditionError, GuardError, StoreError
from .vocabulary import Author, OpenerKind, Purpose, Push, TokenKind
from .yaml_place import load

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from .journal import Entry
    from .sends import SendRow
    from .sql_store import SqlStore

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    Run = Callable[[argparse.Namespace], int]

_PIPE_CLOSED = 141  # what a shell reports of a program that SIGPIPE ended
_MOST_LINES = 1_000_000
_GREATEST_ID = 2**63 - 1
_NUMBER = re.compile(r"[0-9]{1,19}")
_STATES = (
    *("ready", "sending", "unknown", "held"),
    *("sent", "rejected", "refused", "expired", "superseded", "dropped"),
)
_OPEN_STATES = _STATES[:4]
_BUYS_NOTHING = frozenset({"spent", "retired", "expired"})


class UsageError(GuardError):
    """The command line itself cannot be understood."""


class _Parser(argparse.ArgumentParser):
    """A parser that says one sentence instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; `{self.prog} --help` tells more")


def main(
    argv: Sequence[str] | None = None, extend: Callable[[Commands], None] | None = None
) -> int:
    """Run one command and return its exit code; *extend* adds commands of another package."""
    _write_anything()
    try:
        args = build_parser(extend).parse_args(argv)
        run: Run = args.run
        code = run(args)
        sys.stdout.flush()
    except GuardError as problem:
        _complain(str(problem))
        return 2
    except BrokenPipeError:
        # what is still buffered must not be written to the closed pipe when Python exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    return code


def build_parser(extend: Callable[[Commands], None] | None = None) -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser: argparse.ArgumentParser = _Parser(
        prog="policy-guard",
        description="Whether a message may leave, on what ground, and why.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--endpoints",
        type=Path,
        default=Path("endpoints.yml"),
        metavar="FILE",
        help="the project's endpoints file (default: endpoints.yml)",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_add_ask, _add_cases, _add_explain, _add_journal, _add_tokens, _add_outbox):
        add(commands)
    _add_disagreements(commands)
    if extend is not None:
        extend(commands)
    return parser


def add_command(commands: Commands, name: str, run: Run, says: str) -> argparse.ArgumentParser:
    """Return the parser of a new command that has the options common to all."""
    parser = commands.add_parser(
        name, help=says, description=f"{says[0].upper()}{says[1:]}.", allow_abbrev=False
    )
    parser.add_argument(
        "--endpoints", type=Path, default=argparse.SUPPRESS, metavar="FILE", help=argparse.SUPPRESS
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")
    parser.set_defaults(run=run)
    return parser


# --- ask ----------------------------------------------------------------------------------------


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
    _Flag("--thread-owner", "page.thread_owner", "us, other"),
    _Flag("--window-margin", "settings.window_margin", "such as 0s or 10m (default: 5m)"),
    _Flag("--quiet-hours", "settings.quiet_hours", "such as 22:00-08:00 (default: off)"),
    _Flag("--proactive-per-day", "settings.proactive_per_day", "a number, or unlimited", "VALUE"),
)


def _add_ask(commands: Commands) -> None:
    parser = add_command(commands, "ask", _ask, "answer one question with a decision, as JSON")
    parser.epilog = (
        "Without options the question is read as JSON from standard input, in the form of a case "
        "row without name and expect. With --psid the facts, the Page and the settings are the "
        "stored and configured ones."
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
        _print_json(decisions.as_dict(_ask_of_person(args, data)))
        return 0
    if args.source == "-" and data:
        raise UsageError("a question comes from options or from standard input, not from both")
    if not data:
        if args.source is None and (sys.stdin is None or sys.stdin.isatty()):
            raise UsageError(
                "no question: give options such as `--purpose`, or JSON on standard input"
            )
        return _answer(_from_json())
    if "at" not in data:
        data["at"] = SystemClock().now().isoformat()
    data.setdefault("message", {})
    return _answer(data)


def _answer(data: Any) -> int:
    decision = cases.answer(cases.read_row(data, question_only=True))
    _print_json(decisions.as_dict(decision))
    return 0


def _ask_of_person(args: argparse.Namespace, data: dict[str, Any]) -> decisions.Decision:
    stored = next((key for key in data if key not in {"at", "author", "message"}), None)
    if args.source is not None or stored is not None:
        given = stored or "standard input"
        raise UsageError(f"with `--psid` what `{given}` says is read from the store and settings")
    from .people import PAGE_ID, open_guard
    from .people_rows import Who
    from .sql_store import get_meta

    with _opened(args.endpoints) as store:
        guard = open_guard(args.endpoints, store=store)
        with store.read() as tx:
            who = Who(get_meta(tx, PAGE_ID) or "", args.psid)
        question = {"at": guard.clock.now().isoformat(), "message": {}, **data}
        row = cases.read_row(question, question_only=True)
        return guard.ask(who, row.message, row.at)


def _from_json() -> Any:
    try:
        return json.loads(sys.stdin.read())
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        raise CaseError(f"standard input, {place}: is not JSON: {problem.msg}") from None
    except UnicodeDecodeError:
        raise CaseError("standard input: is not UTF-8 text") from None
    except RecursionError:
        raise CaseError("standard input: is nested too deeply") from None


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


# --- cases --------------------------------------------------------------------------------------


def _add_cases(commands: Commands) -> None:
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
            _complain(said)
        return 2
    wrong = [result for result in map(cases.run, rows) if result.wrong]
    if args.json:
        mismatches = [_mismatch(result) for result in wrong]
        _print_json({"rows": len(rows), "wrong": len(wrong), "mismatches": mismatches})
    else:
        for result in wrong:
            _print_mismatch(result)
        _say(f"{len(rows)} rows, {len(wrong)} wrong")
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
    _say(f"{result.row.file}:{result.row.line}: {result.row.name}")
    for difference in result.wrong:
        _say(f"  {difference}")
    _say(f"  reason given: {reason.says} (rule `{reason.rule}`, {reason.whose.value})")


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


# --- what happened ------------------------------------------------------------------------------


def _add_explain(commands: Commands) -> None:
    says = "tell in sentences why a person did or did not get a message"
    parser = add_command(commands, "explain", _explain, says)
    parser.add_argument("id", metavar="ID", help="a send, a line of the journal, or a mid")


def _explain(args: argparse.Namespace) -> int:
    with _reading(args.endpoints) as tx:
        entry = _entry(tx, args.id)
        send_id = entry.send_id if entry else _send_id(tx, args.id)
        story = _story(tx, send_id, entry) if send_id else None
    if story is not None:
        if args.json:
            _print_json(explain.as_dict(story, known()))
        else:
            _say_all(explain.sentences(story, known()))
    elif entry is not None:
        _print_entries([entry], args.json, "")
    else:
        raise StoreError(
            f"nothing is known of `{args.id}`: it is no send, no line of the journal and no mid"
        )
    return 0


def _add_journal(commands: Commands) -> None:
    parser = add_command(commands, "journal", _journal, "list what was decided and what came of it")
    parser.add_argument("--psid", help="of one person")
    parser.add_argument("--what", help="one kind of line, such as decided, sent or unknown")
    _add_last(parser, 50)


def _journal(args: argparse.Namespace) -> int:
    from .journal import entries

    with _reading(args.endpoints) as tx:
        found = entries(tx, psid=args.psid, what=args.what, last=args.last)
    kind = f" of the kind `{args.what}`" if args.what else ""
    _print_entries(found, args.json, f"the journal holds nothing{kind}{_of(args.psid)}")
    return 0


def _add_disagreements(commands: Commands) -> None:
    says = "list where the guard allowed a message and the platform refused it"
    _add_last(add_command(commands, "disagreements", _disagreements, says), 50)


def _disagreements(args: argparse.Namespace) -> int:
    from .journal import DISAGREEMENT, entries

    with _reading(args.endpoints) as tx:
        found = entries(tx, what=DISAGREEMENT, last=args.last)
    _print_entries(found, args.json, "the platform has refused nothing that the guard allowed")
    return 0


def _add_tokens(commands: Commands) -> None:
    says = "list the single-use permissions that people gave, never their values"
    parser = add_command(commands, "tokens", _tokens, says)
    parser.add_argument("--psid", help="of one person")
    parser.add_argument("--topic", help="for one topic")
    parser.add_argument("--all", action="store_true", help="also those that buy nothing any more")


def _tokens(args: argparse.Namespace) -> int:
    with _reading(args.endpoints) as tx:
        rows = _token_rows(tx, args.psid, args.topic, _clock(tx).now())
    shown = [row for row in rows if args.all or row["state"] not in _BUYS_NOTHING]
    if args.json:
        _print_json(shown)
    else:
        _say_all(map(_token_line, shown))
        if not shown:
            topic = f" for `{args.topic}`" if args.topic else ""
            usable = "" if args.all else " that can still be used"
            _say(f"there is no token{usable}{topic}{_of(args.psid)}")
    return 0


def _add_outbox(commands: Commands) -> None:
    says = "list the messages that wait, are on their way, or are in doubt"
    parser = add_command(commands, "outbox", _outbox, says)
    parser.add_argument("--state", action="append", choices=_STATES, help="(may be repeated)")
    parser.add_argument("--all", action="store_true", help="in every state")


def _outbox(args: argparse.Namespace) -> int:
    from .sends import listed

    states = _STATES if args.all else tuple(args.state or _OPEN_STATES)
    with _reading(args.endpoints) as tx:
        rows = listed(tx, states=states)
    if args.json:
        _print_json([_send_dict(row) for row in rows])
    else:
        _say_all(map(_send_line, rows))
        if not rows:
            _say(f"the outbox holds no message that is {' or '.join(states)}")
    return 0


# --- reading the store --------------------------------------------------------------------------


@contextmanager
def _opened(endpoints: Path) -> Iterator[SqlStore]:
    """Give the store that *endpoints* names; a reader never makes one that is not there."""
    from sqlalchemy.engine import make_url

    from . import settings
    from .sql_store import SqlStore

    url = settings.load(endpoints).url
    address = make_url(url)
    file = address.database if address.get_backend_name() == "sqlite" else None
    if file and not Path(file).exists():
        raise StoreError(f"the store `{file}` does not exist: the channel makes it when it starts")
    store = SqlStore(url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _reading(endpoints: Path) -> Iterator[Connection]:
    with _opened(endpoints) as store, store.read() as tx:
        yield tx


def _clock(tx: Connection) -> Clock:
    """Return the clock in use; in a store that was simulated it is moved."""
    from .clock import OffsetClock
    from .sql_store import clock_offset

    offset = clock_offset(tx) or 0
    return OffsetClock(lambda: offset)


def _entry(tx: Connection, text: str) -> Entry | None:
    """Return the line of the journal with this number."""
    from sqlalchemy import select

    from . import schema
    from .clock import from_ms
    from .journal import Entry

    if not _NUMBER.fullmatch(text) or int(text) > _GREATEST_ID:
        return None
    row = tx.execute(select(schema.journal).where(schema.journal.c.id == int(text))).first()
    if row is None:
        return None
    data = json.loads(row.data)
    return Entry(row.id, from_ms(row.at), row.page, row.psid, row.send_id, row.what, data)


def _send_id(tx: Connection, text: str) -> str | None:
    """Return the send with this id, or the one whose message has this mid or echo value."""
    from sqlalchemy import or_, select

    from . import schema

    part, send = schema.part.c, schema.send.c
    found = tx.execute(select(send.id).where(send.id == text)).scalar()
    if found is None:
        mine = or_(part.mid == text, part.echo_key == text)
        found = tx.execute(select(part.send_id).where(mine)).scalar()
    return None if found is None else str(found)


def _story(tx: Connection, send_id: str, asked: Entry | None) -> explain.Story:
    from . import sends
    from .journal import entries

    send, parts = sends.get(tx, send_id), sends.parts(tx, send_id)
    return explain.story_of(send, parts, entries(tx, send_id=send_id), asked)


def _token_rows(
    tx: Connection, psid: str | None, topic: str | None, now: datetime
) -> list[dict[str, Any]]:
    """Return the tokens, oldest first, without what the platform gave for them."""
    from sqlalchemy import select

    from . import schema
    from .clock import from_ms

    table = schema.token
    query = select(*(column for column in table.c if column.name != "value"))
    if psid is not None:
        query = query.where(table.c.psid == psid)
    if topic is not None:
        query = query.where(table.c.topic == topic)
    rows = []
    for row in tx.execute(query.order_by(table.c.granted_at, table.c.id)):
        granted = from_ms(row.granted_at)
        stated = None if row.expires_at is None else from_ms(row.expires_at)
        expires = _expiry(TokenKind(row.kind), granted, stated, now)
        rows.append(
            {
                "id": row.id,
                "page": row.page,
                "psid": row.psid,
                "topic": row.topic,
                "kind": row.kind,
                "granted_at": granted.isoformat(),
                "expires_at": None if expires is None else expires.isoformat(),
                "state": _token_state(row, expires, now),
                "spent_by": row.spent_by,
                "claimed_by": row.claimed_by,
            }
        )
    return rows


def _expiry(
    kind: TokenKind, granted: datetime, stated: datetime | None, now: datetime
) -> datetime | None:
    """Return when a token ends (UTC), by the edition in force where it is a one-time token."""
    if kind is not TokenKind.ONE_TIME:
        return stated
    try:
        life = known().at(now).one_time.life
    except EditionError:
        return stated
    return min(granted + life, stated) if stated else granted + life


def _token_state(row: Any, expires: datetime | None, now: datetime) -> str:
    if row.spent_at is not None:
        return "spent"
    if row.retired_at is not None:
        return "retired"
    if row.claimed_by is not None:
        return "claimed"
    return "expired" if expires is not None and now >= expires else "unspent"


def _send_dict(row: SendRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "page": row.who.page,
        "psid": row.who.psid,
        "state": row.state,
        "response": row.response,
        "purpose": row.message.purpose.value,
        "topic": row.message.topic,
        "text": row.text,
        "ground": row.ground,
        "rule": row.decision["rule"],
        "reason": row.decision["reason"],
        "edition": row.decision["edition"],
        "created_at": row.created_at.isoformat(),
        "decided_at": row.decided_at.isoformat(),
        "not_before": row.not_before.isoformat() if row.not_before else None,
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "attempts": row.attempts,
    }


# --- showing ------------------------------------------------------------------------------------


def _print_entries(found: Sequence[Entry], as_json: bool, nothing: str) -> None:
    if as_json:
        _print_json([entry.as_dict() for entry in found])
        return
    for entry in found:
        about = [f"person {entry.psid}"] if entry.psid else []
        about += [entry.send_id] if entry.send_id else []
        subject = f"  {', '.join(about)}" if about else ""
        _say(f"{entry.id}  {clock_text(entry.at)}{subject}  {explain.happened(entry)}")
    if not found:
        _say(nothing)


def _token_line(row: dict[str, Any]) -> str:
    granted = clock_text(datetime.fromisoformat(row["granted_at"]))
    ends = row["expires_at"]
    expires = f"expires {clock_text(datetime.fromisoformat(ends))}" if ends else "does not expire"
    about = f"person {row['psid']}  {row['topic']}"
    return f"{row['id']}  {row['state']}  {about}  granted {granted}  {expires}"


def _send_line(row: SendRow) -> str:
    what = ", ".join(
        word for word in (row.response, row.message.purpose.value, row.message.topic) if word
    )
    reason = f"{row.decision['reason']} (rule `{row.decision['rule']}`)"
    wait = f"  not before {clock_text(row.not_before)}" if row.not_before else ""
    ends = f"  expires {clock_text(row.expires_at)}" if row.expires_at else ""
    decided = clock_text(row.decided_at)
    return (
        f"{row.id}  {row.state}  person {row.who.psid}  {what}  decided {decided}"
        f"{wait}{ends}  {reason}"
    )


def _add_last(parser: argparse.ArgumentParser, default: int) -> None:
    says = f"only so many of the newest (default: {default})"
    parser.add_argument("--last", type=_number, default=default, metavar="N", help=says)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= _MOST_LINES:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number from 1 to {_MOST_LINES}")
    return int(text)


def _of(psid: str | None) -> str:
    return f" of the person `{psid}`" if psid else ""


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        _say(line)


def _say(line: str) -> None:
    print(_plain(line))


def _complain(sentence: str) -> None:
    print(_plain(sentence), file=sys.stderr)


def _plain(text: str) -> str:
    """Return *text* with control characters written out: what people type may hold some."""
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in {"Cc", "Cs"} else c
        for c in text
    )


def _write_anything() -> None:
    """Let a terminal with a narrow character set show what it cannot, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
