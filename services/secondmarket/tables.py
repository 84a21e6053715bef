"""The tables of the second market. Its checks and triggers: migration 0006_secondmarket."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
)

from services.platform.columns import at, kg, kg_so_far, owned_by

_table = owned_by("secondmarket")


factory_orders = _table(
    "factory_orders",
    Column("order_id", Uuid, primary_key=True),
    Column("enterprise_code", CHAR(10), nullable=False),
    Column("reference", Text, nullable=False),
    Column("hs_code", Text, nullable=False),
    kg("wanted_kg"),
    kg_so_far("bought_kg"),
    Column("unit_price", Numeric(20, 10), nullable=False),
    Column("currency", CHAR(3), nullable=False),
    at("created_at"),
    at("cancelled_at", nullable=True),
    UniqueConstraint("enterprise_code", "reference"),
)
"""What a factory wants to buy; ``unit_price`` is per kilogram. After ``cancelled_at`` nothing more
is bought under it."""

sale_offers = _table(
    "sale_offers",
    Column("lot_id", Uuid, primary_key=True),
    Column("order_id", Uuid, ForeignKey("factory_orders.order_id"), primary_key=True),
    Column("offer_id", Uuid, nullable=False, unique=True),
    Column("offered_by", Text, nullable=False),
    Column("unit_price", Numeric(20, 10), nullable=False),
    at("offered_at"),
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
    kg("net_kg"),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", CHAR(3), nullable=False),
    at("bought_at"),
    Column("due_on", Date),
    at("voided_at", nullable=True),
    Column("hs_prefix", Text),
)
"""A whole lot bought from its residents. One title has one holder: the lot is unique. ``due_on`` is
the last day on which the factory is to receive it. From ``voided_at`` on it takes nothing of its
order and of the year: its goods ended inside. ``hs_prefix``: under which filed code it counts."""

purchase_incomes = _table(
    "purchase_incomes",
    Column("purchase_id", Uuid, ForeignKey("purchases.purchase_id"), primary_key=True),
    Column("ticket_id", Uuid, primary_key=True),
    Column("resident_id", Uuid, nullable=False, index=True),
    kg("net_kg"),
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
    kg("bought_kg"),
    kg("capacity_kg"),
)
"""How much of its filed yearly capacity a factory has bought, per HS prefix."""
