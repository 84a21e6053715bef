"""Pooled pricing: worked examples W25 and W26."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from services.kernel.money import Money
from services.kernel.pairs import PAIRS
from services.kernel.policy import PolicyBook, PolicyRow
from services.market import queries
from services.market.domain.model import BankQuote, PooledPrice, PriceMove
from services.market.domain.rules import pricing

VND = PAIRS["CNY/VND"]
NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
TERMS = {"outlier": Decimal("0.01"), "half_spread": Decimal("0.003")}


def quote(bic: str, mid: str, millions: int, at: datetime = NOON) -> BankQuote:
    volume = Decimal(millions) * 1_000_000
    return BankQuote(bic, Decimal(mid), volume, at, at + timedelta(minutes=30))


FOUR = [
    quote("ABOCCNBJ", "3560", 40),
    quote("ICBKCNBJ", "3572", 30),
    quote("BKCHCNBJ", "3565", 20),
    quote("PCBCCNBJ", "3550", 10),
]


def priced(quotes: list[BankQuote]) -> PooledPrice:
    price = pricing.pooled(quotes, VND, **TERMS)
    assert price is not None
    return price


def test_w25_pooled_price_is_the_volume_weighted_mid_with_a_half_spread() -> None:
    price = priced(FOUR)
    assert (price.mid, price.bid, price.ask) == (
        Decimal("3563.60"),
        Decimal("3552.91"),
        Decimal("3574.29"),
    )


def test_w25_a_quote_more_than_one_percent_from_the_median_is_dropped() -> None:
    price = priced([*FOUR, quote("VBAAVNVX", "3700", 50)])
    assert price.mid == Decimal("3563.60")
    assert price.dropped == ("VBAAVNVX",)


def test_w26_exports_over_vietnams_daily_exemption_or_monthly_times_are_warned_about() -> None:

    def warnings(amount: str, times: int) -> tuple[str, ...]:
        return pricing.neighbour_warnings(
            Money.parse(amount, "CNY"),
            daily_vnd=Money(2_000_000, "VND"),
            rate=Decimal("3552.91"),
            times=times,
            times_limit=4,
        )

    assert warnings("562.92", 4) == ()
    assert warnings("562.93", 5) == (
        "VN_DAILY_EXEMPTION_EXCEEDED",
        "VN_MONTHLY_TIMES_EXCEEDED",
    )


def test_a_bank_has_one_quote_its_latest_and_old_ones_do_not_count() -> None:
    ttl = timedelta(minutes=30)
    later = quote("ABOCCNBJ", "3561", 5, NOON + timedelta(minutes=1))
    assert pricing.live([*FOUR, later], now=NOON + timedelta(minutes=30), ttl=ttl) == [later]


def test_nothing_is_pooled_out_of_nothing() -> None:
    assert pricing.pooled([], VND, **TERMS) is None
    assert pricing.pooled([quote("ABOCCNBJ", "3560", 0)], VND, **TERMS) is None


@pytest.mark.parametrize(
    ("mid", "banks", "used"),
    [
        ("3631.20", 1, True),
        ("3631.21", 1, False),
        ("3488.80", 1, True),
        ("3488.79", 1, False),
        ("3631.21", 2, True),
        ("35600", 2, True),
    ],
)
def test_beyond_two_percent_of_3560_a_price_needs_a_second_bank(
    mid: str, banks: int, used: bool
) -> None:
    move = PriceMove(Decimal("3560"), Decimal(mid))
    agreed = pricing.move_agreed(move, max_bp=Decimal(200), banks=banks, banks_min=2)
    assert agreed is used


def test_a_quotes_lifetime_is_that_of_the_day_in_beijing() -> None:
    starts = date(2026, 3, 2)
    book = PolicyBook(
        [
            PolicyRow("fx.post_ttl_min", "", 30, "test", date(2020, 1, 1), starts),
            PolicyRow("fx.post_ttl_min", "", 20, "test", starts, None),
        ]
    )
    evening_before_in_london = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert queries.post_ttl(book, evening_before_in_london) == timedelta(minutes=20)
