"""Judges a history: nothing lost, nothing twice, nothing unasked, every doubt listed.

It knows what the platform and the people saw, and reads the tables with plain SQL. It shares no
code with what it judges.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from .history import FAIL, INFO, INVOKE, OK, Op

Row = dict[str, Any]
DAY, MINUTE = 86_400_000, 60_000
WEEK = 7 * DAY
#: How much earlier than the platform (milliseconds) the window may close for us: our margin.
_MARGIN = 6 * MINUTE
_KEPT = 2 * DAY - 30 * MINUTE  # an answer is worth nothing any more after two days
_LONGEST_JUMP = 181 * MINUTE  # of our clock in a world in which it jumps
_OPENING = {"said", "stop", "start", "tapped"}
_UNFINISHED = {"ready", "claimed", "committed", "sending"}
_NOT_SENT = {"held", "expired", "refused", "superseded", "dropped", "cancelled"}
_GONE = {(551, 1545041), (551, None), (200, 1545041), (100, 2018001)}
_ON_ITS_WAY = 0.02  # seconds that what is committed takes to its first byte, at most
_LEASE = 10  # seconds for which a process has what it sends, renewed every few
_MORNING, _EVENING, _STALE = 8 * 60, 22 * 60, 2  # minutes; so old may a decision be
_FIRST_PAUSE = 29 * MINUTE  # before a message tries a Page that is blocked
_STOP_THE_PAGE = {(10, 1893063), (368, None), (613, 2018338)}
_PLATFORMS_TABLES = ("inbox", "send", "part", "journal")


@dataclass
class Call:
    """One call of the Send API: begun, perhaps taken by the platform, perhaps answered."""

    begun: Op
    ended: Op | None = None
    taken: Op | None = None

    @property
    def refused(self) -> bool:
        """Tell whether the caller was told no, or that nothing had left."""
        return self.ended is not None and self.ended.type == FAIL

    @property
    def doubtful(self) -> bool:
        """Tell whether the caller cannot know what became of it."""
        return self.ended is None or self.ended.type == INFO


@dataclass
class Case:
    """A history with the tables it left, arranged to be looked up."""

    ops: Sequence[Op]
    tables: dict[str, list[Row]]
    events: dict[str, Op] = field(default_factory=dict)
    tried: dict[str, int] = field(default_factory=dict)  # when the platform first delivered it
    acked: dict[str, int] = field(default_factory=dict)  # when it was first acknowledged
    calls: dict[str, Call] = field(default_factory=dict)
    taken: list[Op] = field(default_factory=list)
    jumped: bool = False
    killed: set[str] = field(default_factory=set)
    quiet: bool = False  # nothing unasked at night
    resends: bool = False  # an answer in doubt goes once more

    def __post_init__(self) -> None:
        for op in self.ops:
            if op.f == "event":
                self.events[op.id] = op
                if op.value["what"] == "shop":
                    self.tried[op.id] = op.n
            elif op.f == "webhook":
                into = self.acked if op.type == OK else self.tried
                for id in op.value["events"]:
                    into.setdefault(id, op.n)
                    self.tried.setdefault(id, op.n)
            elif op.f == "send" and op.type == INVOKE:
                self.calls[op.id] = Call(op)
            elif op.f == "send":
                self.calls[op.id].ended = op
            elif op.f == "taken":
                self.calls[op.id].taken = op
                self.taken.append(op)
            elif op.f == "clock":
                self.jumped = True
            elif op.f == "process" and op.value["what"] == "killed":
                self.killed.add(op.id)
            elif op.f == "world" and op.id == "settings":
                self.quiet, self.resends = op.value["quiet"], op.value["resends"]
        self.parts = {row["echo_key"]: row for row in self.tables["part"]}
        self.sends = {row["id"]: row for row in self.tables["send"]}
        self.texts: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.tables["send"]:
            self.texts[row["psid"], row["text"]].append(row)

    def inbox_of(self, id: str) -> Row | None:
        """Return the kept event that has this id, wherever in its body that stands."""
        marks = (f'"{id}"',)
        for row in self.tables["inbox"]:
            if row["key"] in {f"message:{id}", f"postback:{id}", f"external:{row['psid']}:{id}"}:
                return row
            if row["kind"] != "echo" and any(mark in row["body"] for mark in marks):
                return row
        return None

    def calls_of(self, metadata: str) -> list[Call]:
        """Return the calls that carried this value."""
        return [call for call in self.calls.values() if call.begun.value["metadata"] == metadata]

    def calls_of_send(self, send_id: str) -> list[Call]:
        """Return the calls that were made for a row."""
        mine = [row["echo_key"] for row in self.tables["part"] if row["send_id"] == send_id]
        return [call for key in mine for call in self.calls_of(key)]

    def tries_of_send(self, send_id: str) -> int:
        """Return how often the store says that messages of a row were about to leave."""
        return sum(row["attempts"] for row in self.tables["part"] if row["send_id"] == send_id)

    def opened(self, psid: str, before: int) -> int:
        """Return the moment of the last event, delivered before a line, that opens a window."""
        return max(
            (
                op.value["event_at"]
                for id, op in self.events.items()
                if op.value["psid"] == psid
                and op.value["what"] in _OPENING
                and self.tried.get(id, before) < before
            ),
            default=0,
        )

    def journal(self, send_id: str) -> list[Row]:
        """Return the journal's lines of a row."""
        return [row for row in self.tables["journal"] if row["send_id"] == send_id]


