"""Numbers and weights as a language writes them, which is as the Unicode tables have it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest
from babel import Locale
from babel.numbers import format_decimal
from babel.units import format_unit

from services.platform import words

VALUES: Final = (
    *("0", "-0", "0.00", "-0.00", "007", "1", "10", "999", "1000", "-1000", "100.000", "0.5"),
    *("0.0004", "0.0005", "0.0015", "1.9995", "1234567.891", "-98765432.10", "8000.00"),
    *("12345678901234567.12345678", "999999.9999"),
)


@pytest.mark.parametrize("language", words.LOCALES)
@pytest.mark.parametrize("value", VALUES)
def test_a_number_and_a_weight_are_written_as_the_tables_have_it(value: str, language: str) -> None:
    locale = Locale.parse(words.LOCALES[language])
    pattern = "#,##0" + "".join("." if digit == "." else "0" for digit in _decimals(value))
    assert words.number(value, language) == format_decimal(Decimal(value), pattern, locale)
    weighed = format_unit(Decimal(value), "mass-kilogram", "short", locale=locale)
    assert words.weight(value, language) == weighed


def _decimals(value: str) -> str:
    _, point, decimals = value.partition(".")
    return point + decimals


def test_a_number_longer_than_any_sum_keeps_all_its_digits() -> None:
    long = "123456789012345678901234.123456789012"
    assert words.number(long, "en") == "123,456,789,012,345,678,901,234.123456789012"
