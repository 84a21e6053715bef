"""What came back: a load that was lost is waited for again, and money that returned is reported.

Revision ID: 0065_found_loads
Revises: 0064_one_truck
"""

from __future__ import annotations

from alembic import op

revision = "0065_found_loads"
down_revision = "0064_one_truck"
branch_labels = None
depends_on = None

# Corrections are few: they are checked within the lock's patience.
KINDS = """
    -- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint
    ALTER TABLE corrections
        DROP CONSTRAINT corrections_kind_check,
        ADD CONSTRAINT corrections_kind_check CHECK (
            kind IN ('RECEIPT', 'CONSUMPTION', 'MATERIAL', 'PERIOD', 'LOSS'{more})
        ),
        DROP CONSTRAINT corrections_of_a_load,
        ADD CONSTRAINT corrections_of_a_load
            CHECK ((kind IN ('LOSS'{more})) = (purchase_id IS NOT NULL))
"""
# What was found may be lost again: that each follows the other, the trigger holds.
INDEX = (
    "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX uq_corrections_one_loss",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_corrections_purchase_id ON corrections (purchase_id)"
    " WHERE purchase_id IS NOT NULL",
)
# What is lost came to no factory, and what is found was lost; an officer was asked of either.
LOST = """
    CREATE OR REPLACE FUNCTION load_is_lost() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {not_so}
            OR EXISTS (SELECT FROM receipts WHERE purchase_id = NEW.purchase_id)
            OR NOT EXISTS (
                SELECT FROM corrections AS c
                WHERE c.purchase_id = NEW.purchase_id AND c.kind = {kind} AND c.state = 'ASKED'
            ) THEN
            RAISE EXCEPTION 'purchase % is not to be written off as lost', NEW.purchase_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""
BEFORE = LOST.format(not_so="OLD.lost_at IS NOT NULL", kind="'LOSS'")
EITHER = LOST.format(
    not_so="(OLD.lost_at IS NULL) = (NEW.lost_at IS NULL)",
    kind="CASE WHEN NEW.lost_at IS NULL THEN 'FOUND' ELSE 'LOSS' END",
).replace("written off as lost'", "written off as lost, or found'")
# Payments are many: what is reported of them is held to less than before, so nothing is validated.
REPORTS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE payment_reports
        DROP CONSTRAINT ck_payment_reports_kind,
        DROP CONSTRAINT ck_payment_reports_bop_code,
        ADD CONSTRAINT ck_payment_reports_kind
            CHECK (kind IN ('BALANCE_OF_PAYMENTS', 'LARGE_VALUE'{more})) NOT VALID,
        ADD CONSTRAINT ck_payment_reports_bop_code
            CHECK ((kind <> 'LARGE_VALUE') = (bop_code IS NOT NULL)) NOT VALID
"""
BACK = (
    "DELETE FROM payment_reports WHERE kind = 'BALANCE_OF_PAYMENTS_RETURN'",
    # The version before would show it as lost for ever.
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM corrections WHERE kind = 'FOUND') THEN
            RAISE EXCEPTION 'a lost load was found, which the version before does not know';
        END IF;
    END $$
    """,
    "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_corrections_purchase_id",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE UNIQUE INDEX uq_corrections_one_loss ON corrections (purchase_id)"
    " WHERE state = 'CONSENTED'",
)


def upgrade() -> None:
    """A version that runs beside this one asks for none, and reads the load as on its way."""
    returned = REPORTS.format(more=", 'BALANCE_OF_PAYMENTS_RETURN'")
    for statement in (KINDS.format(more=", 'FOUND'"), *INDEX, EITHER, returned):
        op.execute(statement)


def downgrade() -> None:
    """There is a way back while nothing was found."""
    for statement in (*BACK, BEFORE, KINDS.format(more=""), REPORTS.format(more="")):
        op.execute(statement)
