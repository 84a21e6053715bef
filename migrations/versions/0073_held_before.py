"""Who held an account before stays with it, so that screening asks the lists about them too.

Revision ID: 0073_held_before
Revises: 0071_absences_by_two
"""

from __future__ import annotations

from alembic import op

revision = "0073_held_before"
down_revision = "0071_absences_by_two"
branch_labels = None
depends_on = None

KEY = "regexp_replace(lower(normalize({account}, NFKC)), '[^a-z0-9]+', '', 'g')"
# Whoever writes: a process of the version before keeps the earlier account and its holder too.
KEPT = (
    """
    CREATE FUNCTION payer_account_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.held_before := coalesce(OLD.held_before, '[]') || jsonb_build_object(
            'hash', encode(OLD.account_hash, 'hex'), 'sealed', encode(OLD.sealed, 'hex'),
            'until', extract(EPOCH FROM now())
        );
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE FUNCTION seller_account_held() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.held_before := coalesce(OLD.held_before, '[]') || jsonb_build_object(
            'bank', left(OLD.bank_bic, 8), 'account', OLD.account,
            'key', {KEY.format(account="OLD.account")}, 'until', extract(EPOCH FROM now())
        );
        RETURN NEW;
    END $$
    """,
    "ALTER TABLE payer_accounts ADD COLUMN held_before jsonb",
    "ALTER TABLE sellers ADD COLUMN held_before jsonb",
    """
    CREATE TRIGGER payer_accounts_held BEFORE UPDATE ON payer_accounts FOR EACH ROW
    WHEN ((OLD.account_hash, OLD.sealed) IS DISTINCT FROM (NEW.account_hash, NEW.sealed))
    EXECUTE FUNCTION payer_account_held()
    """,
    """
    CREATE TRIGGER sellers_held BEFORE UPDATE ON sellers FOR EACH ROW
    WHEN ((OLD.bank_bic, OLD.account) IS DISTINCT FROM (NEW.bank_bic, NEW.account))
    EXECUTE FUNCTION seller_account_held()
    """,
)
# Payers and sellers on file are some thousand: built within the lock's patience. What is filed is
# in its place at once, so that no payment reads what waits for one.
FOUND_BY = (
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_payer_accounts_held_before ON payer_accounts
    USING gin (held_before jsonb_path_ops) WITH (fastupdate = off)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_sellers_held_before ON sellers
    USING gin (held_before jsonb_path_ops) WITH (fastupdate = off)
    """,
    f"""
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_sellers_account_key ON sellers
    ((left(bank_bic, 8)), ({KEY.format(account="account")}))
    """,
)
BACK = (
    "DROP VIEW IF EXISTS v_filed_records, v_payer_accounts, v_seller_accounts CASCADE",
    "DROP INDEX ix_sellers_account_key",
    "DROP TRIGGER payer_accounts_held ON payer_accounts",
    "DROP TRIGGER sellers_held ON sellers",
    "ALTER TABLE payer_accounts DROP COLUMN held_before",
    "ALTER TABLE sellers DROP COLUMN held_before",
    "DROP FUNCTION payer_account_held()",
    "DROP FUNCTION seller_account_held()",
)


def upgrade() -> None:
    """Columns without a value: who held an account before this version nobody has kept."""
    for statement in (*KEPT, *FOUND_BY):
        op.execute(statement)


def downgrade() -> None:
    """Views of the version before know no earlier holders."""
    for statement in BACK:
        op.execute(statement)
