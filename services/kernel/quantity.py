"""Weights in kilograms (UN/ECE Recommendation 20: KGM) as decimals with three places."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from services.kernel.refusal import Refusal, Refused


def kilograms(value: str | Decimal) -> Decimal:
    """A weight in kg, up to three decimals (grams), from 0. Raises Refused WEIGHT_INVALID."""
    try:
        weight = Decimal(value)
    except InvalidOperation:
        weight = Decimal("NaN")
    if not weight.is_finite() or weight < 0 or weight >= Decimal("1e12"):
        raise Refused(Refusal("WEIGHT_INVALID", f"{value!r} is not a weight in kg, e.g. 147.7."))
    if weight != weight.quantize(Decimal("0.001")):
        raise Refused(Refusal("WEIGHT_INVALID", "A weight has at most three decimals (grams)."))
    return weight.quantize(Decimal("0.001"))
