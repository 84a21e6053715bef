"""Money: exact minor units, one rounding, nothing silently cut (W25, W26)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money, exponent, half_up, price_text
from services.kernel.refusal import Refused

CURRENCIES = {"CNY": 2, "VND": 0, "MMK": 2, "USD": 2}


@pytest.mark.parametrize(("currency", "decimals"), CURRENCIES.items())
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


# XAU is gold and XXX is no currency at all, both by ISO 4217.
@pytest.mark.parametrize("currency", ["", "cny", "RMB", "XAU", "XXX", "CNY "])
def test_a_currency_without_a_minor_unit_or_a_name_is_refused(currency: str) -> None:
    with pytest.raises(Refused) as refused:
        Money.parse("1", currency)
    assert refused.value.codes == ("CURRENCY_UNKNOWN",)


def test_w26_yuan_become_whole_dong_at_the_pooled_bid() -> None:
    dong = Money.rounded(Decimal("8000.00") * Decimal("3552.91"), "VND")
    assert str(dong) == "28423280 VND"


def test_w26_the_vietnamese_allowance_in_yuan_is_rounded_half_up_once() -> None:
    yuan = Money.rounded(Decimal("2000000") / Decimal("3552.91"), "CNY")
    assert yuan.amount == "562.92"


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("2.675", "2.68"), ("8411.7644", "8411.76")],
)
def test_half_a_cent_goes_up(exact: str, rounded: str) -> None:
    assert Money.rounded(Decimal(exact), "CNY").amount == rounded
    assert half_up(Decimal(exact), 2) == Decimal(rounded)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("7934.001", "CNY"), ("1.5", "VND"), ("0.000000001", "CNY"), ("1e-3", "CNY")],
)
def test_decimals_beyond_the_currency_are_refused_not_rounded_away(
    amount: str, currency: str
) -> None:
    with pytest.raises(Refused) as refused:
        Money.parse(amount, currency)
    assert refused.value.codes == ("AMOUNT_INVALID",)


@pytest.mark.parametrize("amount", ["7934.00", "7934.0", "7934", "7934.000000", "7.934E+3"])
def test_decimals_that_say_nothing_are_welcome(amount: str) -> None:
    assert Money.parse(amount, "CNY") == Money(793400, "CNY")


@pytest.mark.parametrize("amount", ["", "NaN", "sNaN", "Infinity", "-Infinity", "1,000.00", "¥5"])
def test_what_is_no_number_is_no_amount(amount: str) -> None:
    with pytest.raises(Refused) as refused:
        Money.parse(amount, "CNY")
    assert refused.value.codes == ("AMOUNT_INVALID",)


def test_sums_of_different_currencies_never_meet() -> None:
    with pytest.raises(ValueError, match="cannot combine CNY with VND"):
        Money(1, "CNY") + Money(1, "VND")
    with pytest.raises(ValueError, match="cannot combine"):
        _ = Money(1, "CNY") <= Money(1, "VND")


@given(st.integers(-(10**17), 10**17), st.sampled_from(sorted(CURRENCIES)))
def test_what_is_shown_reads_back_as_the_same_sum(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.amount, currency) == money
    assert "E" not in money.amount


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [
        ("7.0000000000", "CNY", "7.00"),
        ("7.1250000000", "CNY", "7.125"),
        ("70", "CNY", "70.00"),
        ("3550.0", "VND", "3550"),
        ("0.5", "VND", "0.5"),
    ],
)
def test_a_price_is_shown_with_the_decimals_of_its_currency(
    price: str, currency: str, shown: str
) -> None:
    assert price_text(Decimal(price), currency) == shown
