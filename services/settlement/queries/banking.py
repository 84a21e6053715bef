"""Messages that wait for a bank, and what it said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_FOUND
from services.kernel.rules.ledger import Leg
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.ledger import legs_as_kept, legs_kept
from services.platform.questioned import QUESTIONED, question_of
from services.settlement.domain import refusals
from services.settlement.domain.messages.credit_transfer import uetr_of
from services.settlement.domain.messages.payment_status import Status
from services.settlement.domain.model import RELEASED_STATES
from services.settlement.domain.rules.answers import BEHIND_MAX, SETTLED_CODES, Offered
from services.settlement.domain.rules.matching import IN_QUESTION
from services.settlement.domain.rules.naming import Numbers
from services.settlement.domain.rules.screening import withheld
from services.settlement.domain.states import InstructionState
from services.settlement.queries.disputes import DISPUTED
from services.settlement.queries.earlier import OF_MESSAGE_DISPUTED
from services.settlement.queries.outside import is_kept_back
from services.settlement.tables import RELEASED_VALUE

_RELEASED: Final = ", ".join(f"'{state}'" for state in sorted(RELEASED_STATES))
GOES_OUT: Final = f"""(m.fetched_at IS NOT NULL OR EXISTS (
        SELECT FROM settlement_instructions AS w JOIN v_lots AS l USING (lot_id)
        WHERE w.instruction_id = m.instruction_id AND l.state IN ({_RELEASED})
            AND NOT EXISTS (
                SELECT FROM v_name_reports AS q
                WHERE q.lot_id = l.lot_id AND q.decided_at IS NULL
            )
    ))"""
"""SQL of whether a bank reads a message: one that it has taken always, another while its lot is
released and no name in it is in question. Goods that customs called in are not paid for meanwhile,
nor those of which somebody says that they were declared in his name without him."""

_RESTS: Final = text(
    "SELECT i.state = 'HELD' AS held, i.held_for,"
    f" {QUESTIONED.format(lot='i.lot_id')} FROM bank_messages AS m"
    " JOIN settlement_instructions AS i USING (instruction_id) WHERE m.bank_bic = :bic"
    " AND (m.withdrawn_at IS NULL OR i.state = 'HELD')"
    " AND (m.message_id = :id OR m.instruction_id = :id)"
)
_SCREENED: Final = "m.offered_at - interval '2 seconds'"
SCREENING_DUE: Final = f"""(m.fetched_at IS NULL AND (
        EXISTS (
            SELECT FROM screening_entries AS e
            WHERE e.ended_at IS NULL AND (e.bank_bic IS NULL OR e.bank_bic = m.bank_bic)
                AND e.added_at > {_SCREENED}
        ) OR EXISTS (SELECT FROM v_names_filed AS f WHERE f.decided_at > {_SCREENED})
        OR {OF_MESSAGE_DISPUTED}
    ))"""
"""SQL of whether a message that nobody has taken yet is due to be screened anew: anybody was listed
since it was offered, or the registry calls somebody otherwise, or has another account of his; or
another payment of its lot is in dispute. What was under way while the payment was screened has an
earlier time, by less than that."""

# Whoever asks what waits takes it: what is held and kept back counts as taken then too, so that its
# payer does not learn of the hold by taking the payment back.
_WAITING = Filtered(
    "SELECT m.*, k.kept_back FROM (SELECT ARRAY("
    "SELECT instruction_id FROM settlement_instructions"
    " WHERE state = 'HELD' AND bank_bic = :bic AND hold_told_at > :at AND as_taken_at IS NULL"
    ") AS kept_back) AS k LEFT JOIN ("
    "SELECT m.message_id, m.instruction_id, m.name, m.offered_at, m.fetched_at, m.asked_count,"
    " m.asked_at, i.paid_minor, i.paid_currency, i.state"
    " FROM bank_messages AS m JOIN settlement_instructions AS i USING (instruction_id)"
    f" WHERE m.bank_bic = :bic AND m.closed_at IS NULL AND {GOES_OUT}"
    " AND ASKED(m.message_id > :after)"
    " ORDER BY m.message_id LIMIT :limit) AS m ON true ORDER BY m.message_id"
)
# Each number that a message bears leads to it by an index of its own. How many are asked is hidden
# from the planner: a plan for one looks cheaper than one for any number, and is made every time.
_SAID: Final = """(
        WITH said AS MATERIALIZED (
            SELECT CAST(:ids AS uuid[]) AS ids, CAST(:refs AS text[]) AS refs,
                CAST(:uetrs AS uuid[]) AS uetrs
        )
        SELECT message_id FROM bank_messages
            WHERE message_id = ANY(CAST((SELECT ids FROM said) AS uuid[]))
        UNION SELECT message_id FROM bank_messages
            WHERE instruction_id = ANY(CAST((SELECT ids FROM said) AS uuid[]))
        UNION SELECT message_id FROM bank_messages
            WHERE instruction_ref = ANY(CAST((SELECT refs FROM said) AS text[]))
        UNION SELECT message_id FROM bank_messages
            WHERE uetr = ANY(CAST((SELECT uetrs FROM said) AS uuid[]))
    )"""
# The turns of all lots in one order, before any row is locked.
_TURNS = text(
    f"""
    SELECT lock_case(lot_id, NULL) FROM (
        SELECT DISTINCT i.lot_id FROM {_SAID} AS said
        JOIN bank_messages AS m USING (message_id)
        JOIN settlement_instructions AS i USING (instruction_id)
        WHERE m.bank_bic = :bic ORDER BY i.lot_id
    ) AS l
    """
)
# What others recorded about the lots is read in their turns: is the money what the lot waits for?
_OFFERED = text(
    f"""
    SELECT i.*, lock_case(NULL, i.instruction_id) AS version, m.message_id, m.instruction_ref,
        m.uetr, m.settle_on, m.fetched_at,
        ARRAY(
            SELECT s.code FROM bank_statuses AS s
            WHERE s.message_id = m.message_id AND s.disposition = 'RECORDED'
        ) AS codes,
        (
            SELECT s.bank_reference FROM bank_statuses AS s
            WHERE s.message_id = m.message_id AND s.disposition = 'RECORDED'
                AND s.code = ANY(CAST((SELECT CAST(:settled_codes AS text[])) AS text[]))
        ) AS paid_as,
        {DISPUTED} AS disputed,
        EXISTS (
            SELECT FROM bank_statuses AS s WHERE s.report_id = (SELECT CAST(:report_id AS uuid))
        ) AS carried_out,
        r.transaction_id AS reservation,
        (SELECT version FROM v_policy_version) AS policy_version,
        {SCREENING_DUE} AS screening_due, {GOES_OUT} AS goes_out,
        {QUESTIONED.format(lot="i.lot_id")},
        {legs_kept("r.transaction_id")} AS legs,
        l.state = 'SOLD' OR (
            l.state = 'GATE_OUT' AND (
                l.purpose = 'OWN_USE' OR EXISTS (SELECT FROM v_purchases WHERE lot_id = l.lot_id)
            )
        ) AS lot_waits, l.state AS lot_state,
        coalesce('group:' || l.group_code, l.submitted_by) AS side,
        EXISTS (
            SELECT FROM drawdowns AS d
            WHERE d.lot_id = i.lot_id AND {RELEASED_VALUE.left} > 0
        ) AS more_to_pay
    FROM {_SAID} AS said
    JOIN bank_messages AS m USING (message_id)
    JOIN settlement_instructions AS i USING (instruction_id)
    JOIN ledger_transactions AS r ON r.case_id = i.instruction_id AND r.kind = 'RESERVE'
    JOIN v_lots AS l ON l.lot_id = i.lot_id
    WHERE m.bank_bic = (SELECT CAST(:bic AS text)) ORDER BY i.instruction_id FOR UPDATE OF i
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
_TAKES_ZULU = text("SELECT time_offsets = 'ANY' FROM v_banks WHERE bic = :bic")


