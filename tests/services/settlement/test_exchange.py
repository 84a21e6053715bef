"""What a sum is worth at a price, and how long a locked one binds: W26 and W27."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money
from services.kernel.pairs import PAIRS
from services.settlement.domain.model import Price
from services.settlement.domain.rules import matching
from services.settlement.domain.rules.exchange import converted

VND = PAIRS["CNY/VND"]
FOUR = Price(Decimal("3563.60"), Decimal("3552.91"), Decimal("3574.29"))
"""What four banks' quotes are pooled to (W25)."""


def test_w26_8000_yuan_at_the_bid_are_28_423_280_dong() -> None:
    conversion = converted(Money(800000, "CNY"), VND, FOUR)
    assert conversion.gets == Money(28_423_280, "VND")
    assert conversion.at_mid == Money(28_508_800, "VND")
    assert conversion.spread == Money(85_520, "VND")


@given(
    minor=st.integers(min_value=1, max_value=10**12),
    mid=st.decimals(min_value="3000", max_value="4000", places=2),
    from_base=st.booleans(),
)
def test_the_bank_never_loses_on_an_exchange(minor: int, mid: Decimal, from_base: bool) -> None:
    price = Price(mid, mid * Decimal("0.997"), mid * Decimal("1.003"))
    gives = Money(minor, "CNY" if from_base else "VND")
    conversion = converted(gives, VND, price)
    assert conversion.spread.minor >= 0
    assert conversion.at_mid == conversion.gets + conversion.spread


def test_w27_a_quote_locked_at_ten_binds_until_just_before_a_minute_past_ten() -> None:
    ten, ttl = datetime(2026, 11, 18, 2, tzinfo=UTC), timedelta(seconds=60)
    assert matching.quote_live(ten, ttl, now=ten + timedelta(seconds=59))
    assert not matching.quote_live(ten, ttl, now=ten + timedelta(seconds=60))