Rule = Callable[[Case], Iterator[str]]


def check(ops: Sequence[Op], database: Path) -> list[str]:
    """Return every way in which a history is wrong; none is a pass."""
    return judge(Case(ops, read(database)))


def judge(case: Case) -> list[str]:
    """Return what every rule has to say."""
    return [f"{rule.__name__}: {said}" for rule in RULES for said in rule(case)]


def read(database: Path) -> dict[str, list[Row]]:
    """Return the tables of a store."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as plain:
        plain.row_factory = sqlite3.Row
        names = [row[0] for row in plain.execute("SELECT name FROM sqlite_master")]
        wanted = [*_PLATFORMS_TABLES, *({"broadcast", "recipient"} & set(names))]
        return {
            name: [dict(row) for row in plain.execute(f"SELECT * FROM {name}")]  # noqa: S608 - names of our own
            for name in wanted
        }


# -- the rules --------------------------------------------------------------------------------


def no_message_twice(case: Case) -> Iterator[str]:
    """No text reaches a person twice, and no value that names a message is taken twice.

    Where the operator wants it an answer in doubt goes once more, with the same value.
    """
    marks = Counter(op.value["metadata"] for op in case.taken)
    allowed = {mark for mark, n in marks.items() if n == 2 and _may_be_repeated(case, mark)}
    yield from (
        f"{mark} was taken {n} times" for mark, n in marks.items() if n > 1 and mark not in allowed
    )
    said: dict[tuple[str, str], list[str]] = defaultdict(list)
    for op in case.taken:
        said[op.value["psid"], op.value["text"]].append(op.value["metadata"])
    for (psid, text), names in said.items():
        if len(names) > 1 and not (len(set(names)) == 1 and names[0] in allowed):
            yield f"`{text}` reached {psid} {len(names)} times"


def no_token_twice(case: Case) -> Iterator[str]:
    """A single-use token goes on the wire again only after a plain no to its last use."""
    used: dict[str, list[Call]] = defaultdict(list)
    for call in case.calls.values():
        if call.begun.value["token"]:
            used[call.begun.value["token"]].append(call)
    for token, calls in used.items():
        for before, after in pairwise(calls):
            plain = before.refused and before.ended is not None
            if not plain or before.ended.n > after.begun.n:  # type: ignore[union-attr]  # plain tells
                yield f"{token} went out with {before.begun.id} and again with {after.begun.id}"
        if sum(call.taken is not None for call in calls) > 1:
            yield f"{token} was taken more than once"


def nothing_proactive_after_stop(case: Case) -> Iterator[str]:
    """From the acknowledgement of a STOP on nothing unasked leaves, until a later START."""
    for call in case.calls.values():
        if not _proactive(call):
            continue
        n, psid = call.begun.n, _whom(case, call)
        stops = _moments(case, psid, "stop", case.acked, n)
        starts = _moments(case, psid, "start", case.tried, n)
        if stops and max(stops) >= max(starts, default=0):
            yield f"{call.begun.id} went to {psid}, who had stopped"


def nothing_of_what_is_stopped(case: Case) -> Iterator[str]:
    """Once a broadcast is paused or cancelled nothing more of it leaves, until it is resumed."""
    orders = [op for op in case.ops if op.f == "operator"]
    for stop in orders:
        if stop.type != OK or stop.value["what"] == "running":
            continue
        until = next(
            (o.n for o in orders if o.id == stop.id and o.n > stop.n and o.type == INVOKE),
            len(case.ops),
        )
        for call in case.calls.values():
            begun = call.begun
            late = stop.n < begun.n < until and begun.ticks - stop.ticks > _ON_ITS_WAY
            if late and begun.value["text"] == f"alert {stop.id}":
                yield f"{begun.id} went out after {stop.id} was {stop.value['what']}"


def nothing_unasked_at_night(case: Case) -> Iterator[str]:
    """In quiet hours nothing is set out that nobody waits for."""
    if not case.quiet:
        return
    for call in case.calls.values():
        part = case.parts.get(call.begun.value["metadata"])
        if part is None or not _proactive(call) or call is not _last_call(case, call):
            continue
        minutes = part["committed_at"] % DAY // MINUTE
        if not _MORNING <= minutes < _EVENING + _STALE:
            at = f"{minutes // 60:02}:{minutes % 60:02}"
            yield f"{call.begun.id} set out at {at}, in quiet hours"


def nothing_unasked_while_blocked(case: Case) -> Iterator[str]:
    """While the platform blocks the Page nothing unasked leaves, before one message may try."""
    pages = [op for op in case.ops if op.f == "page"]
    for block in (op for op in pages if op.value["what"] == "block"):
        known = case.acked.get(block.id)
        if known is None or case.jumped or _had_stopped_the_page(case, known):
            continue
        ends = [case.tried.get(op.id) for op in pages if op.value["what"] == "unblock"]
        until = min((n for n in ends if n is not None and n > known), default=len(case.ops))
        if any(n is not None and n < known for n in ends):
            continue  # what the platform said first came last
        said = case.ops[known]
        # time may have been skipped while it was being kept: the pause may go by the earlier moment
        kept = next(op for op in reversed(case.ops[:known]) if op.id == said.id)
        for call in case.calls.values():
            begun = call.begun
            soon = begun.at - kept.at < _FIRST_PAUSE and begun.ticks - said.ticks > _ON_ITS_WAY
            if known < begun.n < until and soon and _proactive(call):
                yield f"{begun.id} went out while the Page was blocked"


def every_event_answered(case: Case) -> Iterator[str]:
    """What was acknowledged was answered, or failed and that was said, or the doubt is listed."""
    for id in case.acked:
        event = case.events.get(id)
        if event is None:
            continue  # an echo
        row = case.inbox_of(id)
        if row is None:
            yield f"{id} was acknowledged and not kept"
        elif row["state"] == "noted":
            if not _left_to_a_person(case, row["key"]):
                yield f"{id} was kept and never answered"
        elif row["state"] == "failed":
            if row["kind"] != "external" and not _apologised(case, row["key"]):
                yield f"{id} failed, and nobody was told"
        elif row["state"] == "done":
            for text in event.value["expects"]:
                yield from _answered(case, event, row["key"], text)
        else:
            yield f"{id} is still `{row['state']}`"


def order_kept(case: Case) -> Iterator[str]:
    """Who wrote one thing after another is answered in that order."""
    when = {(op.value["psid"], op.value["text"]): op.n for op in case.taken}
    by_person: dict[str, list[str]] = defaultdict(list)
    for id, op in case.events.items():
        if op.value["what"] not in {"comment", "shop"}:
            by_person[op.value["psid"]].append(id)
    for psid, ids in by_person.items():
        for first in ids:
            for then in ids:
                if _came_first(case, first, then):
                    yield from _in_order(case, psid, first, then, when)
        for id in ids:
            yield from _in_order(case, psid, id, id, when)


def nothing_outside_the_window(case: Case) -> Iterator[str]:
    """After the window only what has a ground leaves: a token, or a person of the Page's."""
    for call in case.calls.values():
        said = call.begun.value
        if said["token"] is not None:
            owner = case.events.get(said["token"])
            if owner is None or case.tried.get(said["token"], call.begun.n) >= call.begun.n:
                yield f"{call.begun.id} was paid with what nobody gave: {said['token']}"
            continue
        age = said["clock"] - case.opened(said["psid"], call.begun.n)
        if age >= (WEEK if said["tag"] == "HUMAN_AGENT" else DAY):
            yield f"{call.begun.id} went to {said['psid']} {age // MINUTE} minutes after they wrote"


