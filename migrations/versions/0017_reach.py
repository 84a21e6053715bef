"""Whom control reaches, and what was selected stays selected.

Revision ID: 0017_reach
Revises: 0016_goods_and_entries
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

from migrations.function_text import CALLED_IN, DUE, function_as_now, function_before

revision = "0017_reach"
down_revision = "0016_goods_and_entries"
branch_labels = None
depends_on = None

# Two drawn officers let a selected lot be withdrawn: who said so first, and why.
LET_GO = "ALTER TABLE inspection_orders ADD COLUMN let_go_by text, ADD COLUMN let_go_grounds text"
# By what the goods of a selected lot are known again. A new lot's are looked up in it once, so it
# holds the selected ones alone.
SELECTIONS = """
CREATE TABLE selections (
    key text NOT NULL,
    lot_id uuid NOT NULL,
    lane text NOT NULL,
    CONSTRAINT pk_selections PRIMARY KEY (key, lot_id),
    CONSTRAINT ck_selections_lane CHECK (lane IN ('YELLOW', 'RED'))
)
"""
SELECTED_SO_FAR = """
INSERT INTO selections (key, lot_id, lane)
SELECT DISTINCT k.key, l.lot_id, s.lane
FROM screenings AS s
JOIN lots AS l ON l.lot_id = s.lot_id
CROSS JOIN unnest(ARRAY[
    'truck:' || l.plate_key, 'truck:' || l.foreign_plate_key, 'manifest:' || l.manifest_key,
    'seller:' || left(l.hs_code, 4) || ':' || l.seller_key,
    'declarant:' || left(l.hs_code, 4) || ':' || l.submitted_by,
    'declarant:' || left(l.hs_code, 4) || ':group:' || l.group_code
]) AS k (key)
WHERE s.lane <> 'GREEN' AND k.key IS NOT NULL
"""
# What is compared, without what nobody compares: case, width, accents, separators. Applied to both
# sides, to what was canonical before as well. Vowels that Asian scripts write as marks stay.
REACH_KEY = r"""
CREATE FUNCTION reach_key(written text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN upper(normalize(regexp_replace(
    normalize(translate(written, 'đĐ', 'dD'), NFKD) COLLATE "pg_unicode_fast",
    '[^[:alnum:]\u0900-\u0dff\u0e31-\u0eff\u1000-\u109f\u1780-\u17d3]+', '', 'g'
), NFC) COLLATE "pg_unicode_fast")
"""
# By what the controls in force are found: a lot's facts are looked up here, whatever their number.
CONTROL_REACH = """
CREATE TABLE control_reach (
    kind text NOT NULL,
    key text COLLATE "C" NOT NULL,
    control_id uuid NOT NULL,
    CONSTRAINT pk_control_reach PRIMARY KEY (kind, key, control_id),
    CONSTRAINT fk_control_reach_control_id FOREIGN KEY (control_id)
        REFERENCES risk_controls (control_id)
)
"""
CONTROLS_SO_FAR = """
INSERT INTO control_reach (kind, key, control_id)
SELECT CASE WHEN kind IN ('hs_code', 'hs_prefix') THEN 'goods' ELSE kind END, reach_key(value),
    control_id
FROM risk_controls WHERE lifted_at IS NULL
"""
THROUGH = "ALTER TABLE screenings ADD COLUMN through jsonb NOT NULL DEFAULT '[]'"
# Lots that officers call in by hand. A lot may have several orders then, one after the other or the
# closer beside the other.
CALL_INS = """
CREATE TABLE call_ins (
    call_in_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    lane text NOT NULL,
    grounds text NOT NULL,
    called_by text NOT NULL,
    called_at timestamptz NOT NULL,
    order_id uuid,
    CONSTRAINT pk_call_ins PRIMARY KEY (call_in_id),
    CONSTRAINT uq_call_ins_order_id UNIQUE (order_id),
    CONSTRAINT ck_call_ins_lane CHECK (lane IN ('YELLOW', 'RED'))
)
"""
CALL_INS_STAND = (
    "CREATE TRIGGER call_ins_are_append_only BEFORE UPDATE OR DELETE ON call_ins"
    " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
)
SEVERAL_ORDERS = (
    # Orders are few beside lots: the index is built within the lock's patience.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_inspection_orders_lot_id ON inspection_orders (lot_id)",
    # The version before asks for a lot's only order in one place, when its party withdraws it.
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE inspection_orders DROP CONSTRAINT uq_inspection_orders_lot_id",
)
FUNCTIONS = ("lot_reached", "lot_kept_in")
FILES = Path(__file__).parents[1] / "functions"
# A database may have come to the version before by its first functions. Of two orders that open,
# one by the record and one by the caller's word, the second would be left beside the first.
FORMER_ORDER_OPEN = (
    # The version before, as it was kept, calls the other one already.
    "-- squawk-ignore ban-drop-function\n"
    "DROP FUNCTION IF EXISTS inspection_order_open(uuid, uuid, text, text, text, timestamptz)"
)
AS_THEY_ARE_NOW = (
    *("owns_kind", "mark_cases", "ledger_book", "draw_seed_commit", "case_draws_keep"),
    "inspection_order_open",
)
POLICIES = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7d01-8a01-5f1f6a7c0017', 'inspection.selection_inherited_days', '', '7',
     'DA: design assumption, to be confirmed: no text says how long a selection follows the goods',
     '1996-01-01', 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08')
ON CONFLICT DO NOTHING
"""

ONE_ORDER = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM inspection_orders GROUP BY lot_id HAVING count(*) > 1) THEN
        RAISE EXCEPTION 'lots were called in beside an order that they had: there is no way back'
            USING ERRCODE = 'integrity_constraint_violation',
                HINT = 'The version before knows one order of a lot, and no order is deleted.';
    END IF;
