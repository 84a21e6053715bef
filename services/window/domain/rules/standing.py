"""Who holds a case now and what it waits for, by kind and state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.window.domain.model import CaseKind, Missing

NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Standing:
    """Who must act in a state, and what for; ``missing`` is empty when nothing is waited for."""

    holder: str
    missing: tuple[Missing, ...] = ()


def _waits(holder: str, code: str, detail: str) -> Standing:
    return Standing(holder, (Missing(code, detail),))


_DONE: Final = Standing(NOBODY)
_SCREENING: Final = _waits("window", "SCREENING", "Risk screening chooses the lane.")
_BANK: Final = _waits("bank", "BANK_ANSWER", "The bank must say what became of the payment.")
_EXAMINERS: Final = _waits("customs", "EXAMINERS", "Two officers must be drawn.")
_SIGNATURE: Final = _waits("customs", "COUNTERSIGNATURE", "The second officer must sign.")
_FINDINGS: Final = _waits("customs", "FINDINGS", "A drawn officer must record findings.")

STANDINGS: Final[dict[CaseKind, dict[str, Standing]]] = {
    CaseKind.LOT: {
        "SUBMITTED": _waits("members", "SHARES_TO_CONFIRM", "Members must confirm their shares."),
        "IDENTITY_OK": _SCREENING,
        "IN_INSPECTION": _waits("customs", "INSPECTION", "The inspection must be concluded."),
        "RELEASED": _waits("carrier", "GATE_PASS", "The truck must pass the gate."),
        "GATE_OUT": _waits("seller", "SETTLEMENT", "The goods must be sold, or paid for."),
        "SOLD": _waits("bank", "SETTLEMENT", "The seller across the border must be paid."),
        "SETTLED": Standing("window"),
        "CLOSED": _DONE,
        "CANCELLED": _DONE,
        "REJECTED": _DONE,
        "RETURNED": _DONE,
        "SEIZED": Standing("customs"),
    },
    CaseKind.INSPECTION_ORDER: {
        "UNSTAFFED": _waits("customs", "OFFICERS", "Two eligible officers and a bay are needed."),
        "ASSIGNED": _FINDINGS,
        "SENT_BACK": _FINDINGS,
        "AWAITING_SIGNATURE": _SIGNATURE,
        "CONCLUDED": _DONE,
        "WITHDRAWN": _DONE,
    },
    CaseKind.SETTLEMENT: {
        "HELD": _waits("bank_compliance", "COMPLIANCE", "The bank's compliance must decide."),
        "OFFERED": _BANK,
        "IN_PROGRESS": _BANK,
        "SETTLED": _DONE,
        "REJECTED": _DONE,
        "REFUSED": _DONE,
    },
    CaseKind.ACCREDITATION: {
        "APPLIED": _waits("customs", "ACCEPTANCE", "Customs must accept the application."),
        "ACCEPTED": _waits("enterprise", "SELF_ASSESSMENT", "The self-assessment is to be filed."),
        "SELF_ASSESSED": _EXAMINERS,
        "ON_SITE": _waits("customs", "ON_SITE_REPORT", "The on-site inspection must be scored."),
        "REPORTED": _waits("customs", "DECISION", "Two officers must decide."),
        "CERTIFIED": _DONE,
        "SUSPENDED": _waits("customs", "DECISION", "The suspension must be lifted or decided."),
        "UNDER_REVIEW": _EXAMINERS,
        "DECLINED": _DONE,
        "WITHDRAWN": _DONE,
        "FAILED": _DONE,
        "DOWNGRADED": _DONE,
    },
    CaseKind.FACTORY_ORDER: {
        "OPEN": _waits("enterprise", "LOTS", "The order is not filled yet."),
        "FILLED": _DONE,
    },
    CaseKind.E_BOOK: {
        "OPEN": _waits("enterprise", "CLOSING", "Stock is to be counted and the period closed."),
        "ALERTED": _waits("customs", "ALERT", "An officer must close the alerts."),
        "CLOSED": _DONE,
    },
}


def standing(kind: CaseKind, state: str) -> Standing:
    """Who holds a case in a state and what it waits for.

    Raises KeyError for a state that is not in the table: the table must follow the services'
    states (a test compares them), and a guess would be shown to people as a fact.
    """
    return STANDINGS[kind][state]
