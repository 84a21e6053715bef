"""The market's tables. Checks are stated in migration 0005_market."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.platform.database import metadata

_OWNER: Final = {"owner": "market"}


def _at(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False)


def _rate(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Numeric(20, 10), nullable=nullable)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


bank_quotes = Table(
    "bank_quotes",
    metadata,
    Column("quote_id", Uuid, primary_key=True),
    _text("bank_bic"),
    _text("pair"),
    _rate("bid", nullable=True),
    _rate("ask", nullable=True),
    _rate("mid"),
    Column("volume", Numeric(20, 2), nullable=False),
    _at("quoted_at"),
    _at("valid_until"),
    _rate("rota_mid"),
    _rate("rota_bid"),
    _rate("rota_ask"),
    _rate("last_mid", nullable=True),
    _rate("moved_bp", nullable=True),
    _rate("max_bp", nullable=True),
    Index(None, "pair", "quoted_at"),
    Index(None, "pair", "valid_until"),
    info=_OWNER,
)
"""What banks quote: mid, and bid and ask where given, for a volume of the base currency; at what
the bank alone deals on its day of duty (``rota_…``); and by how much that stands too far from the
last price for one bank's word (``last_mid``, ``moved_bp``, ``max_bp``), else nothing."""

pooled_prices = Table(
    "pooled_prices",
    metadata,
    Column("price_id", Uuid, primary_key=True),
    _text("pair"),
    Column("version", Integer, nullable=False),
    _rate("mid"),
    _rate("bid"),
    _rate("ask"),
    Column("used", ARRAY(Text), nullable=False),
    Column("dropped", ARRAY(Text), nullable=False),
    _at("valid_from"),
    _at("valid_until"),
    UniqueConstraint("pair", "version"),
    Index(None, "pair", "valid_until"),
    info=_OWNER,
)
"""The published pooled price (抱团定价), one version after another for each pair."""

bank_absences = Table(
    "bank_absences",
    metadata,
    Column("absence_id", Uuid, primary_key=True),
    _text("bank_bic"),
    Column("absent_on", Date, nullable=False),
    _text("announced_by"),
    _at("announced_at"),
    UniqueConstraint("bank_bic", "absent_on"),
    info=_OWNER,
)
"""Days on which a bank does not do its rota duty (轮值)."""