def every_doubt_listed(case: Case) -> Iterator[str]:
    """What may have arrived is listed as unknown, or known to have arrived."""
    for call in case.calls.values():
        part = case.parts.get(call.begun.value["metadata"])
        if part is None:
            if call.doubtful or call.taken:
                yield f"{call.begun.id} carried {call.begun.value['metadata']}, which no row names"
        elif call.doubtful and part["state"] not in {"unknown", "sent"}:
            yield f"{call.begun.id} may have arrived, and its part is `{part['state']}`"


def no_more_doubts_than_deaths(case: Case) -> Iterator[str]:
    """Of what is in doubt without a call, each death leaves one at most to each person."""
    called = {call.begun.value["metadata"] for call in case.calls.values()}
    silent = Counter(
        case.sends[part["send_id"]]["psid"]
        for part in case.parts.values()
        if part["state"] == "unknown" and part["echo_key"] not in called
    )
    for psid, number in silent.items():
        if number > len(case.killed):
            yield f"{number} messages to {psid} were never begun and are in doubt"


def the_store_tells_the_truth(case: Case) -> Iterator[str]:
    """What is written as sent arrived, and what arrived is written as nothing else."""
    arrived = Counter(op.value["metadata"] for op in case.taken)
    for mark, part in case.parts.items():
        if part["state"] == "sent" and not arrived[mark]:
            yield f"{mark} is written as sent and never arrived"
        if part["state"] not in {"sent", "unknown"} and arrived[mark]:
            yield f"{mark} arrived and is written as `{part['state']}`"


