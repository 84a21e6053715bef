"""What wants a lot inspected is one list; how long a selection counts stands beside it.

Revision ID: 0087_wanted
Revises: 0086_compared
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import ONE_DEFINITION, WANTED, function_as_now, function_before

revision = "0087_wanted"
down_revision = "0086_compared"
branch_labels = None
depends_on = None


# Selected lots are some hundred a day, so that all is filled within the lock's patience. Whoever
# moves a lot, of this version or the one before, has it kept: by the database itself.
SELECTIONS = (
    "ALTER TABLE selections ADD COLUMN ended_at timestamptz NOT NULL DEFAULT 'infinity'",
    """
    UPDATE selections AS s SET ended_at = CASE
        WHEN l.state IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED')
            THEN coalesce(l.ended_at, now())
        ELSE '-infinity'
    END
    FROM lots AS l
    WHERE l.lot_id = s.lot_id AND l.state NOT IN ('SUBMITTED', 'IDENTITY_OK', 'IN_INSPECTION')
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_selections_lot_id ON selections (lot_id)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_selections_key_lane_ended_at ON selections (key, lane, ended_at, lot_id)
    """,
)
KEEPERS = ("selection_begins", "selection_ends")
KEPT = """
CREATE TRIGGER selection_ends AFTER UPDATE OF state, ended_at ON lots FOR EACH ROW
WHEN (
    (NEW.state, NEW.ended_at) IS DISTINCT FROM (OLD.state, OLD.ended_at)
    AND (
        NEW.state IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED')
        OR OLD.state = 'IN_INSPECTION' AND NEW.state = 'RELEASED'
        OR OLD.state = 'RELEASED' AND NEW.state = 'IN_INSPECTION'
    )
)
EXECUTE FUNCTION selection_ends()
"""
BEGUN = """
CREATE TRIGGER selection_begins BEFORE INSERT ON selections FOR EACH ROW
EXECUTE FUNCTION selection_begins()
"""
NEW = ("lot_reached", "lot_wanted", "lot_kept_in", "buyer_kept_off", *KEEPERS)


def upgrade() -> None:
    """The functions anew, new ones that the others read, and a column that the database keeps;
    publishing makes the views."""
    for statement in SELECTIONS:
        op.execute(statement)
    for name in NEW:
        op.execute(function_as_now(name))
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(KEPT)
    op.execute(BEGUN)


def downgrade() -> None:
    """As before; publishing makes the views anew."""
    op.execute("DROP TRIGGER selection_ends ON lots")
    op.execute("DROP TRIGGER selection_begins ON selections")
    op.execute("DROP FUNCTION selection_ends()")
    op.execute("DROP FUNCTION selection_begins()")
    op.execute("ALTER TABLE selections DROP COLUMN ended_at CASCADE")
    op.execute("DROP INDEX ix_selections_lot_id")
    op.execute(function_before("lot_kept_in", WANTED))
    op.execute(function_before("lot_reached", ONE_DEFINITION))
    op.execute("DROP FUNCTION lot_wanted(uuid, date)")
    op.execute("DROP FUNCTION buyer_kept_off(text, date)")
    for view in ("v_selections", "v_lot_parties", "v_credit_levels", "v_goods_restrictions"):
        op.execute(f"DROP VIEW IF EXISTS {view} CASCADE")
