"""Case rows: the shared language of questions and expected decisions, read strictly and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .accounts import accounted
from .decide import decide
from .decisions import Decision, Finding, Refuse, Whose, as_dict
from .durations import duration, moment
from .edition import Editions, known
from .errors import CaseError, EditionError
from .regions import normal
from .vocabulary import (
    DEFAULT_TITLE,
    SPEECH,
    Author,
    Frequency,
    Message,
    Opener,
    OpenerKind,
    Page,
    Person,
    Purpose,
    Push,
    Question,
    QuietHours,
    Request,
    Settings,
    Token,
    TokenKind,
)
from .yaml_place import load, read_text

T = TypeVar("T")

#: What a row may expect, with the form of each value.
EXPECTABLE = (
    "decision",
    "ground",
    "messaging_type",
    "tag",
    "notification_type",
    "until",
    "rule",
    "whose",
)
DECISIONS = ("send", "hold", "refuse")
_TWO_ENDS = 2


@dataclass(frozen=True)
class Row:
    """A question in the format of a case table, with what is expected of the answer."""

    name: str
    at: datetime
    message: Message
    person: Person
    page: Page
    settings: Settings
    expect: Mapping[str, tuple[Any, ...]]
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Result:
    """The answer to a row's question, and each key in which it is not what the row expects."""

    row: Row
    decision: Decision
    wrong: tuple[str, ...]


class _Reader:
    """Takes keys from a mapping one by one and refuses what is left."""

    def __init__(self, data: Any, where: str) -> None:
        if data is None:
            data = {}
        if not isinstance(data, Mapping):
            raise CaseError(f"`{where or 'row'}` must be a mapping, not `{data}`", where)
        self.data = dict(data)
        self.where = where

    def take(self, key: str, read: Callable[[Any], T], default: T) -> T:
        if key not in self.data:
            return default
        value = self.data.pop(key)
        path = f"{self.where}.{key}" if self.where else key
        try:
            return read(value)
        except CaseError:
            raise
        except (ValueError, TypeError) as problem:
            raise CaseError(f"`{path}`: {problem}", path) from None

    def need(self, key: str, read: Callable[[Any], T]) -> T:
        if key not in self.data:
            raise CaseError(f"`{self.where + '.' if self.where else ''}{key}` is missing")
        value = self.take(key, lambda v: (read(v),), None)
        if value is None:
            raise CaseError(f"`{key}` is missing")
        return value[0]

    def done(self) -> None:
        if self.data:
            extra = next(iter(self.data))
            path = f"{self.where}.{extra}" if self.where else str(extra)
            raise CaseError(f"unknown key `{path}`", path)


def read_file(path: Path) -> list[Row]:
    """Return the rows of a case file; raises CaseError naming the file, the row and the key."""
    document = load(read_text(path, CaseError), str(path), CaseError)
    data = document.data
    if not isinstance(data, list):
        raise CaseError(f"{path}:1: a case file is a list of rows")
    rows: list[Row] = []
    names: dict[str, int] = {}
    for index, item in enumerate(data):
        line = document.line([index])
        name = item.get("name") if isinstance(item, Mapping) else None
        label = f"row `{name}`" if name else f"row {index + 1}"
        try:
            row = read_row(item, file=str(path), line=line)
        except CaseError as problem:
            raise CaseError(f"{path}:{line}: {label}: {problem}") from None
        if row.name in names:
            raise CaseError(f"{path}:{line}: {label}: has the name of line {names[row.name]}")
        names[row.name] = line
        rows.append(row)
    return rows


def read_row(data: Any, *, file: str = "", line: int = 0, question_only: bool = False) -> Row:
    """Return one row; *question_only*: `name` and `expect` may be missing; raises CaseError."""
    top = _Reader(data, "")
    name = top.take("name", _text, "") if question_only else top.need("name", _text)
    at = top.need("at", moment)
    author = top.take("author", _choice(Author), Author.BOT)
    message = _message(top.need("message", lambda v: _Reader(v, "message")), author)
    page = _page(top.take("page", lambda v: _Reader(v, "page"), _Reader({}, "page")))
    person = _person(top.take("person", lambda v: _Reader(v, "person"), _Reader({}, "person")))
    settings = read_settings(top.take("settings", lambda v: v, {}))
    expect = {} if question_only and "expect" not in top.data else _expect(top.need("expect", _map))
    top.done()
    return Row(name, at, message, person, page, settings, expect, file, line)


def question_of(row: Row, editions: Editions) -> Question:
    """Return the row's question under the edition in force at its moment; raises EditionError."""
    return Question(row.at, row.message, row.person, row.page, editions.at(row.at), row.settings)


