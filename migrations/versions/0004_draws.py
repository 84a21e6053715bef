"""Seeds of verifiable draws, and the draws of persons and places under them.

Revision ID: 0004_draws
Revises: 0003_declaration
"""

from pathlib import Path

from alembic import op

revision = "0004_draws"
down_revision = "0003_declaration"
branch_labels = None
depends_on = None

# One open seed per port and day. A revealed seed is the committed one, or it is not stored.
DRAW_SEEDS = """
CREATE TABLE draw_seeds (
    seed_id uuid NOT NULL,
    port text NOT NULL,
    business_on date NOT NULL,
    round integer NOT NULL,
    commitment bytea NOT NULL,
    sealed bytea NOT NULL,
    committed_at timestamptz NOT NULL,
    closed_by text,
    closed_at timestamptz,
    revealed bytea,
    CONSTRAINT pk_draw_seeds PRIMARY KEY (seed_id),
    CONSTRAINT uq_draw_seeds_port_business_on_round UNIQUE (port, business_on, round),
    CONSTRAINT ck_draw_seeds_commitment CHECK (length(commitment) = 32),
    CONSTRAINT ck_draw_seeds_closed CHECK ((closed_at IS NULL) = (revealed IS NULL)),
    CONSTRAINT ck_draw_seeds_true CHECK (sha256(revealed) = commitment)
)
"""
CASE_DRAWS = """
CREATE TABLE case_draws (
    case_id text NOT NULL,
    draw_no integer NOT NULL,
    purpose text NOT NULL,
    seed_id uuid NOT NULL,
    subject text NOT NULL,
    eligible text[] NOT NULL,
    drawn text[] NOT NULL,
    drawn_at timestamptz NOT NULL,
    CONSTRAINT pk_case_draws PRIMARY KEY (case_id, draw_no, purpose),
    CONSTRAINT fk_case_draws_seed_id FOREIGN KEY (seed_id) REFERENCES draw_seeds (seed_id),
    CONSTRAINT ck_case_draws_purpose CHECK (purpose IN ('officers', 'examiners', 'bay')),
    CONSTRAINT ck_case_draws_drawn CHECK (
        drawn <@ eligible AND cardinality(drawn) = CASE purpose WHEN 'bay' THEN 1 ELSE 2 END
    )
)
"""
INDEXES = (
    "CREATE UNIQUE INDEX uq_draw_seeds_open ON draw_seeds (port, business_on)"
    " WHERE closed_at IS NULL",
    "CREATE INDEX ix_case_draws_seed_id ON case_draws (seed_id)",
)
FUNCTIONS = ("draw_seed_commit", "case_draws_keep")
# Draws are never changed; of a seed only its closing is written.
KEPT = (
    "CREATE TRIGGER case_draws_are_append_only BEFORE UPDATE OR DELETE ON case_draws"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER draw_seeds_are_kept BEFORE DELETE ON draw_seeds"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)


def upgrade() -> None:
    """Create the tables, and the functions by which whoever draws writes into them."""
    for statement in (DRAW_SEEDS, CASE_DRAWS, *INDEXES, *KEPT):
        op.execute(statement)
    files = Path(__file__).parents[1] / "functions"
    for name in FUNCTIONS:
        op.execute((files / f"{name}.sql").read_text(encoding="utf-8"))
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP FUNCTION {', '.join(FUNCTIONS)}")
    op.execute("DROP VIEW IF EXISTS v_revealed_draws CASCADE")
    op.execute("DROP TABLE case_draws, draw_seeds")
