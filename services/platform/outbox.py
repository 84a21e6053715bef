"""Cases that are to look at the record, told by the transaction that changed it; see the relay."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, Table, Text, text

from services.platform.database import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", BigInteger, Identity(), primary_key=True),
    Column("told", Text, nullable=False),
    Column("opens", Boolean, nullable=False),
    Column("source", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("attributes", Text, nullable=False, server_default="{}"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    info={"owner": "relay"},
)
"""One row per tell: the case told, and the event (case and place) because of which.

``opens`` when the case's workflow is to be started, with search attributes in ``attributes``; a
case that only looks has these when it is to look though it has ended (``Act.tell_anew``). Only
``record_act`` writes rows; the relay deletes one once the engine has taken it.
"""
