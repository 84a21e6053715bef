"""Screening: nothing is released without a person unless every rule could be judged and passed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.credit_level import CreditLevel
from services.kernel.lanes import Lane, Method
from services.risk.domain.model import Control, Level, Screening, Through
from services.risk.domain.rules.expression import (
    SPECIMEN,
    Unevaluable,
    expression_refusals,
    truth,
)
from services.risk.domain.rules.expression_cost import too_costly
from services.risk.domain.rules.inspection_rate import level_that_counts
from services.risk.domain.rules.screening import (
    CONTROL_HIT,
    RiskRule,
    RuleBook,
    method_ordered,
    screen,
)

DAY = date(2026, 5, 8)
NEVER = Decimal("0.9999999999")
ALWAYS = Decimal(0)


def risk_rule(code: str, expression: str, lane: Lane = Lane.RED) -> RiskRule:
    return RiskRule(f"rul_{code}", code, lane, expression, date(2026, 1, 1))


ORIGIN = risk_rule("THIRD_ORIGIN", "origin != 'VN'", Lane.YELLOW)


def lane_of(*rules: RiskRule, value: Decimal = NEVER, **facts: object) -> tuple[Lane, str]:
    lot = replace(SPECIMEN, **facts)  # type: ignore[arg-type]
    found = screen(lot, rules, (), value=value, rate=Decimal("0.05"))
    return found.lane, ",".join(found.reasons)


def test_a_lot_that_no_rule_hits_is_green() -> None:
    assert lane_of(ORIGIN) == (Lane.GREEN, "")


def test_a_rule_that_hits_gives_its_lane_and_code() -> None:
    assert lane_of(ORIGIN, origin="TH") == (Lane.YELLOW, "THIRD_ORIGIN")


def test_the_most_severe_lane_wins_and_every_reason_is_named() -> None:
    heavy = risk_rule("HEAVY", "net_g > 500000", Lane.RED)
    assert lane_of(ORIGIN, heavy, origin="TH") == (Lane.RED, "THIRD_ORIGIN,HEAVY")


def test_the_random_share_goes_to_physical_inspection() -> None:
    assert lane_of(ORIGIN, value=ALWAYS) == (Lane.RED, "RANDOM")


def test_a_rule_that_cannot_be_evaluated_sends_the_case_to_a_person() -> None:
    needs_seller = risk_rule("SELLER", "seller == 'VN-S666'", Lane.YELLOW)
    assert lane_of(needs_seller, seller=None) == (Lane.YELLOW, "RULE_UNEVALUABLE:SELLER")


@pytest.mark.parametrize(
    "expression",
    [
        "unknown_name > 1",
        "net_g > 'heavy'",
        "net_g",
        "net_g / (ticket_count - 1) > 5",
        "net_g + 9223372036854775807 > 0",
        "port.matches('(')",
        "null > 1",
        "((",
        "",
        "(" * 600 + "true" + ")" * 600,
        "now() > 1",
        "'true'",
        "1",
    ],
)
def test_a_faulty_rule_is_never_taken_as_false(expression: str) -> None:
    with pytest.raises(Unevaluable):
        truth(expression, SPECIMEN.variables())
    lane, reasons = lane_of(risk_rule("BAD", expression))
    assert (lane, reasons) == (Lane.RED, "RULE_UNEVALUABLE:BAD")


LIST = "[1, 2, 3, 4, 5, 6, 7, 8]"


def nested(depth: int) -> str:
    expression = "true"
    for number in range(depth):
        expression = f"{LIST}.all(x{number}, {expression})"
    return expression


@pytest.mark.parametrize(
    "expression",
    [
        nested(2),
        nested(7),
        f"{LIST}.map(x, {LIST}.map(y, y)).size() > 0",
        f"{LIST} . exists\n(x, (true) && {LIST}.exists_one(y, y > 1))",
        f"{LIST}.all(x, size('\\')') > 0 && {LIST}.all(y, true))",
        f"{LIST}.all(x, size(r'\\') > 0 && {LIST}.all(y, true))",
        f"{LIST}.all(x, // a remark with ' in it )\n {LIST}.all(y, true))",
        f"{LIST}.all(x, seller.matches('a'))",
        " && ".join([f"{LIST}.all(x, true)"] * 4),
        "seller.matches(r'\\w{20}')",
        "seller.matches('\\\\p{L}+')",
        "seller.matches('(a{99}){9}')",
        "seller.matches('a' + 'b')",
        "seller.matches('a') || seller.matches('b') || seller.matches('c')",
    ],
)
def test_a_rule_that_could_hold_up_every_lot_is_refused_and_never_evaluated(
    expression: str,
) -> None:
    (refusal,) = expression_refusals(expression, {})
    assert (refusal.code, refusal.pointer) == ("RULE_TOO_COSTLY", "/expression")
    with pytest.raises(Unevaluable):
        truth(expression, SPECIMEN.variables())


@pytest.mark.parametrize(
    "expression",
    [
        "['VN-S000', 'VN-S001'].exists(s, s == seller)",
        f"{LIST}.all(x, x > 0) && {LIST}.exists(y, y == 8) && ticket_count == 1",
        "seller.matches('^VN-S[0-9]{3}$')",
        "seller != 'all(x, all(y, true))' && seller != \"exists(\"",
        "hs_code.matches(r'^0801\\.?[0-9]*$') || true",
    ],
)
def test_a_rule_that_costs_little_is_taken(expression: str) -> None:
    assert too_costly(expression) is None


@given(st.text(max_size=80))
def test_no_text_whatever_makes_screening_fall_over(text: str) -> None:
    lane, _ = lane_of(risk_rule("ANY", text))
    assert lane in (Lane.GREEN, Lane.RED)


def test_without_a_rule_in_force_the_goods_are_inspected() -> None:
    assert lane_of() == (Lane.RED, "NO_RULE_BOOK")


@pytest.mark.parametrize(("value", "rate"), [(None, Decimal("0.05")), (NEVER, None)])
def test_without_a_draw_or_a_rate_the_goods_are_inspected(
    value: Decimal | None, rate: Decimal | None
) -> None:
    found = screen(SPECIMEN, [ORIGIN], (), value=value, rate=rate)
    assert (found.lane, found.reasons) == (Lane.RED, ("RATE_MISSING",))


def test_w22_a_hit_list_overrides_the_rate() -> None:
    control = Control("ctl_1", Lane.RED, Through("carrier", "carrier:C1"))
    advanced = replace(SPECIMEN, credit_level=CreditLevel.ADVANCED)
    found = screen(advanced, [ORIGIN], [control], value=NEVER, rate=Decimal("0.008"))
    assert (found.lane, found.reasons) == (Lane.RED, ("CONTROL_HIT:ctl_1",))


def test_of_several_controls_the_strictest_gives_the_lane_and_each_is_named() -> None:
    controls = [
        Control("ctl_1", Lane.YELLOW, Through("goods")),
        Control("ctl_2", Lane.RED, Through("resident", "resident:res_1")),
    ]
    found = screen(SPECIMEN, [ORIGIN], controls, value=NEVER, rate=Decimal("0.05"))
    assert (found.lane, found.reasons) == (Lane.RED, ("CONTROL_HIT:ctl_1", "CONTROL_HIT:ctl_2"))


@given(st.lists(st.sampled_from(CreditLevel), min_size=1))
def test_of_the_levels_that_a_lots_parties_have_the_strictest_counts(
    levels: list[CreditLevel],
) -> None:
    order = ("SERIOUSLY_DISHONEST", "DISHONEST", "ORDINARY", "CERTIFIED", "ADVANCED")
    found = level_that_counts(Level(one, Through("seller", f"seller:{one}")) for one in levels)
    assert found is not None
    assert found.level == min(levels, key=order.index)
    assert found.through.party == f"seller:{found.level}"


def test_where_nobody_has_a_level_none_counts() -> None:
    assert level_that_counts(()) is None


def test_rules_apply_from_their_first_day_until_the_day_before_their_last() -> None:
    rule = replace(ORIGIN, effective_from=DAY, effective_to=date(2026, 5, 10))
    book = RuleBook(1, (rule,))
    days = [date(2026, 5, d) for d in (7, 8, 9, 10)]
    assert [bool(book.on(d)) for d in days] == [False, True, True, False]


def test_a_rule_must_prove_itself_on_an_example_it_hits() -> None:
    assert expression_refusals("origin != 'VN'", {"origin": "TH"}) == []


@pytest.mark.parametrize(
    ("expression", "example", "pointer"),
    [
        ("origin == 'TH'", {"origin": "LA"}, "/example"),
        # Equality between a number and a text is silently false in CEL.
        ("value_minor == '800000'", {"value_minor": 800_000}, "/example"),
        ("origin == 'TH'", {"colour": "red"}, "/example"),
        ("origin == 'TH'", {"origin": 5}, "/example"),
        ("lot.origin == 'TH'", {}, "/expression"),
        ("[1].exists(x, x > 0)", {}, "/expression"),
        ("net_g", {}, "/expression"),
        ("1 +", {}, "/expression"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(
    expression: str, example: dict[str, object], pointer: str
) -> None:
    (refusal,) = expression_refusals(expression, example)
    assert (refusal.code, refusal.pointer) == ("RULE_INVALID", pointer)


def test_documents_for_yellow_a_sample_for_red_everything_under_control() -> None:
    def ordered(lane: Lane, *reasons: str) -> Method | None:
        return method_ordered(Screening(lane, reasons, selected=False))

    assert ordered(Lane.GREEN) is None
    assert ordered(Lane.YELLOW, "TEST") is Method.DOCUMENT
    assert ordered(Lane.RED, "TEST") is Method.SAMPLE
    assert ordered(Lane.RED, "TEST", f"{CONTROL_HIT}:ctl_1") is Method.FULL
