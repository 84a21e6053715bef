"""The settlement service's tables. Checks and triggers are stated in migration 0005."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.platform.database import metadata
from services.platform.limited_account import LimitedAccount

_OPEN: Final = "state IN ('HELD', 'OFFERED', 'IN_PROGRESS')"


def _table(
    name: str, *parts: Column[Any] | UniqueConstraint | ForeignKeyConstraint | Index
) -> Table:
    return Table(name, metadata, *parts, info={"owner": "settlement"})


def _at(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _minor(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, BigInteger, nullable=nullable)


def _currency(name: str = "currency", *, nullable: bool = False) -> Column[Any]:
    return Column(name, CHAR(3), nullable=nullable)


def _rate(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Numeric(20, 10), nullable=nullable)


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[Any]:
    return Column(name, Text, nullable=nullable, primary_key=primary_key)


firm_quotes = _table(
    "firm_quotes",
    Column("quote_id", Uuid, primary_key=True),
    _text("party"),
    _text("pair"),
    Column("price_id", Uuid),
    _text("source"),
    _text("bank_bic"),
    _rate("mid"),
    _rate("rate"),
    _minor("gives_minor"),
    _currency("gives_currency"),
    _minor("gets_minor"),
    _minor("at_mid_minor"),
    _currency("gets_currency"),
    _at("locked_at"),
    _at("expires_at"),
    Column("used_by", Uuid, unique=True),
    Index("ix_firm_quotes_party", "party", "quote_id"),
)
"""Prices locked for one party and one sum; used by at most one instruction."""

drawdowns = _table(
    "drawdowns",
    Column("lot_id", Uuid, primary_key=True),
    _currency(),
    _minor("released_minor"),
    Column("reserved_minor", BigInteger, nullable=False, server_default="0"),
    Column("paid_minor", BigInteger, nullable=False, server_default="0"),
)
"""How much of a lot's released value is drawn, by payments under way and by payments made: never
more than was released."""
RELEASED_VALUE: Final = LimitedAccount(
    table="drawdowns",
    key={"lot_id": "uuid"},
    limit="released_minor",
    reserved="reserved_minor",
    used="paid_minor",
)

settlement_instructions = _table(
    "settlement_instructions",
    Column("instruction_id", Uuid, primary_key=True),
    _text("client_reference"),
    _text("instructed_by"),
    Column("lot_id", Uuid, nullable=False, index=True),
    _text("buyer"),
    _text("seller_code"),
    _text("seller_bank_bic"),
    _text("seller_account"),
    Column("seller_country", CHAR(2), nullable=False),
    _text("bank_bic"),
    _minor("amount_minor"),
    _currency(),
    _minor("paid_minor"),
    _currency("paid_currency"),
    _text("purpose_code"),
    Column("firm_quote_id", Uuid, ForeignKey("firm_quotes.quote_id")),
    _text("state"),
    Column("held_for", ARRAY(Text), nullable=False, server_default="{}"),
    Column("drawn_minor", BigInteger, nullable=False, server_default="0"),
    _at("requested_at"),
    _at("offered_at", nullable=True),
    _at("escalated_at", nullable=True),
    _at("ended_at", nullable=True),
    _text("bank_status", nullable=True),
    _text("bank_reason", nullable=True),
    _text("bank_reference", nullable=True),
    UniqueConstraint("instructed_by", "client_reference"),
    Index(
        "uq_settlement_instructions_open_lot_id",
        "lot_id",
        unique=True,
        postgresql_where=text(_OPEN),
    ),
    Index(
        "ix_settlement_instructions_held",
        "instruction_id",
        postgresql_where=text("state = 'HELD'"),
    ),
    Index("ix_settlement_instructions_bank_bic", "bank_bic", "instruction_id"),
    Index("ix_settlement_instructions_buyer", "buyer", "instruction_id"),
)
"""Settlement instructions: who pays whom how much for which lot, and where that stands."""

screening_entries = _table(
    "screening_entries",
    Column("entry_id", Uuid, primary_key=True),
    _text("list_name"),
    _text("reference"),
    _text("kind"),
    Column("match_hash", LargeBinary, nullable=False, index=True),
    Column("sample", Boolean, nullable=False, server_default=text("false")),
    _text("added_by"),
    _at("added_at"),
    UniqueConstraint("list_name", "reference", "match_hash"),
)
"""The screening lists: hashes of normalised names, keyed hashes of residents' numbers."""

