"""Tables of the inspection service."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.platform.database import metadata

OWNER: Final = {"owner": "inspection"}
INSTANT: Final = DateTime(timezone=True)
TEXTS: Final = ARRAY(Text)

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
    info=OWNER,
)
"""Risk rules (风险规则) as CEL text, proposed by one risk officer, approved by another."""

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

screenings = Table(
    "screenings",
    metadata,
    Column("screening_id", Uuid, primary_key=True),
    Column("lot_id", Uuid, nullable=False),
    Column("port", Text, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("lane", Text, nullable=False),
    Column("reasons", TEXTS, nullable=False),
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
    info=OWNER,
)
"""The judgement on each lot, with its draw. Append-only."""

inspection_orders = Table(
    "inspection_orders",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("lot_id", Uuid, nullable=False),
    Column("port", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("method_ordered", Text, nullable=False),
    Column("perishable", Boolean, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("draw_no", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("officers", TEXTS, nullable=False),
    Column("bay", Text),
    Column("unstaffed_reason", Text),
    Column("author", Text),
    Column("results", TEXTS),
    Column("disposal", Text),
    Column("lot_move", Text),
    Column("opened_at", INSTANT, nullable=False),
    Column("staffed_at", INSTANT),
    Column("concluded_at", INSTANT),
    info=OWNER,
)
"""Inspection orders (查验单), one per lot."""

findings = Table(
    "findings",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("author", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("results", TEXTS, nullable=False),
    Column("disposal", Text, nullable=False),
    Column("found_kg", Numeric(18, 3)),
    Column("items", JSONB, nullable=False),
    Column("remark", Text, nullable=False),
    Column("recorded_at", INSTANT, nullable=False),
    Column("signer", Text),
    Column("agreed", Boolean),
    Column("signer_remark", Text),
    Column("signed_at", INSTANT),
    info=OWNER,
)
"""Findings per round, each signed or sent back by the other drawn officer."""

accreditations = Table(
    "accreditations",
    metadata,
    Column("aeo_id", Uuid, primary_key=True),
    Column("enterprise_code", Text, nullable=False),
    Column("reference", Text),
    Column("port", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("trades", TEXTS, nullable=False),
    Column("state", Text, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("applied_at", INSTANT, nullable=False),
    Column("accepted_on", Date),
    Column("due_on", Date),
    Column("extended", Boolean, nullable=False, server_default="false"),
    Column("overdue_at", INSTANT),
    Column("self_assessment", JSONB),
    Column("draw_no", Integer, nullable=False),
    Column("examiners", TEXTS, nullable=False),
    Column("unstaffed_reason", Text),
    Column("reporter", Text),
    Column("total", Integer),
    Column("passed", Boolean),
    Column("pending", Uuid),
    Column("certificate", Text),
    Column("certified_on", Date),
    Column("review_due_on", Date),
    Column("ended_on", Date),
    Column("barred_until", Date),
    info=OWNER,
)
"""Accreditation cases (AEO认证), at most one open per enterprise, each with its certificate."""

on_site_reports = Table(
    "on_site_reports",
    metadata,
    Column("aeo_id", Uuid, primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("author", Text, nullable=False),
    Column("marks", JSONB, nullable=False),
    Column("total", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("failures", TEXTS, nullable=False),
    Column("opinion", Text, nullable=False),
    Column("reported_at", INSTANT, nullable=False),
    info=OWNER,
)
"""The scored report of each on-site inspection."""

accreditation_decisions = Table(
    "accreditation_decisions",
    metadata,
    Column("decision_id", Uuid, primary_key=True),
    Column("aeo_id", Uuid, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("level", Text),
    Column("grounds", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("proposed_at", INSTANT, nullable=False),
    Column("signer", Text),
    Column("agreed", Boolean),
    Column("signer_remark", Text),
    Column("signed_at", INSTANT),
    info=OWNER,
)
"""Decisions on accreditations; each takes effect with the second officer's signature."""

credit_decisions = Table(
    "credit_decisions",
    metadata,
    Column("credit_id", Uuid, primary_key=True),
    Column("party", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("aeo_id", Uuid),
    Column("state", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("signer", Text),
    Column("proposed_at", INSTANT, nullable=False),
    Column("decided_at", INSTANT),
    Column("effective_from", Date),
    Column("effective_to", Date),
    info=OWNER,
)
"""Credit levels (信用等级) of parties, with their whole history."""

case_grounds = Table(
    "case_grounds",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("grounds", Text, nullable=False),
    info=OWNER,
)
"""Why a person did what an event of a case says, in words that no event carries. Append-only."""
