"""The release clock (W17)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

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
