"""Books that add up and prices that banks stand behind.

A period ends on the day of its count; scrap within the declared process loss is in unit consumption
already; what was written wrong is corrected with an officer's consent; every purchase has a day by
which it is received; a report of products or scrap bears the factory's own reference.

Revision ID: 0020_books_and_prices
Revises: 0019_bank_words
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0020_books_and_prices"
down_revision = "0019_bank_words"
branch_labels = None
depends_on = None

SEED = Path(__file__).parent.parent / "seeds" / "0020_books_and_prices.sql"

BOOKS = (
    # Books, alerts, prices and firm quotes are few: what is checked or indexed is within the lock's
    # patience. A constraint that is dropped gives way in the same statement to a wider one.
    "-- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint\n"
    "-- squawk-ignore-file require-concurrent-index-creation\n"
    "ALTER TABLE books ADD COLUMN ended_on date, ADD COLUMN counted_on date",
    # A book that is closed is closed for good; only what it covers is written here.
    "ALTER TABLE books DISABLE TRIGGER books_close",
    """
    UPDATE books AS b SET counted_on = (
        SELECT (max(e.occurred_at) AT TIME ZONE 'Asia/Shanghai')::date FROM events AS e
        WHERE e.case_id = b.book_id AND e.type = 'StockCounted')
    WHERE state <> 'OPEN'
    """,
    """
    UPDATE books SET ended_on = greatest(period_from, least(period_to,
        coalesce(counted_on, (closed_at AT TIME ZONE 'Asia/Shanghai')::date)))
    WHERE closed_at IS NOT NULL
    """,
    "ALTER TABLE books ENABLE TRIGGER books_close",
    """
    ALTER TABLE books
        ADD CONSTRAINT books_ended_on
            CHECK (ended_on IS NULL
                OR ended_on BETWEEN period_from AND period_to AND state = 'CLOSED'),
        DROP CONSTRAINT books_one_per_day,
        ADD CONSTRAINT books_one_per_day EXCLUDE USING gist (enterprise_code WITH =,
            daterange(period_from, COALESCE(ended_on, period_to), '[]') WITH &&)
    """,
    "ALTER TABLE outputs ADD COLUMN reference text, ADD COLUMN grounds text",
    """
    CREATE INDEX ix_outputs_book_id_reference ON outputs (book_id, reference)
    WHERE reference IS NOT NULL
    """,
    "ALTER TABLE output_consumptions ADD COLUMN loss_kg numeric(18, 3) NOT NULL DEFAULT 0",
    "ALTER TABLE book_materials ADD COLUMN loss_kg numeric(18, 3) NOT NULL DEFAULT 0",
    # What is made already, in books that are not closed: by the loss that was declared for it.
    "ALTER TABLE output_consumptions DISABLE TRIGGER USER",
    """
    UPDATE output_consumptions AS c SET loss_kg = round(c.consumed_kg * u.loss_rate, 3)
    FROM outputs AS o, unit_consumptions AS u, books AS b
    WHERE o.output_id = c.output_id AND o.kind = 'PRODUCT' AND b.book_id = c.book_id
        AND b.state <> 'CLOSED' AND u.book_id = c.book_id AND u.product_hs = o.hs_code
        AND u.material_hs = c.material_hs
    """,
    "ALTER TABLE output_consumptions ENABLE TRIGGER USER",
    "ALTER TABLE book_materials DISABLE TRIGGER USER",
    """
    UPDATE book_materials AS m SET loss_kg = c.loss_kg
    FROM (
        SELECT book_id, material_hs, sum(loss_kg) AS loss_kg FROM output_consumptions
        GROUP BY book_id, material_hs
    ) AS c
    WHERE c.book_id = m.book_id AND c.material_hs = m.material_hs AND c.loss_kg <> 0
    """,
    "ALTER TABLE book_materials ENABLE TRIGGER USER",
    """
    ALTER TABLE book_materials ALTER COLUMN unexplained_kg SET EXPRESSION AS (
        opening_kg + received_kg - consumed_kg - GREATEST(scrap_kg - loss_kg, 0)
            - COALESCE(closing_kg, 0))
    """,
    "ALTER TABLE alerts ADD COLUMN grounds text",
    """
    ALTER TABLE alerts
        DROP CONSTRAINT alerts_kind_check,
        ADD CONSTRAINT alerts_kind_check
            CHECK (kind IN ('RECEIPT', 'YIELD', 'BALANCE', 'SEAL', 'OVERDRAWN'))
    """,
)

CORRECTIONS = (
    """
    CREATE TABLE corrections (
        correction_id uuid PRIMARY KEY,
        book_id uuid NOT NULL REFERENCES books,
        kind text NOT NULL CHECK (kind IN ('RECEIPT', 'CONSUMPTION', 'MATERIAL', 'PERIOD')),
        receipt_id uuid REFERENCES receipts,
        product_hs text,
        material_hs text,
        former jsonb NOT NULL,
        becomes jsonb NOT NULL,
        delta_kg numeric(18, 3) NOT NULL DEFAULT 0,
        grounds text NOT NULL CHECK (length(grounds) >= 3),
        state text NOT NULL CHECK (state IN ('ASKED', 'CONSENTED', 'REFUSED')),
        asked_by text NOT NULL,
        asked_at timestamptz NOT NULL,
        decided_by text,
        decided_at timestamptz,
        reason text,
        CONSTRAINT corrections_of_a_receipt CHECK ((kind = 'RECEIPT') = (receipt_id IS NOT NULL)),
        CONSTRAINT corrections_weigh CHECK (delta_kg = 0 OR kind = 'RECEIPT'),
        CONSTRAINT corrections_decided_with_a_reason CHECK (
            CASE WHEN state = 'ASKED'
                THEN num_nonnulls(decided_by, decided_at, reason) = 0
                ELSE num_nonnulls(decided_by, decided_at) = 2 AND length(reason) >= 3
            END)
    )
    """,
    "CREATE INDEX ix_corrections_book_id ON corrections (book_id)",
    "CREATE INDEX ix_corrections_receipt_id ON corrections (receipt_id)",
    "CREATE UNIQUE INDEX uq_corrections_one_asked ON corrections (book_id) WHERE state = 'ASKED'",
    # What was asked for stays as it was asked for; an officer decides once.
    """
    CREATE FUNCTION correction_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.state <> 'ASKED' OR NEW.state = 'ASKED'
            OR (NEW.correction_id, NEW.book_id, NEW.kind, NEW.former, NEW.becomes, NEW.delta_kg,
                NEW.grounds, NEW.asked_by, NEW.asked_at)
            IS DISTINCT FROM
                (OLD.correction_id, OLD.book_id, OLD.kind, OLD.former, OLD.becomes, OLD.delta_kg,
                OLD.grounds, OLD.asked_by, OLD.asked_at)
            OR NEW.receipt_id IS DISTINCT FROM OLD.receipt_id
            OR NEW.product_hs IS DISTINCT FROM OLD.product_hs
            OR NEW.material_hs IS DISTINCT FROM OLD.material_hs
        THEN
            RAISE EXCEPTION 'a correction is kept as it was asked for, and decided once'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER corrections_kept BEFORE UPDATE OR DELETE ON corrections
        FOR EACH ROW EXECUTE FUNCTION correction_kept()
    """,
    """
    CREATE CONSTRAINT TRIGGER corrections_balanced AFTER INSERT OR UPDATE ON corrections
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        EXECUTE FUNCTION book_balance_is_its_entries()
    """,
    # Unit consumption changes, or goes, while nothing that stands is made by it.
    """
    CREATE FUNCTION consumption_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM outputs AS o LEFT JOIN outputs AS r ON r.reverses = o.output_id
            WHERE o.book_id = OLD.book_id AND o.kind = 'PRODUCT' AND o.hs_code = OLD.product_hs
                AND o.reverses IS NULL AND r.output_id IS NULL
        ) OR NOT EXISTS (
            SELECT FROM corrections AS c
            WHERE c.book_id = OLD.book_id AND c.state = 'ASKED'
                AND c.kind IN ('CONSUMPTION', 'MATERIAL') AND c.material_hs = OLD.material_hs
        ) THEN
            RAISE EXCEPTION 'unit consumption is kept once something is made by it'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    "DROP TRIGGER unit_consumptions_kept ON unit_consumptions",
    """
    CREATE TRIGGER unit_consumptions_kept BEFORE UPDATE OR DELETE ON unit_consumptions
        FOR EACH ROW EXECUTE FUNCTION consumption_kept()
    """,
)

