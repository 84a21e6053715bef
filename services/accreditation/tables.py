"""Tables of the accreditation service."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Date, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.platform.columns import INSTANT, TEXTS
from services.platform.database import metadata

OWNER: Final = {"owner": "accreditation"}

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
    Column("concurring", Text),
    Column("round", Integer, nullable=False, server_default="0"),
    Column("total", Integer),
    Column("passed", Boolean),
    Column("pending", Uuid),
    Column("certificate", Text),
    Column("certified_on", Date),
    Column("review_due_on", Date),
    Column("ended_on", Date),
    Column("barred_until", Date),
    Column("suspended_on", Date),
    info=OWNER,
)
"""Accreditation cases (AEO认证), at most one open per enterprise, each with its certificate."""

on_site_reports = Table(
    "on_site_reports",
    metadata,
    Column("aeo_id", Uuid, primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("round", Integer, primary_key=True, server_default="1"),
    Column("author", Text, nullable=False),
    Column("marks", JSONB, nullable=False),
    Column("total", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("failures", TEXTS, nullable=False),
    Column("opinion", Text, nullable=False),
    Column("reported_at", INSTANT, nullable=False),
    Column("signer", Text),
    Column("agreed", Boolean),
    Column("signer_remark", Text),
    Column("signed_at", INSTANT),
    info=OWNER,
)
"""The scored reports of each on-site inspection, agreed to or sent back by the other examiner."""

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
