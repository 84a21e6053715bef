"""Answers of the inspection API."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.inspection.domain.states import CLOCK_RUNS
from services.kernel.clock import business_day, rfc3339
from services.kernel.identifiers import show
from services.platform.database import Row


def instant(value: datetime | None) -> str | None:
    """An instant as the API shows it."""
    return None if value is None else rfc3339(value)


def day(value: date | None) -> str | None:
    """A Beijing day as the API shows it."""
    return None if value is None else value.isoformat()


def hex_of(value: bytes | None) -> str | None:
    """Bytes as the API shows them."""
    return None if value is None else bytes(value).hex()


def order_answer(row: Row) -> dict[str, Any]:
    """An inspection order with its lot's clock and its newest findings."""
    return {
        "order_id": show("ins", row.order_id),
        "lot_id": show("lot", row.lot_id),
        "state": row.state,
        "version": row.version,
        "port": row.port,
        "lane": row.lane,
        "reasons": list(row.reasons),
        "method_ordered": row.method_ordered,
        "perishable": row.perishable,
        "release_due_at": instant(row.release_due_at),
        "hs_code": row.hs_code,
        "goods_name": row.goods_name,
        "declared_net_kg": f"{row.net_kg:f}",
        "declared_pieces": row.pieces,
        "officers": list(row.officers),
        "bay": row.bay,
        "unstaffed_reason": row.unstaffed_reason,
        "round": row.round,
        "findings": _findings(row),
        "disposal": row.disposal,
        "opened_at": instant(row.opened_at),
        "concluded_at": instant(row.concluded_at),
    }


def _findings(row: Row) -> dict[str, Any] | None:
    if row.found_author is None:
        return None
    return {
        "author": row.found_author,
        "method": row.found_method,
        "results": list(row.found_results),
        "disposal": row.found_disposal,
        "found_kg": None if row.found_kg is None else f"{row.found_kg:f}",
        "items": row.found_items,
        "remark": row.found_remark,
        "recorded_at": instant(row.recorded_at),
        "signer": row.signer,
        "agreed": row.agreed,
        "signer_remark": row.signer_remark,
        "signed_at": instant(row.signed_at),
    }


def seed_answer(row: Row) -> dict[str, Any]:
    """A draw seed: its commitment always, itself once the day is closed."""
    return {
        "seed_id": show("sed", row.seed_id),
        "port": row.port,
        "business_on": day(row.business_on),
        "round": row.round,
        "commitment_sha256": hex_of(row.commitment),
        "committed_at": instant(row.committed_at),
        "closed_at": instant(row.closed_at),
        "seed": hex_of(row.revealed),
    }


def draw_answer(row: Row) -> dict[str, Any]:
    """One draw with everything needed to compute it again once the seed is public."""
    return {
        "purpose": row.purpose,
        "subject": row.subject,
        "value": None if row.draw_value is None else f"{row.draw_value:f}",
        "rate": None if row.rate is None else f"{row.rate:f}",
        "selected": row.selected,
        "eligible": row.eligible,
        "drawn": row.drawn,
        "drawn_at": instant(row.drawn_at),
    }


def rule_answer(row: Row) -> dict[str, Any]:
    """A risk rule with who proposed and who decided it."""
    return {
        "rule_id": show("rul", row.rule_id),
        "code": row.code,
        "title": row.title,
        "lane": row.lane,
        "expression": row.expression,
        "example": row.example,
        "authority": row.authority,
        "effective_from": day(row.effective_from),
        "effective_to": day(row.effective_to),
        "state": row.state,
        "proposed_by": row.proposed_by,
        "decided_by": row.decided_by,
    }


def control_answer(row: Row) -> dict[str, Any]:
    """A control (布控) with who set and who lifted it."""
    return {
        "control_id": show("ctl", row.control_id),
        "kind": row.kind,
        "value": row.value,
        "lane": row.lane,
        "grounds": row.grounds,
        "effective_from": day(row.effective_from),
        "effective_to": day(row.effective_to),
        "set_by": row.set_by,
        "set_at": instant(row.set_at),
        "lifted_by": row.lifted_by,
        "lifted_at": instant(row.lifted_at),
    }


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
        "applied_at": instant(row.applied_at),
        "accepted_on": day(row.accepted_on),
        "due_on": day(row.due_on),
        "extended": row.extended,
        "overdue": _overdue(row),
        "examiners": list(row.examiners),
        "unstaffed_reason": row.unstaffed_reason,
        "reporter": row.reporter,
        "score": row.total,
        "passed": row.passed,
        "pending_decision": pending,
        "certificate": row.certificate,
        "certified_on": day(row.certified_on),
        "review_due_on": day(row.review_due_on),
        "ended_on": day(row.ended_on),
        "may_apply_again_on": day(row.barred_until),
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
        "effective_from": day(row.effective_from),
        "effective_to": day(row.effective_to),
    }