RECEIVED = "(SELECT COALESCE(sum(r.received_kg), 0) FROM receipts AS r \
WHERE r.book_id = m.book_id AND r.material_hs = m.material_hs)"
CORRECTED = "(SELECT COALESCE(sum(c.delta_kg), 0) FROM corrections AS c \
WHERE c.book_id = m.book_id AND c.material_hs = m.material_hs AND c.state = 'CONSENTED')"


def balance_is_its_entries(received: str) -> str:
    """The guard of a material's balance: the sum of its entries, and of the corrections of them."""
    return f"""
    CREATE OR REPLACE FUNCTION book_balance_is_its_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM book_materials AS m
        WHERE m.book_id = NEW.book_id AND (
            m.received_kg <> {received}
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
    """


def closes_balanced(waits: str) -> str:
    """The guard of a book's closing: everything counted, and nothing left for an officer."""
    return f"""
    CREATE OR REPLACE FUNCTION book_closes_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.state = 'CLOSED' THEN
            RAISE EXCEPTION 'book % is closed for good', OLD.book_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.state = 'CLOSED' AND (
            EXISTS (SELECT FROM alerts WHERE book_id = NEW.book_id AND state = 'RAISED')
            {waits}OR EXISTS (SELECT FROM book_materials
                WHERE book_id = NEW.book_id AND closing_kg IS NULL)) THEN
            RAISE EXCEPTION 'book % has open alerts or uncounted stock', NEW.book_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """


