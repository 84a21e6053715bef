"""Nobody's name is taken hostage: shares are refused or lapse, a name is frozen by its bearer; a
lot's seller is on file and its account bound from the declaration on; a truck and a manifest's
number are their carrier's.

Revision ID: 0021_own_names
Revises: 0020_books_and_prices
"""

from pathlib import Path

from alembic import op

from migrations.function_text import (
    AMENDED,
    HAULED,
    OFFERED,
    ONE_DEFINITION,
    PLATES_ON_FILE,
    function_before,
)

revision = "0021_own_names"
down_revision = "0020_books_and_prices"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0021_names.sql"
# A lot that the version before takes has no such day; nor had those that wait now.
LOTS = "ALTER TABLE lots ADD COLUMN shares_due_at timestamptz"
WAITING = """
UPDATE lots SET shares_due_at = now() + interval '240 minutes' WHERE state = 'SUBMITTED'
"""
# Their cases sleep without a date. Each is told at the end of its members' time, not now: this
# version is sure to hear it, and whoever waits is shown that day.
TOLD = """
INSERT INTO outbox (told, opens, source, place, created_at, due_at)
SELECT names.name, false, names.name, c.seq, l.shares_due_at, l.shares_due_at
FROM lots AS l
JOIN cases AS c ON c.case_id = l.lot_id
CROSS JOIN concat('lot_', replace(CAST(l.lot_id AS text), '-', '')) AS names (name)
WHERE l.state = 'SUBMITTED'
"""
WAITED_FOR = """
UPDATE case_waits AS w SET due_at = l.shares_due_at FROM lots AS l
WHERE w.case_id = l.lot_id AND w.code = 'SHARES_TO_CONFIRM' AND l.state = 'SUBMITTED'
"""
# A lot that the version before takes is bound by nothing: its seller is looked up when it is paid.
SELLER = """
ALTER TABLE lots ADD COLUMN seller_code text, ADD COLUMN seller_account text,
    ADD COLUMN seller_account_bic text,
    ADD CONSTRAINT ck_lots_seller_account CHECK (
        (seller_code IS NULL) = (seller_account IS NULL)
        AND (seller_code IS NULL) = (seller_account_bic IS NULL)
    ) NOT VALID
"""
TICKETS = "ALTER TABLE tickets ADD COLUMN refused_at timestamptz"
NAME_FREEZES = """
CREATE TABLE name_freezes (
    resident_id uuid NOT NULL,
    frozen_at timestamptz NOT NULL,
    thawed_at timestamptz,
    CONSTRAINT pk_name_freezes PRIMARY KEY (resident_id, frozen_at),
    CONSTRAINT ck_name_freezes_period CHECK (thawed_at >= frozen_at)
)
"""
FROZEN_ONCE = """
CREATE UNIQUE INDEX uq_name_freezes_resident_id ON name_freezes (resident_id)
WHERE thawed_at IS NULL
"""

VEHICLES = "ALTER TABLE vehicles ADD COLUMN carrier text"
# The version before names no carrier: whoever lodged is it, if it was no officer.
MANIFESTS = (
    # Manifests are some hundreds a day: their key is built anew within the lock's patience.
    "-- squawk-ignore ban-drop-constraint, constraint-missing-not-valid,"
    " adding-serial-primary-key-field\n"
    "ALTER TABLE manifests ADD COLUMN carrier text, DROP CONSTRAINT pk_manifests,"
    " ADD CONSTRAINT pk_manifests PRIMARY KEY (manifest_key, plate_key)"
)
NUMBERS = """
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX uq_manifests_carrier ON manifests
    (manifest_key, (coalesce(carrier, lodged_by)))
"""

# What one person alone no longer changes: the account of a seller, the post of an officer.
CHANGES = """
CREATE TABLE register_changes (
    change_id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    sealed bytea NOT NULL,
    proposed_at timestamptz NOT NULL,
    confirm_from timestamptz NOT NULL,
    state text NOT NULL,
    decided_at timestamptz,
    CONSTRAINT pk_register_changes PRIMARY KEY (change_id),
    CONSTRAINT ck_register_changes_kind CHECK (kind IN ('sellers', 'officers')),
    CONSTRAINT ck_register_changes_state CHECK (
        state IN ('PROPOSED', 'CONFIRMED', 'TURNED_DOWN')
        AND (state = 'PROPOSED') = (decided_at IS NULL)
    )
)
"""
ONE_OPEN = """
CREATE UNIQUE INDEX uq_register_changes_subject ON register_changes (kind, subject)
WHERE state = 'PROPOSED'
"""

# A manifest is found by its number and its truck, and reached by its carrier, whoever lodged it.
# No lot is amended yet, and a truck has the plates that the lot says.
REACHED = function_before("lot_reached", ONE_DEFINITION, HAULED, OFFERED, AMENDED, PLATES_ON_FILE)
CARRIED = """
            JOIN v_manifests AS m
                ON m.manifest_key = l.manifest_key AND m.plate_key = l.plate_key
            CROSS JOIN coalesce(
                m.carrier, CASE WHEN NOT starts_with(m.lodged_by, 'officer:') THEN m.lodged_by END
            ) AS hauler
"""
LODGED = """
            JOIN v_manifests AS m ON m.manifest_key = l.manifest_key
            CROSS JOIN CAST(m.lodged_by AS text) AS hauler
"""
# A lot is bound to the code of its seller, which may be called otherwise by now.
BOUND = (" seller_code,", "\n            OR s.seller_code = l.seller_code")


def upgrade() -> None:
    """Columns and a table beside what there is; the version before goes on without them."""
    for statement in (LOTS, WAITING, TOLD, WAITED_FOR):
        op.execute(statement)
    for statement in (SELLER, TICKETS, NAME_FREEZES, FROZEN_ONCE):
        op.execute(statement)
    for statement in (VEHICLES, MANIFESTS, NUMBERS, CHANGES, ONE_OPEN):
        op.execute(statement)
    op.execute(REACHED)
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop them, and with the columns the views that show them; publishing makes those anew.

    An approved parameter is never deleted; the version before does not ask for it. Where two
    carriers gave one number meanwhile, the way back is closed: only one could keep it.
    """
    former = REACHED.replace(CARRIED, LODGED)
    for part in BOUND:
        former = former.replace(part, "", 1)
    op.execute(former)
    op.execute("UPDATE case_waits SET due_at = 'infinity' WHERE code = 'SHARES_TO_CONFIRM'")
    op.execute("DROP TABLE register_changes")
    op.execute("DROP INDEX uq_manifests_carrier")
    op.execute(
        "ALTER TABLE manifests DROP CONSTRAINT pk_manifests,"
        " ADD CONSTRAINT pk_manifests PRIMARY KEY (manifest_key), DROP COLUMN carrier CASCADE"
    )
    op.execute("ALTER TABLE vehicles DROP COLUMN carrier CASCADE")
    op.execute("DROP TABLE name_freezes")
    op.execute("ALTER TABLE tickets DROP COLUMN refused_at CASCADE")
    for column in ("seller_account_bic", "seller_account", "seller_code", "shares_due_at"):
        op.execute(f"ALTER TABLE lots DROP COLUMN {column} CASCADE")