def everything_comes_to_an_end(case: Case) -> Iterator[str]:
    """When all troubles are over nothing is left half done."""
    for row in case.tables["inbox"]:
        if row["state"] in {"pending", "running"}:
            yield f"the event {row['key']} is still `{row['state']}`"
    for row in case.tables["send"]:
        if row["state"] in _UNFINISHED:
            yield f"the message {row['id']} `{row['text']}` is still `{row['state']}`"


def every_recipient_in_one_state(case: Case) -> Iterator[str]:
    """Who asked to be told was told once, or it is written why not; nobody is told twice."""
    told = Counter()
    topics: dict[str, str] = {}
    for op in case.ops:
        if op.f == "alert" and op.type == INVOKE:
            topics[op.id] = op.value["topic"]
        if op.f == "alert" and op.type == OK:
            for psid in op.value["psids"]:
                rows = case.texts[psid, f"alert {op.id}"]
                if len(rows) != 1 and not _not_decided(case, op.id, psid):
                    yield f"the alert {op.id} has {len(rows)} rows for {psid}"
    for op in case.taken:
        words = str(op.value["text"]).split()
        if words[0] == "alert" and ":" in topics.get(words[1], ""):
            told[op.value["psid"], topics[words[1]]] += 1
    yield from (
        f"{psid} was told {n} times of {topic}" for (psid, topic), n in told.items() if n > 1
    )
    for row in case.tables.get("recipient", ()):
        if row["state"] == "waiting" or (row["state"] == "decided") != (
            row["send_id"] in case.sends
        ):
            yield f"{row['psid']} of the broadcast {row['broadcast']} is still `{row['state']}`"
    yield from _forgotten_recipients(case, topics)


