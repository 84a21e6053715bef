"""Heads are sealed at intervals: every seal under one root and one signature, linked to the last.

Revision ID: 0024_seals
Revises: 0023_amendments
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0024_seals"
down_revision = "0023_amendments"
branch_labels = None
depends_on = None

FILES = Path(__file__).parents[1] / "functions"
SEALS = """
CREATE TABLE seals (
    number bigint NOT NULL,
    sealed_at timestamptz NOT NULL,
    before_xid bigint NOT NULL,
    cut_short boolean NOT NULL,
    root bytea NOT NULL,
    previous bytea NOT NULL,
    public_key bytea NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT pk_seals PRIMARY KEY (number),
    CONSTRAINT uq_seals_previous UNIQUE (previous),
    CONSTRAINT ck_seals_number CHECK (number > 0),
    CONSTRAINT ck_seals_hashes CHECK (length(root) = 32 AND length(previous) = 32),
    CONSTRAINT ck_seals_signature CHECK (length(public_key) = 32 AND length(signature) = 64)
)
"""
# The leaves are there before the root that is computed of them.
SEALED_HEADS = """
CREATE TABLE sealed_heads (
    number bigint NOT NULL,
    case_id uuid NOT NULL,
    seq integer NOT NULL,
    hash bytea NOT NULL,
    salt bytea NOT NULL,
    CONSTRAINT pk_sealed_heads PRIMARY KEY (number, case_id),
    CONSTRAINT fk_sealed_heads_number FOREIGN KEY (number) REFERENCES seals (number)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck_sealed_heads_seq CHECK (seq > 0),
    CONSTRAINT ck_sealed_heads_hash CHECK (length(hash) = 32 AND length(salt) = 16)
)
"""
LATEST = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_sealed_heads_case_id_number ON sealed_heads (case_id, number)
"""
APPEND_ONLY = """
CREATE TRIGGER {table}_are_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NOT_TRUNCATED = """
CREATE TRIGGER {table}_are_not_truncated BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
FUNCTIONS = {
    "seal_begin(integer)": "seal_begin.sql",
    "seal_keep(bigint, timestamptz, bigint, boolean, bytea, bytea, bytea, bytea)": "seal_keep.sql",
}
POLICY = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7e01-8c01-2d4b8f6a0024', 'platform.seal_minutes', '', '60',
     'DA: an hour at most is open to whoever runs the database, to be confirmed by the operator',
     '2020-01-01', 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08')
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Create tables and functions, nobody's to call unless granted, and say how often is sealed."""
    op.execute(SEALS)
    op.execute(SEALED_HEADS)
    op.execute(LATEST)
    for table in ("seals", "sealed_heads"):
        op.execute(APPEND_ONLY.format(table=table))
        op.execute(NOT_TRUNCATED.format(table=table))
    for name, file in FUNCTIONS.items():
        op.execute((FILES / file).read_text(encoding="utf-8"))
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(POLICY)


def downgrade() -> None:
    """Drop them. The legal parameter stays: an approved one is never deleted.

    Once a seal is published the way back is closed: a second chain of seals under the same key
    would say otherwise of the same log.
    """
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM seals) THEN
                RAISE EXCEPTION 'the log was sealed, and a seal is not taken back';
            END IF;
        END $$
        """
    )
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP TABLE sealed_heads, seals")
