"""Whoever says that a use of the own name was not oneself is heard by two registrars.

Revision ID: 0061_name_reports
Revises: 0060_lost_loads
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0061_name_reports"
down_revision = "0060_lost_loads"
branch_labels = None
depends_on = None

HERE = Path(__file__).parents[1]
SEED = HERE / "seeds" / "0061_name_reports.sql"
CALL_IN = HERE / "functions" / "lot_call_in_for_name.sql"
TABLE = """
CREATE TABLE name_reports (
    report_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    state text NOT NULL,
    reported_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    found text,
    found_at timestamptz,
    decided_at timestamptz,
    quota_back boolean NOT NULL DEFAULT false,
    CONSTRAINT pk_name_reports PRIMARY KEY (report_id),
    CONSTRAINT uq_name_reports_lot_id_resident_id UNIQUE (lot_id, resident_id),
    CONSTRAINT fk_name_reports_lot_id FOREIGN KEY (lot_id) REFERENCES lots (lot_id),
    CONSTRAINT ck_name_reports_state
        CHECK (state IN ('REPORTED', 'FOUND', 'UPHELD', 'DISMISSED')),
    CONSTRAINT ck_name_reports_found CHECK (
        (found IS NULL) = (state = 'REPORTED') AND (found_at IS NULL) = (found IS NULL)
    ),
    CONSTRAINT ck_name_reports_decided
        CHECK ((decided_at IS NULL) = (state IN ('REPORTED', 'FOUND'))),
    CONSTRAINT ck_name_reports_quota_back CHECK (NOT quota_back OR state = 'UPHELD')
)
"""
INDEXES = (
    "CREATE INDEX ix_name_reports_resident_id_report_id ON name_reports (resident_id, report_id)",
    "CREATE INDEX ix_name_reports_open ON name_reports (report_id) WHERE decided_at IS NULL",
)


def upgrade() -> None:
    """A table and a function; the version before lets the gate open as it did."""
    for statement in (TABLE, *INDEXES):
        op.execute(statement)
    op.execute(CALL_IN.read_text(encoding="utf-8"))
    op.execute("REVOKE ALL ON FUNCTION lot_call_in_for_name FROM PUBLIC")
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Take them away. An approved parameter is never deleted; nobody asks for it then."""
    op.execute("DROP FUNCTION lot_call_in_for_name")
    op.execute("DROP VIEW IF EXISTS v_name_reports CASCADE")
    op.execute("DROP TABLE name_reports")