RULES: tuple[Rule, ...] = (
    no_message_twice,
    no_token_twice,
    nothing_proactive_after_stop,
    nothing_of_what_is_stopped,
    nothing_unasked_at_night,
    nothing_unasked_while_blocked,
    every_event_answered,
    order_kept,
    nothing_outside_the_window,
    every_doubt_listed,
    no_more_doubts_than_deaths,
    the_store_tells_the_truth,
    everything_comes_to_an_end,
    every_recipient_in_one_state,
)


# -- inside -----------------------------------------------------------------------------------


def _may_be_repeated(case: Case, mark: str) -> bool:
    """Tell whether what was taken twice is an answer that was in doubt after the first time."""
    first, again = [call for call in case.calls_of(mark) if call.taken is not None][:2]
    free = first.begun.value["token"] is None and not _proactive(first)
    # what only the dead knew the end of is in doubt to everybody else
    doubted = first.doubtful or first.begun.value["process"] in case.killed
    return case.resends and free and (doubted or _no_lease_held(first.begun, again.begun))


def _no_lease_held(since: Op, until: Op) -> bool:
    """Tell whether the clock moved otherwise than time, so that the living could not renew."""
    clock = (until.value["clock"] - since.value["clock"]) / 1000
    return abs(clock - (until.ticks - since.ticks)) > _LEASE


def _last_call(case: Case, call: Call) -> Call:
    return max(case.calls_of(call.begun.value["metadata"]), key=lambda one: one.begun.n)


def _had_stopped_the_page(case: Case, before: int) -> bool:
    """Tell whether the platform had stopped the Page by a refusal already, so that one may try."""
    return any(
        call.ended is not None
        and call.ended.n < before
        and call.ended.type == FAIL
        and (call.ended.value.get("code"), call.ended.value.get("subcode")) in _STOP_THE_PAGE
        for call in case.calls.values()
    )


def _proactive(call: Call) -> bool:
    return str(call.begun.value["text"]).startswith("alert ")


def _whom(case: Case, call: Call) -> str:
    """Return who a call is for; a token names its giver."""
    token = call.begun.value["token"]
    if token is None:
        return str(call.begun.value["psid"])
    giver = case.events.get(token)
    return "" if giver is None else str(giver.value["psid"])


def _moments(case: Case, psid: str, what: str, known: dict[str, int], before: int) -> list[int]:
    """Return when a person did something, of what was *known* before a line of the history."""
    return [
        op.value["event_at"]
        for id, op in case.events.items()
        if op.value["psid"] == psid and op.value["what"] == what and known.get(id, before) < before
    ]


def _left_to_a_person(case: Case, key: str) -> bool:
    lines = (row for row in case.tables["journal"] if row["what"] == "left_to_a_person")
    return any(json.loads(row["data"]).get("key") == key for row in lines)


def _apologised(case: Case, key: str) -> bool:
    return any(row["turn_key"] == f"{key}:apology" for row in case.tables["send"])


def _answered(case: Case, event: Op, key: str, text: str) -> Iterator[str]:
    psid = event.value["psid"]
    rows = [row for row in case.texts[psid, text] if row["turn_key"] == key]
    if len(rows) != 1:
        yield f"{event.id} has {len(rows)} rows for its answer `{text}`"
        return
    (row,) = rows
    calls = case.calls_of_send(row["id"])
    if row["state"] == "rejected":
        if not any(call.refused for call in calls):
            yield f"`{text}` is written as rejected, and nobody refused it"
    elif row["state"] == "unknown":
        # killed between the commit and the first byte there is no call to be seen; killed
        # between the answer and its commit there is one that only the dead knew the end of
        known = [call for call in calls if call.begun.value["process"] not in case.killed]
        unseen = bool(case.killed) and case.tries_of_send(row["id"]) > len(calls)
        sure = calls and len(known) == len(calls) and not unseen
        if sure and not any(call.doubtful for call in calls):
            yield f"`{text}` is written as unknown, and there is no doubt"
    elif row["state"] in _NOT_SENT and not _excused(case, row, psid):
        why = json.loads(row["decision"]).get("reason")
        yield f"`{text}` was not sent to {psid}: `{row['state']}` for nothing ({why})"


