"""Weights in kilograms (UN/ECE Recommendation 20: KGM) as decimals with three places."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

from services.kernel.mistakes import NUMBER_PLAIN, NUMBER_TEXT
from services.kernel.refusal import Mistake, Refused
from services.kernel.refusals import WEIGHT_INVALID

_PLAIN_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def kilograms(value: str | Decimal) -> Decimal:
    """A weight in kg, up to three decimals (grams), from 0. Raises Refused WEIGHT_INVALID."""
    try:
        weight = Decimal(value)
    except InvalidOperation:
        weight = Decimal("NaN")
    if not weight.is_finite() or weight < 0 or weight >= Decimal("1e12"):
        raise Refused(WEIGHT_INVALID.at())
    if weight != weight.quantize(Decimal("0.001")):
        raise Refused(WEIGHT_INVALID.at())
    return weight.quantize(Decimal("0.001"))


def kilograms_text(weight: Decimal) -> str:
    """A weight as every answer and event says it: to the gram, 10000.000."""
    return f"{weight:.3f}"


def decimal_text(value: object) -> object:
    """The value itself, for a schema to read on. Raises Mistake on a JSON number, or on text
    that is no plain decimal.

    A JSON number has been a binary float somewhere on its way; a string has not. Only a program
    sends one, and is told of strings; what a person types is a text, and he of its digits.
    """
    if isinstance(value, float | int):
        raise Mistake(NUMBER_TEXT.at())
    if isinstance(value, str) and _PLAIN_DECIMAL.fullmatch(value) is None:
        raise Mistake(NUMBER_PLAIN.at())
    return value
