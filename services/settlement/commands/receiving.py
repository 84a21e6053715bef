"""A bank's report that is kept (``keeping.py``): each of its statuses carried out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import structlog
from asyncpg import PostgresError
from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.database import Statements
from services.platform.vault import Vault
from services.settlement.commands.concluding import Word, word_carry_out, word_dispute
from services.settlement.commands.holding_anew import held_at_taking
from services.settlement.commands.keeping import KeptReport
from services.settlement.commands.standing import dispute_due, dispute_stand
from services.settlement.domain.messages import payment_status
from services.settlement.domain.messages.payment_status import Status, StatusReport
from services.settlement.domain.rules import answers
from services.settlement.domain.rules.answers import Said
from services.settlement.domain.rules.naming import differing
from services.settlement.domain.states import Disposition, InstructionState
from services.settlement.queries import banking
from services.settlement.queries.banking import OfferedPayment

log = structlog.get_logger()

# A person looks at what is disputed. A reference that is unknown stays so: the same again is as it
# was before.
_NOT_CARRIED_OUT = text(
    """
    WITH kept AS (
        INSERT INTO bank_statuses (
            report_id, line_no, message_id, instruction_id, original_message, code, amount_minor,
            currency, reason, bank_reference, value_on, said, disposition
        )
        SELECT CAST(:report_id AS uuid), s.* FROM unnest(
            CAST(:line_no AS int[]), CAST(:message_id AS uuid[]), CAST(:instruction_id AS uuid[]),
            CAST(:original_message AS text[]), CAST(:code AS text[]),
            CAST(:amount_minor AS bigint[]), CAST(:currency AS text[]), CAST(:reason AS text[]),
            CAST(:bank_reference AS text[]), CAST(:value_on AS date[]), CAST(:said AS jsonb[]),
            CAST(:disposition AS text[])
        ) AS s
        ON CONFLICT (report_id, line_no) DO NOTHING
    ), disputes AS (
        INSERT INTO bank_disputes (
            dispute_id, report_id, line_no, instruction_id, bank_bic, disposition, opened_at, due_at
        )
        SELECT d.dispute_id, CAST(:report_id AS uuid), d.line_no, d.instruction_id, r.bank_bic,
            d.disposition, CAST(:at AS timestamptz), CAST(:due_at AS timestamptz)
        FROM unnest(
            CAST(:dispute_id AS uuid[]), CAST(:line_no AS int[]), CAST(:instruction_id AS uuid[]),
            CAST(:disposition AS text[])
        ) AS d (dispute_id, line_no, instruction_id, disposition)
        JOIN bank_reports AS r ON r.report_id = CAST(:report_id AS uuid)
        WHERE d.dispute_id IS NOT NULL
        ON CONFLICT (report_id, line_no) DO NOTHING
    ), carried_out AS (
        UPDATE bank_reports SET carried_out_at = :at
        WHERE report_id = :report_id AND carried_out_at IS NULL
    )
    UPDATE settlement_instructions SET escalated_at = coalesce(escalated_at, :at)
    WHERE instruction_id = ANY(CAST(:disputed AS uuid[]))
    """
)
NO_REPORT: Final = UUID(int=0)
"""While nothing is kept yet."""
_NOT_BOOKABLE: Final = ("22", "23")
"""SQLSTATE classes of what the record will not take, however often it is tried."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one status of a report."""

    status: Status
    disposition: Disposition
    payment: UUID | None = None
    """The instruction that it names, None when it names none of this bank's."""
    differing: tuple[str, ...] = ()
    """The references that name another payment than the rest of them."""
    contradicts: bool = False

    @property
    def original_instruction(self) -> str:
        """As the bank wrote it; where it named the payment otherwise, the payment's number."""
        found = self.status.original_instruction
        return found or ("" if self.payment is None else self.payment.hex)

    @property
    def disputed(self) -> bool:
        """Whether a person must look at it."""
        return self.contradicts or self.disposition in (
            Disposition.AMOUNT_DIFFERS,
            Disposition.CONTRADICTORY,
            Disposition.PAID_AGAIN,
            Disposition.VALUED_BEFORE,
            Disposition.REASON_UNKNOWN,
            Disposition.NOT_BOOKED,
        )


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """A report as carried out: its id and what became of each status in it."""

    report_id: UUID
    statuses: tuple[Received, ...]