screening_hits = _table(
    "screening_hits",
    Column(
        "instruction_id",
        Uuid,
        ForeignKey("settlement_instructions.instruction_id"),
        primary_key=True,
    ),
    _text("role", primary_key=True),
    _text("list_name", primary_key=True),
    _text("reference", primary_key=True),
    _at("found_at"),
)
"""Which party of an instruction was found on which list."""

compliance_signatures = _table(
    "compliance_signatures",
    Column(
        "instruction_id",
        Uuid,
        ForeignKey("settlement_instructions.instruction_id"),
        primary_key=True,
    ),
    _text("person", primary_key=True),
    _text("act", primary_key=True),
    _text("remark"),
    _at("signed_at"),
)
"""Signatures of bank compliance under a hold: one per person and act, two to release."""

bank_messages = _table(
    "bank_messages",
    Column("message_id", Uuid, primary_key=True),
    Column(
        "instruction_id",
        Uuid,
        ForeignKey("settlement_instructions.instruction_id"),
        nullable=False,
        unique=True,
    ),
    _text("bank_bic"),
    _text("name"),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    _at("offered_at"),
    _at("fetched_at", nullable=True),
    Column("asked_count", Integer, nullable=False, server_default="0"),
    _at("asked_at", nullable=True),
    _at("closed_at", nullable=True),
    Index(
        "ix_bank_messages_waiting",
        "bank_bic",
        "message_id",
        postgresql_where=text("closed_at IS NULL"),
    ),
)
"""Messages offered to banks (pacs.008), waiting until the case has ended."""

bank_reports = _table(
    "bank_reports",
    Column("report_id", Uuid, primary_key=True),
    _text("bank_bic"),
    _text("message_ref"),
    _text("sent_by"),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    _at("received_at"),
    _at("carried_out_at", nullable=True),
    UniqueConstraint("bank_bic", "message_ref"),
    Index("ix_bank_reports_left", "received_at", postgresql_where=text("carried_out_at IS NULL")),
)
"""The inbox: every status report (pacs.002) as it came, by whom, and when it was carried out."""

bank_statuses = _table(
    "bank_statuses",
    Column("report_id", Uuid, ForeignKey("bank_reports.report_id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("message_id", Uuid, ForeignKey("bank_messages.message_id")),
    Column("instruction_id", Uuid),
    _text("original_message"),
    _text("code"),
    _minor("amount_minor", nullable=True),
    _currency(nullable=True),
    _text("reason", nullable=True),
    _text("bank_reference", nullable=True),
    _text("disposition"),
    Index(
        "uq_bank_statuses_recorded_code",
        "message_id",
        "code",
        unique=True,
        postgresql_where=text("disposition = 'RECORDED'"),
    ),
)
"""Each status in a report, and what became of it."""

payment_reports = _table(
    "payment_reports",
    Column(
        "instruction_id",
        Uuid,
        ForeignKey("settlement_instructions.instruction_id"),
        primary_key=True,
    ),
    _text("kind", primary_key=True),
    _text("bop_code", nullable=True),
    _text("purpose_code"),
    _minor("paid_minor"),
    _currency(),
    Column("counter_country", CHAR(2), nullable=False),
    Column("value_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    _at("created_at"),
)
"""Rows of the balance-of-payments report (涉外收支申报) and of the large-value report."""

settlement_advices = _table(
    "settlement_advices",
    Column("advice_id", Uuid, primary_key=True),
    Column(
        "instruction_id",
        Uuid,
        ForeignKey("settlement_instructions.instruction_id"),
        nullable=False,
    ),
    _text("party"),
    _text("kind"),
    _minor("amount_minor"),
    _currency(),
    _at("issued_at"),
    UniqueConstraint("instruction_id", "party"),
)
"""Advices to the parties: debit and credit when settled, return when the bank refused."""
