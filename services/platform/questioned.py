"""Whether a name in a lot is in question: since when, and by when it is to be decided."""

from __future__ import annotations

from typing import Final

from services.kernel.questioned import Question
from services.platform.database import Row

QUESTIONED: Final = """
    (
        SELECT min(q.reported_at) FROM v_name_reports AS q
        WHERE q.lot_id = {lot} AND q.decided_at IS NULL
    ) AS questioned_at,
    (
        SELECT max(q.due_at) FROM v_name_reports AS q
        WHERE q.lot_id = {lot} AND q.decided_at IS NULL
    ) AS question_due_at
"""
"""SQL of it, of the lot that ``lot`` names; read in the lot's turn, which a report takes too."""


def question_of(row: Row) -> Question | None:
    """Of a row that has ``QUESTIONED``; None when no name in the lot is in question."""
    if row.questioned_at is None:
        return None
    return Question(row.questioned_at, row.question_due_at)
