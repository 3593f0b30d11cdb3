"""What Alembic runs a command in: the transaction that it was handed."""

from __future__ import annotations

from alembic import context

from policy_guard import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
