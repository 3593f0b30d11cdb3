"""The tables of the store; every time is whole milliseconds since 1970 in UTC."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()
#: SQLite numbers rows by itself only in a column of exactly this type.
_Serial = BigInteger().with_variant(Integer, "sqlite")

#: Events that are not finished. Words and no parameters: only then does SQLite use the index.
WAITING = text("state IN ('pending', 'running')")


def _only(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows that a condition holds for, which costs the others nothing."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

#: What is counted; processes count in rows of their own, which are added up when they are read.
counter = Table(
    "counter",
    metadata,
    Column("name", String(128), nullable=False),
    Column("shard", Integer, nullable=False),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "shard"),
)

#: What was counted from the journal: the name of a figure, its labels' values, how often.
tally = Table(
    "tally",
    metadata,
    Column("name", String(32), nullable=False),
    Column("labels", String(300), nullable=False),  # JSON: the values in the figure's own order
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "labels"),
)

person = Table(
    "person",
    metadata,
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("language", String(16)),
    Column("region", String(8)),
    Column("time_zone", String(64)),
    Column("last_message_at", BigInteger),
    Column("stop_at", BigInteger),  # the latest STOP
    Column("start_at", BigInteger),  # the latest START
    Column("paused_until", BigInteger),
    Column("pause_set_at", BigInteger),
    Column("blocked_at", BigInteger),
    Column("last_turn_at", BigInteger),
    PrimaryKeyConstraint("page", "psid"),
)

#: Who has a person's conversation: an app, or somebody who answers for the Page.
thread = Table(
    "thread",
    metadata,
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("owner", String(128)),  # the app that owns it; none: us
    Column("owner_at", BigInteger),
    Column("human_until", BigInteger),  # until then a person answers, and the bot is silent
    Column("away_at", BigInteger),  # the latest moment at which the bot was not who answers
    Column("back_at", BigInteger),  # the latest moment at which it said that it is again
    PrimaryKeyConstraint("page", "psid"),
)

opener = Table(
    "opener",
    metadata,
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ref", Text),
    PrimaryKeyConstraint("page", "psid", "kind"),
)

preference = Table(
    "preference",
    metadata,
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("alert_type", String(64), nullable=False),
    Column("chosen", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),  # of the latest event that said so
    Column("since", BigInteger, nullable=False),  # of the first that did, without another between
    PrimaryKeyConstraint("page", "psid", "alert_type"),
    Index("preference_of_type", "page", "alert_type", "psid"),
)

#: What a person asked to be told once; claimed by the send that tells them.
wish = Table(
    "wish",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("claimed_by", String(40)),
    Column("closed_at", BigInteger),
    Column("closed_as", String(16)),  # fulfilled | cancelled
    Index("wish_of_topic", "page", "topic", "closed_at", "psid"),
    Index("wish_of_person", "page", "psid"),
    Index("wish_claimed", "claimed_by"),
)

token = Table(
    "token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("value", Text, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("frequency", String(16)),  # of a recurring one: how often the person agreed to
    Column("title", String(200)),  # of a recurring one: of the request that it answers
    Column("spent_at", BigInteger),
    Column("spent_by", String(40)),
    Column("used_before", BigInteger),  # of a recurring one: its use before the last
    Column("claimed_by", String(40)),
    Column("retired_at", BigInteger),
    UniqueConstraint("value"),  # one permission is one row, however often its webhook comes
    UniqueConstraint("spent_by"),  # one send spends one token
    Index("token_of_person", "page", "psid", "topic"),
    Index("token_claimed", "claimed_by"),
)

#: The Page's utility templates, as the platform last told of them.
utility_template = Table(
    "utility_template",
    metadata,
    Column("page", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("platform_id", Text),
    Column("told_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("page", "name", "language"),
)

#: Events to process: what the webhook acknowledged, and what operators and shops ask for.
inbox = Table(
    "inbox",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("page", String(64), nullable=False),
    Column("psid", String(128)),
    Column("key", String(256), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),  # pending running done failed noted
    Column("runs", Integer, nullable=False, default=0),
    Column("error", Text),
    UniqueConstraint("page", "key"),
    Index("inbox_state", "state", "id"),
    Index("inbox_waiting", "page", "psid", "at", sqlite_where=WAITING, postgresql_where=WAITING),
)

#: The processes at work on the store, and until when each counts as living.
worker = Table(
    "worker",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("until", BigInteger, nullable=False),
)

#: The persons who have events that wait, and the worker that runs their turns; none: anybody.
lease = Table(
    "lease",
    metadata,
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("worker", String(80), nullable=False),
    Column("since", BigInteger, nullable=False),  # when they came into the queue
    PrimaryKeyConstraint("page", "psid"),
)

#: What has come due of what is held, however much that is: it is looked for twice a second.
_HELD, _DUE = "state = 'held'", ("not_before", "created_at", "seq")

#: One response that was decided on: its decision, and its state on the way out.
send = Table(
    "send",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("turn_key", String(256), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("topic", String(200)),
    Column("response", String(128)),
    Column("message", Text, nullable=False),  # JSON: the declaration
    Column("parts", Text, nullable=False),  # JSON: the parts as rendered
    Column("single", Text),  # JSON: all parts as one message, where they can be
    Column("utility", Text),  # JSON: the same said by an approved utility template
    Column("text", Text, nullable=False),
    Column("decision", Text, nullable=False),  # JSON
    Column("ground", String(48)),
    Column("token_id", String(40)),
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("not_before", BigInteger),
    Column("expires_at", BigInteger),
    Column("seq", BigInteger, nullable=False),  # the order of a person's messages, from 1 on
    Column("lane", String(8), nullable=False),  # live | bulk
    Column("claimed_by", String(80)),  # the worker that has it
    Column("lease_until", BigInteger),  # after this anybody may take it over
    Column("why", String(32)),  # of a cancelled one: superseded dropped stopped operator
    Column("halted_by", String(64)),  # of a held one: the breaker that it waits for
    Column("probes", String(200)),  # the breakers that this one is let through to try
    Column("broadcast", BigInteger),  # the broadcast it is one message of
    Column("wording", Integer),  # which of the broadcast's variations it says
    Column("to_remember", Boolean),  # it left, and the person's conversation does not hold it yet
    UniqueConstraint("turn_key", "ordinal"),
    Index("send_state", "state", "not_before"),
    Index("send_of_person", "page", "psid", "state"),
    Index("send_order", "page", "psid", "seq"),
    _only("send_of_broadcast", "broadcast", "state", "decided_at", where="broadcast IS NOT NULL"),
    _only("send_to_remember", "page", "psid", where="to_remember IS NOT NULL"),
    _only("send_due", *_DUE, where=f"{_HELD} AND broadcast IS NULL"),
    _only("send_due_of", "broadcast", *_DUE, where=f"{_HELD} AND broadcast IS NOT NULL"),
    _only("send_overdue", "expires_at", "created_at", "seq", where=_HELD),
    _only("send_halted", "page", "halted_by", "created_at", "seq", where="halted_by IS NOT NULL"),
)

#: Which sends still say something; written out so that the index of them is used.
WORDED = text("parts != '[]'")
Index("send_worded", send.c.created_at, sqlite_where=WORDED, postgresql_where=WORDED)

part = Table(
    "part",
    metadata,
    Column("send_id", String(40), nullable=False),
    Column("n", Integer, nullable=False),
    Column("body", Text, nullable=False),  # JSON, without recipient and messaging type
    Column("state", String(16), nullable=False),
    Column("echo_key", String(64), nullable=False),
    Column("mid", Text),
    Column("error", Text),
    Column("at", BigInteger),
    Column("attempts", Integer, nullable=False, default=0),  # how often it was committed
    Column("committed_at", BigInteger),  # when its latest try began
    Column("resent", Boolean, nullable=False, default=False),  # once more after a doubt
    PrimaryKeyConstraint("send_id", "n"),
    UniqueConstraint("echo_key"),
    Index("part_mid", "mid"),
)

#: One order to tell everybody who asked for a topic; it holds its words, so that any process can
#: send it and no new model changes in its middle what is said.
broadcast = Table(
    "broadcast",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("page", String(64), nullable=False),
    Column("key", String(128), nullable=False),  # the same key again is the same broadcast
    Column("topic", String(200), nullable=False),
    Column("response", String(128), nullable=False),
    Column("slots", Text, nullable=False),  # JSON
    Column("variations", Text, nullable=False),  # JSON: the response as the domain had it
    Column("channel", String(64), nullable=False),  # whose variations are chosen
    Column("created_by", String(128), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # running paused cancelled done
    Column("changed_by", String(128)),
    Column("changed_at", BigInteger),
    Column("why", Text),  # of one that paused by itself: a sentence
    Column("cursor", String(128), nullable=False),  # up to which person recipients are entered
    Column("filled_at", BigInteger),  # when all of them were
    Column("total", BigInteger, nullable=False),
    Column("swept_at", BigInteger),  # of a cancelled one: when nothing of it was left to cancel
    UniqueConstraint("page", "key"),
    Index("broadcast_state", "state"),
)

#: Whom a broadcast is for. What becomes of a recipient who was decided on is the state of the send.
recipient = Table(
    "recipient",
    metadata,
    Column("broadcast", BigInteger, nullable=False),
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("state", String(16), nullable=False),  # waiting decided skipped failed cancelled
    Column("send_id", String(40)),
    Column("why", Text),  # of who was skipped or failed: a sentence
    PrimaryKeyConstraint("broadcast", "psid"),  # a broadcast has one topic
    Index("recipient_of_person", "page", "psid"),
    _only("recipient_undecided", "broadcast", "state", "psid", where="state <> 'decided'"),
    sqlite_with_rowid=False,
)

#: What the platform has stopped of a Page: everything proactive, one way of sending, everything.
breaker = Table(
    "breaker",
    metadata,
    Column("page", String(64), nullable=False),
    Column("lane", String(64), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("since", BigInteger, nullable=False),  # when it last opened or closed
    Column("probe_at", BigInteger),  # from then on one message may try; none: a person closes it
    Column("pause_s", Integer, nullable=False),  # seconds; doubled by every trial in vain
    Column("by", String(64), nullable=False),  # platform | an operator's name
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("page", "lane"),
)

#: When a Page may send next: one row for all its messages, one for its media.
pace = Table(
    "pace",
    metadata,
    Column("page", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("next_at", BigInteger, nullable=False),  # microseconds: the bucket is full again
    Column("bulk_next_at", BigInteger, nullable=False),  # microseconds: the same of broadcasts
    Column("share", Integer, nullable=False),  # thousandths of the configured rate
    Column("slowed_at", BigInteger, nullable=False),  # from when on the share recovers
    Column("blocked_until", BigInteger, nullable=False),
    Column("why", Text),
    PrimaryKeyConstraint("page", "kind"),
)

#: The same for one person, so that one flood does not spend the Page's pace.
thread_pace = Table(
    "thread_pace",
    metadata,
    Column("page", String(64), nullable=False),
    Column("psid", String(128), nullable=False),
    Column("next_at", BigInteger, nullable=False),  # microseconds
    PrimaryKeyConstraint("page", "psid"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("page", String(64), nullable=False),
    Column("psid", String(128)),
    Column("send_id", String(40)),
    Column("what", String(32), nullable=False),
    Column("data", Text, nullable=False),
    Index("journal_send", "send_id"),
    Index("journal_what", "what"),
)

#: What an action already did for an event, so that a turn that runs again changes nothing twice.
applied = Table(
    "applied",
    metadata,
    Column("key", String(256), nullable=False),
    Column("operation", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text),  # JSON: what stood before, for an action that has to say what changed
    PrimaryKeyConstraint("key", "operation"),
    Index("applied_at", "at"),
)

#: Who asked to be forgotten, by a hash under the store's own key: what keeps them unwritten to.
forgotten = Table(
    "forgotten",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("code", String(40), nullable=False),
    Column("done_at", BigInteger),
    UniqueConstraint("code"),
)
