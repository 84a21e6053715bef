"""Webhooks: where a party wants to be told what happens to its cases.

A webhook keeps its own place in the event log, so nothing is queued per event: what is not
delivered yet is what stands in the log after that place.

Revision ID: 0013_webhooks
Revises: 0009_one_wording
"""

from __future__ import annotations

from alembic import op

revision = "0013_webhooks"
down_revision = "0009_one_wording"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE webhooks (
            webhook_id uuid PRIMARY KEY,
            party text NOT NULL,
            subject text NOT NULL,
            role text NOT NULL,
            port text,
            url text NOT NULL,
            secret_sealed bytea NOT NULL,
            secret_before_sealed bytea,
            secret_before_until timestamptz,
            event_types text[],
            state text NOT NULL CONSTRAINT ck_webhooks_state
                CHECK (state IN ('ACTIVE', 'SUSPENDED', 'REMOVED')),
            version integer NOT NULL DEFAULT 1,
            after_xid bigint NOT NULL CONSTRAINT ck_webhooks_xid CHECK (after_xid >= 0),
            after_number bigint NOT NULL CONSTRAINT ck_webhooks_number CHECK (after_number >= 0),
            attempts integer NOT NULL DEFAULT 0,
            failing_since timestamptz,
            last_error text,
            last_delivered_at timestamptz,
            passed_over integer NOT NULL DEFAULT 0,
            passed_xid bigint,
            passed_number bigint,
            due_at timestamptz NOT NULL,
            leased_until timestamptz NOT NULL,
            created_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX ix_webhooks_party ON webhooks (party, webhook_id)")
    op.execute("CREATE INDEX ix_webhooks_due ON webhooks (due_at) WHERE state = 'ACTIVE'")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE webhooks")
