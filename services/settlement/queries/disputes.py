"""Disputes about payments: what was said, since when, and the report as it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered

SAID: Final = (
    "(SELECT count(*) FROM events AS e WHERE e.case_id = d.instruction_id"
    " AND e.type IN ('BankStatusDisputed', 'HeldAnswerDisputed', 'PaymentGoodsGone',"
    " 'BankDisputeSigned', 'BankDisputeResolved', 'HeldAnswerResolved'))"
)
"""SQL of how often something was said of a payment's disputes, which raises no version that its
parties read: with the payment's version that of what compliance decides on."""
UNTOLD: Final = """EXISTS (
        SELECT FROM events AS e
        WHERE e.case_id = d.instruction_id AND e.type = 'HeldAnswerDisputed'
            AND e.step = 'dispute:' || replace(CAST(d.report_id AS text), '-', '') || ':'
                || d.line_no
    )"""
"""SQL of whether a payment's parties are told nothing of a dispute: by the event that opened it."""
DISPUTED: Final = f"""EXISTS (
        SELECT FROM bank_disputes AS d
        WHERE d.instruction_id = i.instruction_id AND d.resolved_at IS NULL AND NOT {UNTOLD}
    )"""
"""SQL of whether a dispute about a payment is open of which its parties are told."""
_OF_LOT: Final = """
        SELECT FROM settlement_instructions AS i JOIN bank_disputes AS d USING (instruction_id)
        WHERE i.lot_id = l.lot_id AND (d.resolved_at IS NULL OR d.finding = 'PAID_OUTSIDE')
    """
LOT_DISPUTED: Final = f"EXISTS ({_OF_LOT} AND NOT {UNTOLD})"
LOT_DISPUTED_UNTOLD: Final = f"EXISTS ({_OF_LOT} AND {UNTOLD})"
"""SQL of whether it is to be found out, or was, what a lot's bank said of a payment of it."""
# Of goods that never come there is no word of the bank: what is shown is what was paid.
_GONE: Final = "d.report_id IS NULL"
_OF = (
    f"d.*, h.version + {SAID} AS version, i.lot_id, s.reason,"
    " coalesce(s.code, i.bank_status, '') AS code,"
    f" CASE WHEN {_GONE} THEN i.paid_minor ELSE s.amount_minor END AS amount_minor,"
    f" CASE WHEN {_GONE} THEN i.paid_currency ELSE s.currency END AS currency,"
    f" CASE WHEN {_GONE} THEN i.bank_reference ELSE s.bank_reference END AS bank_reference,"
    f" CASE WHEN {_GONE} THEN i.value_on ELSE s.value_on END AS value_on,"
    f" CASE WHEN {_GONE} THEN (SELECT l.state FROM v_lots AS l WHERE l.lot_id = i.lot_id) END"
    " AS lot_state, coalesce(s.said, '{}') AS said"
)
_FROM = (
    "bank_disputes AS d JOIN settlement_instructions AS i USING (instruction_id)"
    " JOIN cases AS h ON h.case_id = d.instruction_id"
    " LEFT JOIN bank_statuses AS s ON (s.report_id, s.line_no) = (d.report_id, d.line_no)"
)
_ONE = text(f"SELECT i.client_reference, {_OF} FROM {_FROM} WHERE d.dispute_id = :id")
_LIST = Filtered(
    f"SELECT i.client_reference, {_OF} FROM {_FROM}"
    " WHERE ASKED(d.bank_bic = :bank)"
    " AND ASKED(d.instruction_id = :instruction)"
    " AND ASKED((d.resolved_at IS NULL) = :open)"
    " AND ASKED(d.resolved_at IS NULL AND d.due_at < :late_at)"
    " AND ASKED(d.dispute_id > :after)"
    " ORDER BY d.dispute_id LIMIT :limit"
)
_INSTRUCTION = text("SELECT instruction_id FROM bank_disputes WHERE dispute_id = :id")
_REPORT = text(
    "SELECT r.body, d.bank_bic FROM bank_disputes AS d JOIN bank_reports AS r USING (report_id)"
    " WHERE d.dispute_id = :id"
)


def _may_read(actor: Actor, bic: str) -> bool:
    """The bank's own people, and auditors, who read all."""
    return actor.role == "auditor" or actor.is_party("bank", bic)


async def instruction_of(tx: Statements, dispute_id: UUID) -> UUID | None:
    """The payment that a dispute is about; None when there is no such dispute."""
    found: UUID | None = (await tx.execute(_INSTRUCTION, {"id": dispute_id})).scalar_one_or_none()
    return found


async def dispute_get(tx: Statements, dispute_id: UUID) -> Row:
    """A dispute that is on record, with what the bank said."""
    return (await tx.execute(_ONE, {"id": dispute_id})).one()


async def visible(tx: Statements, dispute_id: UUID, actor: Actor) -> Row:
    """A dispute that the caller may read. Raises Refused NOT_FOUND otherwise."""
    row = (await tx.execute(_ONE, {"id": dispute_id})).one_or_none()
    if row is None or not _may_read(actor, row.bank_bic):
        raise Refused(NOT_FOUND.at())
    return row


async def report_get(tx: Statements, dispute_id: UUID, actor: Actor) -> bytes:
    """The bank's report as it is kept, word for word. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_REPORT, {"id": dispute_id})).one_or_none()
    if row is None or not _may_read(actor, row.bank_bic):
        raise Refused(NOT_FOUND.at())
    return bytes(row.body)


async def page_rows(tx: Statements, actor: Actor, **filters: object) -> Sequence[Row]:
    """Disputes that the caller may read, oldest first, as many as ``limit`` says."""
    bank = None if actor.role == "auditor" else actor.party_code
    return (await tx.execute(_LIST, {"bank": bank, **filters})).all()
