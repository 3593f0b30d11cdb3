"""What was acknowledged, answered and doubted, read past our own code: plain SQL and the wire."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from simulator.testing import SimulatorClient

Row = dict[str, Any]


#: A database file, or the address of a database on a server.
Database = Path | str


def rows(database: Database, query: str, *values: Any) -> list[Row]:
    """Return the rows of a query; a value's place in it is a question mark."""
    if isinstance(database, str):
        with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(query.replace("%", "%%").replace("?", "%s"), values)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def locked(database: Path) -> sqlite3.Connection:
    """Return a connection that holds the write lock until it is rolled back or closed."""
    holder = sqlite3.connect(database, isolation_level=None, timeout=10, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    return holder


def acknowledged(messenger: SimulatorClient) -> dict[str, str]:
    """Return the keys and texts of the messages that people wrote and the bot answered 200."""
    found: dict[str, str] = {}
    for delivery in messenger.deliveries():
        if any(attempt["status"] == 200 for attempt in delivery["attempts"]):
            for entry in json.loads(delivery["body"])["entry"]:
                for item in entry.get("messaging", []):
                    message = item.get("message", {})
                    if "mid" in message and not message.get("is_echo"):
                        found[f"message:{message['mid']}"] = message.get("text", "")
    return found


def accepted(messenger: SimulatorClient) -> list[Row]:
    """Return the messages that the platform took, oldest first, with recipient and metadata."""
    return [request["body"] for request in messenger.sent()]


@dataclass(frozen=True)
class Answer:
    """One message on the wire and the response it belongs to."""

    key: str
    ordinal: int
    response: str | None
    taken: bool


def answers(messenger: SimulatorClient, database: Database, psid: str) -> list[Answer]:
    """Return what was put on the wire for a person, in order, whether the platform took it or not.

    A message names its response by the value in its metadata.
    """
    query = "SELECT * FROM part JOIN send ON send.id = part.send_id WHERE part.echo_key = ?"
    found = []
    for request in messenger.requests(psid):
        message = request["body"].get("message")
        if message is None:
            continue
        (row,) = rows(database, query, message["metadata"])
        taken = "message_id" in (request["response"] or {})
        found.append(Answer(row["turn_key"], row["ordinal"], row["response"], taken))
    return found


def not_kept(messenger: SimulatorClient, database: Database) -> list[str]:
    """Return what was acknowledged although the store does not hold it."""
    kept = {row["key"] for row in rows(database, "SELECT key FROM inbox")}
    return [key for key in acknowledged(messenger) if key not in kept]


def unsettled(database: Database) -> list[str]:
    """Return what still has to happen: events to run, messages to send."""
    events = rows(database, "SELECT key, state FROM inbox WHERE state IN ('pending', 'running')")
    sends = rows(
        database, "SELECT id, state FROM send WHERE state IN ('ready', 'claimed', 'committed')"
    )
    return [str(tuple(row.values())) for row in events + sends]


def audit(messenger: SimulatorClient, database: Database) -> list[str]:
    """Return every way in which something was lost, or done twice; none is a pass."""
    complaints = [f"{key}: acknowledged and not kept" for key in not_kept(messenger, database)]
    complaints += [f"{what}: not settled" for what in unsettled(database)]
    said = Counter(str(body["message"].get("text")) for body in accepted(messenger))
    states = {row["key"]: row["state"] for row in rows(database, "SELECT key, state FROM inbox")}
    for key, text in acknowledged(messenger).items():
        name, times, repeat = text.partition(" x")
        if not times:
            continue
        for n in range(int(repeat)):
            how_often = said[f"{name} #{n}"]
            if how_often == 1:
                continue
            if how_often == 0 and _excused(database, key, n, states.get(key)):
                continue
            complaints.append(f"{text} #{n}: answered {how_often} times")
    return complaints + _tokens_used_twice(messenger) + _parts_sent_twice(messenger)


def _excused(database: Database, key: str, ordinal: int, state: str | None) -> bool:
    """Tell whether a missing answer is listed: in doubt, or of an event that was given up."""
    query = "SELECT state FROM send WHERE turn_key = ? AND ordinal = ?"
    found = rows(database, query, key, ordinal)
    return state == "failed" or any(row["state"] == "unknown" for row in found)


def _tokens_used_twice(messenger: SimulatorClient) -> list[str]:
    """Return the tokens that were put on the wire more than once, taken by the platform or not."""
    recipients = [
        request["body"]["recipient"].get("one_time_notif_token")
        for request in messenger.requests()
        if "recipient" in request["body"]
    ]
    used = Counter(token for token in recipients if token)
    return [f"a token was put on the wire {n} times" for n in used.values() if n > 1]


def _parts_sent_twice(messenger: SimulatorClient) -> list[str]:
    sent = Counter(body["message"]["metadata"] for body in accepted(messenger))
    return [f"{key}: sent {n} times" for key, n in sent.items() if n > 1]
