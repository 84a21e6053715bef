"""What is declared without its truck's manifest weighs in a figure of its own.

Revision ID: 0090_unnamed
Revises: 0089_seen
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import RECORDED, UNNAMED, function_before

revision = "0090_unnamed"
down_revision = "0089_seen"
branch_labels = None
depends_on = None

# What a version before has taken counts as it did, as under a manifest: null.
FIGURES = (
    """
    ALTER TABLE truck_loads ADD COLUMN unnamed_kg numeric(18, 3) NOT NULL DEFAULT 0,
        ADD COLUMN unnamed_most_kg numeric(18, 3) NOT NULL DEFAULT 0,
        ADD CONSTRAINT ck_truck_loads_unnamed
            CHECK (unnamed_kg >= 0 AND unnamed_kg <= unnamed_most_kg) NOT VALID
    """,
    """
    ALTER TABLE lots ADD COLUMN loaded_named boolean[],
        ADD CONSTRAINT ck_lots_loaded_named
            CHECK (cardinality(loaded_named) = cardinality(loaded_plates)) NOT VALID
    """,
)
# As a version before counts: by the order in which lots are declared.
ONE_FIGURE = (
    """
    UPDATE truck_loads SET loaded_kg = loaded_kg + unnamed_kg,
        rated_kg = greatest(rated_kg, loaded_kg + unnamed_kg)
    WHERE unnamed_kg > 0
    """,
    "ALTER TABLE truck_loads DROP COLUMN unnamed_kg, DROP COLUMN unnamed_most_kg",
    "ALTER TABLE lots DROP COLUMN loaded_named",
)


def upgrade() -> None:
    """Lots that are declared from now on say by which figure they count."""
    for statement in (*FIGURES, function_before("lot_leave", RECORDED)):
        op.execute(statement)


def downgrade() -> None:
    """All lots of an entry count in one figure again."""
    for statement in (function_before("lot_leave", RECORDED, UNNAMED), *ONE_FIGURE):
        op.execute(statement)