async def report_carry_out(act: Act, report: KeptReport, vault: Vault) -> ReceivedReport:
    """Carry out a kept report once, status by status; told again, it changes nothing.

    What cannot be booked becomes a dispute and leaves the other statuses as they are. A payment
    that nobody has taken is screened as by a taking, whoever carries the report out: what is said
    of one that is held for it is said of a held one.
    """
    names, bic = banking.sought(report.said.statuses), act.actor.party_code
    payments = await banking.payments_lock(act, report.report_id, names, bic=bic)
    if any(payment.row.carried_out for payment in payments):
        return await _again(act, report)
    if unseen := _unseen(report.said, payments):
        for payment in unseen:
            await held_at_taking(act, payment.row, vault)
        payments = await banking.payments_lock(act, report.report_id, names, bic=bic)
    at_odds = _at_odds(report.said, payments, act.at)
    under_way = _UnderWay(act, report.report_id, report.digest, payments, at_odds)
    received = [
        await under_way.status(line_no, status)
        for line_no, status in _to_carry_out(report.said, payments)
    ]
    await under_way.keep_the_rest()
    return ReceivedReport(report.report_id, tuple(received))


async def report_expected(
    act: Act, said: StatusReport, payments: Sequence[OfferedPayment]
) -> list[Received]:
    """What would become of each status if it were carried out now; nothing is."""
    under_way = _UnderWay(act, NO_REPORT, b"", payments, _at_odds(said, payments, act.at))
    return [await under_way.expected(status) for _, status in _to_carry_out(said, payments)]


async def _again(tx: Statements, report: KeptReport) -> ReceivedReport:
    repeated = {Disposition.RECORDED: Disposition.REPEATED}
    rows = await banking.statuses(tx, report.report_id)
    said = report.said.statuses
    return ReceivedReport(
        report.report_id,
        tuple(
            Received(
                said[row.line_no - 1],
                repeated.get(found := Disposition(row.disposition), found),
                row.instruction_id,
            )
            for row in rows
        ),
    )


def _to_carry_out(
    said: StatusReport, payments: Sequence[OfferedPayment]
) -> list[tuple[int, Status]]:
    """The statuses by their lines, without those of groups whose payment speaks for itself.

    A transaction need not name its message: which payment it speaks of is found by any reference.
    """
    alone: dict[UUID, list[Status]] = defaultdict(list)
    lines = [(n, status, named(status, payments)[0]) for n, status in enumerate(said.statuses, 1)]
    for _, status, payment in lines:
        if payment is not None and not status.of_group:
            alone[payment.message_id].append(status)
    return [
        (line_no, status)
        for line_no, status, payment in lines
        if payment is None
        or not status.of_group
        or payment_status.speaks_beside(status, alone[payment.message_id])
    ]


def _unseen(said: StatusReport, payments: Sequence[OfferedPayment]) -> list[OfferedPayment]:
    """The payments that nobody has taken, of which a bank says that it is at work on them or done,
    and for which nobody has seen who was listed, or what was disputed, since they were offered.

    What it says that it will not pay needs nobody's look, nor what it was at work on before.
    """
    going_on = {
        payment.message_id
        for status in said.statuses
        if answers.act_of(status.code) != "reject"
        and (payment := named(status, payments)[0]) is not None
    }
    offered = [p for p in payments if p.state is InstructionState.OFFERED]
    return [p for p in offered if p.row.screening_due and p.message_id in going_on]


def _reasons(law: PolicyBook, today: date) -> Container[str]:
    """The reasons that ISO's list knows today."""
    return frozenset(law.get("settle.status_reasons", on=today))


def _at_odds(said: StatusReport, payments: Sequence[OfferedPayment], now: datetime) -> set[UUID]:
    """Payments, open to their payers, of which this one report says both that they were made and
    rejected."""
    codes: dict[UUID, list[str]] = defaultdict(list)
    for status in said.statuses:
        payment, _ = named(status, payments)
        if payment is not None and (payment.is_open or payment.kept_back(now)):
            codes[payment.message_id].append(status.code)
    return {message for message, heard in codes.items() if answers.contradictory(heard)}


def named(
    status: Status, payments: Sequence[OfferedPayment]
) -> tuple[OfferedPayment | None, tuple[str, ...]]:
    """The payment that every reference of a status names; or what differs from the likeliest.

    One that names nothing is of no payment.
    """
    if not status.names:
        return None, ()
    differs = [(differing(status.names, payment.numbers), payment) for payment in payments]
    closest, payment = min(differs, key=lambda found: len(found[0]), default=((), None))
    if closest:
        # References of which not one names the payment say nothing of it at all.
        return None, closest if len(closest) < len(status.names) else ()
    return payment, ()


