"""The worked examples of taxes (W3, W7, W8, W26), reckoned in the window's money.

The window assesses no tax and takes no declaration of an export: what is tried here is that money
rounds once, half up, where the examples do.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money


class Taxes(NamedTuple):
    """Duty (关税), consumption tax (消费税) and value-added tax (增值税) of one line."""

    duty: Money
    consumption: Money
    vat: Money

    @property
    def total(self) -> Money:
        """What is due together."""
        return self.duty + self.consumption + self.vat


def import_taxes(
    value: Money, *, duty: Decimal, vat: Decimal, consumption: Decimal = Decimal(0)
) -> Taxes:
    """duty = V·d; CT = (V + duty) / (1 - c) · c; VAT = (V + duty + CT) · v."""
    duty_due = share(value, duty)
    consumption_due = share(value + duty_due, consumption / (1 - consumption))
    vat_due = share(value + duty_due + consumption_due, vat)
    return Taxes(duty_due, consumption_due, vat_due)


def share(value: Money, rate: Decimal) -> Money:
    """A sum times a rate, rounded once."""
    return Money.rounded(value.decimal * rate, value.currency)


def yuan(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def test_w03_the_excess_over_the_quota_bears_duty_and_vat() -> None:
    excess = yuan("9500.00") - yuan("8000.00")
    taxes = import_taxes(excess, duty=Decimal("0.10"), vat=Decimal("0.09"))
    assert (excess.amount, taxes.duty.amount, taxes.vat.amount) == ("1500.00", "150.00", "148.50")
    assert taxes.total.amount == "298.50"


def test_w07_general_import_and_what_a_preference_saves() -> None:
    value, vat = yuan("100000.00"), Decimal("0.13")
    general = import_taxes(value, duty=Decimal("0.10"), vat=vat)
    assert (general.duty.amount, general.vat.amount) == ("10000.00", "14300.00")
    preferred = import_taxes(value, duty=Decimal("0"), vat=vat)
    assert preferred.total.amount == "13000.00"
    assert (general.total - preferred.total).amount == "11300.00"


def test_w08_consumption_tax_is_inside_its_own_base() -> None:
    taxes = import_taxes(
        yuan("50000.00"), duty=Decimal("0.10"), vat=Decimal("0.13"), consumption=Decimal("0.15")
    )
    assert taxes.duty.amount == "5000.00"
    assert taxes.consumption.amount == "9705.88"
    assert taxes.vat.amount == "8411.76"
    assert taxes.total.amount == "23117.64"


@given(st.integers(1, 10**12), st.integers(0, 99), st.integers(0, 30))
def test_taxes_are_never_negative_and_a_lower_rate_never_costs_more(
    minor: int, duty: int, vat: int
) -> None:
    value, vat_rate = Money(minor, "CNY"), Decimal(vat) / 100
    taxes = import_taxes(value, duty=Decimal(duty) / 100, vat=vat_rate)
    free = import_taxes(value, duty=Decimal(0), vat=vat_rate)
    assert free.total <= taxes.total
    assert free.duty.minor == 0
    assert min(taxes.duty.minor, taxes.vat.minor, taxes.consumption.minor) >= 0


def test_w26_a_cent_above_vietnams_daily_exemption_is_above_it() -> None:
    exemption = Money.rounded(Money(2_000_000, "VND").decimal / Decimal("3552.91"), "CNY")
    assert yuan("562.92") <= exemption < yuan("562.93")