def answer(row: Row, editions: Editions | None = None) -> Decision:
    """Answer the row's question; a moment before the first edition is refused, never guessed."""
    editions = editions or known()
    try:
        question = question_of(row, editions)
    except EditionError:
        finding = Finding("edition_in_force", editions.none_at(row.at), Whose.PLATFORM)
        return Refuse(finding, edition="none")
    return accounted(question, decide(question))


def run(row: Row, editions: Editions | None = None) -> Result:
    """Answer the row and compare every key that it expects."""
    decision = answer(row, editions)
    got = as_dict(decision)
    wrong = []
    for key, wanted in row.expect.items():
        actual = getattr(decision, "until", None) if key == "until" else got[key]
        if actual not in wanted:
            shown = " or ".join(_shown(w) for w in wanted)
            wrong.append(f"{key}: expected {shown}, got {_shown(actual)}")
    return Result(row, decision, tuple(wrong))


def read_settings(data: Any) -> Settings:
    """Return the settings that a mapping names, defaults for the rest; raises CaseError."""
    reader, plain = _Reader(data, "settings"), Settings()
    settings = Settings(
        window_margin=reader.take("window_margin", duration, plain.window_margin),
        quiet_hours=reader.take("quiet_hours", _quiet_hours, plain.quiet_hours),
        proactive_per_day=reader.take("proactive_per_day", _cap, plain.proactive_per_day),
        ad_click_window=reader.take("ad_click_window", duration, plain.ad_click_window),
        hold_for=reader.take("hold_for", duration, plain.hold_for),
        hold_promotional=reader.take(
            "promotional_wording", _promotional_wording, plain.hold_promotional
        ),
    )
    reader.done()
    return settings


def read_page(data: Any) -> Page:
    """Return the page that a project's settings describe; raises CaseError.

    Besides the keys of a case row they may say which region to take for people of whom none is
    known.
    """
    reader = _Reader(data, "page")
    region = reader.take("default_person_region", _optional(normal), None)
    return replace(_page(reader), default_person_region=region)


def _message(r: _Reader, author: Author) -> Message:
    message = Message(
        author=author,
        purpose=r.take("purpose", _choice(Purpose), Purpose.REPLY),
        topic=r.take("topic", _optional(_text), None),
        text=r.take("text", str, ""),
        parts=r.take("parts", _count, 1),
        push=r.take("push", _optional(_push), None),
        utility_template=r.take("utility_template", _optional(_text), None),
        template=r.take("template", _optional(_text), None),
        request_title=r.take("request_title", _optional(_text), None),
        request_topic=r.take("request_topic", _optional(_text), None),
        promotional=r.take("promotional", _flag, False),
    )
    r.done()
    return message


def _person(r: _Reader) -> Person:
    nobody: tuple[Opener, ...] = ()
    openers = r.take("opened", _openers, nobody)
    spoken = [o.at for o in openers if o.kind in SPEECH]
    no_texts: tuple[str, ...] = ()
    stopped_at = r.take("stopped_at", _optional(moment), None)
    person = Person(
        openers=openers,
        last_message_at=r.take("last_message_at", _optional(moment), max(spoken, default=None)),
        private_reply_used=r.take("private_reply_used", _flag, False),
        plus_one_used=r.take("plus_one_used", _flag, False),
        tokens=r.take("tokens", _tokens, ()),
        requests=r.take("requests", _requests, ()),
        alerts=frozenset(r.take("alerts", _texts, no_texts)),
        stopped=r.take("stopped", _flag, stopped_at is not None),
        stopped_at=stopped_at,
        paused_until=r.take("paused_until", _optional(moment), None),
        region=r.take("region", _optional(normal), None),
        time_zone=r.take("time_zone", _optional(_zone), None),
        blocked=r.take("blocked", _flag, False),
        human_until=r.take("human_until", _optional(moment), None),
    )
    r.done()
    return person


def _page(r: _Reader) -> Page:
    nothing: tuple[str, ...] = ()
    page = Page(
        human_agent=r.take("human_agent", _flag, False),
        one_time_notification=r.take("one_time_notification", _flag, False),
        recurring_notifications=r.take("recurring_notifications", _flag, False),
        utility_templates=r.take("utility_templates", _texts, ()),
        news_page_index=r.take("news_page_index", _flag, False),
        ours=r.take("thread_owner", _owner, True),
        region=r.take("region", normal, "US"),
        time_zone=r.take("time_zone", _zone, "UTC"),
        restricted=r.take("restricted", _flag, False),
        stopped=frozenset(r.take("stopped", _texts, nothing)),
    )
    r.done()
    return page


