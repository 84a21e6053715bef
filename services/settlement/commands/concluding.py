"""The bank's word carried out: post, or void and give back, or go on waiting."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import SYSTEM
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.platform import event_log
from services.platform.database import Row, Tx
from services.settlement.commands.examining import give_back
from services.settlement.commands.ledger import book as ledger_book
from services.settlement.commands.receiving import dispute
from services.settlement.domain import events
from services.settlement.domain.rules import answers, ledger, reporting
from services.settlement.domain.states import INSTRUCTION, Disposition, InstructionState
from services.settlement.queries import banking, instructions
from services.settlement.queries import ledger as ledger_reads
from workflows.ports.settlement import BankStatusSignal

_TOO_LATE = text(
    "UPDATE bank_statuses SET disposition = 'LATE' WHERE report_id = :id AND line_no = :line_no"
)
_WORD = text(
    "UPDATE settlement_instructions SET state = :state, bank_status = :code,"
    " bank_reason = coalesce(:reason, bank_reason),"
    " bank_reference = coalesce(:reference, bank_reference), drawn_minor = :drawn_minor,"
    " ended_at = :ended_at, version = version + 1 WHERE instruction_id = :id"
)
_CLOSE = text("UPDATE bank_messages SET closed_at = :at WHERE instruction_id = :id")
_PAYMENT_REPORT = text(
    "INSERT INTO payment_reports (instruction_id, kind, bop_code, purpose_code, paid_minor,"
    " currency, counter_country, value_on, due_on, created_at) VALUES (:id, :kind, :bop_code,"
    " :purpose_code, :paid_minor, :currency, :country, :value_on, :due_on, :at)"
)
_ADVICE = text(
    "INSERT INTO settlement_advices (advice_id, instruction_id, party, kind, amount_minor,"
    " currency, issued_at) VALUES (:advice_id, :id, :party, :kind, :minor, :currency, :at)"
)


async def status_apply(
    tx: Tx, signal: BankStatusSignal, *, book: PolicyBook, now: datetime
) -> tuple[InstructionState, Row]:
    """Carry out one recorded status: post, void and give back, or note work in progress."""
    row = await instructions.locked(tx, uuid_of(signal.instruction_id, "stl"))
    state = InstructionState(row.state)
    step = f"status:{signal.report_id}:{signal.line_no}"
    if INSTRUCTION.is_final(state):
        return state, row
    if await event_log.recorded(tx, signal.instruction_id, step) is not None:
        return state, row
    status = await banking.status(tx, UUID(hex=signal.report_id), signal.line_no)
    act = answers.act_of(status.code)
    after = INSTRUCTION.move(state, act)
    if act == "progress":
        event = events.BankStatusCarriedOut(code=status.code, report_id=signal.report_id)
        await _save_word(tx, row, status, after, row.drawn_minor, None)
        await event_log.append(
            tx, case=signal.instruction_id, event=event, step=step, actor=SYSTEM, at=now
        )
        return after, row
    if act == "settle":
        await _settle(tx, row, status, step, book, now)
    else:
        await _reject(tx, row, status, step, now)
    await _save_word(tx, row, status, after, 0 if act == "reject" else row.drawn_minor, now)
    await tx.execute(_CLOSE, {"id": row.instruction_id, "at": now})
    await _dispute_the_rest(tx, signal, status, after, now)
    return after, row


async def _save_word(
    tx: Tx,
    row: Row,
    status: Row,
    state: InstructionState,
    drawn_minor: int,
    ended_at: datetime | None,
) -> None:
    values = {
        "id": row.instruction_id,
        "state": state.value,
        "code": status.code,
        "reason": status.reason,
        "reference": status.bank_reference,
        "drawn_minor": drawn_minor,
        "ended_at": ended_at,
    }
    await tx.execute(_WORD, values)


async def _settle(
    tx: Tx, row: Row, status: Row, step: str, book: PolicyBook, now: datetime
) -> None:
    reservation, legs = await ledger_reads.reservation(tx, row.instruction_id)
    transaction_id = await ledger_book(
        tx,
        ledger.Kind.POST,
        ledger.post_legs(legs),
        instruction_id=row.instruction_id,
        at=now,
        resolves=reservation,
    )
    amount = Money(row.amount_minor, row.currency)
    paid = Money(row.paid_minor, row.paid_currency)
    await _report(tx, row, amount, paid, book, now)
    await _advise(tx, row, row.buyer, "DEBIT", amount, now)
    await _advise(tx, row, f"seller:{row.seller_code}", "CREDIT", paid, now)
    event = events.PaymentSettled(
        code=status.code,
        report_id=status.report_id.hex,
        transaction_id=show("led", transaction_id),
        amount=_body(amount),
        paid=_body(paid),
    )
    case = show("stl", row.instruction_id)
    await event_log.append(tx, case=case, event=event, step=step, actor=SYSTEM, at=now)


async def _reject(tx: Tx, row: Row, status: Row, step: str, now: datetime) -> None:
    reservation, legs = await ledger_reads.reservation(tx, row.instruction_id)
    transaction_id = await ledger_book(
        tx,
        ledger.Kind.VOID,
        ledger.void_legs(legs),
        instruction_id=row.instruction_id,
        at=now,
        resolves=reservation,
    )
    await give_back(tx, row)
    amount = Money(row.amount_minor, row.currency)
    await _advise(tx, row, row.buyer, "RETURN", amount, now)
    event = events.PaymentRejected(
        code=status.code,
        report_id=status.report_id.hex,
        transaction_id=show("led", transaction_id),
        amount=_body(amount),
        reason=status.reason,
    )
    case = show("stl", row.instruction_id)
    await event_log.append(tx, case=case, event=event, step=step, actor=SYSTEM, at=now)


async def _report(
    tx: Tx, row: Row, amount: Money, paid: Money, book: PolicyBook, now: datetime
) -> None:
    """The balance-of-payments row, and the large-value row where the law asks for one."""
    report = reporting.payments_report(
        paid=paid,
        purpose_code=row.purpose_code,
        counter_country=row.seller_country,
        settled_at=now,
        book=book,
    )
    values = {
        "id": row.instruction_id,
        "kind": "BALANCE_OF_PAYMENTS",
        "bop_code": report.bop_code,
        "purpose_code": report.purpose_code,
        "paid_minor": paid.minor,
        "currency": paid.currency,
        "country": report.counter_country,
        "value_on": report.value_on,
        "due_on": report.due_on,
        "at": now,
    }
    await tx.execute(_PAYMENT_REPORT, values)
    large = reporting.large_value(
        amount,
        natural_person=row.buyer.startswith("resident:"),
        threshold=book.decimal("aml.person_crossborder_cny", on=business_day(now)),
    )
    if large:
        await tx.execute(_PAYMENT_REPORT, {**values, "kind": "LARGE_VALUE", "bop_code": None})


async def _advise(tx: Tx, row: Row, party: str, kind: str, money: Money, now: datetime) -> None:
    values = {
        "advice_id": new_uuid(),
        "id": row.instruction_id,
        "party": party,
        "kind": kind,
        "minor": money.minor,
        "currency": money.currency,
        "at": now,
    }
    await tx.execute(_ADVICE, values)


async def _dispute_the_rest(
    tx: Tx, signal: BankStatusSignal, status: Row, ended: InstructionState, now: datetime
) -> None:
    """Other words recorded before the case ended come too late; the contrary ones are shown."""
    others = await banking.other_recorded(
        tx, status.message_id, report_id=status.report_id, line_no=status.line_no
    )
    for other in others:
        step = f"status:{other.report_id.hex}:{other.line_no}"
        if await event_log.recorded(tx, signal.instruction_id, step) is not None:
            continue
        await tx.execute(_TOO_LATE, {"id": other.report_id, "line_no": other.line_no})
        if answers.contradicts(other.code, ended):
            await dispute(
                tx,
                signal.instruction_id,
                other.code,
                Disposition.LATE,
                other.report_id,
                other.line_no,
                SYSTEM,
                now,
            )


def _body(money: Money) -> MoneyBody:
    return MoneyBody(amount=money.amount, currency=money.currency)
