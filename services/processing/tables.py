"""The tables of landing processing. Checks and triggers are stated in migration 0006_processing."""

from __future__ import annotations

from sqlalchemy import (
    CHAR,
    Boolean,
    Column,
    Computed,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.platform.columns import at, kg, kg_so_far, owned_by, reference_key_of

_table = owned_by("processing")


movements = _table(
    "movements",
    Column("purchase_id", Uuid, primary_key=True),
    Column("seal_no", Text, nullable=False),
    Column("vehicle_plate", Text, nullable=False),
    at("dispatched_at"),
    at("lost_at", nullable=True),
)
"""The escorted movement of a purchase from the gate to the factory, under seal. At ``lost_at`` an
officer consented that the load is written off: it has come to no factory; it is none again when an
officer consented that it has turned up."""


books = _table(
    "books",
    Column("book_id", Uuid, primary_key=True),
    Column("enterprise_code", CHAR(10), nullable=False),
    Column("port", Text, nullable=False),
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("state", Text, nullable=False),
    at("opened_at"),
    at("ran_out_at", nullable=True),
    at("closed_at", nullable=True),
    Column("ended_on", Date),
    Column("counted_on", Date),
)
"""E-book periods (电子账册) from ``period_from`` to ``period_to``, both inclusive. One that is
counted before its last day ends on ``ended_on``, and the days after it are the next one's.
``counted_on`` is the day of the count that stands."""
Index(
    "uq_books_one_open",
    books.c.enterprise_code,
    unique=True,
    postgresql_where=text("state <> 'CLOSED'"),
)

book_materials = _table(
    "book_materials",
    Column("book_id", Uuid, ForeignKey("books.book_id"), primary_key=True),
    Column("material_hs", Text, primary_key=True),
    kg_so_far("opening_kg"),
    kg_so_far("received_kg"),
    kg_so_far("consumed_kg"),
    kg_so_far("scrap_kg"),
    kg("closing_kg", nullable=True),
    kg_so_far("loss_kg"),
    Column(
        "unexplained_kg",
        Numeric(18, 3),
        Computed(
            "opening_kg + received_kg - consumed_kg - GREATEST(scrap_kg - loss_kg, 0)"
            " - COALESCE(closing_kg, 0)",
            persisted=True,
        ),
    ),
)
"""The balance of one material in one period; the database computes what is unexplained.
``loss_kg`` is what of ``consumed_kg`` was declared as process loss: scrap up to it is in it."""

receipts = _table(
    "receipts",
    Column("receipt_id", Uuid, primary_key=True),
    Column("purchase_id", Uuid, ForeignKey("movements.purchase_id"), nullable=False, unique=True),
    Column("book_id", Uuid, nullable=False, index=True),
    Column("material_hs", Text, nullable=False),
    kg("bought_kg"),
    kg("received_kg"),
    Column("seal_intact", Boolean, nullable=False),
    at("received_at"),
    Column("reference", Text),
    ForeignKeyConstraint(
        ["book_id", "material_hs"], ["book_materials.book_id", "book_materials.material_hs"]
    ),
)
"""What the factory weighed in. A purchase is received once, when it was on its way; the factory's
own ``reference`` names one receipt of a book."""
Index(
    "uq_receipts_book_id_reference",
    receipts.c.book_id,
    receipts.c.reference,
    unique=True,
    postgresql_where=text("reference IS NOT NULL"),
)

unit_consumptions = _table(
    "unit_consumptions",
    Column("book_id", Uuid, primary_key=True),
    Column("product_hs", Text, primary_key=True),
    Column("material_hs", Text, primary_key=True),
    Column("net", Numeric(20, 10), nullable=False),
    Column("loss_rate", Numeric(20, 10), nullable=False),
    Column("unit", Numeric(20, 10), nullable=False),
    Column("processing_rule", Text, nullable=False),
    Column("processes", ARRAY(Text), nullable=False, server_default="{}"),
    at("declared_at"),
    ForeignKeyConstraint(
        ["book_id", "material_hs"], ["book_materials.book_id", "book_materials.material_hs"]
    ),
)
"""Unit consumption (单耗) in kg of material per kg of product, declared before production."""

outputs = _table(
    "outputs",
    Column("output_id", Uuid, primary_key=True),
    Column("book_id", Uuid, ForeignKey("books.book_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("hs_code", Text, nullable=False),
    kg("weight_kg"),
    Column("produced_on", Date, nullable=False),
    at("reported_at"),
    Column("reverses", Uuid, ForeignKey("outputs.output_id"), unique=True),
    Column("reference", Text),
    Column("grounds", Text),
    Index(None, "book_id", "reference", postgresql_where=text("reference IS NOT NULL")),
    Index(
        "ix_outputs_reference_key",
        "book_id",
        text(reference_key_of("reference")),
        postgresql_where=text("reference IS NOT NULL"),
    ),
)
"""Products, and scrap (边角料) of a material. A reversal is a new row with the weight negative; the
factory's own ``reference`` is free again then. ``grounds``: how more was made than the book holds
material for, where it was; of a reversal, why."""

output_consumptions = _table(
    "output_consumptions",
    Column("output_id", Uuid, ForeignKey("outputs.output_id"), primary_key=True),
    Column("material_hs", Text, primary_key=True),
    Column("book_id", Uuid, nullable=False, index=True),
    kg("consumed_kg"),
    kg_so_far("loss_kg"),
    ForeignKeyConstraint(
        ["book_id", "material_hs"], ["book_materials.book_id", "book_materials.material_hs"]
    ),
)
"""Material written off by a product (核销), what of it is declared loss, or left as scrap."""

alerts = _table(
    "alerts",
    Column("alert_id", Uuid, primary_key=True),
    Column("book_id", Uuid, ForeignKey("books.book_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("hs_code", Text, nullable=False),
    Column("receipt_id", Uuid, ForeignKey("receipts.receipt_id")),
    Column("deviation", Numeric(20, 10), nullable=False),
    Column("tolerance", Numeric(20, 10), nullable=False),
    Column("state", Text, nullable=False),
    at("raised_at"),
    at("closed_at", nullable=True),
    Column("closed_by", Text),
    Column("reason", Text),
    Column("grounds", Text),
)
"""What went beyond its tolerance, what the factory said to it, and the officer's word on it."""

corrections = _table(
    "corrections",
    Column("correction_id", Uuid, primary_key=True),
    Column("book_id", Uuid, ForeignKey("books.book_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("receipt_id", Uuid, ForeignKey("receipts.receipt_id"), index=True),
    Column("product_hs", Text),
    Column("material_hs", Text),
    Column("former", JSONB, nullable=False),
    Column("becomes", JSONB, nullable=False),
    Column("delta_kg", Numeric(18, 3), nullable=False, server_default="0"),
    Column("grounds", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    at("asked_at"),
    Column("decided_by", Text),
    at("decided_at", nullable=True),
    Column("reason", Text),
    Column("purchase_id", Uuid, ForeignKey("movements.purchase_id")),
)
"""What a factory asks to have put right in its book, what stood there and what is to, and the
officer's word. A received weight is corrected by ``delta_kg``; the receipt itself stays.
Of a load that is written off as lost, or has turned up, it has the ``purchase_id``."""
Index(
    "uq_corrections_one_asked",
    corrections.c.book_id,
    unique=True,
    postgresql_where=text("state = 'ASKED'"),
)
Index(
    "ix_corrections_purchase_id",
    corrections.c.purchase_id,
    postgresql_where=text("purchase_id IS NOT NULL"),
)
