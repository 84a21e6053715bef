"""Unit consumption, mass balance and substance as pure rules: W23 and W24."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.refusal import Refused
from services.processing.domain.rules.consumption import (
    Balance,
    balance_is_explained,
    consumed,
    receipt_is_within,
    unit_consumption,
    yield_is_within,
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


def test_a_closed_book_takes_no_act() -> None:
    assert BOOK.is_final(BookState.CLOSED)
    with pytest.raises(Refused, match="STATE_CONFLICT"):
        BOOK.move(BookState.CLOSED, "reopen")
