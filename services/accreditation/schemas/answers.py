"""Answers of the accreditation API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.accreditation.domain.states import CLOCK_RUNS
from services.kernel.clock import business_day, day_shown, instant_shown
from services.kernel.identifiers import show
from services.platform.database import Row


def accreditation_answer(row: Row) -> dict[str, Any]:
    """An accreditation with its clock, its examiners, its score and its certificate."""
    pending = None
    if row.pending_kind is not None:
        pending = {
            "kind": row.pending_kind,
            "level": row.pending_level,
            "author": row.pending_author,
            "grounds": row.pending_grounds,
        }
    return {
        "accreditation_id": show("aeo", row.aeo_id),
        "reference": row.reference,
        "enterprise_code": row.enterprise_code,
        "port": row.port,
        "level": row.level,
        "trades": list(row.trades),
        "state": row.state,
        "version": row.version,
        "cycle": row.cycle,
        "applied_at": instant_shown(row.applied_at),
        "accepted_on": day_shown(row.accepted_on),
        "due_on": day_shown(row.due_on),
        "extended": row.extended,
        "overdue": _overdue(row),
        "examiners": list(row.examiners),
        "unstaffed_reason": row.unstaffed_reason,
        "reporter": row.reporter,
        "score": row.total,
        "passed": row.passed,
        "pending_decision": pending,
        "certificate": row.certificate,
        "certified_on": day_shown(row.certified_on),
        "review_due_on": day_shown(row.review_due_on),
        "ended_on": day_shown(row.ended_on),
        "may_apply_again_on": day_shown(row.barred_until),
    }


def _overdue(row: Row) -> bool:
    """Whether the decision's last day is over, said already or not."""
    if row.overdue_at is not None:
        return True
    runs = row.state in CLOCK_RUNS and row.cycle == 1
    return runs and business_day(datetime.now(UTC)) > row.due_on


def credit_answer(row: Row) -> dict[str, Any]:
    """A credit decision with its label under the law of its day."""
    return {
        "credit_id": show("crd", row.credit_id),
        "party": row.party,
        "level": row.level,
        "label": row.label,
        "grounds": row.grounds,
        "state": row.state,
        "author": row.author,
        "signer": row.signer,
        "accreditation_id": None if row.aeo_id is None else show("aeo", row.aeo_id),
        "effective_from": day_shown(row.effective_from),
        "effective_to": day_shown(row.effective_to),
    }
