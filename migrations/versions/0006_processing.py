"""Landing processing: orders, purchases, receipts by weight, e-book periods and their balance.

Revision ID: 0006_processing
Revises: 0005_settlement
"""

from __future__ import annotations

from alembic import op

revision = "0006_processing"
down_revision = "0005_settlement"
branch_labels = None
depends_on = None

BUYING = (
    """
    CREATE TABLE factory_orders (
        order_id uuid PRIMARY KEY,
        enterprise_code char(10) NOT NULL,
        reference text NOT NULL,
        hs_code text NOT NULL CHECK (hs_code ~ '^[0-9]{4}([0-9]{2}){0,3}([0-9]{3})?$'),
        wanted_kg numeric(18, 3) NOT NULL CHECK (wanted_kg > 0),
        bought_kg numeric(18, 3) NOT NULL DEFAULT 0 CHECK (bought_kg >= 0),
        unit_price numeric(20, 10) NOT NULL CHECK (unit_price > 0),
        currency char(3) NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT uq_factory_orders_enterprise_code_reference UNIQUE (enterprise_code, reference)
    )
    """,
    """
    CREATE TABLE purchases (
        purchase_id uuid PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES factory_orders,
        lot_id uuid NOT NULL,
        enterprise_code char(10) NOT NULL,
        hs_code text NOT NULL,
        net_kg numeric(18, 3) NOT NULL CHECK (net_kg > 0),
        price_minor bigint NOT NULL CHECK (price_minor > 0),
        currency char(3) NOT NULL,
        bought_at timestamptz NOT NULL,
        CONSTRAINT uq_purchases_lot_id UNIQUE (lot_id)
    )
    """,
    "CREATE INDEX ix_purchases_order_id ON purchases (order_id)",
    """
    CREATE TABLE purchase_incomes (
        purchase_id uuid NOT NULL REFERENCES purchases,
        ticket_id uuid NOT NULL,
        resident_id uuid NOT NULL,
        net_kg numeric(18, 3) NOT NULL CHECK (net_kg > 0),
        proceeds_minor bigint NOT NULL CHECK (proceeds_minor >= 0),
        cost_minor bigint NOT NULL CHECK (cost_minor >= 0),
        currency char(3) NOT NULL,
        PRIMARY KEY (purchase_id, ticket_id)
    )
    """,
    "CREATE INDEX ix_purchase_incomes_resident_id ON purchase_incomes (resident_id)",
    # The price is split over the residents to the last unit, and their weights make the lot.
    """
    CREATE FUNCTION purchase_is_split() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        proceeds bigint;
        weight numeric;
    BEGIN
        SELECT sum(proceeds_minor), sum(net_kg) INTO proceeds, weight
        FROM purchase_incomes WHERE purchase_id = NEW.purchase_id;
        IF proceeds IS DISTINCT FROM NEW.price_minor OR weight IS DISTINCT FROM NEW.net_kg THEN
            RAISE EXCEPTION 'purchase % is not split over its tickets exactly', NEW.purchase_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER purchases_split AFTER INSERT OR UPDATE ON purchases
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION purchase_is_split()
    """,
    """
    CREATE TABLE movements (
        purchase_id uuid PRIMARY KEY REFERENCES purchases,
        seal_no text NOT NULL CHECK (seal_no <> ''),
        vehicle_plate text NOT NULL CHECK (vehicle_plate <> ''),
        dispatched_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE capacity_years (
        enterprise_code char(10) NOT NULL,
        hs_prefix text NOT NULL,
        year integer NOT NULL,
        bought_kg numeric(18, 3) NOT NULL CHECK (bought_kg >= 0),
        capacity_kg numeric(18, 3) NOT NULL,
        PRIMARY KEY (enterprise_code, hs_prefix, year),
        CONSTRAINT capacity_years_kept CHECK (bought_kg <= capacity_kg)
    )
    """,
)

