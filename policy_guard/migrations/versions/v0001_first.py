"""The schema of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "applied",
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("operation", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", "operation"),
    )
    with op.batch_alter_table("applied", schema=None) as batch_op:
        batch_op.create_index("applied_at", ["at"], unique=False)

    op.create_table(
        "breaker",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=64), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("probe_at", sa.BigInteger(), nullable=True),
        sa.Column("pause_s", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("page", "lane"),
    )
    op.create_table(
        "broadcast",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("response", sa.String(length=128), nullable=False),
        sa.Column("slots", sa.Text(), nullable=False),
        sa.Column("variations", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("cursor", sa.String(length=128), nullable=False),
        sa.Column("filled_at", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("swept_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("page", "key"),
    )
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.create_index("broadcast_state", ["state"], unique=False)

    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "shard"),
    )
    op.create_table(
        "forgotten",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "inbox",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=True),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("page", "key"),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index("inbox_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "inbox_waiting",
            ["page", "psid", "at"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'running')"),
            postgresql_where=sa.text("state IN ('pending', 'running')"),
        )

    op.create_table(
        "journal",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=True),
        sa.Column("send_id", sa.String(length=40), nullable=True),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("journal_send", ["send_id"], unique=False)
        batch_op.create_index("journal_what", ["what"], unique=False)

    op.create_table(
        "lease",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("page", "psid"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "opener",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("page", "psid", "kind"),
    )
    op.create_table(
        "pace",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("bulk_next_at", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("slowed_at", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("page", "kind"),
    )
    op.create_table(
        "part",
        sa.Column("send_id", sa.String(length=40), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("echo_key", sa.String(length=64), nullable=False),
        sa.Column("mid", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("committed_at", sa.BigInteger(), nullable=True),
        sa.Column("resent", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("send_id", "n"),
        sa.UniqueConstraint("echo_key"),
    )
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.create_index("part_mid", ["mid"], unique=False)

    op.create_table(
        "person",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("region", sa.String(length=8), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("last_message_at", sa.BigInteger(), nullable=True),
        sa.Column("stop_at", sa.BigInteger(), nullable=True),
        sa.Column("start_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("pause_set_at", sa.BigInteger(), nullable=True),
        sa.Column("blocked_at", sa.BigInteger(), nullable=True),
        sa.Column("last_turn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("page", "psid"),
    )
    op.create_table(
        "preference",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("alert_type", sa.String(length=64), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("page", "psid", "alert_type"),
    )
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.create_index("preference_of_type", ["page", "alert_type", "psid"], unique=False)

    op.create_table(
        "recipient",
        sa.Column("broadcast", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("send_id", sa.String(length=40), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("broadcast", "psid"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.create_index("recipient_of_person", ["page", "psid"], unique=False)
        batch_op.create_index(
            "recipient_undecided",
            ["broadcast", "state", "psid"],
            unique=False,
            sqlite_where=sa.text("state <> 'decided'"),
            postgresql_where=sa.text("state <> 'decided'"),
        )

    op.create_table(
        "send",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("turn_key", sa.String(length=256), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=True),
        sa.Column("response", sa.String(length=128), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("single", sa.Text(), nullable=True),
        sa.Column("utility", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("ground", sa.String(length=48), nullable=True),
        sa.Column("token_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.String(length=8), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=32), nullable=True),
        sa.Column("halted_by", sa.String(length=64), nullable=True),
        sa.Column("probes", sa.String(length=200), nullable=True),
        sa.Column("broadcast", sa.BigInteger(), nullable=True),
        sa.Column("wording", sa.Integer(), nullable=True),
        sa.Column("to_remember", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("turn_key", "ordinal"),
    )
    with op.batch_alter_table("send", schema=None) as batch_op:
        batch_op.create_index(
            "send_due",
            ["not_before", "created_at", "seq"],
            unique=False,
            sqlite_where=sa.text("state = 'held' AND broadcast IS NULL"),
            postgresql_where=sa.text("state = 'held' AND broadcast IS NULL"),
        )
        batch_op.create_index(
            "send_due_of",
            ["broadcast", "not_before", "created_at", "seq"],
            unique=False,
            sqlite_where=sa.text("state = 'held' AND broadcast IS NOT NULL"),
            postgresql_where=sa.text("state = 'held' AND broadcast IS NOT NULL"),
        )
        batch_op.create_index(
            "send_halted",
            ["page", "halted_by", "created_at", "seq"],
            unique=False,
            sqlite_where=sa.text("halted_by IS NOT NULL"),
            postgresql_where=sa.text("halted_by IS NOT NULL"),
        )
        batch_op.create_index(
            "send_of_broadcast",
            ["broadcast", "state", "decided_at"],
            unique=False,
            sqlite_where=sa.text("broadcast IS NOT NULL"),
            postgresql_where=sa.text("broadcast IS NOT NULL"),
        )
        batch_op.create_index("send_of_person", ["page", "psid", "state"], unique=False)
        batch_op.create_index("send_order", ["page", "psid", "seq"], unique=False)
        batch_op.create_index(
            "send_overdue",
            ["expires_at", "created_at", "seq"],
            unique=False,
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )
        batch_op.create_index("send_state", ["state", "not_before"], unique=False)
        batch_op.create_index(
            "send_to_remember",
            ["page", "psid"],
            unique=False,
            sqlite_where=sa.text("to_remember IS NOT NULL"),
            postgresql_where=sa.text("to_remember IS NOT NULL"),
        )
        batch_op.create_index(
            "send_worded",
            ["created_at"],
            unique=False,
            sqlite_where=sa.text("parts != '[]'"),
            postgresql_where=sa.text("parts != '[]'"),
        )

    op.create_table(
        "tally",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("labels", sa.String(length=300), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "labels"),
    )
    op.create_table(
        "thread",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("owner_at", sa.BigInteger(), nullable=True),
        sa.Column("human_until", sa.BigInteger(), nullable=True),
        sa.Column("away_at", sa.BigInteger(), nullable=True),
        sa.Column("back_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("page", "psid"),
    )
    op.create_table(
        "thread_pace",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("page", "psid"),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("frequency", sa.String(length=16), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.Column("spent_by", sa.String(length=40), nullable=True),
        sa.Column("used_before", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("spent_by"),
        sa.UniqueConstraint("value"),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index("token_claimed", ["claimed_by"], unique=False)
        batch_op.create_index("token_of_person", ["page", "psid", "topic"], unique=False)

    op.create_table(
        "utility_template",
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("page", "name", "language"),
    )
    op.create_table(
        "wish",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("psid", sa.String(length=128), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_as", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("wish", schema=None) as batch_op:
        batch_op.create_index("wish_claimed", ["claimed_by"], unique=False)
        batch_op.create_index("wish_of_person", ["page", "psid"], unique=False)
        batch_op.create_index("wish_of_topic", ["page", "topic", "closed_at", "psid"], unique=False)

    op.create_table(
        "worker",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Take the change back."""
    op.drop_table("worker")
    with op.batch_alter_table("wish", schema=None) as batch_op:
        batch_op.drop_index("wish_of_topic")
        batch_op.drop_index("wish_of_person")
        batch_op.drop_index("wish_claimed")

    op.drop_table("wish")
    op.drop_table("utility_template")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index("token_of_person")
        batch_op.drop_index("token_claimed")

    op.drop_table("token")
    op.drop_table("thread_pace")
    op.drop_table("thread")
    op.drop_table("tally")
    with op.batch_alter_table("send", schema=None) as batch_op:
        batch_op.drop_index(
            "send_worded",
            sqlite_where=sa.text("parts != '[]'"),
            postgresql_where=sa.text("parts != '[]'"),
        )
        batch_op.drop_index(
            "send_to_remember",
            sqlite_where=sa.text("to_remember IS NOT NULL"),
            postgresql_where=sa.text("to_remember IS NOT NULL"),
        )
        batch_op.drop_index("send_state")
        batch_op.drop_index(
            "send_overdue",
            sqlite_where=sa.text("state = 'held'"),
            postgresql_where=sa.text("state = 'held'"),
        )
        batch_op.drop_index("send_order")
        batch_op.drop_index("send_of_person")
        batch_op.drop_index(
            "send_of_broadcast",
            sqlite_where=sa.text("broadcast IS NOT NULL"),
            postgresql_where=sa.text("broadcast IS NOT NULL"),
        )
        batch_op.drop_index(
            "send_halted",
            sqlite_where=sa.text("halted_by IS NOT NULL"),
            postgresql_where=sa.text("halted_by IS NOT NULL"),
        )
        batch_op.drop_index(
            "send_due_of",
            sqlite_where=sa.text("state = 'held' AND broadcast IS NOT NULL"),
            postgresql_where=sa.text("state = 'held' AND broadcast IS NOT NULL"),
        )
        batch_op.drop_index(
            "send_due",
            sqlite_where=sa.text("state = 'held' AND broadcast IS NULL"),
            postgresql_where=sa.text("state = 'held' AND broadcast IS NULL"),
        )

    op.drop_table("send")
    with op.batch_alter_table("recipient", schema=None) as batch_op:
        batch_op.drop_index(
            "recipient_undecided",
            sqlite_where=sa.text("state <> 'decided'"),
            postgresql_where=sa.text("state <> 'decided'"),
        )
        batch_op.drop_index("recipient_of_person")

    op.drop_table("recipient")
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.drop_index("preference_of_type")

    op.drop_table("preference")
    op.drop_table("person")
    with op.batch_alter_table("part", schema=None) as batch_op:
        batch_op.drop_index("part_mid")

    op.drop_table("part")
    op.drop_table("pace")
    op.drop_table("opener")
    op.drop_table("meta")
    op.drop_table("lease")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("journal_what")
        batch_op.drop_index("journal_send")

    op.drop_table("journal")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "inbox_waiting",
            sqlite_where=sa.text("state IN ('pending', 'running')"),
            postgresql_where=sa.text("state IN ('pending', 'running')"),
        )
        batch_op.drop_index("inbox_state")

    op.drop_table("inbox")
    op.drop_table("forgotten")
    op.drop_table("counter")
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.drop_index("broadcast_state")

    op.drop_table("broadcast")
    op.drop_table("breaker")
    with op.batch_alter_table("applied", schema=None) as batch_op:
        batch_op.drop_index("applied_at")

    op.drop_table("applied")
