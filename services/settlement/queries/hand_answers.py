"""Answers that a bank's persons entered by hand, as they are kept and found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements

_PAYMENTS: Final = """ARRAY(
        SELECT p.instruction_id FROM hand_answer_payments AS p
        WHERE p.answer_id = a.answer_id ORDER BY p.instruction_id
    ) AS payments"""
_ONE = text(f"SELECT a.*, {_PAYMENTS} FROM hand_answers AS a WHERE a.answer_id = :id")
_LOCKED = text(
    f"SELECT a.*, {_PAYMENTS} FROM hand_answers AS a WHERE a.answer_id = :id FOR UPDATE OF a"
)
_LIST = text(
    f"""
    SELECT a.*, {_PAYMENTS} FROM hand_answers AS a
    WHERE (CAST(:bank AS text) IS NULL OR a.bank_bic = :bank)
        AND (CAST(:state AS text) IS NULL OR a.state = :state)
        AND (CAST(:instruction AS uuid) IS NULL OR EXISTS (
            SELECT FROM hand_answer_payments AS p
            WHERE p.answer_id = a.answer_id AND p.instruction_id = :instruction
        ))
        AND (CAST(:after AS uuid) IS NULL OR a.answer_id > :after)
    ORDER BY a.answer_id LIMIT :limit
    """
)
_WAITING = text(
    "SELECT instruction_id FROM hand_answer_payments"
    " WHERE waits AND instruction_id = ANY(CAST(:payments AS uuid[]))"
)


def version_of(row: Row) -> int:
    """Of an answer: what was entered, and that it has ended."""
    return 1 if row.ended_at is None else 2


async def visible(tx: Statements, answer_id: UUID, actor: Actor, *, locked: bool = False) -> Row:
    """An answer that the caller may read: the bank's own. Raises Refused NOT_FOUND otherwise."""
    row = (await tx.execute(_LOCKED if locked else _ONE, {"id": answer_id})).one_or_none()
    if row is None or not (actor.role == "auditor" or actor.is_party("bank", row.bank_bic)):
        raise Refused(NOT_FOUND.at())
    return row


async def page_rows(tx: Statements, actor: Actor, **filters: object) -> Sequence[Row]:
    """Answers that the caller may read, oldest first, as many as ``limit`` says."""
    bank = None if actor.role == "auditor" else actor.party_code
    return (await tx.execute(_LIST, {"bank": bank, **filters})).all()


async def answered_already(tx: Statements, payments: Sequence[UUID]) -> set[UUID]:
    """Of these payments those to which an answer waits for its second person."""
    return set((await tx.execute(_WAITING, {"payments": list(payments)})).scalars())
