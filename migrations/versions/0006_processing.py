"""Landing processing: movements, receipts by weight, e-book periods and their balance.

Revision ID: 0006_processing
Revises: 0006_secondmarket
"""

from __future__ import annotations

from alembic import op

revision = "0006_processing"
down_revision = "0006_secondmarket"
branch_labels = None
depends_on = None

BOOKS = (
    """
    CREATE TABLE movements (
        purchase_id uuid PRIMARY KEY,
        seal_no text NOT NULL CHECK (seal_no <> ''),
        vehicle_plate text NOT NULL CHECK (vehicle_plate <> ''),
        dispatched_at timestamptz NOT NULL
    )
    """,
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
        purchase_id uuid NOT NULL REFERENCES movements,
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
        )
    ),
    *(
        f"CREATE CONSTRAINT TRIGGER {table}_balanced AFTER INSERT OR UPDATE ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " EXECUTE FUNCTION book_balance_is_its_entries()"
        for table in ("book_materials", "receipts", "output_consumptions")
    ),
)

VIEWS = ("v_deliveries", "v_books", "v_alerts")
TABLES = (
    "alerts",
    "output_consumptions",
    "outputs",
    "unit_consumptions",
    "receipts",
    "book_materials",
    "books",
    "movements",
)
FUNCTIONS = (
    "book_takes_entries",
    "book_kept",
    "book_balance_is_its_entries",
    "book_closes_balanced",
)


def upgrade() -> None:
    """Create the tables and their guards."""
    for statement in (*BOOKS, *GUARDS):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the views over them are dropped first."""
    for view in VIEWS:
        op.execute(f"DROP VIEW IF EXISTS {view} CASCADE")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