END $$
"""


def upgrade() -> None:
    """Add the columns and the table, with what was selected so far, and the parameter."""
    for statement in (LET_GO, SELECTIONS, SELECTED_SO_FAR, POLICIES):
        op.execute(statement)
    for statement in (REACH_KEY, CONTROL_REACH, CONTROLS_SO_FAR, THROUGH):
        op.execute(statement)
    op.execute(CALL_INS)
    op.execute("CREATE INDEX ix_call_ins_lot_id ON call_ins (lot_id)")
    for statement in (CALL_INS_STAND, *SEVERAL_ORDERS, FORMER_ORDER_OPEN):
        op.execute(statement)
    for name in AS_THEY_ARE_NOW:
        op.execute(function_as_now(name))
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    for name in FUNCTIONS:
        op.execute((FILES / f"{name}.sql").read_text(encoding="utf-8"))
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")


def downgrade() -> None:
    """Take them away. The legal parameter stays: an approved one is never deleted.

    Where a lot has several orders by now the way back is closed.
    """
    op.execute(ONE_ORDER)
    for name in (*reversed(FUNCTIONS), "reach_key"):
        op.execute(f"DROP FUNCTION {name}")
    op.execute(function_before("inspection_order_open", CALLED_IN, DUE))
    op.execute(
        "ALTER TABLE inspection_orders ADD CONSTRAINT uq_inspection_orders_lot_id UNIQUE (lot_id)"
    )
    op.execute("DROP INDEX ix_inspection_orders_lot_id")
    op.execute("DROP VIEW IF EXISTS v_call_ins CASCADE")
    op.execute("DROP TABLE call_ins, control_reach, selections")
    op.execute("DROP VIEW IF EXISTS v_inspection_orders, v_screenings, v_manifests CASCADE")
    op.execute("ALTER TABLE screenings DROP COLUMN through")
    op.execute("ALTER TABLE inspection_orders DROP COLUMN let_go_by, DROP COLUMN let_go_grounds")
