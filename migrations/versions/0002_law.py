"""The law: legal parameters, commodity codes, goods restrictions, origins by port.

Revision ID: 0002_law
Revises: 0001_platform
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002_law"
down_revision = "0001_platform"
branch_labels = None
depends_on = None

SEED = Path(__file__).parent.parent / "seeds" / "0002_law.sql"

# What holds from a day to a day never overlaps for one record: temporal keys over a generated
# range. btree_gist lets them compare plain columns beside it.
GOODS = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """
    CREATE TABLE port_origins (
        port text NOT NULL,
        country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
        effective_from date NOT NULL,
        effective_to date,
        authority text NOT NULL,
        valid daterange GENERATED ALWAYS AS (daterange(effective_from, effective_to)) STORED
            NOT NULL,
        CONSTRAINT pk_port_origins PRIMARY KEY (port, country, valid WITHOUT OVERLAPS),
        CONSTRAINT port_origins_period CHECK (effective_to > effective_from)
    )
    """,
    """
    CREATE TABLE goods_restrictions (
        kind text NOT NULL CHECK (kind IN ('NOT_EXEMPT', 'PROHIBITED')),
        hs_prefix text NOT NULL CHECK (hs_prefix ~ '^[0-9]{2,13}$'),
        effective_from date NOT NULL,
        effective_to date,
        authority text NOT NULL,
        sample boolean NOT NULL,
        valid daterange GENERATED ALWAYS AS (daterange(effective_from, effective_to)) STORED
            NOT NULL,
        CONSTRAINT pk_goods_restrictions PRIMARY KEY (kind, hs_prefix, valid WITHOUT OVERLAPS),
        CONSTRAINT goods_restrictions_period CHECK (effective_to > effective_from)
    )
    """,
    """
    CREATE TABLE commodities (
        hs_code text PRIMARY KEY CHECK (hs_code ~ '^[0-9]{4}([0-9]{2}){0,3}([0-9]{3})?$'),
        name_zh text NOT NULL,
        name_en text NOT NULL,
        perishable boolean NOT NULL,
        processing_rule text
            CHECK (processing_rule IN ('NONE', 'CTSH', 'CTH', 'CC', 'PROCESS_LIST')),
        processes text[] NOT NULL DEFAULT '{}',
        sample boolean NOT NULL DEFAULT false
    )
    """,
)

POLICY = (
    # A change takes two officers, and two approved rows never cover one day.
    """
    CREATE TABLE policy_parameters (
        policy_id uuid PRIMARY KEY,
        key text NOT NULL CHECK (key ~ '^[a-z]+([.][a-z0-9_]+)+$'),
        scope text NOT NULL DEFAULT '',
        value jsonb NOT NULL,
        authority text NOT NULL CHECK (authority <> ''),
        effective_from date NOT NULL,
        effective_to date,
        proposed_by text NOT NULL,
        proposed_at timestamptz NOT NULL DEFAULT now(),
        approved_by text,
        approved_at timestamptz,
        in_force daterange GENERATED ALWAYS AS (
            CASE WHEN approved_at IS NOT NULL THEN daterange(effective_from, effective_to) END
        ) STORED,
        CONSTRAINT policy_parameters_period CHECK (effective_to > effective_from),
        CONSTRAINT policy_parameters_approval
            CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
        CONSTRAINT policy_parameters_four_eyes CHECK (approved_by <> proposed_by),
        CONSTRAINT policy_parameters_once UNIQUE (key, scope, in_force WITHOUT OVERLAPS)
    )
    """,
    """
    CREATE TABLE policy_version (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        version bigint NOT NULL
    )
    """,
    "INSERT INTO policy_version (version) VALUES (1)",
    """
    CREATE FUNCTION policy_version_bump() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE policy_version SET version = version + 1;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION policy_approved_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.approved_at IS NULL THEN
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.effective_to IS NULL
           -- What is generated is not yet there.
           AND to_jsonb(NEW) - ARRAY['effective_to', 'in_force']
               = to_jsonb(OLD) - ARRAY['effective_to', 'in_force'] THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'an approved legal parameter is only ended, never changed or deleted'
            USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER policy_parameters_kept BEFORE UPDATE OR DELETE ON policy_parameters
        FOR EACH ROW EXECUTE FUNCTION policy_approved_is_kept()
    """,
    """
    CREATE TRIGGER policy_parameters_version AFTER INSERT OR UPDATE OR DELETE
        ON policy_parameters
        FOR EACH STATEMENT EXECUTE FUNCTION policy_version_bump()
    """,
)

VIEWS = (
    "v_policy_rows",
    "v_policy_version",
    "v_port_origins",
    "v_goods_restrictions",
    "v_commodities",
)

TABLES = (
    "policy_version",
    "policy_parameters",
    "commodities",
    "goods_restrictions",
    "port_origins",
)


def upgrade() -> None:
    """Create the tables and file what the law and the sample lists say."""
    for statement in (*GOODS, *POLICY):
        op.execute(statement)
    for statement in SEED.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop them; the views over them are dropped first."""
    for view in VIEWS:
        op.execute(f"DROP VIEW IF EXISTS {view} CASCADE")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION policy_version_bump()")
    op.execute("DROP FUNCTION policy_approved_is_kept()")
