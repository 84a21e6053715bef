"""The bank's word carried out: post, or void and give back, or go on waiting."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from prometheus_client import Histogram
from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show
from services.kernel.money import Money
from services.kernel.rules.ledger import Kind, post_legs, void_legs
from services.kernel.salted import rows_digest
from services.platform import ledger
from services.platform.act import Act
from services.platform.telemetry import CASE_TAKES_S
from services.platform.visibility import compliance
from services.settlement.commands.patience import patience
from services.settlement.commands.standing import lot_unpaid, payment_stand
from services.settlement.domain import events
from services.settlement.domain.messages.payment_status import Status
from services.settlement.domain.rules import answers, reporting, telling
from services.settlement.domain.states import (
    BLOCKED,
    DISPUTE,
    HELD_DISPUTE,
    INSTRUCTION,
    Disposition,
    InstructionState,
)
from services.settlement.domain.worded import status_digest
from services.settlement.queries.banking import OfferedPayment
from services.settlement.tables import RELEASED_VALUE

_LAG: Final = Histogram(
    "tradewindow_settlement_lag_seconds",
    "From a settlement instruction to the bank's word.",
    ("state",),
    buckets=CASE_TAKES_S,
)
_WORD = text(
    f"""
    WITH kept AS (
        INSERT INTO bank_statuses (
            report_id, line_no, message_id, instruction_id, original_message, code, amount_minor,
            currency, reason, bank_reference, value_on, said, disposition
        ) VALUES (
            :report_id, :line_no, CAST(:message_id AS uuid), CAST(:id AS uuid), :original_message,
            CAST(:code AS text), :amount_minor, :currency, CAST(:reason AS text),
            CAST(:bank_reference AS text), CAST(:value_on AS date), CAST(:said AS jsonb), 'RECORDED'
        )
    ), closed AS (
        UPDATE bank_messages SET closed_at = CAST(:ended_at AS timestamptz)
        WHERE message_id = CAST(:message_id AS uuid) AND CAST(:ended_at AS timestamptz) IS NOT NULL
    ), paid AS (
        {RELEASED_VALUE.consume("CAST(:paid AS bigint)")}
    ), given_back AS (
        {RELEASED_VALUE.give_back("CAST(:given_back AS bigint)")}
    ), reported AS (
        INSERT INTO payment_reports (
            instruction_id, kind, bop_code, purpose_code, paid_minor, currency, counter_country,
            value_on, due_on, created_at
        )
        SELECT CAST(:id AS uuid), r.* FROM unnest(
            CAST(:report_kinds AS text[]), CAST(:bop_codes AS text[]), CAST(:purposes AS text[]),
            CAST(:report_minors AS bigint[]), CAST(:report_currencies AS text[]),
            CAST(:countries AS text[]), CAST(:values_on AS date[]), CAST(:dues_on AS date[]),
            CAST(:reported_at AS timestamptz[])
        ) AS r
    ), advised AS (
        INSERT INTO settlement_advices (
            instruction_id, advice_id, party, kind, amount_minor, currency, issued_at
        )
        SELECT CAST(:id AS uuid), a.* FROM unnest(
            CAST(:advice_ids AS uuid[]), CAST(:advised AS text[]), CAST(:advice_kinds AS text[]),
            CAST(:advice_minors AS bigint[]), CAST(:advice_currencies AS text[]),
            CAST(:advised_at AS timestamptz[])
        ) AS a
    ), carried_out AS (
        UPDATE bank_reports SET carried_out_at = CAST(:at AS timestamptz)
        WHERE report_id = :report_id AND carried_out_at IS NULL
    )
    UPDATE settlement_instructions SET state = :state, bank_status = CAST(:code AS text),
        bank_reason = coalesce(CAST(:reason AS text), bank_reason),
        bank_reference = coalesce(CAST(:bank_reference AS text), bank_reference),
        value_on = coalesce(CAST(:value_on AS date), value_on),
        escalated_at = coalesce(escalated_at, CAST(:called_at AS timestamptz)),
        drawn_minor = drawn_minor - CAST(:given_back AS bigint),
        ended_at = CAST(:ended_at AS timestamptz)
    WHERE instruction_id = CAST(:id AS uuid)
    """
)


_BIGGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Word:
    """One status of a report: which line of it, and what the bank says there."""

    report_id: UUID
    line_no: int
    status: Status
    report: bytes = b""
    """The digest of the report as it is kept."""

    @property
    def step(self) -> str:
        """The place of this word, which no other has."""
        return f"{self.report_id.hex}:{self.line_no}"

    def columns(self, settles_on: date | None) -> dict[str, Any]:
        """What the bank says there, as it is kept, of a payment whose message states this day.

        A sum larger than any that can be booked stands in the kept report alone.
        """
        said = self.status
        amount = None if said.amount is None or said.amount.minor > _BIGGEST else said.amount
        return {
            "line_no": self.line_no,
            "original_message": said.original_message,
            "code": said.code,
            "amount_minor": None if amount is None else amount.minor,
            "currency": None if amount is None else amount.currency,
            "reason": said.reason,
            "bank_reference": said.bank_reference,
            "value_on": said.value_on(settles_on),
            "said": json.dumps(self._besides),
        }

    def vouched(self, payment: OfferedPayment, found: Disposition) -> dict[str, Any]:
        """What the log says of this word, and that it vouches for what is kept of it."""
        columns = self.columns(payment.row.settle_on)
        made = {"message_id": payment.message_id, "disposition": found.value}
        row = {**columns, **made, "said": self._besides}
        return {
            "code": self.status.code,
            "report_id": self.report_id.hex,
            "line_no": self.line_no,
            "report": self.report.hex(),
            "status": status_digest(payment.case, row),
        }

    @property
    def _besides(self) -> dict[str, Any]:
        """What the bank says beside that, by the names under which it is shown."""
        said = self.status
        besides = {
            "references": dict(said.names),
            "further_reasons": said.further_reasons,
            "remarks": said.remarks,
            "clearing_reference": said.clearing_reference,
            "charges": [{"amount": c.amount, "currency": c.currency} for c in said.charges],
        }
        return {name: value for name, value in besides.items() if value}


@dataclass(frozen=True, slots=True)
class _Advice:
    party: str
    kind: str
    money: Money


async def word_carry_out(act: Act, payment: OfferedPayment, word: Word) -> InstructionState:
    """Carry out a status that fits; the instruction's state then.

    Settled: the reservation is posted, reported and advised. Rejected: it is voided and the drawn
    value given back. Otherwise the word is noted, and the bank is waited for.
    """
    doing = answers.act_of(word.status.code)
    state = INSTRUCTION.move(payment.state, doing)
    if doing == "settle":
        await _settle(act, payment, word)
    elif doing == "reject":
        await _reject(act, payment, word)
    else:
        await _save(act, payment, word, state)
        noted = events.BankStatusCarriedOut(**word.vouched(payment, Disposition.RECORDED))
        act.record(payment.case, noted, step=f"status:{word.step}")
        act.headers.note(payment.case, Header(state=state, holder=INSTRUCTION.holder(state)))
        if word.status.code in answers.CALLING_CODES:
            await _call(act, payment, word)
    return state


async def _call(act: Act, payment: OfferedPayment, word: Word) -> None:
    """The bank's compliance is called now, and it is on record: no later call follows."""
    act.policy_version = payment.row.policy_version
    promised = patience(await act.law(), payment.row.requested_at).promised
    called = events.SettlementEscalated(promised_s=int(promised.total_seconds()))
    act.record(payment.case, called, step=f"escalate:{word.step}")
    act.headers.wait(payment.case, BLOCKED.code, [compliance(payment.row.bank_bic)])


