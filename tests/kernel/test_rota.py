"""The rota of banks: worked example W27."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.kernel import business_days
from services.kernel.refusal import Refused
from services.kernel.rules import rota
from services.kernel.rules.rota import Bank

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


def test_banks_that_are_filed_on_a_sunday_have_a_duty_from_that_day_on() -> None:
    """Nobody's turn began on the Saturday before: they take none from anybody."""
    sunday = MONDAY + timedelta(days=6)
    filed = [replace(bank, joined_on=sunday) for bank in BANKS]
    days = [sunday + timedelta(days=n) for n in range(2)]
    duty = [rota.on_duty(filed, starts_on=MONDAY, day=day) for day in days]
    assert [(d.bank.bic[:4], d.serves_on) for d in duty] == [("ABOC", days[1])] * 2
    with pytest.raises(Refused):
        rota.on_duty(filed, starts_on=MONDAY, day=sunday - timedelta(days=1))


WEEK = [MONDAY + timedelta(days=n) for n in range(12)]


def week(banks: list[Bank]) -> list[str]:
    return [rota.on_duty(banks, starts_on=MONDAY, day=day).bank.bic[:4] for day in WEEK]


def test_a_bank_that_joins_changes_no_day_before_and_the_order_goes_on() -> None:
    before = week(BANKS)
    joins = MONDAY + timedelta(days=2)
    five = [*BANKS, Bank("CMBCCNBJ", 5, ("CNY", "VND"), joins)]
    after = week(five)
    assert after[:2] == before[:2], "Monday and Tuesday are as they were"
    assert [after[n] for n in (2, 3, 4, 7)] == ["BKCH", "PCBC", "CMBC", "ABOC"]


def test_a_bank_that_leaves_changes_no_day_before_and_the_next_one_follows() -> None:
    before = week(BANKS)
    leaves = MONDAY + timedelta(days=2)
    left = [replace(b, left_on=leaves) if b.rota_order == 3 else b for b in BANKS]
    after = week(left)
    assert after[:2] == before[:2]
    assert [after[n] for n in (2, 3, 4)] == ["PCBC", "ABOC", "ICBK"]


def test_a_change_on_a_day_without_work_uses_up_nobodys_turn() -> None:
    saturday = MONDAY + timedelta(days=5)
    five = [*BANKS, Bank("CMBCCNBJ", 5, ("CNY", "VND"), saturday)]
    assert week(five)[4] == "ABOC"
    assert week(five)[7:12] == ["ICBK", "BKCH", "PCBC", "CMBC", "ABOC"]


def test_who_joins_over_a_weekend_leaves_the_duty_that_has_begun_as_it_is() -> None:
    """Saturday's deals are Monday's bank's: a bank filed that day, first in the order, waits."""
    sunday = MONDAY + timedelta(days=6)
    first = [*BANKS, Bank("AAAACNBJ", 0, ("CNY", "VND"), sunday)]
    assert week(first)[5:8] == week(BANKS)[5:8]
    leaves = [replace(b, left_on=sunday) if b.rota_order == 2 else b for b in BANKS]
    assert week(leaves)[5:8] == week(BANKS)[5:8] == ["ICBK"] * 3
    assert week(leaves)[8:10] == ["BKCH", "PCBC"]


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
        business_days.is_business_day(date(2040, 1, 2))
    assert beyond.value.codes == ("CALENDAR_MISSING",)
