"""Passkeys (一指通): bound at the registrar's desk; what they agreed to is kept with the act.

Revision ID: 0035_passkeys
Revises: 0034_papers
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

from migrations.function_text import COOLED, function_before

revision = "0035_passkeys"
down_revision = "0034_papers"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0035_passkeys.sql"
PASSKEYS = """
CREATE TABLE passkeys (
    passkey_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    opens_until timestamptz NOT NULL,
    credential_id bytea,
    public_key bytea,
    sign_count bigint NOT NULL DEFAULT 0,
    bound_at timestamptz,
    used_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT pk_passkeys PRIMARY KEY (passkey_id),
    CONSTRAINT uq_passkeys_credential_id UNIQUE (credential_id),
    CONSTRAINT fk_passkeys_resident_id FOREIGN KEY (resident_id) REFERENCES residents,
    CONSTRAINT ck_passkeys_state CHECK (state IN ('OPENED', 'BOUND', 'REPLACED', 'DEAD')),
    CONSTRAINT ck_passkeys_bound CHECK (
        num_nonnulls(credential_id, public_key, bound_at) IN (0, 3)
        AND (state = 'OPENED') = (bound_at IS NULL)
    ),
    CONSTRAINT ck_passkeys_ended CHECK (
        (state IN ('REPLACED', 'DEAD')) = (ended_at IS NOT NULL)
    ),
    CONSTRAINT ck_passkeys_sign_count CHECK (sign_count >= 0)
)
"""
OF_A_RESIDENT = "CREATE INDEX ix_passkeys_resident_id ON passkeys (resident_id)"
TOUCHES = """
CREATE TABLE touches (
    challenge bytea NOT NULL,
    case_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    passkey_id uuid NOT NULL,
    terms text NOT NULL,
    origin text NOT NULL,
    public_key bytea NOT NULL,
    credential_id bytea NOT NULL,
    authenticator_data bytea NOT NULL,
    client_data bytea NOT NULL,
    signature bytea NOT NULL,
    touched_at timestamptz NOT NULL,
    CONSTRAINT pk_touches PRIMARY KEY (challenge),
    CONSTRAINT ck_touches_challenge CHECK (challenge = sha256(convert_to(terms, 'UTF8')))
)
"""
# What a phone has answered is never said otherwise, and nobody takes it back from the record.
GUARDED = """
CREATE TRIGGER touches_are_append_only BEFORE UPDATE OR DELETE ON touches
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
OF_A_CASE = "CREATE INDEX ix_touches_case_id ON touches (case_id)"


def upgrade() -> None:
    """Two tables beside what there is; the version before goes on without them."""
    for statement in (PASSKEYS, OF_A_RESIDENT, TOUCHES, OF_A_CASE, GUARDED, SEED.read_text()):
        op.execute(statement)
    op.execute(function_before("passkey_used", COOLED))
    op.execute("REVOKE ALL ON FUNCTION passkey_used FROM PUBLIC")


def downgrade() -> None:
    """The way back: the log keeps who touched for what, by its digest."""
    op.execute("DROP FUNCTION passkey_used")
    op.execute("DROP VIEW IF EXISTS v_passkeys CASCADE")
    op.execute("DROP VIEW IF EXISTS v_touches CASCADE")
    op.execute("DROP TABLE touches")
    op.execute("DROP TABLE passkeys")