async def _settle(act: Act, payment: OfferedPayment, word: Word) -> None:
    transaction_id = await ledger.book(
        act,
        Kind.POST,
        post_legs(payment.reserved),
        case=payment.case,
        resolves=payment.row.reservation,
    )
    advices = [
        _Advice(payment.row.buyer, "DEBIT", payment.amount),
        _Advice(f"seller:{payment.row.seller_code}", "CREDIT", payment.paid),
    ]
    reports = await _reports(act, payment, payment.value_day(word.status))
    await _save(act, payment, word, InstructionState.SETTLED, advices=advices, reports=reports)
    settled = events.PaymentSettled(
        **word.vouched(payment, Disposition.RECORDED),
        transaction_id=show("led", transaction_id),
        amount=MoneyBody.of(payment.amount),
        paid=MoneyBody.of(payment.paid),
        reports=rows_digest(payment.case, map(_vouched_report, reports)),
        advices=_vouched_advices(payment, advices),
    )
    act.record(payment.case, settled, step=f"status:{word.step}")
    _stand(act, payment, InstructionState.SETTLED, unpaid=payment.row.more_to_pay)
    act.tell(payment.case)
    if payment.row.lot_waits:
        act.tell(show("lot", payment.row.lot_id))
    _observe(act, payment, InstructionState.SETTLED)


async def _reject(act: Act, payment: OfferedPayment, word: Word) -> None:
    transaction_id = await ledger.book(
        act,
        Kind.VOID,
        void_legs(payment.reserved),
        case=payment.case,
        resolves=payment.row.reservation,
    )
    advices = [_Advice(payment.row.buyer, "RETURN", payment.amount)]
    await _save(act, payment, word, InstructionState.REJECTED, advices=advices)
    rejected = events.PaymentRejected(
        **word.vouched(payment, Disposition.RECORDED),
        transaction_id=show("led", transaction_id),
        amount=MoneyBody.of(payment.amount),
        reason=word.status.reason,
        reason_told=telling.reason_told(word.status.reason),
        advices=_vouched_advices(payment, advices),
    )
    act.record(payment.case, rejected, step=f"status:{word.step}")
    _stand(act, payment, InstructionState.REJECTED, unpaid=True)
    act.tell(payment.case)
    _observe(act, payment, InstructionState.REJECTED)


