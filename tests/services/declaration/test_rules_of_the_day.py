"""A lot is judged by the rules of its day of entry: none too early, none that ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from services.declaration.domain.model import (
    Entries,
    Facts,
    Purpose,
    QuotaLimits,
    ResidentFacts,
    SellerFacts,
    Share,
    Submission,
)
from services.declaration.domain.rules.submission import assess
from services.kernel.money import Money
from services.kernel.refusal import Refusal

RESIDENT = b"resident"
EXACT = Money.parse("8000.00", "CNY")


def judged(day: date, *, restrictions: frozenset[str], value: Money = EXACT) -> list[Refusal]:
    """What a lot that entered on a day is refused for, its goods restricted on that day."""
    lot = submission(day, value)
    facts = Facts(
        customs_office="7203",
        group_code=None,
        group_known=False,
        declarant=None,
        declared_as=None,
        origins=frozenset({"VN"}),
        restrictions=restrictions,
        lines={"24022000": False},
        manifest=None,
        entries=Entries(),
        residents={RESIDENT: resident(day)},
        seller=SellerFacts("SELLER", "BFTVVNVX", "0011"),
    )
    return assess(lot, facts, QuotaLimits(EXACT, None))


def named(found: list[Refusal]) -> list[tuple[str, str]]:
    return [(r.code, r.rule) for r in found]


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (date(2010, 5, 1), "HUSHI-GOODS-2010"),
        (date(2024, 3, 1), "HUSHI-GOODS-2010"),
        (date(2024, 4, 7), "HUSHI-GOODS-2010"),
        (date(2024, 4, 8), "HUSHI-GOODS"),
        (date(2026, 11, 18), "HUSHI-GOODS"),
    ],
)
def test_goods_that_are_not_exempt_are_refused_by_the_list_of_their_day(
    day: date, rule: str
) -> None:
    found = judged(day, restrictions=frozenset({"NOT_EXEMPT"}))
    assert named(found) == [("GOODS_NOT_EXEMPT", rule)]


def test_before_there_was_a_list_nothing_stood_on_it() -> None:
    assert judged(date(2010, 4, 30), restrictions=frozenset({"NOT_EXEMPT"})) == []


@pytest.mark.parametrize("day", [date(1996, 4, 1), date(2024, 3, 1), date(2026, 11, 18)])
def test_prohibited_goods_are_refused_on_every_day_by_their_own_rule(day: date) -> None:
    found = judged(day, restrictions=frozenset({"PROHIBITED", "NOT_EXEMPT"}))
    assert named(found) == [("GOODS_PROHIBITED", "HUSHI-PROHIBITED")]


@pytest.mark.parametrize("day", [date(1996, 4, 1), date(2007, 1, 1), date(2026, 11, 18)])
def test_there_has_been_a_quota_as_long_as_the_trade(day: date) -> None:
    over = EXACT + Money.parse("0.01", "CNY")
    found = judged(day, restrictions=frozenset(), value=over)
    assert named(found) == [("QUOTA_EXCEEDED", "HUSHI-QUOTA")]


def submission(day: date, value: Money) -> Submission:
    share = Share(resident=RESIDENT, net_kg=Decimal("100"), value=value)
    return Submission(
        reference="L1",
        port="DONGXING",
        customs_office="7203",
        direction="I",
        vehicle_plate="桂P00001",
        foreign_plate=None,
        manifest_no=None,
        entered_at=datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=2),
        origin="VN",
        shipped_from="VN",
        seller="SELLER",
        seller_bank_bic="BFTVVNVX",
        group_code=None,
        hs_code="24022000",
        goods_name="goods",
        perishable=False,
        net_kg=Decimal("100"),
        gross_kg=Decimal("110"),
        pieces=1,
        value=value,
        purpose=Purpose.RESALE,
        shares=(share,),
    )


def resident(day: date) -> ResidentFacts:
    return ResidentFacts(uuid4(), day, day, is_member=False, used_minor=0, tickets_used=0)
