"""Disputes with banks as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.kernel.clock import day_shown, instant_shown, rfc3339
from services.kernel.events import MoneyBody, money_said
from services.kernel.fields import Day, Moment, Remark, Request
from services.kernel.identifiers import show
from services.platform.database import Row
from services.platform.visibility import compliance
from services.settlement.domain.states import Disposition, Finding


class DisputeRequest(Request):
    """What a person of the bank's compliance found to be true, and from what."""

    finding: Finding
    returned_on: Day | None = Field(
        default=None, description="the value date with which the money came back, for RETURNED"
    )
    remark: Annotated[Remark, Field(min_length=1)]


class DisputeAnswer(BaseModel):
    """What a bank said and cannot be booked, on whose desk it lies, how old it is, what was found.

    ``disposition`` LATE: it was said against how the payment had ended. ``said`` holds what the
    bank wrote beside it: references, further reasons, remarks, charges. GOODS_GONE: the bank has
    said nothing wrong, but the goods that it pays for never come; ``lot_state`` says how they
    ended, ``code``, ``amount`` and ``value_on`` what the bank has said and was to pay, or paid;
    there is no report.
    """

    dispute_id: str
    version: int = Field(description="of the payment, and of what was said of its disputes")
    instruction_id: str
    client_reference: str = Field(description="of the payment, as who instructed it named it")
    lot_id: str
    bank_bic: str
    owner: str = Field(description="the desk that must find out")
    disposition: Disposition
    lot_state: str | None = Field(description="how the goods that never come ended")
    code: str
    amount: MoneyBody | None
    reason: str | None
    bank_reference: str | None
    value_on: str | None
    said: dict[str, Any]
    opened_at: Moment
    due_at: Moment
    age_s: int
    overdue: bool
    finding: Finding | None
    returned_on: str | None = Field(description="the value date with which the money came back")
    remark: str | None
    signed_by: str | None
    signed_at: Moment | None
    resolved_by: str | None
    resolved_at: Moment | None


def dispute_answer(row: Row, *, now: datetime) -> dict[str, Any]:
    """A dispute as it is shown."""
    ended = row.resolved_at or now
    return {
        "dispute_id": show("dsp", row.dispute_id),
        "version": row.version,
        "instruction_id": show("stl", row.instruction_id),
        "client_reference": row.client_reference,
        "lot_id": show("lot", row.lot_id),
        "bank_bic": row.bank_bic,
        "owner": compliance(row.bank_bic),
        "disposition": row.disposition,
        "lot_state": row.lot_state,
        "code": row.code,
        "amount": None if row.amount_minor is None else money_said(row.amount_minor, row.currency),
        "reason": row.reason,
        "bank_reference": row.bank_reference,
        "value_on": day_shown(row.value_on),
        "said": row.said,
        "opened_at": rfc3339(row.opened_at),
        "due_at": rfc3339(row.due_at),
        "age_s": max(0, int((ended - row.opened_at).total_seconds())),
        "overdue": row.resolved_at is None and now > row.due_at,
        "finding": row.finding,
        "returned_on": day_shown(row.returned_on),
        "remark": row.remark,
        "signed_by": row.signed_by,
        "signed_at": instant_shown(row.signed_at),
        "resolved_by": row.resolved_by,
        "resolved_at": instant_shown(row.resolved_at),
    }