def _excused(case: Case, row: Row, psid: str) -> bool:
    """Tell whether something stood against an answer: the window, a block, somebody else."""
    for op in case.ops:
        if op.f == "person" and op.id == psid:
            return True
        if op.f == "agent" and op.value["psid"] == psid:
            return True
        if op.f == "event" and op.value["psid"] == psid and op.value["what"] == "stop":
            return True  # also to what was written before it and came late
    for call in case.calls.values():
        if _whom(case, call) == psid and call.ended is not None and call.ended.type == FAIL:
            said = call.ended.value
            if (said.get("code"), said.get("subcode")) in _GONE or said.get("code") in {10, 551}:
                return True
    if case.jumped and "ahead of the clock" in row["decision"]:
        return True  # what is dated in our future is not believed, while our clock is behind
    wrong = _LONGEST_JUMP if case.jumped else 0
    for line in case.journal(row["id"]):
        if line["what"] == "expired" and line["at"] - row["created_at"] >= _KEPT - wrong:
            return True
    opened = [
        op.value["event_at"]
        for id, op in case.events.items()
        if op.value["psid"] == psid
        and op.value["what"] in _OPENING
        and id in case.acked
        and case.ops[case.acked[id]].at < row["decided_at"] - wrong
    ]
    return row["decided_at"] - max(opened, default=0) >= DAY - _MARGIN - wrong


def _came_first(case: Case, first: str, then: str) -> bool:
    """Tell whether one event was acknowledged before a later one was first delivered."""
    if first == then or first not in case.acked or then not in case.tried:
        return False
    earlier = case.events[first].value["event_at"] <= case.events[then].value["event_at"]
    return earlier and case.acked[first] < case.tried[then]


def _in_order(
    case: Case, psid: str, first: str, then: str, when: dict[tuple[str, str], int]
) -> Iterator[str]:
    mine, others = (case.events[id].value["expects"] for id in (first, then))
    pairs = pairwise(mine) if first == then else ((a, b) for a in mine for b in others)
    for a, b in pairs:
        at, after = when.get((psid, a)), when.get((psid, b))
        if at is not None and after is not None and at > after and not _waited(case, psid, a):
            yield f"{psid} was told `{b}` before `{a}`"


def _waited(case: Case, psid: str, text: str) -> bool:
    """Tell whether an answer was held for a time, which lets later ones pass."""
    lines = [line for row in case.texts[psid, text] for line in case.journal(row["id"])]
    return any(
        line["what"] == "held" or json.loads(line["data"]).get("decision") == "hold"
        for line in lines
    )


def _not_decided(case: Case, request: str, psid: str) -> bool:
    """Tell whether it is written why a recipient was not even asked about."""
    numbers = {row["id"] for row in case.tables.get("broadcast", ()) if row["key"] == request}
    return any(
        row["broadcast"] in numbers
        and row["psid"] == psid
        and row["state"] in {"skipped", "failed", "cancelled"}
        for row in case.tables.get("recipient", ())
    )


def _forgotten_recipients(case: Case, topics: dict[str, str]) -> Iterator[str]:
    """Tell of who had asked before an alert was made and was not even decided about.

    By a clock that has gone back since they asked, they have not asked yet.
    """
    if case.jumped:
        return
    for op in case.ops:
        if op.f != "alert" or op.type != OK or ":" not in topics[op.id]:
            continue
        begun = next(o.n for o in case.ops if o.f == "alert" and o.id == op.id)
        for id, event in case.events.items():
            asked = event.value["what"] == "optin" and event.value["topic"] == topics[op.id]
            if not asked or case.acked.get(id, begun) >= begun:
                continue
            psid = event.value["psid"]
            decided = any(
                row["psid"] == psid and row["topic"] == topics[op.id] and row["purpose"] == "alert"
                for row in case.tables["send"]
            )
            if not decided and not _not_decided(case, op.id, psid):
                yield f"{psid} asked for {topics[op.id]}, and the alert {op.id} passed them by"
