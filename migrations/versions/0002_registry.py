"""Who and what: residents, groups, enterprises, officers, banks, ports.

Revision ID: 0002_registry
Revises: 0002_law
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002_registry"
down_revision = "0002_law"
branch_labels = None
depends_on = None

SEED = Path(__file__).parent.parent / "seeds" / "0002_registry.sql"

# What holds from a day to a day never overlaps for one record, and a mandate is one of a member's:
# temporal keys over a generated range. A membership and the mandates on it change in one act, hence
# deferred.
PEOPLE = (
    """
    CREATE TABLE ports (
        port text PRIMARY KEY CHECK (port ~ '^[A-Z]{3,20}$'),
        name_zh text NOT NULL,
        name_en text NOT NULL,
        customs_office char(4) NOT NULL,
        active boolean NOT NULL DEFAULT true
    )
    """,
    """
    CREATE TABLE residents (
        resident_id uuid PRIMARY KEY,
        resident_no_hash bytea NOT NULL,
        sealed bytea NOT NULL,
        CONSTRAINT uq_residents_resident_no_hash UNIQUE (resident_no_hash)
    )
    """,
    # A renewal is a row beside what was filed before: each holds from its first day until the next
    # one's, so yesterday's truck is judged by yesterday's filing.
    """
    CREATE TABLE resident_filings (
        resident_id uuid NOT NULL REFERENCES residents,
        filed_on date NOT NULL,
        valid_until date NOT NULL,
        filing_no text NOT NULL,
        filing_key text NOT NULL,
        ends_on date NOT NULL,
        valid daterange GENERATED ALWAYS AS (daterange(filed_on, ends_on)) STORED NOT NULL,
        CONSTRAINT pk_resident_filings PRIMARY KEY (resident_id, valid WITHOUT OVERLAPS),
        CONSTRAINT resident_filings_period
            CHECK (ends_on > filed_on AND ends_on <= valid_until + 1),
        CONSTRAINT resident_filings_of_one EXCLUDE USING gist (
            filing_key WITH =, resident_id WITH <>)
    )
    """,
    # Asked by every submission: the filing of that day, from this index alone.
    "CREATE INDEX ix_resident_filings_resident_id"
    " ON resident_filings (resident_id, filed_on, valid_until)",
    """
    CREATE TABLE groups (
        group_code text PRIMARY KEY,
        code_key text NOT NULL,
        name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('mutual_aid', 'cooperative')),
        port text NOT NULL REFERENCES ports,
        leader_id uuid REFERENCES residents,
        CONSTRAINT uq_groups_code_key UNIQUE (code_key)
    )
    """,
    """
    CREATE TABLE memberships (
        group_code text NOT NULL REFERENCES groups,
        resident_id uuid NOT NULL REFERENCES residents,
        joined_on date NOT NULL,
        left_on date,
        valid daterange GENERATED ALWAYS AS (daterange(joined_on, left_on)) STORED NOT NULL,
        CONSTRAINT pk_memberships PRIMARY KEY (group_code, resident_id, valid WITHOUT OVERLAPS),
        CONSTRAINT memberships_period CHECK (left_on > joined_on)
    )
    """,
    # Covers the question of every submission, "is this resident in that group today?": answered
    # from this index alone. At equal cost the planner takes the key's GiST index, six times slower.
    "CREATE INDEX ix_memberships_resident_id"
    " ON memberships (resident_id, group_code, joined_on, left_on)",
    """
    CREATE TABLE mandates (
        group_code text NOT NULL REFERENCES groups,
        resident_id uuid NOT NULL REFERENCES residents,
        given_on date NOT NULL,
        ended_on date,
        valid daterange GENERATED ALWAYS AS (daterange(given_on, ended_on)) STORED NOT NULL,
        CONSTRAINT pk_mandates PRIMARY KEY (group_code, resident_id, valid WITHOUT OVERLAPS),
        CONSTRAINT mandates_period CHECK (ended_on > given_on),
        CONSTRAINT mandates_of_a_member
            FOREIGN KEY (group_code, resident_id, PERIOD valid)
            REFERENCES memberships (group_code, resident_id, PERIOD valid)
            DEFERRABLE INITIALLY DEFERRED
    )
    """,
    "CREATE INDEX ix_mandates_group_code ON mandates (group_code, resident_id, given_on, ended_on)",
)

PARTIES = (
    """
    CREATE TABLE enterprises (
        enterprise_code char(10) PRIMARY KEY CHECK (enterprise_code ~ '^[0-9]{9}[0-9A-Z]$'),
        credit_code char(18) NOT NULL,
        name text NOT NULL,
        port text NOT NULL REFERENCES ports,
        CONSTRAINT uq_enterprises_credit_code UNIQUE (credit_code)
    )
    """,
    """
    CREATE TABLE processing_filings (
        enterprise_code char(10) NOT NULL REFERENCES enterprises,
        hs_prefix text NOT NULL CHECK (hs_prefix ~ '^[0-9]{2,13}$'),
        filed_from date NOT NULL,
        filed_to date,
        yearly_capacity_kg numeric(18, 3) NOT NULL CHECK (yearly_capacity_kg > 0),
        filing_no text NOT NULL,
        valid daterange GENERATED ALWAYS AS (daterange(filed_from, filed_to)) STORED NOT NULL,
        CONSTRAINT pk_processing_filings
            PRIMARY KEY (enterprise_code, hs_prefix, valid WITHOUT OVERLAPS),
        CONSTRAINT processing_filings_period CHECK (filed_to > filed_from)
    )
    """,
    """
    CREATE TABLE officers (
        officer_id uuid PRIMARY KEY,
        badge_no text NOT NULL,
        sealed bytea NOT NULL,
        port text NOT NULL REFERENCES ports,
        team text NOT NULL,
        skills text[] NOT NULL DEFAULT '{}',
        active boolean NOT NULL DEFAULT true,
        CONSTRAINT uq_officers_badge_no UNIQUE (badge_no)
    )
    """,
    """
    CREATE TABLE conflicts (
        officer_id uuid NOT NULL REFERENCES officers,
        party text NOT NULL,
        declared_on date NOT NULL,
        ended_on date,
        valid daterange GENERATED ALWAYS AS (daterange(declared_on, ended_on)) STORED NOT NULL,
        CONSTRAINT pk_conflicts PRIMARY KEY (officer_id, party, valid WITHOUT OVERLAPS),
        CONSTRAINT conflicts_period CHECK (ended_on > declared_on)
    )
    """,
    """
    CREATE TABLE banks (
        bic text PRIMARY KEY CHECK (bic ~ '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$'),
        name text NOT NULL,
        public_key jsonb NOT NULL,
        rota_order integer,
        currencies text[] NOT NULL,
        CONSTRAINT uq_banks_rota_order UNIQUE (rota_order)
    )
    """,
    """
    CREATE TABLE signatories (
        party text NOT NULL,
        subject text NOT NULL,
        duty text NOT NULL CHECK (duty IN ('compliance')),
        active boolean NOT NULL,
        PRIMARY KEY (party, subject, duty)
    )
    """,
    """
    CREATE TABLE sellers (
        seller_code text PRIMARY KEY,
        code_key text NOT NULL,
        name text NOT NULL,
        name_key text NOT NULL,
        country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
        bank_bic text NOT NULL CHECK (bank_bic ~ '^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$'),
        account text NOT NULL,
        CONSTRAINT uq_sellers_code_key UNIQUE (code_key),
        CONSTRAINT uq_sellers_name_key_bank_bic UNIQUE (name_key, bank_bic)
    )
    """,
)

VIEWS = (
    "v_residents",
    "v_resident_filings",
    "v_groups",
    "v_memberships",
    "v_enterprises",
    "v_processing_filings",
    "v_officers",
    "v_conflicts",
    "v_banks",
    "v_signatories",
    "v_sellers",
    "v_ports",
)

TABLES = (
    "sellers",
    "signatories",
    "banks",
    "conflicts",
    "officers",
    "processing_filings",
    "enterprises",
    "mandates",
    "memberships",
    "groups",
    "resident_filings",
    "residents",
    "ports",
)


def upgrade() -> None:
    """Create the tables and file the ports."""
    for statement in (*PEOPLE, *PARTIES):
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
