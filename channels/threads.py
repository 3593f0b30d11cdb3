"""Whose conversation it is: what events and echoes tell of it, and orders to pass it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from policy_guard import inbox_rows, journal, people_rows, sends, thread_rows
from policy_guard.inbox_rows import InboxRow
from policy_guard.languages import Languages
from policy_guard.people_rows import Who
from policy_guard.send_states import LEFT
from policy_guard.sends import Outgoing
from policy_guard.sql_store import get_meta, set_meta
from policy_guard.thread_rows import SOMEBODY, Thread
from policy_guard.vocabulary import Author, Message, Purpose

from .events import Echo, Event, Postback, ThreadControl
from .events import Message as MessageEvent
from .render import render
from .typed_text import intent_payload, keyword

#: Kinds of events that are no part of the conversation: its owner has no say in them.
OUTSIDE = frozenset({"comment", "visitor_post"})
#: Taps that are heeded whoever answers, as the words STOP and START are.
HEEDED = frozenset({"stop_alerts"})
#: The kind of an event of ours: the thread is to be passed, taken or asked for.
CONTROL = "thread_control"
#: Events that say that the thread is ours again, after which what waited is asked again.
RETURNS = frozenset({"pass_thread_control", "take_thread_control"})
DO = ("pass", "take", "request")
INBOX = "inbox"
_OWN_APP = "own_app_id"
_LONGEST_TEXT = 2000
_LONGEST_METADATA = 1000


@dataclass(frozen=True)
class Apps:
    """Which apps are who in the handover protocol, and how long a person's word silences the bot.

    `own` is None where it is not configured: then it is learned from the echoes of our messages.
    """

    own: str | None
    inbox: str
    silence: timedelta


@dataclass(frozen=True)
class Reply:
    """What a person wrote for the Page in another tool; `key` is the same for every try."""

    psid: str
    text: str
    key: str
    agent: str | None = None  # who wrote it, as the tool names them
    quick_replies: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Control:
    """An order about a thread: `do` is pass, take or request; `to` an app's id where passed."""

    do: str
    to: str | None
    metadata: str | None


def read_control(said: object, inbox: str) -> Control:
    """Return the order that a response's `thread_control` gives; raises ValueError."""
    given = said if isinstance(said, Mapping) else {}
    do, to, metadata = given.get("do"), given.get("to", INBOX), given.get("metadata")
    if do not in DO:
        raise ValueError(f"`thread_control` is `{said}`, and its `do` none of {', '.join(DO)}")
    app = inbox if to == INBOX else str(to)
    if not (app.isascii() and app.isdigit()):
        raise ValueError(f"`thread_control` names the app `{to}`, neither `inbox` nor a number")
    if metadata is not None and not isinstance(metadata, str):
        raise ValueError("`metadata` of `thread_control` is not a text")
    if metadata is not None and len(metadata) >= _LONGEST_METADATA:
        raise ValueError(f"`metadata` of `thread_control` has {len(metadata)} characters")
    return Control(do, app if do == "pass" else None, metadata or None)


def outgoing(who: Who, reply: Reply) -> Outgoing:
    """Return what an agent's reply is for the guard: a person's words, worth nothing later.

    Raises ValueError where nothing of it can be sent.
    """
    said = {"text": reply.text, "quick_replies": list(reply.quick_replies)}
    envelope = render(said)
    parts = tuple(part.body for part in envelope.parts if part.kind == "message")
    if not parts:
        raise ValueError("the reply says nothing")
    return Outgoing(
        who=who,
        turn_key=f"agent:{who.psid}:{reply.key}",
        ordinal=0,
        message=Message(
            purpose=Purpose.HUMAN_AGENT, author=Author.HUMAN, hold_for=timedelta(0), in_turn=True
        ),
        parts=parts,
        single=None if envelope.single is None else envelope.single.body,
        text=envelope.text,
    )


def starts_turn(event: Event, thread: Thread, now: datetime, languages: Languages) -> bool:
    """Tell whether the bot is to answer an event, or whoever else has the thread.

    The words STOP and START and a tap on a stop button are heeded whoever has it.
    """
    if event.standby:
        return False
    if event.kind in OUTSIDE or thread.is_the_bots(now):
        return True
    if isinstance(event, MessageEvent) and event.quick_reply is None:
        return keyword(event.text or "", languages) is not None
    tapped = event.quick_reply if isinstance(event, MessageEvent) else None
    if isinstance(event, Postback):
        tapped = event.payload
    return tapped is not None and intent_payload(tapped, HEEDED) is not None


def note(tx: Connection, who: Who, event: Event, at: datetime, apps: Apps) -> bool:
    """Keep what an event says of whose thread it is; tell whether it is ours again."""
    if isinstance(event, Echo):
        _note_echo(tx, who, event, at, apps)
        return False
    if isinstance(event, ThreadControl):
        return _note_control(tx, who, event, at, apps)
    thread = thread_rows.read(tx, who)
    if event.standby:
        if thread.owner is None:
            thread_rows.record_owner(tx, who, SOMEBODY, at)
    elif thread.owner == SOMEBODY and isinstance(event, MessageEvent | Postback):
        # only standby said that it was not ours, and this came to us as its owner
        thread_rows.record_owner(tx, who, None, at)
    return False


