"""Buying and selling as pure rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money
from services.kernel.rule import asked
from services.secondmarket.domain.rules.purchase import (
    Capacity,
    Lot,
    Order,
    Share,
    may_sell,
    price_agreed,
    proceeds,
    purchase_refusals,
)

KG = Decimal
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


def test_a_purchase_is_judged_by_the_rules_of_its_day() -> None:
    sold = Lot("RELEASED", "PURCHASE", "08013100", KG(1000), "CNY", sold=True)

    def judged(day: date) -> list[str]:
        return [r.rule for r in asked(day, purchase_refusals, ORDER, sold, CAPACITY, offered=True)]

    assert judged(date(2020, 1, 1)) == ["SMK-01"]
    assert judged(date(2019, 12, 31)) == [], "there were no purchases for factories before"