@dataclass(slots=True)
class OfferedPayment:
    """A payment that a status names, locked, as it stands while a report is carried out."""

    row: Row
    state: InstructionState
    codes: frozenset[str]
    paid_as: str | None
    """The bank's reference of the booking by which it paid, as it said with the settling word."""
    value_on: date | None
    """The value date that the bank gave last."""

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

    def kept_back(self, now: datetime) -> bool:
        """Whether it is held, and its payer is told of one that its bank has taken."""
        return is_kept_back(self.row, now)

    def facts(self, law: PolicyBook, now: datetime) -> Offered:
        """What a further status of it is judged by, by the law of the day on which it was
        instructed. Raises POLICY_MISSING."""
        instructed_on = business_day(self.row.requested_at)
        return Offered(
            self.state,
            self.paid,
            self.codes,
            self.row.settle_on,
            self.paid_as,
            instructed_on,
            self.kept_back(now),
            timedelta(days=law.integer(BEHIND_MAX, on=instructed_on)),
        )

    @property
    def numbers(self) -> Numbers:
        """The numbers that it bears in its message; an older message has one for all."""
        number = self.instruction_id.hex
        return Numbers(
            message=self.message_id.hex,
            payment=number,
            instruction=self.row.instruction_ref or number,
            uetr=str(self.row.uetr or uetr_of(self.instruction_id)),
        )

    @property
    def is_open(self) -> bool:
        """Whether its bank is still waited for."""
        return self.state in (InstructionState.OFFERED, InstructionState.IN_PROGRESS)

    def value_day(self, status: Status) -> date | None:
        """The value date of the payment with this status: its own, else what was given before."""
        return status.value_on(self.row.settle_on) or self.value_on

    def heard(self, status: Status, state: InstructionState) -> None:
        """A status was carried out, which brought it to a state."""
        self.codes, self.state = self.codes | {status.code}, state
        self.value_on = self.value_day(status)
        if status.code in SETTLED_CODES:
            self.paid_as = status.bank_reference


