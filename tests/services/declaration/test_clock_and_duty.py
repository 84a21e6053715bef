"""Pure rules: the release clock (W17), import taxes (W3, W7, W8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.declaration.domain.rules.duty import (
    best_duty_rate,
    excess_over_quota,
    import_taxes,
)
from services.declaration.domain.rules.release_clock import ReleaseClock, release_clock
from services.kernel.clock import BEIJING
from services.kernel.money import Money
from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refused


def row(key: str, value: object, since: str, until: str | None = None) -> PolicyRow:
    end = None if until is None else date.fromisoformat(until)
    return PolicyRow(key, "", value, "test", date.fromisoformat(since), end)


BOOK = PolicyBook(
    [
        row("rcep.release_h", 48, "2022-01-01"),
        row("rcep.perishable_h", 6, "2022-01-01"),
    ]
)
ARRIVED = datetime(2026, 5, 8, 22, 30, tzinfo=BEIJING)
COMPLETE = datetime(2026, 5, 9, 9, 15, tzinfo=BEIJING)


def clock(*, complete: datetime = COMPLETE, perishable: bool = False) -> ReleaseClock:
    return release_clock(
        arrived_at=ARRIVED, information_complete_at=complete, perishable=perishable, book=BOOK
    )


def yuan(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def test_w17_the_clock_starts_when_goods_and_all_documents_are_there() -> None:
    assert clock().started_at == COMPLETE
    assert clock(complete=ARRIVED - timedelta(hours=3)).started_at == ARRIVED


def test_w17_a_document_that_comes_late_starts_the_clock_late() -> None:
    eleven = datetime(2026, 5, 9, 11, 0, tzinfo=BEIJING)
    assert clock(complete=eleven).started_at == eleven


def test_w17_ordinary_goods_are_due_after_48_hours_weekend_or_not() -> None:
    due = datetime(2026, 5, 11, 9, 15, tzinfo=BEIJING)
    assert clock().due_at == due
    assert clock().in_time(due)
    assert not clock().in_time(due + timedelta(seconds=1))


def test_w17_perishables_are_released_strictly_before_six_hours() -> None:
    fruit = clock(perishable=True)
    assert fruit.in_time(datetime(2026, 5, 9, 15, 14, 59, tzinfo=BEIJING))
    assert not fruit.in_time(datetime(2026, 5, 9, 15, 15, 0, tzinfo=BEIJING))


def test_without_a_law_in_force_no_clock_is_made_up() -> None:
    with pytest.raises(Refused) as refused:
        release_clock(
            arrived_at=ARRIVED,
            information_complete_at=COMPLETE,
            perishable=False,
            book=PolicyBook(()),
        )
    assert refused.value.codes == ("POLICY_MISSING",)


def test_w03_the_excess_over_the_quota_bears_duty_and_vat() -> None:
    excess = excess_over_quota(yuan("9500.00"), yuan("8000.00"))
    taxes = import_taxes(excess, duty=Decimal("0.10"), vat=Decimal("0.09"))
    assert (excess.amount, taxes.duty.amount, taxes.vat.amount) == ("1500.00", "150.00", "148.50")
    assert taxes.total.amount == "298.50"


def test_w03_what_fits_the_quota_has_no_excess() -> None:
    assert excess_over_quota(yuan("8000.00"), yuan("8000.00")) == yuan("0.00")


def test_w07_general_import_and_what_a_preference_saves() -> None:
    value, vat = yuan("100000.00"), Decimal("0.13")
    general = import_taxes(value, duty=Decimal("0.10"), vat=vat)
    assert (general.duty.amount, general.vat.amount) == ("10000.00", "14300.00")
    preferred = import_taxes(value, duty=Decimal("0"), vat=vat)
    assert preferred.total.amount == "13000.00"
    assert (general.total - preferred.total).amount == "11300.00"


def test_w07_a_preference_that_costs_more_than_none_is_not_taken() -> None:
    assert best_duty_rate(mfn=Decimal("0.10"), preferential=Decimal("0.12")) == Decimal("0.10")
    assert best_duty_rate(mfn=Decimal("0.10"), preferential=Decimal("0")) == Decimal("0")
    assert best_duty_rate(mfn=Decimal("0.10"), preferential=None) == Decimal("0.10")


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
