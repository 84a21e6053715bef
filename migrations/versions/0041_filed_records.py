"""Which records were on file before their filings said by a digest what they filed.

Revision ID: 0041_filed_records
Revises: 0040_hand_answers
"""

from __future__ import annotations

from alembic import op

revision = "0041_filed_records"
down_revision = "0040_hand_answers"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE records_before (
    register text NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_records_before PRIMARY KEY (register, name)
)
"""
# Under the names by which v_filed_records, v_filed_law and v_filed_vehicles call them.
FILL = """
INSERT INTO records_before (register, name)
SELECT 'ports', port FROM ports
UNION ALL
SELECT 'residents', 'res_' || replace(resident_id::text, '-', '') FROM residents
UNION ALL
SELECT DISTINCT 'resident_filings', 'res_' || replace(resident_id::text, '-', '')
FROM resident_filings
UNION ALL
SELECT 'groups', code_key FROM groups
UNION ALL
SELECT DISTINCT 'memberships', group_code || ' res_' || replace(resident_id::text, '-', '')
FROM memberships
UNION ALL
SELECT DISTINCT 'mandates', group_code || ' res_' || replace(resident_id::text, '-', '')
FROM mandates
UNION ALL
SELECT 'enterprises', enterprise_code FROM enterprises
UNION ALL
SELECT DISTINCT 'processing_filings', enterprise_code || ' ' || hs_prefix FROM processing_filings
UNION ALL
SELECT 'officers', badge_no FROM officers
UNION ALL
SELECT DISTINCT 'conflicts', 'ofc_' || replace(officer_id::text, '-', '') || ' ' || party
FROM conflicts
UNION ALL
SELECT DISTINCT 'officer_duties', 'ofc_' || replace(officer_id::text, '-', '') FROM officer_duties
UNION ALL
SELECT DISTINCT 'pool_changes', 'imp_' || replace(filing_id::text, '-', '') FROM pool_changes
UNION ALL
SELECT 'banks', bic FROM banks
UNION ALL
SELECT DISTINCT 'rota_places', bic FROM rota_places
UNION ALL
SELECT DISTINCT 'bank_keys', bic FROM bank_keys
UNION ALL
SELECT 'signatories', party || ' ' || subject || ' ' || duty FROM signatories
UNION ALL
SELECT 'payer_accounts', party_key || ' ' || bank_bic FROM payer_accounts
UNION ALL
SELECT 'sellers', code_key FROM sellers
UNION ALL
SELECT 'commodities', hs_code FROM commodities
UNION ALL
SELECT DISTINCT 'port_origins', port || ' ' || country FROM port_origins
UNION ALL
SELECT DISTINCT 'goods_restrictions', kind || ' ' || hs_prefix FROM goods_restrictions
UNION ALL
SELECT 'vehicles', plate_key || ' '
    || to_char(declared_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM vehicles
"""
# It is what it was at this migration, for ever.
CLOSED = """
CREATE TRIGGER records_before_stay BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON records_before
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
BACK = (
    "DROP VIEW IF EXISTS v_records_before",
    "DROP TABLE records_before",
)


def upgrade() -> None:
    """Keep their names, once; of what is filed from now on the log says a digest."""
    op.execute(TABLE)
    op.execute(FILL)
    op.execute(CLOSED)


def downgrade() -> None:
    """Drop the names; the digests stay in the log, where nobody compares them."""
    for statement in BACK:
        op.execute(statement)
