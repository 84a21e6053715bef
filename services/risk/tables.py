"""Tables of the risk service."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.platform.columns import INSTANT, TEXTS
from services.platform.database import metadata

OWNER: Final = {"owner": "risk"}

rule_book = Table(
    "rule_book",
    metadata,
    Column("only_row", Boolean, primary_key=True, server_default="true"),
    Column("version", Integer, nullable=False),
    info=OWNER,
)
"""One number that every change of a rule or a control raises; caches are exact by it."""

risk_rules = Table(
    "risk_rules",
    metadata,
    Column("rule_id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("expression", Text, nullable=False),
    Column("example", JSONB, nullable=False),
    Column("authority", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", INSTANT, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", INSTANT),
    Column("warnings", TEXTS, nullable=False, server_default="{}"),
    Column("retires_on", Date),
    Column("retirement_grounds", Text),
    Column("retirement_asked_by", Text),
    Column("retired_by", Text),
    Column("retirement_no", Integer, nullable=False, server_default="0"),
    Column("titles", JSONB, nullable=False, server_default="{}"),
    info=OWNER,
)
"""Risk rules (风险规则) as CEL text, proposed by one risk officer, approved by another. ``title``
is read where ``titles`` has none in the reader's language."""

risk_controls = Table(
    "risk_controls",
    metadata,
    Column("control_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("resident_id", Uuid),
    Column("lane", Text, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("set_by", Text, nullable=False),
    Column("set_at", INSTANT, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", INSTANT),
    info=OWNER,
)
"""The hit list (布控): set by one officer at once, lifted by another."""

control_reach = Table(
    "control_reach",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text(collation="C"), primary_key=True),
    Column("control_id", Uuid, ForeignKey("risk_controls.control_id"), primary_key=True),
    info=OWNER,
)
"""By what the controls that are not lifted are found (``lot_reached``)."""

call_ins = Table(
    "call_ins",
    metadata,
    Column("call_in_id", Uuid, primary_key=True),
    Column("lot_id", Uuid, nullable=False),
    Column("lane", Text, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("called_by", Text, nullable=False),
    Column("called_at", INSTANT, nullable=False),
    Column("order_id", Uuid, unique=True),
    Index(None, "lot_id"),
    info=OWNER,
)
"""Lots that officers called in by hand, each with the order that it was given. Append-only."""

selections = Table(
    "selections",
    metadata,
    Column("key", Text, primary_key=True),
    Column("lot_id", Uuid, primary_key=True),
    Column("lane", Text, nullable=False),
    Column("ended_at", INSTANT, nullable=False, server_default="infinity"),
    Index(None, "lot_id"),
    Index("ix_selections_key_lane_ended_at", "key", "lane", "ended_at", "lot_id"),
    info=OWNER,
)
"""By what the goods of a selected lot are known again when they are declared anew. ``ended_at``:
when the lot ended unreleased; ``infinity`` while it waits to be seen, ``-infinity`` once it was
released. The database keeps it as the lot moves (``selection_begins``, ``selection_ends``)."""

screenings = Table(
    "screenings",
    metadata,
    Column("screening_id", Uuid, primary_key=True),
    Column("lot_id", Uuid, nullable=False),
    Column("port", Text, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("lane", Text, nullable=False),
    Column("reasons", TEXTS, nullable=False),
    Column("through", JSONB, nullable=False, server_default="[]"),
    Column("seed_id", Uuid, nullable=False),
    Column("draw_value", Numeric(11, 10), nullable=False),
    Column("rate", Numeric(20, 10)),
    Column("selected", Boolean, nullable=False),
    Column("perishable", Boolean, nullable=False),
    Column("credit_level", Text, nullable=False),
    Column("rule_book_version", Integer, nullable=False),
    Column("policy_version", BigInteger, nullable=False),
    Column("order_id", Uuid),
    Column("screened_at", INSTANT, nullable=False),
    Column("seen", JSONB),
    info=OWNER,
)
"""The judgement on each lot, with its draw, and what each rule that chose it saw. Append-only."""
