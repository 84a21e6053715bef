"""Answers that a bank's persons entered by hand, as they are kept and found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.settlement.domain.states import AnswerState

_PAYMENTS: Final = """ARRAY(
        SELECT p.instruction_id FROM hand_answer_payments AS p
        WHERE p.answer_id = a.answer_id ORDER BY p.instruction_id
    ) AS payments, ARRAY(
        SELECT i.client_reference
        FROM hand_answer_payments AS p JOIN settlement_instructions AS i USING (instruction_id)
        WHERE p.answer_id = a.answer_id ORDER BY p.instruction_id
    ) AS client_references"""
_ONE = text(f"SELECT a.*, {_PAYMENTS} FROM hand_answers AS a WHERE a.answer_id = :id")
_LOCKED = text(
    f"SELECT a.*, {_PAYMENTS} FROM hand_answers AS a WHERE a.answer_id = :id FOR UPDATE OF a"
)
_WAITS: Final = "a.state = 'ENTERED' AND"
_OF_ONE: Final = """a.answer_id IN (
        SELECT p.answer_id FROM hand_answer_payments AS p WHERE p.instruction_id = :instruction
    ) AND"""
# Written out, so that an index serves each: what a desk asks costs what waits there, not what was
# ever answered.
_LIST = {
    (waits, of_one): Filtered(
        f"""
    SELECT a.*, {_PAYMENTS} FROM hand_answers AS a
    WHERE {_WAITS if waits else ""} {_OF_ONE if of_one else ""}
        ASKED(a.bank_bic = :bank)
        AND ASKED(a.state = :state)
        AND ASKED(a.answer_id > :after)
    ORDER BY a.answer_id LIMIT :limit
    """
    )
    for waits in (True, False)
    for of_one in (True, False)
}
_WAITING = text(
    "SELECT instruction_id FROM hand_answer_payments"
    " WHERE waits AND instruction_id = ANY(CAST(:payments AS uuid[]))"
)

# Of its own chain, by which it is what was entered.
_ENTERED = text("SELECT body FROM events WHERE case_id = :id AND step = 'enter'")


def version_of(row: Row) -> int:
    """Of an answer: what was entered, and that it has ended."""
    return 1 if row.ended_at is None else 2


async def visible(tx: Statements, answer_id: UUID, actor: Actor, *, locked: bool = False) -> Row:
    """An answer that the caller may read: the bank's own. Raises Refused NOT_FOUND otherwise."""
    row = (await tx.execute(_LOCKED if locked else _ONE, {"id": answer_id})).one_or_none()
    if row is None or not (actor.role == "auditor" or actor.is_party("bank", row.bank_bic)):
        raise Refused(NOT_FOUND.at())
    return row


async def digest_entered(tx: Statements, answer_id: UUID) -> str:
    """The digest, in hexadecimal, of what was entered, by the log; its row may say otherwise."""
    body = (await tx.execute(_ENTERED, {"id": answer_id})).scalar_one()
    return str(json.loads(body)["digest"])


async def page_rows(
    tx: Statements,
    actor: Actor,
    *,
    state: str | None,
    instruction: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Row]:
    """Answers that the caller may read, oldest first: of a state, to one payment."""
    values: dict[str, object] = {"state": state, "after": after, "limit": limit}
    values["bank"] = None if actor.role == "auditor" else actor.party_code
    if instruction is not None:
        values["instruction"] = instruction
    statement = _LIST[state == AnswerState.ENTERED, instruction is not None]
    return (await tx.execute(statement, values)).all()


async def answered_already(tx: Statements, payments: Sequence[UUID]) -> set[UUID]:
    """Of these payments those to which an answer waits for its second person."""
    return set((await tx.execute(_WAITING, {"payments": list(payments)})).scalars())
