"""What leaves after the gate has recorded its truck's entry stays a part of that entry's load.

Revision ID: 0096_entry_keeps
Revises: 0095_declarants_named
"""

from __future__ import annotations

from typing import Final

from alembic import op

from migrations.function_text import RECORDED, function_as_now, function_before

revision = "0096_entry_keeps"
down_revision = "0095_declarants_named"
branch_labels = None
depends_on = None

# Of the days whose loads are compared with their lots: an older one decides nothing any more. What
# was declared beyond the rated load, because this was given back, stays declared.
KEPT: Final = """
    UPDATE truck_loads AS t SET loaded_kg = t.loaded_kg {and_then} k.kg,
        rated_kg = greatest(t.rated_kg, t.loaded_kg {and_then} k.kg)
    FROM (
        SELECT u.plate_key, l.port, u.entered_at, sum(l.gross_kg) AS kg
        FROM gate_passes AS g JOIN lots AS l USING (lot_id)
        CROSS JOIN LATERAL unnest(l.loaded_plates, l.loaded_entries) AS u (plate_key, entered_at)
        WHERE g.passed_at > now() - interval '33 days'
            AND (u.entered_at AT TIME ZONE 'Asia/Shanghai')::time = '00:00'
            AND truck_came_in(u.plate_key, l.port, u.entered_at, g.passed_at)
        GROUP BY u.plate_key, l.port, u.entered_at
    ) AS k
    WHERE (t.plate_key, t.port, t.entered_at) = (k.plate_key, k.port, k.entered_at)
"""


def upgrade() -> None:
    """So it is with what has left in the last days, too."""
    op.execute(function_as_now("truck_came_in"))
    op.execute("REVOKE ALL ON FUNCTION truck_came_in FROM PUBLIC")
    op.execute(function_as_now("lot_leave"))
    op.execute(KEPT.format(and_then="+"))


def downgrade() -> None:
    """It makes room again, as in the version before."""
    op.execute(KEPT.format(and_then="-"))
    op.execute(function_before("lot_leave", RECORDED))
    op.execute("DROP FUNCTION truck_came_in")
