"""The law's tables. Checks are stated in 0002_law, 0029_declined and 0043_law_lists."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    Integer,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB

from services.platform.columns import owned_by
from services.platform.periods import valid

_table = owned_by("law")


port_origins = _table(
    "port_origins",
    Column("port", Text, primary_key=True),
    Column("country", CHAR(2), primary_key=True),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("authority", Text, nullable=False),
    valid("effective_from", "effective_to"),
)
"""From which countries goods may come at a port, dated: the set is widening."""

goods_restrictions = _table(
    "goods_restrictions",
    Column("kind", Text, primary_key=True),
    Column("hs_prefix", Text, primary_key=True),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("authority", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    valid("effective_from", "effective_to"),
)
"""Goods without exemption (不予免税清单) and prohibited goods, by HS prefix, dated."""

commodities = _table(
    "commodities",
    Column("hs_code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("perishable", Boolean, nullable=False),
    Column("processing_rule", Text),
    Column("processes", ARRAY(Text), nullable=False, server_default="{}"),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    Column("effective_from", Date),
    Column("effective_to", Date),
    valid("effective_from", "effective_to"),
    Index("ix_commodities_hs_code_effective_from", "hs_code", "effective_from"),
)
"""Commodity codes, each a line of the tariff from a day to a day, exclusive; none: since ever, and
without end. What a line says on a day is what was filed for that day.

``processes`` lists what counts under the rule PROCESS_LIST.
"""

law_filings = _table(
    "law_filings",
    Column("filing_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("rows", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
)
"""Rows of the three lists above that one person proposed, as JSON; another confirms them, and with
that they are filed. Who proposed is the log's to say."""

policy_parameters = _table(
    "policy_parameters",
    Column("policy_id", Uuid, primary_key=True),
    Column("key", Text, nullable=False),
    Column("scope", Text, nullable=False, server_default=""),
    Column("value", JSONB, nullable=False),
    Column("authority", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("approved_by", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("declined_by", Text),
    Column("declined_at", DateTime(timezone=True)),
    Column("declined_for", Text),
    Column("revocation_no", Integer, nullable=False, server_default="0"),
    Column("revocation_asked_by", Text),
    Column("revocation_grounds", Text),
    Column("revoked_by", Text),
    Column("revoked_at", DateTime(timezone=True)),
    Column(
        "in_force",
        DATERANGE,
        Computed(
            "CASE WHEN approved_at IS NOT NULL THEN daterange(effective_from, effective_to) END",
            persisted=True,
        ),
    ),
)
"""Legal parameters: proposed by one officer, approved or declined by another, then only ever ended.

One that has not begun may be revoked by two: its approval is taken back, for good, and what it was
to end holds on."""

policy_version = _table(
    "policy_version",
    Column("only_row", Boolean, primary_key=True, server_default=text("true")),
    Column("version", BigInteger, nullable=False),
)
"""One row that counts changes of the legal parameters, for caches."""
