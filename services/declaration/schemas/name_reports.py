"""Reports that a use of a name was not its bearer's own, as they are asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from services.declaration.domain.reports import OFFICE, ReportState
from services.declaration.domain.states import LotState
from services.kernel.clock import instant_shown, rfc3339
from services.kernel.events import MoneyBody, money_said
from services.kernel.fields import Grounds, Moment, Request, YesNo
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.platform.database import Row


class NameReportRequest(Request):
    """This was not me; nobody owes a reason."""


class NameFindingRequest(Request):
    """What a registrar found: identity document, consent on paper, phone, who was asked."""

    found: Grounds


class NameDecisionRequest(Request):
    """What another registrar decides: ``uphold``, it was not the resident; else it was."""

    uphold: YesNo


class NameReportAnswer(BaseModel):
    """That a use of a name was not its bearer's own: of what, where it stands, who holds it.

    ``found`` is told to the registrar's office and auditors. ``keeps_in``: whether the lot does not
    leave the gate because of it. ``quota_back``: whether the use no longer counts against the
    bearer's quota.
    """

    report_id: str
    version: int
    state: ReportState
    owner: str | None = Field(description="who holds it until it is decided")
    lot_id: str
    reference: str
    port: str
    lot_state: LotState
    goods_name: str
    group_code: str | None
    value: MoneyBody
    resident_id: str
    confirmed_at: Moment | None = Field(description="when the share was confirmed in this name")
    passkey_id: str | None = Field(description="the bound phone that did, if one did")
    keeps_in: bool
    reported_at: Moment
    due_at: Moment
    age_s: int
    overdue: bool
    found: str | None
    found_at: Moment | None
    decided_at: Moment | None
    quota_back: bool


_INSIDE = (LotState.IDENTITY_OK, LotState.IN_INSPECTION, LotState.RELEASED)


def name_report_answer(row: Row, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """A report as it is shown to whoever may read it."""
    ended, inside = row.decided_at or now, LotState(row.lot_state) in _INSIDE
    is_open = row.decided_at is None
    return {
        "report_id": show("nmr", row.report_id),
        "version": row.version,
        "state": row.state,
        "owner": OFFICE if is_open else None,
        "lot_id": show("lot", row.lot_id),
        "reference": row.reference,
        "port": row.port,
        "lot_state": row.lot_state,
        "goods_name": row.goods_name,
        "group_code": row.group_code,
        "value": money_said(row.value_minor, row.currency),
        "resident_id": show("res", row.resident_id),
        "confirmed_at": instant_shown(row.confirmed_at),
        "passkey_id": None if row.passkey_id is None else show("pky", row.passkey_id),
        "keeps_in": is_open and inside,
        "reported_at": rfc3339(row.reported_at),
        "due_at": rfc3339(row.due_at),
        "age_s": max(0, int((ended - row.reported_at).total_seconds())),
        "overdue": is_open and now > row.due_at,
        "found": None if actor.party_kind == "resident" else row.found,
        "found_at": instant_shown(row.found_at),
        "decided_at": instant_shown(row.decided_at),
        "quota_back": row.quota_back,
    }
