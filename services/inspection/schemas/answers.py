"""Answers of the inspection API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.kernel.clock import instant_shown
from services.kernel.events import MoneyBody
from services.kernel.identifiers import show
from services.kernel.money import Money
from services.platform.database import Row


def order_answer(row: Row, *, alone: bool = False) -> dict[str, Any]:
    """An inspection order with its lot's clock and its newest findings; read ``alone``, with what
    wants its lot inspected beside, and what every round found."""
    return {
        "order_id": show("ins", row.order_id),
        "lot_id": show("lot", row.lot_id),
        "state": row.state,
        "version": row.version,
        "port": row.port,
        "lane": row.lane,
        "reasons": list(row.reasons),
        "titles": {code: by[""] for code, by in (row.titles or {}).items()},
        "titles_by_language": {
            code: {language: title for language, title in by.items() if language}
            for code, by in (row.titles or {}).items()
        },
        "through": row.through,
        "wanted_beside": [_wanted(one) for one in row.wanted_beside] if alone else None,
        "grounds": row.grounds,
        "method_ordered": row.method_ordered,
        "perishable": row.perishable,
        "release_due_at": instant_shown(row.release_due_at),
        "hs_code": row.hs_code,
        "goods_name": row.goods_name,
        "declared_net_kg": f"{row.net_kg:f}",
        "declared_pieces": row.pieces,
        "lot": _lot(row),
        "officers": list(row.officers),
        "absent": list(row.absent),
        "bay": row.bay,
        "unstaffed_reason": row.unstaffed_reason,
        "round": row.round,
        "findings": _findings(row),
        "rounds": [_round(one) for one in row.rounds] if alone else None,
        "disposal": row.disposal,
        "let_go_by": row.let_go_by,
        "opened_at": instant_shown(row.opened_at),
        "concluded_at": instant_shown(row.concluded_at),
    }


def _wanted(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "since": instant_shown(datetime.fromisoformat(found["since"]))}


def _round(found: dict[str, Any]) -> dict[str, Any]:
    times = {
        name: instant_shown(datetime.fromisoformat(found[name])) if found[name] else None
        for name in ("recorded_at", "signed_at")
    }
    return {**found, **times}


def on_roster(row: Row, *, why: bool, yours: bool) -> dict[str, Any]:
    """An officer of a port without name: whether he is there, and when he is not; ``why`` not, for
    whoever may know; ``yours`` where it was its reader who said so."""
    away = None
    if row.duty is not None:
        duty = row.duty if why else "AWAY"
        away = {"duty": duty, "from_on": row.from_on, "until_on": row.until_on, "yours": yours}
    return {
        "officer_id": show("ofc", row.officer_id),
        "badge_no": row.badge_no,
        "team": row.team,
        "skills": list(row.skills),
        "in_service": row.in_service,
        "on_duty": row.active,
        "away": away,
        "open_orders": row.open_orders,
    }


def _lot(row: Row) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "state": row.lot_state,
        "vehicle_plate": row.vehicle_plate,
        "foreign_plate": row.foreign_plate,
        "manifest_no": row.manifest_no,
        "declarant": row.submitted_by,
        "declarant_name": row.declarant_name,
        "seller": row.seller,
        "value": MoneyBody.of(Money(row.value_minor, row.currency)).model_dump(),
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
        "recorded_at": instant_shown(row.recorded_at),
        "signer": row.signer,
        "agreed": row.agreed,
        "signer_remark": row.signer_remark,
        "signed_at": instant_shown(row.signed_at),
    }