def _stand(act: Act, payment: OfferedPayment, state: InstructionState, *, unpaid: bool) -> None:
    bic, disputed = payment.row.bank_bic, payment.row.disputed
    payment_stand(act, payment.case, bic, state, disputed=disputed)
    if unpaid:
        lot, side = show("lot", payment.row.lot_id), payment.row.side
        lot_unpaid(act, lot, side, state=payment.row.lot_state)


def word_dispute(
    act: Act,
    payment: OfferedPayment,
    word: Word,
    found: Disposition,
    *,
    dispute_id: UUID,
    due_at: datetime,
) -> None:
    """Two of its compliance must look at what the bank said; the ledger does not move by it.

    Of one that is held and kept back its payer is told nothing of a word that would be carried out
    were it taken: to him its bank has said nothing yet.
    """
    untold = found is Disposition.LATE and payment.kept_back(act.at)
    disputed = (events.HeldAnswerDisputed if untold else events.BankStatusDisputed)(
        **word.vouched(payment, found),
        disposition=found.value,
        dispute_id=show("dsp", dispute_id),
    )
    act.record(payment.case, disputed, step=f"dispute:{word.step}")
    desk = compliance(payment.row.bank_bic)
    code = HELD_DISPUTE.code if untold else DISPUTE.code
    act.headers.wait(payment.case, code, [desk], due_at=due_at)


async def _reports(
    act: Act, payment: OfferedPayment, value_on: date | None
) -> list[dict[str, Any]]:
    """The balance-of-payments row, and the large-value row where the law asks for one."""
    act.policy_version = payment.row.policy_version
    law = await act.law()
    report = reporting.payments_report(
        paid=payment.paid,
        purpose_code=payment.row.purpose_code,
        counter_country=payment.row.seller_country,
        settled_at=act.at,
        value_on=value_on,
        book=law,
    )
    row = {
        "report_kinds": "BALANCE_OF_PAYMENTS",
        "bop_codes": report.bop_code,
        "purposes": report.purpose_code,
        "report_minors": payment.paid.minor,
        "report_currencies": payment.paid.currency,
        "countries": report.counter_country,
        "values_on": report.value_on,
        "dues_on": report.due_on,
        "reported_at": act.at,
    }
    large = reporting.large_value(
        payment.amount,
        natural_person=payment.row.buyer.startswith("resident:"),
        threshold=law.decimal("aml.person_crossborder_cny", on=business_day(act.at)),
    )
    return [row, {**row, "report_kinds": "LARGE_VALUE", "bop_codes": None}] if large else [row]


def _vouched_report(report: Mapping[str, Any]) -> list[Any]:
    """Of a row that is reported what the log vouches for; when it was made, the event says."""
    return [report[name] for name in _REPORT_COLUMNS[:-1]]


def _vouched_advices(payment: OfferedPayment, advices: Sequence[_Advice]) -> str:
    rows = ((a.party, a.kind, a.money.minor, a.money.currency) for a in advices)
    return rows_digest(payment.case, rows)


_REPORT_COLUMNS = (
    "report_kinds",
    "bop_codes",
    "purposes",
    "report_minors",
    "report_currencies",
    "countries",
    "values_on",
    "dues_on",
    "reported_at",
)


async def _save(
    act: Act,
    payment: OfferedPayment,
    word: Word,
    state: InstructionState,
    *,
    advices: list[_Advice] | None = None,
    reports: list[dict[str, Any]] | None = None,
) -> None:
    """The word and all that follows from it, in one statement."""
    advised = advices or []
    values = {
        **word.columns(payment.row.settle_on),
        "report_id": word.report_id,
        "message_id": payment.message_id,
        "id": payment.instruction_id,
        "lot_id": payment.row.lot_id,
        "state": state.value,
        "paid": payment.row.drawn_minor if state is InstructionState.SETTLED else 0,
        "given_back": payment.row.drawn_minor if state is InstructionState.REJECTED else 0,
        "at": act.at,
        "called_at": act.at if word.status.code in answers.CALLING_CODES else None,
        "ended_at": act.at if INSTRUCTION.is_final(state) else None,
        "advice_ids": [new_uuid() for _ in advised],
        "advised": [advice.party for advice in advised],
        "advice_kinds": [advice.kind for advice in advised],
        "advice_minors": [advice.money.minor for advice in advised],
        "advice_currencies": [advice.money.currency for advice in advised],
        "advised_at": [act.at for _ in advised],
        **{name: [row[name] for row in reports or []] for name in _REPORT_COLUMNS},
    }
    await act.execute(_WORD, **values)


def _observe(act: Act, payment: OfferedPayment, state: InstructionState) -> None:
    lag = (act.at - payment.row.requested_at).total_seconds()
    metric = _LAG.labels(state.value)
    act.count(lambda: metric.observe(max(0.0, lag)))