@dataclass(slots=True)
class _UnderWay:
    """A report while its statuses are carried out, one after the other."""

    act: Act
    report_id: UUID
    digest: bytes
    payments: Sequence[OfferedPayment]
    at_odds: set[UUID]
    rest: list[dict[str, Any]] = field(default_factory=list)
    disputed: list[OfferedPayment] = field(default_factory=list)
    due_at: datetime | None = None
    """Until when what is disputed is to be resolved; None while nothing is."""

    async def status(self, line_no: int, status: Status) -> Received:
        """What becomes of one status."""
        payment, differs = named(status, self.payments)
        word = Word(self.report_id, line_no, status, self.digest)
        found = await self._disposition(status, payment)
        if payment is not None and found is Disposition.RECORDED:
            found = await self._carried_out(payment, word)
            if found is Disposition.RECORDED:
                return Received(status, found, payment.instruction_id)
        contradicts = (
            payment is not None
            and found is Disposition.LATE
            and answers.contradicts(status.code, payment.state)
        )
        of = None if payment is None else payment.instruction_id
        received = Received(status, found, of, differs, contradicts)
        disputed = payment is not None and received.disputed
        dispute_id = new_uuid() if disputed else None
        self.rest.append(_values(word, payment, found) | {"dispute_id": dispute_id})
        if payment is not None and dispute_id is not None:
            self.due_at = self.due_at or await dispute_due(self.act)
            word_dispute(self.act, payment, word, found, dispute_id=dispute_id, due_at=self.due_at)
            self.disputed.append(payment)
        return received

    async def expected(self, status: Status) -> Received:
        """What would become of one status, by what is on record now."""
        payment, differs = named(status, self.payments)
        found = await self._disposition(status, payment)
        return Received(status, found, None if payment is None else payment.instruction_id, differs)

    async def _disposition(self, status: Status, payment: OfferedPayment | None) -> Disposition:
        ends = answers.act_of(status.code) != "progress"
        if payment is not None and ends and payment.message_id in self.at_odds:
            return Disposition.CONTRADICTORY
        said = Said(
            status.code,
            status.amount,
            status.bank_reference,
            status.effective_on,
            status.stated_on,
            status.coded_reasons,
        )
        today = business_day(self.act.at)
        if payment is None:
            return answers.disposition(said, None, today=today)
        self.act.policy_version = payment.row.policy_version
        law = await self.act.law()
        reasons = _reasons(law, today) if said.coded_reasons else ()
        return answers.disposition(
            said, payment.facts(law, self.act.at), today=today, reasons=reasons
        )

    async def _carried_out(self, payment: OfferedPayment, word: Word) -> Disposition:
        """RECORDED, or NOT_BOOKED when the record does not take it: nothing of it is left then."""
        try:
            async with self.act.savepoint():
                self._require_fit_to_be_paid(payment, word)
                state = await word_carry_out(self.act, payment, word)
        except Refused as refused:
            log.error("bank_word_not_booked", codes=refused.codes)
            return Disposition.NOT_BOOKED
        except PostgresError as error:
            if not (error.sqlstate or "").startswith(_NOT_BOOKABLE):
                raise
            log.error("bank_word_not_booked", sqlstate=error.sqlstate)
            return Disposition.NOT_BOOKED
        payment.heard(word.status, state)
        return Disposition.RECORDED

    def _require_fit_to_be_paid(self, payment: OfferedPayment, word: Word) -> None:
        """Of what nobody has taken a bank is not believed that it is paid, or in work, while it is
        not handed out. Raises Refused NOT_RELEASED, NAME_IN_QUESTION.
        """
        if answers.act_of(word.status.code) == "reject":
            return
        # What it was at work on before is its bank's, as if taken.
        if payment.row.state == InstructionState.OFFERED and not payment.row.goes_out:
            raise Refused(banking.why_it_rests(payment.row))

    async def keep_the_rest(self) -> None:
        """Keep the statuses that changed nothing, and call a person where one must look."""
        if not self.rest:
            return
        columns: dict[str, Sequence[Any]] = {
            name: [values[name] for values in self.rest] for name in self.rest[0]
        }
        await self.act.execute(
            _NOT_CARRIED_OUT,
            report_id=self.report_id,
            at=self.act.at,
            due_at=self.due_at,
            disputed=[payment.instruction_id for payment in self.disputed],
            **columns,
        )
        for payment in self.disputed:
            dispute_stand(self.act, payment.case, payment.state)


def _values(word: Word, payment: OfferedPayment | None, found: Disposition) -> dict[str, Any]:
    return {
        **word.columns(None if payment is None else payment.row.settle_on),
        "message_id": None if payment is None else payment.message_id,
        "instruction_id": None if payment is None else payment.instruction_id,
        "disposition": found.value,
    }
