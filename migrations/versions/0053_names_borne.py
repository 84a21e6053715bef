"""The names that a party bore before stay with it, so that screening asks the lists about them too.

Revision ID: 0053_names_borne
Revises: 0052_compared
"""

from __future__ import annotations

from alembic import op

revision = "0053_names_borne"
down_revision = "0052_compared"
branch_labels = None
depends_on = None

NAMED = ("groups", "enterprises", "banks", "sellers")
# Whoever writes the other name: a process of the version before keeps the earlier one too.
KEPT = """
    CREATE FUNCTION name_borne() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.name <> ALL (coalesce(NEW.names_before, '{}')) THEN
            NEW.names_before := array_append(NEW.names_before, OLD.name);
        END IF;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    """Columns without a value: who was renamed before this version nobody has kept."""
    op.execute(KEPT)
    for table in NAMED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN names_before text[]")
        op.execute(
            f"CREATE TRIGGER {table}_named BEFORE UPDATE ON {table} FOR EACH ROW"
            " WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION name_borne()"
        )


def downgrade() -> None:
    """Views of the version before know no earlier names."""
    op.execute("DROP VIEW IF EXISTS v_filed_records CASCADE")
    for table in NAMED:
        op.execute(f"DROP VIEW IF EXISTS v_{table} CASCADE")
        op.execute(f"DROP TRIGGER {table}_named ON {table}")
        op.execute(f"ALTER TABLE {table} DROP COLUMN names_before")
    op.execute("DROP FUNCTION name_borne()")
