"""Money that was paid for goods which never come has a desk, and goes back through the ledger.

Revision ID: 0059_goods_gone
Revises: 0058_void_purchases
"""

from __future__ import annotations

from alembic import op

revision = "0059_goods_gone"
down_revision = "0058_void_purchases"
branch_labels = None
depends_on = None

# Rows of before keep what they were held to, which is less: nothing is left to validate.
FINDINGS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE bank_disputes DROP CONSTRAINT ck_bank_disputes_finding,
        ADD CONSTRAINT ck_bank_disputes_finding
            CHECK (finding IN ('RECORD_STANDS', 'MONEY_RETURNED', 'PAID_OUTSIDE'{more})) NOT VALID
"""
KINDS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE ledger_transactions DROP CONSTRAINT ck_ledger_transactions_kind,
        ADD CONSTRAINT ck_ledger_transactions_kind
            CHECK (kind IN ('RESERVE', 'POST', 'VOID'{more})) NOT VALID
"""
# A dispute about goods that are gone is about no word of the bank; of a payment there is one.
DISPUTES = (
    """
    -- squawk-ignore ban-drop-not-null
    ALTER TABLE bank_disputes ALTER COLUMN report_id DROP NOT NULL,
        -- squawk-ignore ban-drop-not-null
        ALTER COLUMN line_no DROP NOT NULL,
        ADD COLUMN returned_on date
    """,
    FINDINGS.format(more=", 'RETURNED', 'KEPT'"),
    """
    ALTER TABLE bank_disputes
        ADD CONSTRAINT ck_bank_disputes_word CHECK (
            (report_id IS NULL) = (disposition = 'GOODS_GONE')
            AND (line_no IS NULL) = (report_id IS NULL)
        ) NOT VALID,
        ADD CONSTRAINT ck_bank_disputes_returned CHECK (
            (finding IS NOT DISTINCT FROM 'RETURNED') = (returned_on IS NOT NULL)
        ) NOT VALID
    """,
    # Disputes are a few a day: an index on them is built in a moment.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE UNIQUE INDEX uq_bank_disputes_goods_gone ON bank_disputes (instruction_id)"
    " WHERE disposition = 'GOODS_GONE'",
)
RETURNS = """
    ALTER TABLE settlement_instructions
        ADD COLUMN returned_at timestamptz,
        ADD COLUMN returned_on date,
        ADD CONSTRAINT ck_settlement_instructions_returned CHECK (
            (returned_at IS NULL) = (returned_on IS NULL)
            AND (returned_at IS NULL OR state = 'SETTLED')
        ) NOT VALID
"""
# What the ledger holds stays: to the version before it is a transaction like any other.
BACK = (
    "DROP VIEW IF EXISTS v_bank_disputes",
    "DROP VIEW IF EXISTS v_settlements CASCADE",
    """
    UPDATE cases AS c SET holder = 'nobody'
    FROM bank_disputes AS d JOIN settlement_instructions AS i USING (instruction_id)
    WHERE c.case_id = d.instruction_id AND d.disposition = 'GOODS_GONE'
        AND i.ended_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM bank_disputes AS o WHERE o.instruction_id = d.instruction_id
                AND o.disposition <> 'GOODS_GONE' AND o.resolved_at IS NULL
        )
    """,
    "DELETE FROM case_waits WHERE code = 'GOODS_GONE'",
    "DELETE FROM bank_disputes WHERE disposition = 'GOODS_GONE'",
    "DROP INDEX uq_bank_disputes_goods_gone",
    """
    ALTER TABLE bank_disputes
        DROP CONSTRAINT ck_bank_disputes_word, DROP CONSTRAINT ck_bank_disputes_returned
    """,
    FINDINGS.format(more=""),
    """
    ALTER TABLE bank_disputes DROP COLUMN returned_on,
        ALTER COLUMN report_id SET NOT NULL, ALTER COLUMN line_no SET NOT NULL
    """,
    """
    ALTER TABLE settlement_instructions
        DROP CONSTRAINT ck_settlement_instructions_returned,
        DROP COLUMN returned_at, DROP COLUMN returned_on
    """,
    KINDS.format(more=""),
)


def upgrade() -> None:
    """The version before opens no such dispute, and books no return."""
    for statement in (*DISPUTES, RETURNS, KINDS.format(more=", 'RETURN'")):
        op.execute(statement)


def downgrade() -> None:
    """Take it away; a payment that came back is one that was made, of which nothing is drawn."""
    for statement in BACK:
        op.execute(statement)
