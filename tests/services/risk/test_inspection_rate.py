"""How often goods are inspected at random, by the credit level of who declares them."""

from datetime import date
from decimal import Decimal

from services.kernel.credit_level import CreditLevel
from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.rules.draw import Purpose, draw_value, is_selected
from services.risk.domain.rules.inspection_rate import inspection_rate

SEED = bytes(range(32))
DAY = date(2026, 5, 8)


def book() -> PolicyBook:
    values = {
        "inspection.base_rate": "0.05",
        "credit.rate_factor.advanced": "0.20",
        "credit.rate_margin.advanced": "0.80",
        "credit.rate_factor.certified": "0.50",
        "credit.rate_floor.dishonest": "0.80",
        "credit.rate.dishonest": "0.85",
        "credit.rate_factor.ordinary": "1.00",
        "credit.rate_floor.seriously_dishonest": "1.00",
    }
    rows = (PolicyRow(k, "", v, "sample", date(2021, 11, 1), None) for k, v in values.items())
    return PolicyBook(rows)


def rate(level: CreditLevel) -> Decimal:
    return inspection_rate(level, book(), on=DAY, port="DX")


def test_w22_advanced_enterprises_are_inspected_below_a_fifth_of_the_ordinary_rate() -> None:
    p = rate(CreditLevel.ADVANCED)
    assert p == Decimal("0.008")
    count = sum(is_selected(draw_value(SEED, Purpose.GOODS, f"tkt_{n}"), p) for n in range(100_000))
    assert abs(count - 800) <= 85
    assert count < 1_000


def test_w22_dishonest_enterprises_are_inspected_at_least_four_times_in_five() -> None:
    p = rate(CreditLevel.DISHONEST)
    assert p == Decimal("0.85")
    count = sum(is_selected(draw_value(SEED, Purpose.GOODS, f"tkt_{n}"), p) for n in range(100_000))
    assert count >= 80_000


def test_each_credit_level_has_its_rate() -> None:
    assert rate(CreditLevel.ORDINARY) == Decimal("0.05")
    assert rate(CreditLevel.CERTIFIED) == Decimal("0.025")
    assert rate(CreditLevel.SERIOUSLY_DISHONEST) == 1


def test_the_dishonest_floor_holds_even_when_the_rate_is_set_lower() -> None:
    rows = [
        PolicyRow("credit.rate.dishonest", "", "0.10", "sample", DAY, None),
        PolicyRow("credit.rate_floor.dishonest", "", "0.80", "sample", DAY, None),
    ]
    found = inspection_rate(CreditLevel.DISHONEST, PolicyBook(rows), on=DAY, port="DX")
    assert found == Decimal("0.80")
