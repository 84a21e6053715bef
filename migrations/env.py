"""Alembic environment: runs on the connection that ``migrations.apply`` opened."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("target_metadata"),
    transaction_per_migration=True,
)
with context.begin_transaction():
    # A migration that cannot have its lock soon gives way to the running window.
    connection.execute(text("SET lock_timeout = '5s'"))
    context.run_migrations()
