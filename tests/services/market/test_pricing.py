"""Pooled pricing: worked examples W25 and W26."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.pairs import PAIRS
from services.kernel.policy import PolicyBook, PolicyRow
from services.market import queries
from services.market.domain.model import BankQuote, PooledPrice, PriceMove, Tier
from services.market.domain.rules import pricing

VND = PAIRS["CNY/VND"]
NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
TERMS = {
    "outlier": Decimal("0.01"),
    "half_spread": Decimal("0.003"),
    "volume_times": Decimal(2),
}


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


@pytest.mark.parametrize(("own_min", "counts_min"), [(5, 5), (30, 30), (31, 30), (1440, 30)])
def test_a_quote_counts_until_its_own_end_or_the_posting_lifetime(
    own_min: int, counts_min: int
) -> None:
    ttl, own_end = timedelta(minutes=30), NOON + timedelta(minutes=own_min)
    until = pricing.counts_until(NOON, own_end, ttl=ttl)
    assert until == NOON + timedelta(minutes=counts_min)


def test_a_price_stands_no_longer_than_the_first_of_its_quotes() -> None:
    short = replace(FOUR[0], valid_until=NOON + timedelta(minutes=2))
    assert priced([short, *FOUR[1:]]).stands_until == NOON + timedelta(minutes=2)


def test_a_volume_weighs_at_most_twice_the_middle_one() -> None:
    three = [quote(f"BANK{n}CNBJ", "3560", 10) for n in range(3)]
    huge = replace(quote("HUGECNBJ", "3595", 1), volume=Decimal("999999999999999"))
    assert priced([*three, huge]).mid == Decimal("3574.00")
    assert priced([*three, quote("HUGECNBJ", "3595", 20)]).mid == Decimal("3574.00")
    assert priced([three[0], huge]).mid == Decimal("3583.33"), "of two, the smaller is the middle"


def by_tiers(bic: str, *steps: tuple[int, str]) -> BankQuote:
    """A quote around 3560: up to which volume, so far from it."""
    mid = Decimal("3560")
    tiers = tuple(Tier(Decimal(up_to), mid - Decimal(d), mid + Decimal(d)) for up_to, d in steps)
    return BankQuote(bic, mid, tiers[-1].up_to, NOON, NOON + timedelta(minutes=30), tiers)


def test_a_volume_that_one_bank_deals_far_out_is_not_dealt_near_for_what_the_others_deal() -> None:
    near = [by_tiers(f"BANK{n}CNBJ", (100_000, "0")) for n in range(2)]
    far = by_tiers("FARACNBJ", (1, "0"), (1_000_000, "71.20"))
    assert priced([*near, far]).tiers == (
        Tier(Decimal(200_001), Decimal("3549.32"), Decimal("3570.68")),
        Tier(Decimal(1_200_000), Decimal("3489.99"), Decimal("3630.01")),
    )


def test_a_tier_is_no_narrower_than_the_one_before_though_a_bank_adds_much_in_it() -> None:
    wide = by_tiers("WIDECNBJ", (1, "0"), (10, "70"))
    deep = by_tiers("DEEPCNBJ", (1, "0"), (2, "1"), (10_000, "1"))
    before, last = priced([wide, deep]).tiers[1:]
    assert (before.bid, before.ask) == (last.bid, last.ask)


LADDERS = st.lists(
    st.lists(
        st.tuples(
            st.integers(min_value=1, max_value=10**9),
            st.decimals(min_value=0, max_value="71.20", places=2),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda step: step[0],
    ),
    min_size=1,
    max_size=6,
)


@given(LADDERS)
def test_no_tier_is_narrower_than_what_its_banks_quote_for_that_volume(
    ladders: list[list[tuple[int, Decimal]]],
) -> None:
    quotes = []
    for n, steps in enumerate(ladders):
        ups, offsets = sorted(up_to for up_to, _ in steps), sorted(d for _, d in steps)
        quotes.append(by_tiers(f"BANK{n}CNBJ", *zip(ups, map(str, offsets), strict=True)))
    market = priced(quotes).tiers
    for level, tier in enumerate(market):
        own = [(q.tier(0), q.tier(level)) for q in quotes]
        owed = sum((first.bid - far.bid) * far.up_to for first, far in own)
        # Half of the last place is what rounding may take.
        for outside in (market[0].bid - tier.bid, tier.ask - market[0].ask):
            assert (outside + Decimal("0.005")) * tier.up_to >= owed
        assert tier.up_to == sum(far.up_to for _, far in own)
    assert [t.bid for t in market] == sorted((t.bid for t in market), reverse=True)


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


def test_a_move_is_shown_as_more_than_the_limit_that_it_exceeds() -> None:
    move = PriceMove(Decimal("3560"), Decimal("3631.21"))
    assert move.shown == Decimal("200.0281")
    assert PriceMove(Decimal(1000000), Decimal("1020000.01")).shown == Decimal("200.0001")


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