ASKED = """OR EXISTS (SELECT FROM corrections WHERE book_id = NEW.book_id AND state = 'ASKED')
            """

PURCHASES = (
    "ALTER TABLE purchases ADD COLUMN due_on date",
    "ALTER TABLE purchases DISABLE TRIGGER USER",
    """
    UPDATE purchases SET due_on = (bought_at AT TIME ZONE 'Asia/Shanghai')::date + (
        SELECT (value #>> '{}')::integer FROM policy_parameters
        WHERE key = 'process.receive_days' AND scope = '' ORDER BY effective_from LIMIT 1)
    """,
    "ALTER TABLE purchases ENABLE TRIGGER USER",
)

PRICES = (
    "CREATE INDEX ix_firm_quotes_pair_locked_at ON firm_quotes (pair, locked_at)",
    "ALTER TABLE bank_quotes ADD COLUMN withdrawn_at timestamptz",
    "ALTER TABLE pooled_prices ADD COLUMN ended_at timestamptz, ADD COLUMN volume numeric(20, 2)",
    # The versions before were in force until the next one; they do not come back when that ends.
    """
    UPDATE pooled_prices AS p SET ended_at = greatest(p.valid_from, n.valid_from)
    FROM pooled_prices AS n
    WHERE n.pair = p.pair AND n.version = p.version + 1 AND n.valid_from < p.valid_until
    """,
    """
    ALTER TABLE pooled_prices
        ADD CONSTRAINT ck_pooled_prices_ended CHECK (ended_at >= valid_from)
    """,
)

ROTA = (
    """
    CREATE TABLE rota_places (
        bic text NOT NULL REFERENCES banks,
        rota_order integer NOT NULL CHECK (rota_order > 0),
        joined_on date NOT NULL,
        left_on date,
        valid daterange GENERATED ALWAYS AS (daterange(joined_on, left_on)) STORED,
        CONSTRAINT ck_rota_places_period CHECK (left_on > joined_on),
        CONSTRAINT pk_rota_places PRIMARY KEY (bic, valid WITHOUT OVERLAPS),
        CONSTRAINT ex_rota_places_rota_order EXCLUDE USING gist (rota_order WITH =, valid WITH &&)
    )
    """,
    # Whoever is on the rota has been since its first day, as far as anybody knows.
    """
    INSERT INTO rota_places (bic, rota_order, joined_on)
    SELECT bic, rota_order, (
        SELECT min((value #>> '{}')::date) FROM policy_parameters WHERE key = 'fx.rota_start_on')
    FROM banks WHERE rota_order IS NOT NULL
    """,
    # The place that a bank is filed with holds from the day after: the day's duty, and what was
    # dealt on it, stays as it is. Before anybody is on the rota there is no duty to keep.
    """
    CREATE FUNCTION rota_dated() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
        begins date := today + CASE
            WHEN EXISTS (SELECT FROM rota_places WHERE valid @> today) THEN 1 ELSE 0 END;
    BEGIN
        DELETE FROM rota_places AS p USING filed AS f
        WHERE p.bic = f.bic AND p.joined_on >= begins
            AND p.rota_order IS DISTINCT FROM f.rota_order;
        UPDATE rota_places AS p SET left_on = begins FROM filed AS f
        WHERE p.bic = f.bic AND p.left_on IS NULL AND p.rota_order IS DISTINCT FROM f.rota_order;
        INSERT INTO rota_places (bic, rota_order, joined_on)
        SELECT f.bic, f.rota_order, begins FROM filed AS f
        WHERE f.rota_order IS NOT NULL AND NOT EXISTS (
            SELECT FROM rota_places AS p WHERE p.bic = f.bic AND p.left_on IS NULL);
        RETURN NULL;
    END $$
    """,
    *(
        f"CREATE TRIGGER banks_rota_dated_{act.lower()} AFTER {act} ON banks"
        " REFERENCING NEW TABLE AS filed FOR EACH STATEMENT EXECUTE FUNCTION rota_dated()"
        for act in ("INSERT", "UPDATE")
    ),
)

