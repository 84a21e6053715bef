"""Messages that wait for a bank, and the bank's keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused
from services.platform.database import Row, Tx
from services.settlement.domain.rules.answers import Offered
from services.settlement.domain.states import InstructionState

_KEY = text("SELECT public_key FROM v_banks WHERE bic = :bic")
_WAITING = text(
    "SELECT m.message_id, m.instruction_id, m.name, m.offered_at, m.fetched_at, m.asked_count,"
    " m.asked_at, i.paid_minor, i.paid_currency, i.state"
    " FROM bank_messages AS m JOIN settlement_instructions AS i USING (instruction_id)"
    " WHERE m.bank_bic = :bic AND m.closed_at IS NULL"
    " AND (CAST(:after AS uuid) IS NULL OR m.message_id > :after)"
    " ORDER BY m.message_id LIMIT :limit"
)
_BODY = text("SELECT body FROM bank_messages WHERE message_id = :id AND bank_bic = :bic")
_OFFERED = text(
    "SELECT m.message_id, i.instruction_id, i.state, i.paid_minor, i.paid_currency,"
    " ARRAY(SELECT s.code FROM bank_statuses AS s WHERE s.message_id = m.message_id"
    " AND s.disposition = 'RECORDED') AS heard"
    " FROM bank_messages AS m JOIN settlement_instructions AS i USING (instruction_id)"
    " WHERE m.message_id = :id AND m.instruction_id = :instruction AND m.bank_bic = :bic"
    " FOR UPDATE OF i"
)
_REPORT = text(
    "SELECT report_id, digest FROM bank_reports WHERE bank_bic = :bic AND message_ref = :ref"
)
_STATUSES = text("SELECT * FROM bank_statuses WHERE report_id = :id ORDER BY line_no")
_STATUS = text("SELECT * FROM bank_statuses WHERE report_id = :id AND line_no = :line_no")
_CONTRARY = text(
    "SELECT report_id, line_no, code FROM bank_statuses WHERE message_id = :message"
    " AND disposition = 'RECORDED' AND (report_id, line_no) <> (:report, :line_no)"
    " ORDER BY report_id, line_no"
)
_STILL_OPEN = text(
    "SELECT s.report_id, s.line_no, s.instruction_id FROM bank_statuses AS s"
    " JOIN settlement_instructions AS i USING (instruction_id) WHERE s.message_id = :message"
    " AND s.code = :code AND s.disposition = 'RECORDED'"
    " AND i.state IN ('OFFERED', 'IN_PROGRESS') ORDER BY s.report_id, s.line_no LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class OfferedMessage:
    """The message that a status names, as it stands."""

    message_id: UUID
    instruction_id: UUID
    facts: Offered


async def public_key(tx: Tx, bic: str) -> dict[str, Any] | None:
    """The bank's registered signature key (JWK), None for an unknown bank."""
    found: dict[str, Any] | None = (await tx.execute(_KEY, {"bic": bic})).scalar_one_or_none()
    return found


async def waiting(tx: Tx, bic: str, *, limit: int, after: UUID | None) -> Sequence[Row]:
    """What waits for a bank, oldest first, one more than the page holds."""
    values = {"bic": bic, "after": after, "limit": limit + 1}
    return (await tx.execute(_WAITING, values)).all()


async def body(tx: Tx, message_id: UUID, bic: str) -> bytes:
    """A message offered to this bank. Raises Refused NOT_FOUND."""
    found = (await tx.execute(_BODY, {"id": message_id, "bic": bic})).scalar_one_or_none()
    if found is None:
        raise Refused(Refusal("NOT_FOUND", "No such message for your bank; list what waits."))
    return bytes(found)


async def offered(tx: Tx, *, message: str, instruction: str, bic: str) -> OfferedMessage | None:
    """The message a status refers to, its case locked; None if it names nothing of this bank's."""
    try:
        values = {"id": UUID(hex=message), "instruction": UUID(hex=instruction), "bic": bic}
    except ValueError:
        return None
    row = (await tx.execute(_OFFERED, values)).one_or_none()
    if row is None:
        return None
    paid = Money(row.paid_minor, row.paid_currency)
    facts = Offered(InstructionState(row.state), paid, frozenset(row.heard))
    return OfferedMessage(row.message_id, row.instruction_id, facts)


async def report(tx: Tx, bic: str, message_ref: str) -> Row | None:
    """A report that this bank sent under this reference before."""
    return (await tx.execute(_REPORT, {"bic": bic, "ref": message_ref})).one_or_none()


async def statuses(tx: Tx, report_id: UUID) -> Sequence[Row]:
    """The statuses of a report, in its order."""
    return (await tx.execute(_STATUSES, {"id": report_id})).all()


async def status(tx: Tx, report_id: UUID, line_no: int) -> Row:
    """One status of a report."""
    return (await tx.execute(_STATUS, {"id": report_id, "line_no": line_no})).one()


async def other_recorded(tx: Tx, message: UUID, *, report_id: UUID, line_no: int) -> Sequence[Row]:
    """Statuses of the same message that were recorded beside this one."""
    values = {"message": message, "report": report_id, "line_no": line_no}
    return (await tx.execute(_CONTRARY, values)).all()


async def recorded_while_open(tx: Tx, message: UUID, code: str) -> Row | None:
    """The status of this code that was recorded for a message whose case is still open."""
    values = {"message": message, "code": code}
    return (await tx.execute(_STILL_OPEN, values)).one_or_none()
