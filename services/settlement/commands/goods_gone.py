"""Money that was paid for goods which never come: a dispute opens, and what came back is booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show
from services.kernel.money import Money
from services.kernel.rules.ledger import Kind, return_legs
from services.kernel.salted import rows_digest
from services.platform import ledger
from services.platform.act import Act
from services.platform.database import Row
from services.platform.ledger import legs_as_kept, legs_kept
from services.platform.visibility import compliance
from services.settlement.commands.standing import dispute_due, dispute_stand
from services.settlement.domain import events
from services.settlement.domain.rules.reporting import PaymentsReport, return_report
from services.settlement.domain.states import GOODS_GONE, Disposition, InstructionState
from services.settlement.domain.worded import REPORTS
from services.settlement.tables import RELEASED_VALUE

_OPEN = text("""
    INSERT INTO bank_disputes (
        dispute_id, instruction_id, bank_bic, disposition, opened_at, due_at
    ) VALUES (:dispute_id, :id, :bank_bic, :disposition, :at, :due_at)
    ON CONFLICT (instruction_id) WHERE disposition = 'GOODS_GONE' DO NOTHING RETURNING dispute_id
""")
_POSTED = text(f"""
    SELECT t.transaction_id, {legs_kept("t.transaction_id")} AS legs
    FROM ledger_transactions AS t WHERE t.case_id = :id AND t.kind = 'POST'
""")
_REPORTED = text("""
    SELECT kind, bop_code, purpose_code, paid_minor, currency, counter_country, value_on, due_on
    FROM payment_reports WHERE instruction_id = :id
""")
_RETURNED = text(f"""
    WITH given_back AS (
        {RELEASED_VALUE.take_back("CAST(:drawn AS bigint)")}
    ), reported AS (
        INSERT INTO payment_reports (
            instruction_id, kind, bop_code, purpose_code, paid_minor, currency, counter_country,
            value_on, due_on, created_at
        ) VALUES (
            :id, :kind, :bop_code, :purpose_code, :paid_minor, :currency, :counter_country,
            :value_on, :due_on, :at
        )
    )
    UPDATE settlement_instructions SET returned_at = :at, returned_on = :returned_on,
        drawn_minor = drawn_minor - CAST(:drawn AS bigint)
    WHERE instruction_id = :id
""")
STEP: Final = "goods_gone"
"""The step of a payment's case by which its dispute opens, once."""


async def goods_gone_open(act: Act, payment: Row, state: InstructionState) -> None:
    """Two of the bank's compliance must find what becomes of the money, until a day by policy.

    The payment is locked; another look at it may have been first. Raises Refused POLICY_MISSING.
    """
    case, dispute_id = show("stl", payment.instruction_id), new_uuid()
    due_at = await dispute_due(act)
    values = {"id": payment.instruction_id, "bank_bic": payment.bank_bic, "at": act.at}
    about = {"dispute_id": dispute_id, "disposition": Disposition.GOODS_GONE, "due_at": due_at}
    if (await act.execute(_OPEN, **values, **about)).first() is None:
        return
    opened = events.PaymentGoodsGone(
        lot_id=show("lot", payment.lot_id),
        lot_state=payment.lot_state,
        disposition=Disposition.GOODS_GONE,
        dispute_id=show("dsp", dispute_id),
    )
    act.record(case, opened, step=STEP)
    act.headers.wait(case, GOODS_GONE.code, [compliance(payment.bank_bic)], due_at=due_at)
    dispute_stand(act, case, state)


async def payment_return(act: Act, payment: Row, dispute_id: UUID, returned_on: date) -> None:
    """What was posted is reversed, what was drawn of the lot's value is given back, and the return
    is reported beside the payment.

    The payment is locked, in its lot's turn. When it was paid, and with which value date, stands.
    """
    case = show("stl", payment.instruction_id)
    posted = (await act.execute(_POSTED, id=payment.instruction_id)).one()
    legs = return_legs(legs_as_kept(posted.legs))
    transaction_id = await ledger.book(
        act, Kind.RETURN, legs, case=case, resolves=posted.transaction_id
    )
    rows = (await act.execute(_REPORTED, id=payment.instruction_id)).all()
    reported = [{name: getattr(row, name) for name in REPORTS} for row in rows]
    back = await _return_reported(act, reported, returned_on)
    values = {"id": payment.instruction_id, "lot_id": payment.lot_id, "at": act.at, **back}
    await act.execute(_RETURNED, **values, drawn=payment.drawn_minor, returned_on=returned_on)
    returned = events.PaymentReturned(
        transaction_id=show("led", transaction_id),
        amount=MoneyBody.of(Money(payment.amount_minor, payment.currency)),
        paid=MoneyBody.of(Money(payment.paid_minor, payment.paid_currency)),
        returned_on=returned_on,
        dispute_id=show("dsp", dispute_id),
        reports=rows_digest(case, [[one[name] for name in REPORTS] for one in (*reported, back)]),
    )
    act.record(case, returned, step="return")


async def _return_reported(
    act: Act, reported: Sequence[Mapping[str, Any]], returned_on: date
) -> dict[str, Any]:
    """The row by which the return is reported, beside that of the payment, which stands."""
    (payment,) = (one for one in reported if one["kind"] == "BALANCE_OF_PAYMENTS")
    report = return_report(
        PaymentsReport(
            bop_code=payment["bop_code"],
            purpose_code=payment["purpose_code"],
            paid=Money(payment["paid_minor"], payment["currency"]),
            counter_country=payment["counter_country"],
            value_on=payment["value_on"],
            due_on=payment["due_on"],
        ),
        returned_on=returned_on,
        found_at=act.at,
        book=await act.law(),
    )
    return {
        "kind": "BALANCE_OF_PAYMENTS_RETURN",
        "bop_code": report.bop_code,
        "purpose_code": report.purpose_code,
        "paid_minor": report.paid.minor,
        "currency": report.paid.currency,
        "counter_country": report.counter_country,
        "value_on": report.value_on,
        "due_on": report.due_on,
    }
