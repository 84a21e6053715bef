"""Pooled pricing, firm quotes and the rota: worked examples W25, W26 and W27."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money
from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refused
from services.settlement.domain.model import PAIRS, Bank, BankQuote, PooledPrice, PriceMove
from services.settlement.domain.rules import matching, pricing, rota
from services.settlement.queries import market

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


def test_w26_8000_yuan_at_the_bid_are_28_423_280_dong() -> None:
    conversion = pricing.converted(Money(800000, "CNY"), VND, priced(FOUR))
    assert conversion.gets == Money(28_423_280, "VND")
    assert conversion.at_mid == Money(28_508_800, "VND")
    assert conversion.spread == Money(85_520, "VND")


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


def test_a_pair_that_no_bank_quotes_here_is_refused() -> None:
    with pytest.raises(Refused) as unknown:
        pricing.pair_named("EUR/USD")
    assert unknown.value.codes == ("PAIR_UNKNOWN",)
    assert pricing.pair_between("VND", "CNY") is VND
    with pytest.raises(Refused):
        pricing.pair_between("CNY", "EUR")


@given(
    minor=st.integers(min_value=1, max_value=10**12),
    mid=st.decimals(min_value="3000", max_value="4000", places=2),
    from_base=st.booleans(),
)
def test_the_bank_never_loses_on_an_exchange(minor: int, mid: Decimal, from_base: bool) -> None:
    price = priced([quote("ABOCCNBJ", str(mid), 10)])
    gives = Money(minor, "CNY" if from_base else "VND")
    conversion = pricing.converted(gives, VND, price)
    assert conversion.spread.minor >= 0
    assert conversion.at_mid == conversion.gets + conversion.spread


def test_w27_a_quote_locked_at_ten_binds_until_just_before_a_minute_past_ten() -> None:
    ten, ttl = datetime(2026, 11, 18, 2, tzinfo=UTC), timedelta(seconds=60)
    assert matching.quote_live(ten, ttl, now=ten + timedelta(seconds=59))
    assert not matching.quote_live(ten, ttl, now=ten + timedelta(seconds=60))


BANKS = [
    Bank("ABOCCNBJ", 1, ("CNY", "VND")),
    Bank("ICBKCNBJ", 2, ("CNY", "VND")),
    Bank("BKCHCNBJ", 3, ("CNY", "VND", "MMK")),
    Bank("PCBCCNBJ", 4, ("CNY",)),
]
MONDAY = date(2026, 11, 16)


def test_w27_four_banks_from_monday_come_round_to_the_first_on_friday() -> None:
    week = [rota.on_duty(BANKS, starts_on=MONDAY, day=MONDAY + timedelta(days=n)) for n in range(5)]
    assert [duty.bank.bic[:4] for duty in week] == ["ABOC", "ICBK", "BKCH", "PCBC", "ABOC"]


def test_w27_the_next_bank_stands_in_for_an_absent_one() -> None:
    duty = rota.on_duty(BANKS, starts_on=MONDAY, day=MONDAY, absent={"ABOCCNBJ"})
    assert (duty.bank.bic, duty.turn.bic, duty.stands_in) == ("ICBKCNBJ", "ABOCCNBJ", True)


def test_w27_a_holiday_uses_up_nobodys_turn() -> None:
    """2026-10-01 to 10-07 are holidays; Saturday the 10th is a make-up day."""
    start = date(2026, 9, 30)
    duty = {d: rota.on_duty(BANKS, starts_on=start, day=date(2026, 10, d)) for d in (3, 8, 9, 10)}
    assert duty[3].serves_on == date(2026, 10, 8)
    assert [duty[d].bank.rota_order for d in (3, 8, 9, 10)] == [2, 2, 3, 4]


def test_a_bank_that_does_not_deal_in_the_currency_is_passed_over() -> None:
    assert rota.on_duty(BANKS, starts_on=MONDAY, day=MONDAY, currency="MMK").bank.rota_order == 3
    with pytest.raises(Refused) as nobody:
        rota.on_duty(BANKS, starts_on=MONDAY, day=MONDAY, currency="LAK")
    assert nobody.value.codes == ("BANK_UNAVAILABLE",)


def test_before_the_rota_starts_or_beyond_the_calendar_nobody_is_named() -> None:
    with pytest.raises(Refused) as early:
        rota.on_duty(BANKS, starts_on=MONDAY, day=MONDAY - timedelta(days=7))
    assert early.value.codes == ("BANK_UNAVAILABLE",)
    with pytest.raises(Refused) as beyond:
        rota.is_business_day(date(2040, 1, 2))
    assert beyond.value.codes == ("CALENDAR_MISSING",)


def test_a_quotes_lifetime_is_that_of_the_day_in_beijing() -> None:
    starts = date(2026, 3, 2)
    book = PolicyBook(
        [
            PolicyRow("fx.post_ttl_min", "", 30, "test", date(2020, 1, 1), starts),
            PolicyRow("fx.post_ttl_min", "", 20, "test", starts, None),
        ]
    )
    evening_before_in_london = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert market.post_ttl(book, evening_before_in_london) == timedelta(minutes=20)
