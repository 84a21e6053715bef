"""Answers of the risk API."""

from __future__ import annotations

from typing import Any

from services.kernel.clock import day_shown, instant_shown
from services.kernel.identifiers import show
from services.platform.database import Row


def hex_of(value: bytes | None) -> str | None:
    """Bytes as the API shows them."""
    return None if value is None else bytes(value).hex()


def seed_answer(row: Row) -> dict[str, Any]:
    """A draw seed: its commitment always, itself once the day is closed."""
    return {
        "seed_id": show("sed", row.seed_id),
        "port": row.port,
        "business_on": day_shown(row.business_on),
        "round": row.round,
        "commitment_sha256": hex_of(row.commitment),
        "committed_at": instant_shown(row.committed_at),
        "closed_at": instant_shown(row.closed_at),
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
        "drawn_at": instant_shown(row.drawn_at),
    }


def hit_answer(row: Row) -> dict[str, Any]:
    """A lot that a rule hit, and what else chose it."""
    return {
        "lot_id": show("lot", row.lot_id),
        "port": row.port,
        "lane": row.lane,
        "reasons": list(row.reasons),
        "screened_at": instant_shown(row.screened_at),
    }


def pool_change_answer(row: Row) -> dict[str, Any]:
    """What a filing changed in a pool, with who filed it and who confirmed."""
    return {
        "filing_id": show("imp", row.filing_id),
        "port": row.port,
        "officer_id": show("ofc", row.officer_id),
        "what": row.what,
        "detail": row.detail,
        "changed_at": instant_shown(row.changed_at),
        "filed_by": row.filed_by,
        "seconded_by": row.seconded_by,
    }


def published_draw(row: Row) -> dict[str, Any]:
    """One draw as everybody reads it: not at which minute, by which a truck would be known."""
    return {name: said for name, said in draw_answer(row).items() if name != "drawn_at"}


def rule_answer(row: Row) -> dict[str, Any]:
    """A risk rule with who proposed and who decided it."""
    return {
        "rule_id": show("rul", row.rule_id),
        "version": row.version,
        "code": row.code,
        "title": row.title,
        "titles": row.titles,
        "lane": row.lane,
        "expression": row.expression,
        "example": row.example,
        "authority": row.authority,
        "effective_from": day_shown(row.effective_from),
        "effective_to": day_shown(row.effective_to),
        "state": row.state,
        "proposed_by": row.proposed_by,
        "decided_by": row.decided_by,
        "warnings": list(row.warnings),
        "retires_on": day_shown(row.retires_on),
        "retirement_grounds": row.retirement_grounds,
        "retirement_asked_by": row.retirement_asked_by,
        "retired_by": row.retired_by,
    }


def call_in_answer(row: Row) -> dict[str, Any]:
    """A lot called in, and the order that it was given."""
    return {
        "call_in_id": show("cal", row.call_in_id),
        "lot_id": show("lot", row.lot_id),
        "lane": row.lane,
        "grounds": row.grounds,
        "order_id": None if row.order_id is None else show("ins", row.order_id),
        "called_by": row.called_by,
        "called_at": instant_shown(row.called_at),
    }


def control_answer(row: Row) -> dict[str, Any]:
    """A control (布控) with who set and who lifted it."""
    return {
        "control_id": show("ctl", row.control_id),
        "version": row.version,
        "kind": row.kind,
        "value": row.value,
        "lane": row.lane,
        "grounds": row.grounds,
        "effective_from": day_shown(row.effective_from),
        "effective_to": day_shown(row.effective_to),
        "set_by": row.set_by,
        "set_at": instant_shown(row.set_at),
        "lifted_by": row.lifted_by,
        "lifted_at": instant_shown(row.lifted_at),
    }
