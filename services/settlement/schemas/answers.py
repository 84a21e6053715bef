"""Answers of the settlement API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field

from services.kernel.clock import day_shown, instant_shown, rfc3339
from services.kernel.events import MoneyBody, money_said
from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.kernel.money import Money
from services.kernel.pairs import PAIRS
from services.platform.database import Row
from services.platform.ledger import legs_as_kept
from services.settlement.commands.receiving import ReceivedReport
from services.settlement.domain.model import GOODS
from services.settlement.domain.rules import screening, telling
from services.settlement.domain.states import INSTRUCTION, InstructionState
from services.settlement.queries.outside import offered_to_others
from services.settlement.queries.released_value import Payable


class InstructionAnswer(BaseModel):
    """A settlement instruction as its parties and banks see it.

    Why it is held, what the lists said and who signed is told to the executing bank and to
    auditors alone; for everybody else these are null (反洗钱法: no tipping off). Of why it is
    HELD or was REFUSED its parties read in ``held_for`` what says nothing about a screening; of the
    bank's word how it ended, with a reason that says as little (MS03 where it gives no other).
    """

    instruction_id: str
    client_reference: str
    state: InstructionState
    version: int
    lot_id: str
    instructed_by: str
    buyer: str
    seller_code: str
    amount: MoneyBody
    gets: MoneyBody = Field(description="what the seller is to get")
    paid: MoneyBody | None = Field(description="what the seller has: null until the bank says so")
    purpose_code: str
    firm_quote_id: str | None
    bank_bic: str
    bank_status: str | None = Field(description="to its parties null until it ends the payment")
    bank_reason: str | None
    bank_reference: str | None
    value_on: str | None = Field(description="the day on which the money moves, by the bank's word")
    returned_on: str | None = Field(
        default=None,
        description="the value date with which it came back, for goods that never come",
    )
    held_for: list[str] | None
    requested_at: Moment
    offered_at: Moment | None
    escalated_at: Moment | None
    ended_at: Moment | None
    signatures: list[dict[str, str]] | None = None
    hits: list[dict[str, str]] | None = None
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state; null but where one is read alone",
    )
    reports: list[dict[str, Any]] = []
    advices: list[dict[str, Any]] = []


class PayableAnswer(BaseModel):
    """What may be paid of a lot, for what and in which currencies of the seller's."""

    lot_id: str
    value: MoneyBody
    left: MoneyBody = Field(description="what no payment is made of, nor under way for")
    payable: bool = Field(description="whether a payment of it would be taken now")
    refused_for: list[str] = Field(description="codes for which it would be refused; else empty")
    purpose_code: str = Field(description="what a payment of it states as its purpose")
    pay_currencies: list[str] = Field(description="the first needs no firm quote, the others do")


def payable_answer(payable: Payable) -> PayableAnswer:
    """What may be paid of a lot."""
    own = payable.value.currency
    abroad = [pair.quoted for pair in PAIRS.values() if pair.base == own]
    return PayableAnswer(
        lot_id=payable.lot_id,
        value=MoneyBody.of(payable.value),
        left=MoneyBody.of(payable.left),
        payable=not payable.refused_for,
        refused_for=[refusal.code for refusal in payable.refused_for],
        purpose_code=GOODS,
        pay_currencies=[own, *abroad],
    )


class WaitingMessage(BaseModel):
    """A message that waits for the bank. ``reminders`` counts the times it was asked again."""

    message_id: str
    instruction_id: str
    name: str
    state: str
    amount: MoneyBody
    offered_at: Moment
    fetched: bool
    reminders: int
    reminded_at: Moment | None


class StatusReportAnswer(BaseModel):
    """What became of each status: RECORDED, REPEATED, LATE, AMOUNT_DIFFERS, CONTRADICTORY,
    PAID_AGAIN, NOT_YET, VALUED_BEFORE, REASON_UNKNOWN, NOT_BOOKED, UNKNOWN_REFERENCE; and
    ``instruction_id``, which payment it names, where it names one."""

    report_id: str
    statuses: list[dict[str, str]]


class BalanceAnswer(BaseModel):
    """An account's balance: what is reserved and what is posted, now or at the end of day_to."""

    account: str
    currency: str
    pending: str
    posted: str
    opening_pending: str | None = Field(
        default=None, description="what was reserved when day_from began; null without day_from"
    )
    opening_posted: str | None = Field(
        default=None, description="what was posted when day_from began; null without day_from"
    )


class TransactionAnswer(BaseModel):
    """A ledger transaction with its legs; they sum to zero per layer and currency."""

    transaction_id: str
    kind: str
    instruction_id: str
    client_reference: str = Field(description="of the payment, as who instructed it named it")
    resolves: str | None
    booked_at: Moment
    postings: list[dict[str, str]]