BACK = (
    "DROP VIEW IF EXISTS v_rota CASCADE",
    "DROP TRIGGER banks_rota_dated_insert ON banks",
    "DROP TRIGGER banks_rota_dated_update ON banks",
    "DROP FUNCTION rota_dated()",
    "DROP TABLE rota_places",
    "DROP VIEW IF EXISTS v_purchases, v_deliveries, v_books, v_prices CASCADE",
    "ALTER TABLE pooled_prices DROP COLUMN ended_at, DROP COLUMN volume",
    "ALTER TABLE bank_quotes DROP COLUMN withdrawn_at",
    "DROP INDEX ix_firm_quotes_pair_locked_at",
    "ALTER TABLE purchases DROP COLUMN due_on",
    "DROP TRIGGER unit_consumptions_kept ON unit_consumptions",
    """
    CREATE TRIGGER unit_consumptions_kept BEFORE UPDATE OR DELETE ON unit_consumptions
        FOR EACH ROW EXECUTE FUNCTION book_kept()
    """,
    # The former version knows no difference beside a receipt: the receipt says what stands.
    "ALTER TABLE receipts DISABLE TRIGGER USER",
    """
    UPDATE receipts AS r SET received_kg = r.received_kg + c.delta_kg
    FROM (
        SELECT receipt_id, sum(delta_kg) AS delta_kg FROM corrections
        WHERE state = 'CONSENTED' AND receipt_id IS NOT NULL GROUP BY receipt_id
    ) AS c
    WHERE c.receipt_id = r.receipt_id
    """,
    "ALTER TABLE receipts ENABLE TRIGGER USER",
    "DROP TABLE corrections",
    "DROP FUNCTION consumption_kept()",
    "DROP FUNCTION correction_kept()",
    # The former version knows no such alert, nor a book that ends before its last day.
    "UPDATE alerts SET kind = 'YIELD' WHERE kind = 'OVERDRAWN'",
    "ALTER TABLE books DISABLE TRIGGER books_close",
    "UPDATE books SET period_to = ended_on, ended_on = NULL WHERE ended_on < period_to",
    "ALTER TABLE books ENABLE TRIGGER books_close",
    """
    ALTER TABLE alerts
        DROP COLUMN grounds,
        DROP CONSTRAINT alerts_kind_check,
        ADD CONSTRAINT alerts_kind_check CHECK (kind IN ('RECEIPT', 'YIELD', 'BALANCE', 'SEAL'))
    """,
    """
    ALTER TABLE book_materials ALTER COLUMN unexplained_kg SET EXPRESSION AS (
        opening_kg + received_kg - consumed_kg - scrap_kg - COALESCE(closing_kg, 0))
    """,
    "ALTER TABLE book_materials DROP COLUMN loss_kg",
    "ALTER TABLE output_consumptions DROP COLUMN loss_kg",
    "ALTER TABLE outputs DROP COLUMN reference, DROP COLUMN grounds",
    """
    ALTER TABLE books
        DROP CONSTRAINT books_ended_on,
        DROP CONSTRAINT books_one_per_day,
        ADD CONSTRAINT books_one_per_day EXCLUDE USING gist (
            enterprise_code WITH =, daterange(period_from, period_to, '[]') WITH &&),
        DROP COLUMN ended_on,
        DROP COLUMN counted_on
    """,
)


def upgrade() -> None:
    """File the new legal parameters, then change the tables by them."""
    for statement in SEED.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in (*BOOKS, *CORRECTIONS, *PURCHASES, *PRICES, *ROTA):
        op.execute(statement)
    op.execute(balance_is_its_entries(f"{RECEIVED} + {CORRECTED}"))
    op.execute(closes_balanced(ASKED))


def downgrade() -> None:
    """The way back. Approved parameters are never deleted."""
    op.execute(balance_is_its_entries(RECEIVED))
    op.execute(closes_balanced(""))
    for statement in BACK:
        op.execute(statement)
