"""Why a lot was chosen, as its officers' pages show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from services.kernel.events import money_said
from services.portal.visit import Visit

_READS: Final = ("officer", "risk_officer", "auditor")
"""Whoever answers for a lane or looks over it; nobody else is told why, and none is asked."""


async def judgement_on(visit: Visit, lot_id: str, currency: str) -> dict[str, Any] | None:
    """The judgement on a lot, its weights and sums in the units that people read; None where there
    is none yet, or none that is this reader's to see."""
    if visit.role not in _READS:
        return None
    found = await visit.calls.maybe(f"/risk/v1/lots/{lot_id}/screening")
    if found is None:
        return None
    return {**found, "reasons": [_shown(one, currency) for one in found["reasons"]]}


def parties_seen(judgement: dict[str, Any] | None) -> list[str]:
    """Whom a judgement names."""
    found = []
    for one in (judgement or {}).get("reasons", ()):
        if (rule := one["rule"]) is not None and "party" in rule["facts"]:
            found.append(rule["facts"]["party"])
        if (control := one["control"]) is not None and control["kind"] == "party":
            found.append(control["value"])
    return found


def _shown(one: dict[str, Any], currency: str) -> dict[str, Any]:
    rule = one["rule"]
    if rule is None:
        return one
    facts = {name: _read(name, value, currency) for name, value in rule["facts"].items()}
    return {**one, "rule": {**rule, "facts": facts}}


def _read(name: str, value: Any, currency: str) -> Any:
    """Grams as kilograms, minor units as a sum; anything else as it is."""
    if name.endswith("_g"):
        return f"{Decimal(value) / 1000:f}"
    if name.endswith("_minor"):
        return money_said(value, currency)
    return value