def instruction_answer(
    row: Row, details: Row | None = None, *, version: int, inside: bool, now: datetime
) -> dict[str, Any]:
    """An instruction as it is shown, with everything that hangs on it when asked for alone.

    ``inside``: the reader may know why it is held, see ``instructions.reads_inside``. To others one
    whose hold is kept back is like one that its bank has not answered, and what they were told of
    it stands whatever its compliance decides, and whenever.
    """
    outside = INSTRUCTION.stands_outside(row.state, until=row.hold_told_at, now=now)
    offered_at, escalated_at = (
        (row.offered_at, row.escalated_at) if inside else _told_outside(row, now)
    )
    quote_id = row.firm_quote_id
    gets = money_said(row.paid_minor, row.paid_currency)
    return {
        "instruction_id": show("stl", row.instruction_id),
        "client_reference": row.client_reference,
        "state": row.state if inside else outside,
        "version": version if inside else version - row.untold,
        "lot_id": show("lot", row.lot_id),
        "instructed_by": row.instructed_by,
        "buyer": row.buyer,
        "seller_code": row.seller_code,
        "amount": money_said(row.amount_minor, row.currency),
        "gets": gets,
        "paid": gets if row.state == InstructionState.SETTLED and not row.returned_at else None,
        "purpose_code": row.purpose_code,
        "firm_quote_id": None if quote_id is None else show("qte", quote_id),
        "bank_bic": row.bank_bic,
        **_banks_word(row, inside),
        "value_on": day_shown(row.value_on),
        "returned_on": day_shown(row.returned_on),
        "held_for": list(row.held_for) if inside else _held_for(row, outside),
        "requested_at": rfc3339(row.requested_at),
        "offered_at": instant_shown(offered_at),
        "escalated_at": instant_shown(escalated_at),
        "ended_at": instant_shown(row.ended_at),
        **({} if details is None else {**_inside(details, inside), **_details(details)}),
    }


def _told_outside(row: Row, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When a payment was offered and called late, as its parties are told: by when it was asked
    for, so that neither moves with a hold that is kept back, nor with its release, nor with a word
    of the bank's that calls its compliance."""
    promised_at, ended_at = row.promised_at, row.ended_at or now
    late = promised_at is not None and promised_at <= ended_at
    return offered_to_others(row), promised_at if late else None


def _banks_word(row: Row, inside: bool) -> dict[str, Any]:
    state = InstructionState(row.state)
    if inside:
        reason, told, booked = row.bank_reason, True, True
    else:
        told, booked = telling.is_word_told(state), state is InstructionState.SETTLED
        rejected = state is InstructionState.REJECTED
        reason = telling.reason_told(row.bank_reason) if rejected else None
    return {
        "bank_status": row.bank_status if told else None,
        "bank_reason": reason,
        "bank_reference": row.bank_reference if booked else None,
    }


_SAID: Final = (InstructionState.HELD, InstructionState.REFUSED)


def _held_for(row: Row, outside: InstructionState) -> list[str] | None:
    """What a party reads of why a payment is held or was refused, as it stands to him."""
    told = screening.told(row.held_for) if outside in _SAID else None
    return None if told is None else list(told)


def _inside(details: Row, inside: bool) -> dict[str, Any]:
    if not inside:
        return {"signatures": None, "hits": None}
    return {
        "signatures": [
            {**s, "signed_at": _read_time(s["signed_at"])} for s in details.signatures or []
        ],
        "hits": details.hits or [],
    }


def _details(details: Row) -> dict[str, Any]:
    return {
        "reports": [
            {
                "kind": r["kind"],
                "bop_code": r["bop_code"],
                "purpose_code": r["purpose_code"],
                "paid": money_said(r["paid_minor"], r["currency"]),
                "counter_country": r["counter_country"],
                "value_on": r["value_on"],
                "due_on": r["due_on"],
            }
            for r in details.reports or []
        ],
        "advices": [
            {
                "party": a["party"],
                "kind": a["kind"],
                **money_said(a["amount_minor"], a["currency"]),
                "issued_at": _read_time(a["issued_at"]),
            }
            for a in details.advices or []
        ],
    }


def _read_time(value: str) -> str:
    """An instant as the database writes it in JSON, as it is shown."""
    return rfc3339(datetime.fromisoformat(value))


def waiting_answer(row: Row) -> dict[str, Any]:
    """A waiting message as its bank sees it in the list."""
    return {
        "message_id": show("msg", row.message_id),
        "instruction_id": show("stl", row.instruction_id),
        "name": row.name,
        "state": row.state,
        "amount": money_said(row.paid_minor, row.paid_currency),
        "offered_at": rfc3339(row.offered_at),
        "fetched": row.fetched_at is not None,
        "reminders": row.asked_count,
        "reminded_at": instant_shown(row.asked_at),
    }


def report_answer(report: ReceivedReport) -> dict[str, Any]:
    """What became of each status of a report."""
    return {
        "report_id": report.report_id.hex,
        "statuses": [
            {
                "original_instruction": s.original_instruction,
                **({} if s.payment is None else {"instruction_id": show("stl", s.payment)}),
                "code": s.status.code,
                "disposition": s.disposition.value,
            }
            for s in report.statuses
        ],
    }


def balance_answer(row: Row) -> dict[str, Any]:
    """An account's balance as it is shown."""
    return {
        "account": row.code,
        "currency": row.currency,
        "pending": Money(row.pending_minor, row.currency).amount,
        "posted": Money(row.posted_minor, row.currency).amount,
    }


def opened_answer(row: Row) -> dict[str, Any]:
    """An account's balance with that with which the first day asked began."""
    return balance_answer(row) | {
        "opening_pending": Money(row.opening_pending_minor, row.currency).amount,
        "opening_posted": Money(row.opening_posted_minor, row.currency).amount,
    }


def transaction_answer(row: Row) -> dict[str, Any]:
    """A transaction as it is shown."""
    return {
        "transaction_id": show("led", row.transaction_id),
        "kind": row.kind,
        "instruction_id": show("stl", row.case_id),
        "client_reference": row.client_reference,
        "resolves": None if row.resolves is None else show("led", row.resolves),
        "booked_at": rfc3339(row.booked_at),
        "postings": [
            {
                "account": leg.account,
                "layer": leg.layer,
                "purpose": leg.purpose,
                **money_said(leg.money.minor, leg.money.currency),
            }
            for leg in legs_as_kept(row.legs)
        ],
    }
