"""The weighbridge at the gate against the declaration."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from services.gate.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("BRT-GATE-WEIGHT", source="gate-weighing", in_force=date(1996, 4, 1))
def gate_weight_as_declared(
    weighed_kg: Decimal, declared_kg: Decimal, tolerance: Decimal
) -> Refusal | None:
    """What leaves through the gate weighs what was declared and released, within the tolerance.

    Both weights are gross, in kg; the tolerance is a share of the declared one, inclusive.
    """
    if abs(weighed_kg - declared_kg) <= declared_kg * tolerance:
        return None
    weighed, declared = f"{weighed_kg:.3f}", f"{declared_kg:.3f}"
    return refusals.GATE_WEIGHT_DIFFERS.at(
        "/gross_kg", weighed_kg=weighed, declared_kg=declared, tolerance=tolerance
    )
