"""Legal parameters: dated, narrowed by scope, and refused when none is in force."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refused

DAY = date(2026, 11, 18)


def row(
    key: str, value: object, scope: str = "", since: str = "2008-11-01", until: str | None = None
) -> PolicyRow:
    end = None if until is None else date.fromisoformat(until)
    return PolicyRow(key, scope, value, "authority", date.fromisoformat(since), end)


VEHICLE = PolicyBook(
    [
        row("vehicle.declaration_valid_h", 24, until="2025-03-01"),
        row("vehicle.declaration_valid_h", 72, since="2025-03-01"),
    ],
    version=3,
)


@pytest.mark.parametrize(
    ("day", "hours"), [("2025-02-28", 24), ("2025-03-01", 72), ("2026-02-10", 72)]
)
def test_a_parameter_holds_from_its_first_day_to_the_day_before_its_successor(
    day: str, hours: int
) -> None:
    on = date.fromisoformat(day)
    assert VEHICLE.integer("vehicle.declaration_valid_h", on=on) == hours


def test_a_ports_own_parameter_stands_before_the_general_one() -> None:
    key = "hushi.max_tickets_per_day"
    book = PolicyBook([row(key, "none"), row(key, 1, "PINGXIANG")])
    assert book.get("hushi.max_tickets_per_day", on=DAY, scope="PINGXIANG") == 1
    assert book.get("hushi.max_tickets_per_day", on=DAY, scope="DONGXING") == "none"


def test_a_ports_parameter_that_has_ended_gives_way_to_the_general_one() -> None:
    book = PolicyBook(
        [row("k", "general"), row("k", "own", "DONGXING", until="2026-11-18")],
    )
    assert book.get("k", on=date(2026, 11, 17), scope="DONGXING") == "own"
    assert book.get("k", on=DAY, scope="DONGXING") == "general"


@pytest.mark.parametrize("day", ["2008-10-31", "1996-04-01"])
def test_a_day_before_the_law_refuses_the_case(day: str) -> None:
    with pytest.raises(Refused) as refused:
        VEHICLE.get("vehicle.declaration_valid_h", on=date.fromisoformat(day))
    assert refused.value.codes == ("POLICY_MISSING",)


def test_a_parameter_nobody_entered_refuses_the_case_and_is_never_a_default() -> None:
    with pytest.raises(Refused) as refused:
        PolicyBook(()).get("hushi.daily_quota_cny", on=DAY)
    assert refused.value.codes == ("POLICY_MISSING",)
    assert refused.value.refusals[0].facts == {"key": "hushi.daily_quota_cny", "day": str(DAY)}


def test_a_decimal_parameter_is_exact() -> None:
    book = PolicyBook([row("fx.half_spread", "0.003")])
    assert book.decimal("fx.half_spread", on=DAY) == Decimal("0.003")
