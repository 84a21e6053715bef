"""Messages that wait for a bank, and what it said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.money import Money
from services.kernel.rules.ledger import Leg
from services.platform.database import Row, Statements
from services.platform.ledger import legs_as_kept, legs_kept
from services.settlement.domain.rules.answers import Offered
from services.settlement.domain.states import InstructionState
from services.settlement.tables import RELEASED_VALUE

_WAITING = text(
    "SELECT m.message_id, m.instruction_id, m.name, m.offered_at, m.fetched_at, m.asked_count,"
    " m.asked_at, i.paid_minor, i.paid_currency, i.state"
    " FROM bank_messages AS m JOIN settlement_instructions AS i USING (instruction_id)"
    " WHERE m.bank_bic = :bic AND m.closed_at IS NULL"
    " AND (CAST(:after AS uuid) IS NULL OR m.message_id > :after)"
    " ORDER BY m.message_id LIMIT :limit"
)
# The turns of all lots in one order, before any row is locked.
_TURNS = text(
    """
    SELECT lock_case(lot_id, NULL) FROM (
        SELECT DISTINCT i.lot_id
        FROM unnest(CAST(:messages AS uuid[]), CAST(:instructions AS uuid[]))
            AS said (message_id, instruction_id)
        JOIN bank_messages AS m USING (message_id, instruction_id)
        JOIN settlement_instructions AS i USING (instruction_id)
        WHERE m.bank_bic = :bic ORDER BY i.lot_id
    ) AS l
    """
)
# What others recorded about the lots is read in their turns: is the money what the lot waits for?
_OFFERED = text(
    f"""
    SELECT i.*, lock_case(NULL, i.instruction_id) AS version, m.message_id,
        ARRAY(
            SELECT s.code FROM bank_statuses AS s
            WHERE s.message_id = m.message_id AND s.disposition = 'RECORDED'
        ) AS codes,
        EXISTS (SELECT FROM bank_statuses AS s WHERE s.report_id = :report_id) AS carried_out,
        r.transaction_id AS reservation,
        (SELECT version FROM v_policy_version) AS policy_version,
        {legs_kept("r.transaction_id")} AS legs,
        l.state = 'SOLD' OR (
            l.state = 'GATE_OUT' AND (
                l.purpose = 'OWN_USE' OR EXISTS (SELECT FROM v_purchases WHERE lot_id = l.lot_id)
            )
        ) AS lot_waits,
        coalesce('group:' || l.group_code, l.submitted_by) AS side,
        EXISTS (
            SELECT FROM drawdowns AS d
            WHERE d.lot_id = i.lot_id AND {RELEASED_VALUE.left} > 0
        ) AS more_to_pay
    FROM unnest(CAST(:messages AS uuid[]), CAST(:instructions AS uuid[]))
        AS said (message_id, instruction_id)
    JOIN bank_messages AS m USING (message_id, instruction_id)
    JOIN settlement_instructions AS i USING (instruction_id)
    JOIN ledger_transactions AS r ON r.case_id = i.instruction_id AND r.kind = 'RESERVE'
    JOIN v_lots AS l ON l.lot_id = i.lot_id
    WHERE m.bank_bic = :bic ORDER BY i.instruction_id FOR UPDATE OF i
    """
)
_REPORT = text(
    "SELECT report_id, digest FROM bank_reports WHERE bank_bic = :bic AND message_ref = :ref"
)
_LEFT = text(
    "SELECT report_id, bank_bic, sent_by, body, digest FROM bank_reports"
    " WHERE carried_out_at IS NULL AND received_at < :before ORDER BY received_at LIMIT :rows"
)
_STATUSES = text("SELECT * FROM bank_statuses WHERE report_id = :id ORDER BY line_no")


@dataclass(slots=True)
class OfferedPayment:
    """A payment that a status names, locked, as it stands while a report is carried out."""

    row: Row
    state: InstructionState
    codes: frozenset[str]

    @property
    def instruction_id(self) -> UUID:
        """Which instruction it is."""
        found: UUID = self.row.instruction_id
        return found

    @property
    def message_id(self) -> UUID:
        """Which message was offered for it."""
        found: UUID = self.row.message_id
        return found

    @property
    def case(self) -> str:
        """Its case, stl_…."""
        return show("stl", self.instruction_id)

    @property
    def amount(self) -> Money:
        """What the buyer gives."""
        return Money(self.row.amount_minor, self.row.currency)

    @property
    def paid(self) -> Money:
        """What the seller gets."""
        return Money(self.row.paid_minor, self.row.paid_currency)

    @property
    def reserved(self) -> tuple[Leg, ...]:
        """The legs of its reservation."""
        return legs_as_kept(self.row.legs)

    @property
    def facts(self) -> Offered:
        """What a further status of it is judged by."""
        return Offered(self.state, self.paid, self.codes)

    @property
    def is_open(self) -> bool:
        """Whether its bank is still waited for."""
        return self.state in (InstructionState.OFFERED, InstructionState.IN_PROGRESS)

    def heard(self, code: str, state: InstructionState) -> None:
        """A status was carried out, which brought it to a state."""
        self.codes, self.state = self.codes | {code}, state


async def waiting(tx: Statements, bic: str, *, limit: int, after: UUID | None) -> Sequence[Row]:
    """What waits for a bank, oldest first, one more than the page holds."""
    values = {"bic": bic, "after": after, "limit": limit + 1}
    return (await tx.execute(_WAITING, values)).all()


async def payments_lock(
    tx: Statements, report_id: UUID, references: Sequence[tuple[UUID, UUID]], *, bic: str
) -> dict[tuple[UUID, UUID], OfferedPayment]:
    """The payments of this bank that a report names, by message and instruction, locked.

    First the turns of all their lots, then cases and rows, each in one order.
    """
    if not references:
        return {}
    values = {
        "messages": [message for message, _ in references],
        "instructions": [instruction for _, instruction in references],
        "bic": bic,
    }
    await tx.execute(_TURNS, values)
    rows = (await tx.execute(_OFFERED, {**values, "report_id": report_id})).all()
    return {
        (row.message_id, row.instruction_id): OfferedPayment(
            row, InstructionState(row.state), frozenset(row.codes)
        )
        for row in rows
    }


async def report(tx: Statements, bic: str, message_ref: str) -> Row | None:
    """The report that this bank sent under this reference, None when there is none."""
    return (await tx.execute(_REPORT, {"bic": bic, "ref": message_ref})).one_or_none()


async def reports_left(tx: Statements, *, before: datetime, rows: int) -> Sequence[Row]:
    """Reports that were kept before that moment and not carried out yet, oldest first."""
    return (await tx.execute(_LEFT, {"before": before, "rows": rows})).all()


async def statuses(tx: Statements, report_id: UUID) -> Sequence[Row]:
    """The statuses of a report, in its order."""
    return (await tx.execute(_STATUSES, {"id": report_id})).all()
