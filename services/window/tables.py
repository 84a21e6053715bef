"""The window owns one table: where parties want to be told. All else it reads from views.

A stream's place is kept by its reader (Last-Event-ID), not here, so that a stream can be replayed
by anyone from anywhere and reading leaves nothing behind. A webhook's reader does not come back,
so its place is kept with it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY

from services.platform.columns import INSTANT
from services.platform.database import metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", Uuid, primary_key=True),
    Column("party", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("port", Text),
    Column("url", Text, nullable=False),
    Column("secret_sealed", LargeBinary, nullable=False),
    Column("secret_before_sealed", LargeBinary),
    Column("secret_before_until", INSTANT),
    Column("event_types", ARRAY(Text)),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default=sql("1")),
    Column("after_xid", BigInteger, nullable=False),
    Column("after_number", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=sql("0")),
    Column("failing_since", INSTANT),
    Column("last_error", Text),
    Column("last_delivered_at", INSTANT),
    Column("passed_over", Integer, nullable=False, server_default=sql("0")),
    Column("passed_xid", BigInteger),
    Column("passed_number", BigInteger),
    Column("due_at", INSTANT, nullable=False),
    Column("leased_until", INSTANT, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Index("ix_webhooks_party", "party", "webhook_id"),
    Index("ix_webhooks_due", "due_at", postgresql_where=sql("state = 'ACTIVE'")),
    info={"owner": "window"},
)
"""One row per webhook: for whom, where to, its place in the event log, how delivery goes."""
