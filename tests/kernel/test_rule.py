"""A case is judged by the rules of its day, by no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_FOUND
from services.kernel.rule import RULES, asked, rule, rule_of

FIRST, NEXT = date(2020, 1, 1), date(2024, 1, 1)


@pytest.fixture(autouse=True)
def rules_of_this_test() -> Iterator[None]:
    before = dict(RULES)
    yield
    RULES.clear()
    RULES.update(before)


@pytest.mark.parametrize(
    ("day", "judged"),
    [
        (date(2019, 12, 31), []),
        (FIRST, ["NOT_FOUND"]),
        (date(2023, 12, 31), ["NOT_FOUND"]),
        (NEXT, []),
    ],
)
def test_a_rule_judges_from_its_first_day_until_another_takes_its_place(
    day: date, judged: list[str]
) -> None:
    @rule("TEST-OLD", source="order-56", in_force=FIRST, until=NEXT)
    def nothing_goes() -> Refusal | None:
        """Nothing goes."""
        return NOT_FOUND.at()

    found = asked(day, nothing_goes)
    assert [r.code for r in found] == judged
    assert all(r.rule == "TEST-OLD" for r in found)


def test_reasons_are_told_alike_however_a_rule_gives_them() -> None:
    @rule("TEST-ONE", source="order-56", in_force=FIRST)
    def one_by_one(places: list[str]) -> Iterator[Refusal]:
        """One reason a place."""
        yield from (NOT_FOUND.at(place) for place in places)

    @rule("TEST-NONE", source="order-56", in_force=FIRST)
    def nothing_found() -> Refusal | None:
        """Nothing is wrong."""
        return None

    assert [r.pointer for r in asked(NEXT, one_by_one, ["/a", "/b"])] == ["/a", "/b"]
    assert asked(NEXT, nothing_found) == []


def test_what_is_no_rule_is_not_asked_as_one() -> None:
    with pytest.raises(KeyError):
        rule_of(len)