def owed_confirmation(tx: Connection, who: Who) -> InboxRow | None:
    """Return the STOP that nobody could confirm while another had the thread, to be answered now.

    None where it is not the person's last word on it any more, or where the thread is not ours yet.
    """
    if thread_rows.read(tx, who).owner is not None:
        return None
    wrote = journal.entries(tx, psid=who.psid, what="person_wrote_stop", last=1)
    key = wrote[0].data.get("unconfirmed") if wrote else None
    row = inbox_rows.get(tx, who.page, str(key)) if key else None
    if row is None or row.state != inbox_rows.NOTED or not people_rows.stopped(tx, who):
        return None
    inbox_rows.finish(tx, row, inbox_rows.PENDING)
    return inbox_rows.get(tx, who.page, row.key)


def stop_was_confirmed(tx: Connection, who: Who, key: str) -> bool:
    """Tell whether an earlier turn than *key* confirmed the STOP that stands: once is enough."""
    since = people_rows.last_start(tx, who)
    for send in sends.listed(tx, states=LEFT, who=who):
        confirms = send.message.confirms_stop or people_rows.stopped_in_turn(tx, send.turn_key)
        if not confirms or send.turn_key == key:
            continue
        row = inbox_rows.get(tx, who.page, send.turn_key)
        # by the event's own moment: an answer may be late, and a START between is still between
        if since is None or (row.at if row else send.created_at) > since:
            return True
    return False


def human_wrote(
    tx: Connection, who: Who, at: datetime, silence: timedelta, **said: str | None
) -> None:
    """Keep that a person wrote for the Page: in the journal, and as silence of the bot."""
    journal.write(tx, at, who, "human_wrote", **said)
    thread_rows.record_human(tx, who, at, at + silence)


def carried_out(tx: Connection, who: Who, order: Control, at: datetime) -> None:
    """Keep what the platform did on our order."""
    if order.do == "pass" and order.to is not None:
        thread_rows.record_owner(tx, who, order.to, at)
        journal.write(tx, at, who, "handed_over", to=order.to, metadata=order.metadata)
        return
    if order.do == "take":
        thread_rows.record_owner(tx, who, None, at)
    journal.write(tx, at, who, f"thread_{order.do}", metadata=order.metadata)


def body_of(order: Control) -> dict[str, Any]:
    """Return an order as JSON-ready values."""
    return {"do": order.do, "to": order.to, "metadata": order.metadata}


def order_of(row: InboxRow) -> Control:
    """Return the order that `body_of` wrote."""
    return Control(str(row.body["do"]), row.body["to"], row.body["metadata"])


def own_app(tx: Connection, apps: Apps) -> str | None:
    """Return our app's id: as configured, else as our own echoes named it."""
    return apps.own or get_meta(tx, _OWN_APP)


def learn_own_app(tx: Connection, event: Echo, apps: Apps) -> None:
    """Keep the app that an echo of a message of ours names."""
    if apps.own is None and event.app_id and get_meta(tx, _OWN_APP) != event.app_id:
        set_meta(tx, _OWN_APP, event.app_id)


def _note_echo(tx: Connection, who: Who, event: Echo, at: datetime, apps: Apps) -> None:
    """Take an echo that is not of our own sending for a person's words, or another tool's."""
    if _is_ours(tx, event, apps):
        return
    text = (event.text or "")[:_LONGEST_TEXT]
    human_wrote(tx, who, at, apps.silence, by="echo", app_id=event.app_id, mid=event.mid, text=text)


def _is_ours(tx: Connection, event: Echo, apps: Apps) -> bool:
    if sends.is_echo_key(event.metadata or ""):
        return True
    own = own_app(tx, apps)
    return own is not None and event.app_id == own


def _note_control(tx: Connection, who: Who, event: ThreadControl, at: datetime, apps: Apps) -> bool:
    said = {"previous": event.previous_owner, "new": event.new_owner}
    if event.kind == "request_thread_control":
        said = {"by": event.requested_owner, "metadata": event.metadata}
        journal.write(tx, at, who, "thread_requested", **said)
        return False
    owner = None if _comes_to_us(tx, event, apps) else event.new_owner or SOMEBODY
    if not thread_rows.record_owner(tx, who, owner, at):
        return False
    journal.write(tx, at, who, "thread_ours" if owner is None else "thread_left", **said)
    return owner is None


def _comes_to_us(tx: Connection, event: ThreadControl, apps: Apps) -> bool:
    """Tell whether the new owner is us; where our id is not known, by what such events are for.

    The platform tells of a pass the app that is passed to, and of a take the app taken from.
    """
    own = own_app(tx, apps)
    if own is not None:
        return event.new_owner == own
    return event.kind == "pass_thread_control" and event.new_owner != apps.inbox