BOOKS = (
    """
    CREATE TABLE books (
        book_id uuid PRIMARY KEY,
        enterprise_code char(10) NOT NULL,
        port text NOT NULL,
        period_from date NOT NULL,
        period_to date NOT NULL,
        state text NOT NULL CHECK (state IN ('OPEN', 'ALERTED', 'CLOSED')),
        opened_at timestamptz NOT NULL,
        ran_out_at timestamptz,
        closed_at timestamptz,
        CONSTRAINT books_period CHECK (period_to >= period_from),
        CONSTRAINT books_closed_at CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL)),
        CONSTRAINT books_one_per_day EXCLUDE USING gist (
            enterprise_code WITH =, daterange(period_from, period_to, '[]') WITH &&)
    )
    """,
    "CREATE UNIQUE INDEX uq_books_one_open ON books (enterprise_code) WHERE state <> 'CLOSED'",
    """
    CREATE TABLE book_materials (
        book_id uuid NOT NULL REFERENCES books,
        material_hs text NOT NULL,
        opening_kg numeric(18, 3) NOT NULL DEFAULT 0 CHECK (opening_kg >= 0),
        received_kg numeric(18, 3) NOT NULL DEFAULT 0 CHECK (received_kg >= 0),
        consumed_kg numeric(18, 3) NOT NULL DEFAULT 0 CHECK (consumed_kg >= 0),
        scrap_kg numeric(18, 3) NOT NULL DEFAULT 0 CHECK (scrap_kg >= 0),
        closing_kg numeric(18, 3) CHECK (closing_kg >= 0),
        unexplained_kg numeric(18, 3) GENERATED ALWAYS AS (
            opening_kg + received_kg - consumed_kg - scrap_kg - COALESCE(closing_kg, 0)) STORED,
        PRIMARY KEY (book_id, material_hs),
        CONSTRAINT book_materials_matter_is_kept CHECK (
            scrap_kg + COALESCE(closing_kg, 0) <= opening_kg + received_kg)
    )
    """,
    """
    CREATE TABLE receipts (
        receipt_id uuid PRIMARY KEY,
        purchase_id uuid NOT NULL REFERENCES purchases,
        book_id uuid NOT NULL,
        material_hs text NOT NULL,
        bought_kg numeric(18, 3) NOT NULL CHECK (bought_kg > 0),
        received_kg numeric(18, 3) NOT NULL CHECK (received_kg > 0),
        seal_intact boolean NOT NULL,
        received_at timestamptz NOT NULL,
        CONSTRAINT uq_receipts_purchase_id UNIQUE (purchase_id),
        FOREIGN KEY (book_id, material_hs) REFERENCES book_materials
    )
    """,
    "CREATE INDEX ix_receipts_book_id ON receipts (book_id)",
    """
    CREATE TABLE unit_consumptions (
        book_id uuid NOT NULL,
        product_hs text NOT NULL,
        material_hs text NOT NULL,
        net numeric(20, 10) NOT NULL CHECK (net > 0),
        loss_rate numeric(20, 10) NOT NULL CHECK (loss_rate >= 0 AND loss_rate < 1),
        unit numeric(20, 10) NOT NULL CHECK (unit = round(net / (1 - loss_rate), 10)),
        processing_rule text NOT NULL,
        processes text[] NOT NULL DEFAULT '{}',
        declared_at timestamptz NOT NULL,
        PRIMARY KEY (book_id, product_hs, material_hs),
        FOREIGN KEY (book_id, material_hs) REFERENCES book_materials
    )
    """,
    """
    CREATE TABLE outputs (
        output_id uuid PRIMARY KEY,
        book_id uuid NOT NULL REFERENCES books,
        kind text NOT NULL CHECK (kind IN ('PRODUCT', 'SCRAP')),
        hs_code text NOT NULL,
        weight_kg numeric(18, 3) NOT NULL CHECK (weight_kg <> 0),
        produced_on date NOT NULL,
        reported_at timestamptz NOT NULL,
        reverses uuid REFERENCES outputs,
        CONSTRAINT uq_outputs_reverses UNIQUE (reverses),
        CONSTRAINT outputs_reversal CHECK ((weight_kg < 0) = (reverses IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_outputs_book_id ON outputs (book_id)",
    """
    CREATE TABLE output_consumptions (
        output_id uuid NOT NULL REFERENCES outputs,
        material_hs text NOT NULL,
        book_id uuid NOT NULL,
        consumed_kg numeric(18, 3) NOT NULL CHECK (consumed_kg <> 0),
        PRIMARY KEY (output_id, material_hs),
        FOREIGN KEY (book_id, material_hs) REFERENCES book_materials
    )
    """,
    "CREATE INDEX ix_output_consumptions_book_id ON output_consumptions (book_id)",
    """
    CREATE TABLE alerts (
        alert_id uuid PRIMARY KEY,
        book_id uuid NOT NULL REFERENCES books,
        kind text NOT NULL CHECK (kind IN ('RECEIPT', 'YIELD', 'BALANCE', 'SEAL')),
        hs_code text NOT NULL,
        receipt_id uuid REFERENCES receipts,
        deviation numeric(20, 10) NOT NULL,
        tolerance numeric(20, 10) NOT NULL,
        state text NOT NULL CHECK (state IN ('RAISED', 'ACCEPTED', 'REOPENED')),
        raised_at timestamptz NOT NULL,
        closed_at timestamptz,
        closed_by text,
        reason text,
        CONSTRAINT alerts_closed_with_a_reason CHECK (
            CASE WHEN state = 'RAISED'
                THEN closed_at IS NULL AND closed_by IS NULL AND reason IS NULL
                ELSE closed_at IS NOT NULL AND closed_by IS NOT NULL AND length(reason) >= 3
            END)
    )
    """,
    "CREATE INDEX ix_alerts_book_id ON alerts (book_id)",
)

GUARDS = (
    """
    CREATE FUNCTION book_takes_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM books WHERE book_id = NEW.book_id AND state = 'OPEN' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'book % is not open', NEW.book_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION book_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'entries of a book are never changed or deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    # The balance of a material is the sum of its entries, whoever wrote it.
    """
    CREATE FUNCTION book_balance_is_its_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM book_materials AS m
        WHERE m.book_id = NEW.book_id AND (
            m.received_kg <> (SELECT COALESCE(sum(r.received_kg), 0) FROM receipts AS r
                WHERE r.book_id = m.book_id AND r.material_hs = m.material_hs)
            OR m.consumed_kg <> (SELECT COALESCE(sum(c.consumed_kg), 0)
                FROM output_consumptions AS c JOIN outputs AS o USING (output_id)
                WHERE c.book_id = m.book_id AND c.material_hs = m.material_hs
                    AND o.kind = 'PRODUCT')
            OR m.scrap_kg <> (SELECT COALESCE(sum(c.consumed_kg), 0)
                FROM output_consumptions AS c JOIN outputs AS o USING (output_id)
                WHERE c.book_id = m.book_id AND c.material_hs = m.material_hs
                    AND o.kind = 'SCRAP'));
        IF FOUND THEN
            RAISE EXCEPTION 'the balance of book % differs from its entries', NEW.book_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION book_closes_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state = 'CLOSED' THEN
            RAISE EXCEPTION 'book % is closed for good', OLD.book_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.state = 'CLOSED' AND (
            EXISTS (SELECT FROM alerts WHERE book_id = NEW.book_id AND state = 'RAISED')
            OR EXISTS (SELECT FROM book_materials
                WHERE book_id = NEW.book_id AND closing_kg IS NULL)) THEN
            RAISE EXCEPTION 'book % has open alerts or uncounted stock', NEW.book_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER books_close BEFORE UPDATE ON books
        FOR EACH ROW EXECUTE FUNCTION book_closes_balanced()
    """,
    *(
        f"CREATE TRIGGER {table}_open BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION book_takes_entries()"
        for table in ("receipts", "unit_consumptions", "outputs", "output_consumptions")
    ),
    *(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION book_kept()"
        for table in (
            "receipts",
            "unit_consumptions",
            "outputs",
            "output_consumptions",
            "purchase_incomes",
        )
    ),
    *(
        f"CREATE CONSTRAINT TRIGGER {table}_balanced AFTER INSERT OR UPDATE ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " EXECUTE FUNCTION book_balance_is_its_entries()"
        for table in ("book_materials", "receipts", "output_consumptions")
    ),
)

VIEWS = ("v_purchases", "v_books", "v_alerts", "v_resident_incomes", "v_factory_orders")
TABLES = (
    "alerts",
    "output_consumptions",
    "outputs",
    "unit_consumptions",
    "receipts",
    "book_materials",
    "books",
    "capacity_years",
    "movements",
    "purchase_incomes",
    "purchases",
    "factory_orders",
)
FUNCTIONS = (
    "purchase_is_split",
    "book_takes_entries",
    "book_kept",
    "book_balance_is_its_entries",
    "book_closes_balanced",
)


def upgrade() -> None:
    """Create the tables and their guards."""
    for statement in (*BUYING, *BOOKS, *GUARDS):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the views over them are dropped first."""
    for view in VIEWS:
        op.execute(f"DROP VIEW IF EXISTS {view} CASCADE")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
