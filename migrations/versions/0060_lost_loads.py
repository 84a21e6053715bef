"""A load that is lost between gate and factory is written off with an officer's consent.

Revision ID: 0060_lost_loads
Revises: 0059_goods_gone
"""

from __future__ import annotations

from alembic import op

revision = "0060_lost_loads"
down_revision = "0059_goods_gone"
branch_labels = None
depends_on = None

COLUMNS = (
    "ALTER TABLE movements ADD COLUMN lost_at timestamptz",
    # Corrections are few: they are checked within the lock's patience.
    "-- squawk-ignore-file constraint-missing-not-valid, adding-foreign-key-constraint\n"
    """
    ALTER TABLE corrections
        ADD COLUMN purchase_id uuid,
        ADD CONSTRAINT fk_corrections_purchase_id_movements FOREIGN KEY (purchase_id)
            REFERENCES movements (purchase_id)
    """,
)
KINDS = """
    -- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint
    ALTER TABLE corrections
        DROP CONSTRAINT corrections_kind_check,
        ADD CONSTRAINT corrections_kind_check CHECK (kind IN ({kinds}))
"""
BEFORE = "'RECEIPT', 'CONSUMPTION', 'MATERIAL', 'PERIOD'"
GUARDS = (
    """
    -- squawk-ignore-file constraint-missing-not-valid
    ALTER TABLE corrections
        ADD CONSTRAINT corrections_of_a_load CHECK ((kind = 'LOSS') = (purchase_id IS NOT NULL))
    """,
    # A load is lost once.
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX uq_corrections_one_loss ON corrections (purchase_id)
        WHERE state = 'CONSENTED'
    """,
    # What is lost came to no factory, and an officer was asked.
    """
    CREATE FUNCTION load_is_lost() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.lost_at IS NOT NULL
            OR EXISTS (SELECT FROM receipts WHERE purchase_id = NEW.purchase_id)
            OR NOT EXISTS (
                SELECT FROM corrections AS c
                WHERE c.purchase_id = NEW.purchase_id AND c.kind = 'LOSS' AND c.state = 'ASKED'
            ) THEN
            RAISE EXCEPTION 'purchase % is not to be written off as lost', NEW.purchase_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER movements_lost BEFORE UPDATE ON movements FOR EACH ROW
        WHEN (NEW.lost_at IS DISTINCT FROM OLD.lost_at) EXECUTE FUNCTION load_is_lost()
    """,
    """
    CREATE FUNCTION receipt_is_not_of_the_lost() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM movements
        WHERE purchase_id = NEW.purchase_id AND lost_at IS NOT NULL FOR SHARE;
        IF FOUND THEN
            RAISE EXCEPTION 'purchase % was written off as lost', NEW.purchase_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER receipts_of_the_lost BEFORE INSERT ON receipts
        FOR EACH ROW EXECUTE FUNCTION receipt_is_not_of_the_lost()
    """,
)
# What was asked for stays as it was asked for; an officer decides once.
KEPT = """
    CREATE OR REPLACE FUNCTION correction_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR OLD.state <> 'ASKED' OR NEW.state = 'ASKED'
            OR (NEW.correction_id, NEW.book_id, NEW.kind, NEW.former, NEW.becomes, NEW.delta_kg,
                NEW.grounds, NEW.asked_by, NEW.asked_at)
            IS DISTINCT FROM
                (OLD.correction_id, OLD.book_id, OLD.kind, OLD.former, OLD.becomes, OLD.delta_kg,
                OLD.grounds, OLD.asked_by, OLD.asked_at)
            OR NEW.receipt_id IS DISTINCT FROM OLD.receipt_id
            OR NEW.product_hs IS DISTINCT FROM OLD.product_hs
            OR NEW.material_hs IS DISTINCT FROM OLD.material_hs{also}
        THEN
            RAISE EXCEPTION 'a correction is kept as it was asked for, and decided once'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""
OF_A_LOAD = """
            OR NEW.purchase_id IS DISTINCT FROM OLD.purchase_id"""
BACK = (
    "DROP VIEW IF EXISTS v_corrections, v_deliveries, v_movements CASCADE",
    # The version before would receive what is written off, and knows no such correction.
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM corrections WHERE kind = 'LOSS') THEN
            RAISE EXCEPTION 'a loss was reported, which the version before does not know';
        END IF;
    END $$
    """,
    "DROP TRIGGER receipts_of_the_lost ON receipts",
    "DROP TRIGGER movements_lost ON movements",
    "DROP FUNCTION receipt_is_not_of_the_lost",
    "DROP FUNCTION load_is_lost",
    "ALTER TABLE corrections DROP COLUMN purchase_id",
    "ALTER TABLE movements DROP COLUMN lost_at",
)


def upgrade() -> None:
    """A version that runs beside this one asks for none, and receives none that is lost."""
    for statement in COLUMNS:
        op.execute(statement)
    op.execute(KINDS.format(kinds=f"{BEFORE}, 'LOSS'"))
    for statement in GUARDS:
        op.execute(statement)
    op.execute(KEPT.format(also=OF_A_LOAD))


def downgrade() -> None:
    """There is a way back while no loss was reported."""
    op.execute(KEPT.format(also=""))
    for statement in BACK:
        op.execute(statement)
    op.execute(KINDS.format(kinds=BEFORE))