def _openers(value: Any) -> tuple[Opener, ...]:
    if value is None or value == "never":
        return ()
    openers = []
    for item in value if isinstance(value, list) else [value]:
        r = _Reader(item, "person.opened")
        openers.append(
            Opener(
                kind=r.need("by", _choice(OpenerKind)),
                at=r.need("at", moment),
                ref=r.take("ref", _optional(_text), None),
            )
        )
        r.done()
    return tuple(openers)


def _tokens(value: Any) -> tuple[Token, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"`{value}` is not a list of tokens")
    tokens = []
    for number, item in enumerate(value, 1):
        r = _Reader(item, "person.tokens")
        tokens.append(
            Token(
                id=f"t{number}",
                topic=r.need("topic", _text),
                granted_at=r.need("granted_at", moment),
                kind=r.take("kind", _choice(TokenKind), TokenKind.ONE_TIME),
                spent=r.take("spent", _flag, False),
                fulfilled=r.take("fulfilled", _flag, False),
                last_used_at=r.take("last_used_at", _optional(moment), None),
                expires_at=r.take("expires_at", _optional(moment), None),
                frequency=r.take("frequency", _optional(_choice(Frequency)), None),
                title=r.take("title", _optional(_text), None),
            )
        )
        r.done()
    return tuple(tokens)


def _requests(value: Any) -> tuple[Request, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"`{value}` is not a list of requests")
    requests = []
    for item in value:
        r = _Reader(item, "person.requests")
        requests.append(Request(r.take("title", _text, DEFAULT_TITLE), r.need("at", moment)))
        r.done()
    return tuple(requests)


def _expect(data: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    expect: dict[str, tuple[Any, ...]] = {}
    for key, value in data.items():
        if key not in EXPECTABLE:
            raise CaseError(f"unknown key `expect.{key}`")
        wanted = tuple(value) if isinstance(value, list) else (value,)
        if not wanted:
            raise CaseError(f"`expect.{key}` names nothing that is expected")
        if key == "decision":
            for word in wanted:
                if word not in DECISIONS:
                    raise CaseError(f"`expect.decision`: `{word}` is not send, hold or refuse")
        if key == "until":
            try:
                wanted = tuple(None if w is None else moment(w) for w in wanted)
            except ValueError as problem:
                raise CaseError(f"`expect.until`: {problem}") from None
        expect[key] = wanted
    if "decision" not in expect:
        raise CaseError("`expect.decision` is missing")
    return expect


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"`{value}` is not a mapping")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"`{value}` is not a text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"`{value}` is not a list")
    return tuple(_text(item) for item in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"`{value}` is not true or false")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"`{value}` is not a whole number from 1 on")
    return value


def _cap(value: Any) -> int | None:
    if value == "unlimited" or value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"`{value}` is not a whole number or `unlimited`")
    return value


def _promotional_wording(value: Any) -> bool:
    """Read what becomes of promotional wording: a `finding` in the journal, or a `hold`."""
    if value not in ("finding", "hold"):
        raise ValueError(f"`{value}` is not finding or hold")
    return bool(value == "hold")


def _owner(value: Any) -> bool:
    if value not in ("us", "other"):
        raise ValueError(f"`{value}` is not us or other")
    return bool(value == "us")


def _push(value: Any) -> Push:
    return _choice(Push)(value)


def _zone(value: Any) -> str:
    try:
        ZoneInfo(_text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"`{value}` is not a time zone such as `Europe/Paris`") from None
    return str(value)


def _quiet_hours(value: Any) -> QuietHours | None:
    """Read `off`, or `22:00-08:00`, or a mapping of from and to."""
    if value is None or value is False or value == "off":
        return None
    if isinstance(value, Mapping):
        ends = [value.get(a, value.get(b)) for a, b in (("from", "start"), ("to", "end"))]
        if len(value) != _TWO_ENDS:
            raise ValueError(f"`{dict(value)}` is not quiet hours such as `22:00-08:00`")
    else:
        ends = str(value).replace("–", "-").split("-")  # noqa: RUF001 - an en dash is what people type
    try:
        start, end = (time.fromisoformat(str(part).strip().zfill(5)) for part in ends)
    except ValueError:
        raise ValueError(f"`{value}` is not quiet hours such as `22:00-08:00`") from None
    return QuietHours(start, end)


def _optional(read: Callable[[Any], T]) -> Callable[[Any], T | None]:
    return lambda value: None if value is None else read(value)


E_ = TypeVar("E_")


def _choice(kind: type[E_]) -> Callable[[Any], E_]:
    def read(value: Any) -> E_:
        try:
            return kind(value)  # type: ignore[call-arg]  # an Enum is called with its value
        except ValueError:
            names = ", ".join(str(member.value) for member in kind)  # type: ignore[attr-defined]  # an Enum
            raise ValueError(f"`{value}` is not one of {names}") from None

    return read


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"`{value.isoformat()}`"
    return "nothing" if value is None else f"`{value}`"
