"""Weights, sums and prices: decimal strings. A JSON number has been a binary float on its way."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from services.kernel import mistakes
from services.kernel.money import exponent
from services.kernel.quantity import decimal_text
from services.kernel.refusal import Mistake, Refused


def _currency(code: str) -> str:
    try:
        exponent(code)
    except Refused:
        raise Mistake(mistakes.CURRENCY_FORM.at()) from None
    return code


Exact = Annotated[Decimal, BeforeValidator(decimal_text, json_schema_input_type=str)]
"""A decimal written as a string."""
Kilograms = Annotated[
    Exact, Field(gt=0, max_digits=15, decimal_places=3, description="kg, up to three decimals")
]
"""The weight of something that is there."""
CountedKilograms = Annotated[
    Exact, Field(ge=0, max_digits=15, decimal_places=3, description="kg, up to three decimals")
]
"""A weight that may be nothing: what was found or is left."""
Amount = Annotated[
    Exact, Field(ge=0, max_digits=19, decimal_places=4, description="a decimal string")
]
"""A sum of money; the currency beside it says how many decimals it has."""
UnitPrice = Annotated[Exact, Field(gt=0, max_digits=14, decimal_places=6)]
"""A price of one unit, with more decimals than its currency."""
Currency = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")]
"""An ISO 4217 code; a rule says when there is no such currency."""
CurrencyAsFiled = Annotated[Currency, AfterValidator(_currency)]
"""The same for a register, which takes what there is."""
