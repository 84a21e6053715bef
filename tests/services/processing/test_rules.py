"""The rules of landing processing, worked by hand and for any numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.kernel.rule import asked
from services.processing.domain.rules.consumption import (
    Balance,
    balance_is_explained,
    consumed,
    receipt_is_within,
    unit_consumption,
    yield_is_within,
)
from services.processing.domain.rules.purchase import (
    Capacity,
    Lot,
    Order,
    Share,
    may_sell,
    price_agreed,
    proceeds,
    purchase_refusals,
)
from services.processing.domain.rules.substance import (
    ProcessingRule,
    is_substantially_processed,
)
from services.processing.domain.states import BOOK, BookState

KG = Decimal
THREE_PERCENT = Decimal("0.03")
ONE_PERCENT = Decimal("0.01")
weights = st.decimals(0, 1_000_000, places=3)


def balance(*, received: str = "10000", out: str = "0", closing: str = "0") -> Balance:
    unit = unit_consumption(Decimal("3.40"), Decimal("0.15"))
    used = consumed(KG(out), unit)
    return Balance(KG(0), KG(received), used, KG(0), KG(closing))


def test_w23_net_3_40_with_15_percent_loss_is_4_00_per_unit() -> None:
    assert unit_consumption(Decimal("3.40"), Decimal("0.15")) == Decimal("4.00")


@pytest.mark.parametrize(("out", "passes"), [("2500", True), ("2450", True), ("2380", False)])
def test_w23_products_within_three_percent_of_2500_kg_pass(out: str, passes: bool) -> None:
    assert yield_is_within(balance(out=out), THREE_PERCENT) is passes


def test_w23_the_deviation_is_told_with_its_sign() -> None:
    assert balance(out="2450").yield_deviation == Decimal("-0.02")
    assert balance(out="2380").yield_deviation == Decimal("-0.048")


@pytest.mark.parametrize(
    ("closing", "unexplained", "passes"), [("150", "50", True), ("20", "180", False)]
)
def test_w23_fifty_of_ten_thousand_unexplained_pass_at_one_percent_and_180_alert(
    closing: str, unexplained: str, passes: bool
) -> None:
    counted = balance(out="2450", closing=closing)
    assert counted.unexplained_kg == KG(unexplained)
    assert balance_is_explained(counted, ONE_PERCENT) is passes


def test_exactly_the_tolerance_passes() -> None:
    assert yield_is_within(balance(out="2425"), THREE_PERCENT)
    assert balance_is_explained(balance(out="2475"), ONE_PERCENT)
    assert receipt_is_within(KG(1000), KG(990), ONE_PERCENT)
    assert not receipt_is_within(KG(1000), KG("989.999"), ONE_PERCENT)


def test_an_empty_book_balances_and_products_from_nothing_do_not() -> None:
    assert balance_is_explained(balance(received="0"), ONE_PERCENT)
    assert yield_is_within(balance(received="0"), THREE_PERCENT)
    assert not balance_is_explained(balance(received="0", out="1"), ONE_PERCENT)
    assert not yield_is_within(balance(received="0", out="1"), THREE_PERCENT)


@given(weights, weights, weights, weights, weights)
def test_the_closing_equation_always_holds(
    opening: Decimal, received: Decimal, used: Decimal, scrap: Decimal, closing: Decimal
) -> None:
    b = Balance(opening, received, used, scrap, closing)
    assert opening + received == used + scrap + closing + b.unexplained_kg
    assert b.put_in_kg + closing == b.available_kg


@pytest.mark.parametrize(
    ("product", "rule", "passes"),
    [
        ("08013200", ProcessingRule.CTSH, True),
        ("08013200", ProcessingRule.CTH, False),
        ("20081900", ProcessingRule.CTH, True),
        ("20081900", ProcessingRule.CC, True),
        ("08021100", ProcessingRule.CC, False),
        ("08013100", ProcessingRule.CTSH, False),
        ("08013100", ProcessingRule.NONE, True),
    ],
)
def test_w24_shelling_cashews_changes_the_subheading_but_not_the_heading(
    product: str, rule: ProcessingRule, passes: bool
) -> None:
    assert is_substantially_processed(material="08013100", product=product, applies=rule) is passes


def test_a_process_list_asks_what_was_done_not_what_came_out() -> None:
    def passes(*processes: str) -> bool:
        return is_substantially_processed(
            material="03074390",
            product="03074390",
            applies=ProcessingRule.PROCESS_LIST,
            processes=processes,
            listed=("DRYING",),
        )

    assert passes("DRYING")
    assert not passes("REPACKING")
    assert not passes()


ORDER = Order("08013100", KG(10000), KG(0), "CNY")
LOT = Lot("RELEASED", "PURCHASE", "08013100", KG(1000), "CNY", sold=False)
CAPACITY = Capacity(KG(5000), KG(4000))


def codes(
    order: Order = ORDER,
    lot: Lot = LOT,
    capacity: Capacity | None = CAPACITY,
    *,
    offered: bool = True,
) -> list[str]:
    return [r.code for r in purchase_refusals(order, lot, capacity, offered=offered)]


def test_a_released_lot_of_the_ordered_commodity_within_capacity_is_bought() -> None:
    assert codes() == []
    assert codes(lot=Lot("GATE_OUT", "PURCHASE", "08013100", KG(1000), "CNY", sold=False)) == []
    assert codes(order=Order("0801", KG(10000), KG(9999), "CNY")) == []


def test_the_residents_agreement_is_asked_for_when_nothing_else_stands_in_the_way() -> None:
    assert codes(offered=False) == ["NOT_OFFERED"]
    assert codes(capacity=None, offered=False) == ["NOT_FILED"]


@pytest.mark.parametrize(
    ("party", "group_code", "submitted_by", "may"),
    [
        ("group:G1", "G1", "group:G1", True),
        ("group:G1", "G1", "resident:res_1", True),
        ("resident:res_1", "G1", "resident:res_1", False),
        ("resident:res_1", None, "resident:res_1", True),
        ("resident:res_2", None, "resident:res_1", False),
        ("enterprise:E1", "G1", "group:G1", False),
        ("group:None", None, "resident:res_1", False),
    ],
)
def test_the_group_sells_its_members_lot_and_a_lone_resident_the_own(
    party: str, group_code: str | None, submitted_by: str, may: bool
) -> None:
    assert may_sell(party, group_code, submitted_by) is may


@pytest.mark.parametrize(
    ("named", "agreed"), [("9.20", True), ("9.2000000000", True), ("9.19", False), ("9.21", False)]
)
def test_both_sides_write_the_same_price(named: str, agreed: bool) -> None:
    assert (price_agreed(Decimal(named), Decimal("9.2")) is None) is agreed


@pytest.mark.parametrize(
    "state", ["SUBMITTED", "IDENTITY_OK", "IN_INSPECTION", "REJECTED", "RETURNED", "SEIZED"]
)
def test_w28_what_is_not_released_is_not_sold(state: str) -> None:
    lot = Lot(state, "PURCHASE", "08013100", KG(1000), "CNY", sold=False)
    assert codes(lot=lot) == ["NOT_RELEASED"]


def test_every_reason_against_a_purchase_is_given_at_once() -> None:
    lot = Lot("SOLD", "OWN_USE", "09042100", KG(1001), "VND", sold=True)
    found = codes(Order("08013100", KG(10), KG(10), "CNY"), lot, None)
    assert found == [
        "ALREADY_SOLD",
        "OWN_USE",
        "COMMODITY_MISMATCH",
        "CURRENCY_MISMATCH",
        "ORDER_FILLED",
        "NOT_FILED",
    ]
    assert codes(capacity=Capacity(KG(5000), KG("4000.001"))) == ["CAPACITY_EXCEEDED"]


@given(
    st.integers(0, 10**12),
    st.lists(st.decimals("0.001", 10_000, places=3), min_size=1, max_size=300),
)
def test_the_price_is_split_over_the_residents_to_the_last_unit(
    minor: int, kilograms: list[Decimal]
) -> None:
    shares = [Share(str(i), kg, Money(0, "CNY")) for i, kg in enumerate(kilograms)]
    parts = proceeds(Money(minor, "CNY"), shares)
    assert sum(p.minor for p in parts) == minor
    total = sum(kilograms)
    assert all(
        abs(p.minor - minor * kg / total) < 1 for p, kg in zip(parts, kilograms, strict=True)
    )


def test_a_closed_book_takes_no_act() -> None:
    assert BOOK.is_final(BookState.CLOSED)
    with pytest.raises(Refused, match="STATE_CONFLICT"):
        BOOK.move(BookState.CLOSED, "reopen")


def test_a_purchase_is_judged_by_the_rules_of_its_day() -> None:
    sold = Lot("RELEASED", "PURCHASE", "08013100", KG(1000), "CNY", sold=True)

    def judged(day: date) -> list[str]:
        return [r.rule for r in asked(day, purchase_refusals, ORDER, sold, CAPACITY, offered=True)]

    assert judged(date(2020, 1, 1)) == ["PRC-06"]
    assert judged(date(2019, 12, 31)) == [], "there were no purchases for factories before"
