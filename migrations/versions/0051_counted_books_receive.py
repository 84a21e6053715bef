"""A counted book whose alerts wait for an officer takes goods that come.

Revision ID: 0051_counted_books_receive
Revises: 0050_rule_titles
"""

from __future__ import annotations

from alembic import op

revision = "0051_counted_books_receive"
down_revision = "0050_rule_titles"
branch_labels = None
depends_on = None

RECEIVES = """
    CREATE FUNCTION book_takes_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM books WHERE book_id = NEW.book_id AND state <> 'CLOSED' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'book % is closed', NEW.book_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
"""
TRIGGER = """
    CREATE OR REPLACE TRIGGER receipts_open BEFORE INSERT ON receipts
        FOR EACH ROW EXECUTE FUNCTION {function}()
"""


def upgrade() -> None:
    """Every other entry still asks for an open book."""
    op.execute(RECEIVES)
    op.execute(TRIGGER.format(function="book_takes_receipts"))


def downgrade() -> None:
    """A receipt asks for an open book again."""
    op.execute(TRIGGER.format(function="book_takes_entries"))
    op.execute("DROP FUNCTION book_takes_receipts()")
