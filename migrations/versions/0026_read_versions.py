"""The version that a person read stands on the events of the case that was read, on no other's.

Revision ID: 0026_read_versions
Revises: 0025_returns
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0026_read_versions"
down_revision = "0025_returns"
branch_labels = None
depends_on = None

FUNCTION = (Path(__file__).parents[1] / "functions" / "record_act.sql").read_text(encoding="utf-8")
FORMER = FUNCTION.replace(", p_actors text[] DEFAULT NULL", "").replace(
    "coalesce(p_actors[i], p_actor)", "p_actor"
)
# Every act ends in it, also those of the version that still runs: whoever may call it still may,
# and what the version before does not give is not asked for.
INSTEAD = """
DO $migration$
DECLARE
    v_callers text;
BEGIN
    SELECT string_agg(DISTINCT a.grantee::regrole::text, ', ') INTO v_callers
    FROM pg_proc AS p, aclexplode(p.proacl) AS a
    WHERE p.oid = 'record_act'::regproc AND a.grantee <> p.proowner AND a.grantee <> 0;
    DROP FUNCTION record_act;
    EXECUTE $function$ {function} $function$;
    REVOKE ALL ON FUNCTION record_act FROM PUBLIC;
    IF v_callers IS NOT NULL THEN
        EXECUTE 'GRANT EXECUTE ON FUNCTION record_act TO ' || v_callers;
    END IF;
END
$migration$
"""


def upgrade() -> None:
    """Let an act say of each of its events who acted."""
    op.execute(INSTEAD.format(function=FUNCTION))


def downgrade() -> None:
    """Let it say so of all of them at once."""
    op.execute(INSTEAD.format(function=FORMER))
