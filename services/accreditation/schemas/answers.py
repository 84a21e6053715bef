"""Answers of the accreditation API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from services.accreditation.commands.cases import case_of
from services.accreditation.domain.rules.accreditation import possible
from services.accreditation.domain.states import AEO, CLOCK_RUNS, AeoState
from services.kernel.clock import business_day, day_shown, instant_shown
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.states import CUSTOMS_INSIDE
from services.platform.database import Row

_CUSTOMS: Final = "customs"
_EXAMINED: Final = {
    AeoState.CERTIFIED,
    AeoState.SUSPENDED,
    AeoState.FAILED,
}
"""Where two officers have decided by a report, and the enterprise is told what it scored."""


def accreditation_answer(row: Row, viewer: Actor) -> dict[str, Any]:
    """An accreditation with its clock, its examiners, its score and its certificate.

    The enterprise is told what it filed itself and what two officers have signed; who examines it
    and what is proposed it is not, nor by state or version that anything is.
    """
    inside = AEO.is_inside(viewer.party_kind)
    told = inside or row.state in _EXAMINED or _ended_examined(row)
    return {
        "accreditation_id": show("aeo", row.aeo_id),
        "reference": row.reference,
        "enterprise_code": row.enterprise_code,
        "port": row.port,
        "level": row.level,
        "trades": list(row.trades),
        "state": row.state if inside else AEO.stands_outside(row.state),
        "version": row.version if inside else row.told_version,
        "cycle": row.cycle,
        "applied_at": instant_shown(row.applied_at),
        "accepted_on": day_shown(row.accepted_on),
        "due_on": day_shown(row.due_on),
        "extended": row.extended,
        "overdue": _overdue(row),
        "examiners": list(row.examiners) if inside else [],
        "unstaffed_reason": row.unstaffed_reason,
        "reporter": row.reporter if inside else None,
        "concurring": row.concurring if inside else None,
        "score": row.total if told else None,
        "passed": row.passed if told else None,
        "self_assessment": row.self_assessment,
        "report": _report(row, inside=inside) if told else None,
        "pending_decision": _pending(row) if inside else None,
        "possible": list(possible(case_of(row), business_day(datetime.now(UTC)))) if inside else [],
        "certificate": row.certificate,
        "certified_on": day_shown(row.certified_on),
        "suspended_on": day_shown(row.suspended_on),
        "review_due_on": day_shown(row.review_due_on),
        "ended_on": day_shown(row.ended_on),
        "may_apply_again_on": day_shown(row.barred_until),
    }


def upon_answer(row: Row, signed_on: Sequence[Row], viewer: Actor) -> dict[str, Any]:
    """Upon what the case goes on, of decisions on which another officer has signed.

    Why a certificate rests or a level was taken away is told whoever may see the case, as the event
    of it tells them; why a proposal was sent back is customs' own affair, until it is decided.
    """
    inside = AEO.is_inside(viewer.party_kind)
    last = next(iter(signed_on), None)
    sent_back = last is not None and not last.agreed and last.cycle == row.cycle
    return {
        "sent_back": _sent_back(last) if inside and last is not None and sent_back else None,
        "grounds": _grounds(row, signed_on),
    }


def _sent_back(decision: Row) -> dict[str, Any]:
    return {
        "kind": decision.kind,
        "level": decision.level,
        "author": decision.author,
        "grounds": decision.grounds,
        "signer": decision.signer,
        "remark": decision.signer_remark,
        "sent_back_at": instant_shown(decision.signed_at),
    }


def _grounds(row: Row, signed_on: Sequence[Row]) -> str | None:
    """Of the certificate that rests, or is none any more."""
    if row.certificate is None or (row.suspended_on is None and row.ended_on is None):
        return None
    agreed = (one.grounds for one in signed_on if one.agreed)
    found: str | None = next(agreed, None)
    return found


def _ended_examined(row: Row) -> bool:
    """Whether it ended by a downgrade after both examiners had signed: it also comes before."""
    return row.state == AeoState.DOWNGRADED and row.concurring is not None


def _pending(row: Row) -> dict[str, Any] | None:
    if row.pending_kind is None:
        return None
    return {
        "kind": row.pending_kind,
        "level": row.pending_level,
        "author": row.pending_author,
        "grounds": row.pending_grounds,
    }


def _report(row: Row, *, inside: bool) -> dict[str, Any] | None:
    """The newest report on site, for whoever signs on it; who made it is customs' own affair."""
    if row.report_author is None:
        return None
    return {
        "author": row.report_author if inside else None,
        "marks": row.marks,
        "failures": list(row.failures),
        "opinion": row.opinion,
        "reported_at": instant_shown(row.reported_at),
        "signer": row.report_signer if inside else None,
        "signer_remark": row.report_remark if inside else None,
        "signed_at": instant_shown(row.report_signed_at),
    }


def _overdue(row: Row) -> bool:
    """Whether the decision's last day is over, said already or not."""
    if row.overdue_at is not None:
        return True
    runs = row.state in CLOCK_RUNS and row.cycle == 1
    return runs and business_day(datetime.now(UTC)) > row.due_on


def credit_answer(row: Row, viewer: Actor) -> dict[str, Any]:
    """A credit decision with its label under the law of its day.

    Of those who decided a party is told that they are customs.
    """
    inside = viewer.party_kind in CUSTOMS_INSIDE
    return {
        "credit_id": show("crd", row.credit_id),
        "version": row.version,
        "party": row.party,
        "level": row.level,
        "label": row.label,
        "grounds": row.grounds,
        "violations": _violations(row.facts),
        "state": row.state,
        "author": row.author if inside else _CUSTOMS,
        "signer": row.signer if inside or row.signer is None else _CUSTOMS,
        "accreditation_id": None if row.aeo_id is None else show("aeo", row.aeo_id),
        "effective_from": day_shown(row.effective_from),
        "effective_to": day_shown(row.effective_to),
    }


def _violations(facts: Mapping[str, Any]) -> dict[str, Any] | None:
    if not facts:
        return None
    return {
        "count": facts["violations"],
        "documents": facts["documents"],
        "fines": {"amount": facts["fines"], "currency": "CNY"},
        "is_broker": facts["is_broker"],
    }
