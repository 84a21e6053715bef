"""The tables of the second market. Checks and triggers are stated in migration 0006."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.platform.database import metadata

_OWNER: Final = {"owner": "secondmarket"}


def _table(
    name: str, *items: Column[Any] | UniqueConstraint | ForeignKeyConstraint | Index
) -> Table:
    return Table(name, metadata, *items, info=dict(_OWNER))


def _kg(name: str, **options: Any) -> Column[Any]:
    return Column(name, Numeric(18, 3), **{"nullable": False, **options})


def _zero_kg(name: str) -> Column[Any]:
    return _kg(name, server_default=text("0"))


def _at(name: str, **options: Any) -> Column[Any]:
    return Column(name, DateTime(timezone=True), **{"nullable": False, **options})


factory_orders = _table(
    "factory_orders",
    Column("order_id", Uuid, primary_key=True),
    Column("enterprise_code", CHAR(10), nullable=False),
    Column("reference", Text, nullable=False),
    Column("hs_code", Text, nullable=False),
    _kg("wanted_kg"),
    _zero_kg("bought_kg"),
    Column("unit_price", Numeric(20, 10), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    _at("created_at"),
    UniqueConstraint("enterprise_code", "reference"),
)
"""What a factory wants to buy; ``unit_price`` is per kilogram."""

sale_offers = _table(
    "sale_offers",
    Column("lot_id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("factory_orders.order_id"), primary_key=True),
    Column("offer_id", Uuid, nullable=False, unique=True),
    Column("offered_by", Text, nullable=False),
    Column("unit_price", Numeric(20, 10), nullable=False),
    _at("offered_at"),
    Index(None, "order_id"),
)
"""The residents' agreement to sell a lot to an order at its price; the order may then buy it."""

purchases = _table(
    "purchases",
    Column("purchase_id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("factory_orders.order_id"), nullable=False, index=True),
    Column("lot_id", Uuid, nullable=False, unique=True),
    Column("enterprise_code", CHAR(10), nullable=False),
    Column("hs_code", Text, nullable=False),
    _kg("net_kg"),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    _at("bought_at"),
)
"""A whole lot bought from its residents. One title has one holder: the lot is unique."""

purchase_incomes = _table(
    "purchase_incomes",
    Column("purchase_id", Uuid, ForeignKey("purchases.purchase_id"), primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("resident_id", Uuid, nullable=False, index=True),
    _kg("net_kg"),
    Column("proceeds_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
)
"""What each ticket brought its resident: proceeds, and the value it was declared at."""

capacity_years = _table(
    "capacity_years",
    Column("enterprise_code", CHAR(10), primary_key=True),
    Column("hs_prefix", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    _kg("bought_kg"),
    _kg("capacity_kg"),
)
"""How much of its filed yearly capacity a factory has bought, per HS prefix."""
