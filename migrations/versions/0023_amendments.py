"""A mistyped lot is amended before anybody has confirmed; what it said before counts all the same.

Revision ID: 0023_amendments
Revises: 0022_payer_accounts
"""

from alembic import op

from migrations.function_text import (
    AMENDED,
    HAULED,
    OFFERED,
    ONE_DEFINITION,
    PLATES_ON_FILE,
    function_before,
)

revision = "0023_amendments"
down_revision = "0022_payer_accounts"
branch_labels = None
depends_on = None

# A lot that the version before takes is amended by nobody: it has none.
LOTS = "ALTER TABLE lots ADD COLUMN amended_at timestamptz"
# By what screening knows a lot, as it was before: no control and no selection is shaken off.
AMENDMENTS = """
CREATE TABLE lot_amendments (
    lot_id uuid NOT NULL,
    former_version integer NOT NULL,
    amended_at timestamptz NOT NULL,
    plate_key text NOT NULL,
    foreign_plate_key text,
    seller_key text NOT NULL,
    seller_code text,
    seller_bank_bic text NOT NULL,
    CONSTRAINT pk_lot_amendments PRIMARY KEY (lot_id, former_version),
    CONSTRAINT fk_lot_amendments_lot_id FOREIGN KEY (lot_id) REFERENCES lots (lot_id)
)
"""
AMENDMENTS_STAND = (
    "CREATE TRIGGER lot_amendments_are_append_only BEFORE UPDATE OR DELETE ON lot_amendments"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
# A truck has the plates that the lot says.
REACHED = function_before("lot_reached", ONE_DEFINITION, HAULED, OFFERED, PLATES_ON_FILE)


def upgrade() -> None:
    """A table and a column beside what there is; the version before goes on without them."""
    for statement in (LOTS, AMENDMENTS, AMENDMENTS_STAND, REACHED):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; a lot that was amended stays as it became."""
    op.execute(
        function_before("lot_reached", ONE_DEFINITION, HAULED, OFFERED, PLATES_ON_FILE, AMENDED)
    )
    op.execute("DROP VIEW IF EXISTS v_lots_as_declared CASCADE")
    op.execute("DROP TABLE lot_amendments")
    op.execute("ALTER TABLE lots DROP COLUMN amended_at CASCADE")