@dataclass(frozen=True, slots=True)
class Sought:
    """Every number by which a report names a payment, by the column in which it is kept."""

    ids: list[UUID]
    refs: list[str]
    uetrs: list[UUID]


def sought(statuses: Sequence[Status]) -> Sought:
    """What a report names; what cannot be a number of ours is left out."""
    names = [(element, said) for status in statuses for element, said in status.names.items()]
    uetrs = {_uuid(said) for element, said in names if element == "OrgnlUETR"}
    others = {said for element, said in names if element != "OrgnlUETR"}
    ids = {_uuid(said) for said in others}
    return Sought(
        ids=sorted(found for found in ids if found is not None),
        refs=sorted({said.upper() for said in others}),
        uetrs=sorted(found for found in uetrs if found is not None),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a bank; and which payments, held and kept back, are now to count as taken."""

    rows: Sequence[Row]
    kept_back: Sequence[UUID]


async def waiting(
    tx: Statements, bic: str, *, limit: int, after: UUID | None, now: datetime
) -> Waiting:
    """What waits for a bank, oldest first, one more than the page holds."""
    values = {"bic": bic, "after": after, "limit": limit + 1, "at": now}
    rows = (await tx.execute(_WAITING, values)).all()
    return Waiting([row for row in rows if row.message_id is not None], rows[0].kept_back)


async def not_handed_out(tx: Statements, named: UUID, bic: str) -> Refusal:
    """Why a bank is not handed a message: its lot is called in, a name in it is in question, its
    payment is held anew, or it is none of its own."""
    found = (await tx.execute(_RESTS, {"id": named, "bic": bic})).first()
    if found is None:
        return NOT_FOUND.at()
    if found.held:
        return withheld(found.held_for)
    return why_it_rests(found)


def why_it_rests(row: Row, place: str = "") -> Refusal:
    """Why a message that nobody has taken does not go out, of a row that has ``QUESTIONED``: a name
    of its lot is in question, else its lot is called in."""
    question = question_of(row)
    if question is None:
        return refusals.CALLED_IN.at(place)
    return question.refusal.to(place).by(IN_QUESTION)


async def payments_lock(
    tx: Statements, report_id: UUID, names: Sought, *, bic: str
) -> list[OfferedPayment]:
    """The payments of this bank to which any reference of a report leads, locked.

    First the turns of all their lots, then cases and rows, each in one order.
    """
    values = {"ids": names.ids, "refs": names.refs, "uetrs": names.uetrs, "bic": bic}
    await tx.execute(_TURNS, values)
    read = {**values, "report_id": report_id, "settled_codes": sorted(SETTLED_CODES)}
    rows = (await tx.execute(_OFFERED, read)).all()
    return [
        OfferedPayment(
            row, InstructionState(row.state), frozenset(row.codes), row.paid_as, row.value_on
        )
        for row in rows
    ]


async def takes_zulu(tx: Statements, bic: str) -> bool:
    """Whether a bank may write Z for UTC: its profile of ISO 20022, as it is filed."""
    return bool((await tx.execute(_TAKES_ZULU, {"bic": bic})).scalar_one_or_none())


async def report_get(tx: Statements, bic: str, message_ref: str) -> Row | None:
    """The report that this bank sent under this reference, None when there is none."""
    return (await tx.execute(_REPORT, {"bic": bic, "ref": message_ref})).one_or_none()


async def reports_left(tx: Statements, *, before: datetime, rows: int) -> Sequence[Row]:
    """Reports that were kept before that moment and not carried out yet, oldest first."""
    return (await tx.execute(_LEFT, {"before": before, "rows": rows})).all()


async def statuses(tx: Statements, report_id: UUID) -> Sequence[Row]:
    """The statuses of a report, in its order."""
    return (await tx.execute(_STATUSES, {"id": report_id})).all()
