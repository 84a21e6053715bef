"""Findings: what a drawn officer may report, and who may sign it."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.accreditation.domain.states import AEO, AeoState
from services.inspection.domain.model import Declared, Disposal, Findings, Order, Result
from services.inspection.domain.rules.findings import (
    DISPOSALS,
    DRAWN_SINCE,
    MOVES,
    allowed_disposals,
    findings_refusals,
    signed_by_the_other,
)
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.lanes import Lane, Method
from services.kernel.messages import Actor
from services.kernel.refusal import Refused

ORDER_1 = Order(
    "ins_1",
    "lot_1",
    OrderState.ASSIGNED,
    Lane.RED,
    Method.SAMPLE,
    version=2,
    round=1,
    officers=("ofc_a", "ofc_b"),
)
DAY = date(2026, 11, 18)
CLEAN = Findings(Method.SAMPLE, (Result.NO_DIFFERENCE,), Disposal.RELEASE, Decimal("100"))

DECLARED = Declared("08013100", "VN", Decimal("100"), pieces=10, tolerance=Decimal("0.01"))


def codes(findings: Findings, officer: str = "ofc_a") -> list[str]:
    return [r.code for r in findings_refusals(ORDER_1, officer, findings, DECLARED, on=DAY)]


def test_a_drawn_officer_finds_no_difference_and_proposes_release() -> None:
    assert codes(CLEAN) == []


def test_only_a_drawn_officer_reports() -> None:
    assert codes(CLEAN, "ofc_z") == ["NOT_DRAWN"]


def test_goods_may_be_checked_more_deeply_than_ordered_but_not_less() -> None:
    assert codes(replace(CLEAN, method=Method.FULL)) == []
    assert codes(replace(CLEAN, method=Method.OUTER)) == ["METHOD_INSUFFICIENT"]


def test_no_difference_stands_alone() -> None:
    both = replace(CLEAN, results=(Result.NO_DIFFERENCE, Result.NAME))
    assert "RESULTS_INCONSISTENT" in codes(both)
    assert "RESULTS_INCONSISTENT" in codes(replace(CLEAN, results=()))


@pytest.mark.parametrize("result", [r for r in Result if r is not Result.NO_DIFFERENCE])
def test_goods_found_different_are_never_released_as_declared(result: Result) -> None:
    found = replace(CLEAN, results=(result,), found_kg=Decimal("80"))
    assert codes(found) == ["DISPOSAL_NOT_ALLOWED"]


def test_several_results_allow_only_what_all_of_them_allow() -> None:
    assert allowed_disposals((Result.NAME, Result.SMUGGLED)) == {Disposal.SEIZE, Disposal.TRANSFER}


def test_every_pair_of_differences_leaves_at_least_one_disposal() -> None:
    differences = [r for r in Result if r is not Result.NO_DIFFERENCE]
    for pair in itertools.combinations(differences, 2):
        assert allowed_disposals(pair)


def test_every_disposal_moves_the_lot_and_every_result_has_one() -> None:
    assert set(MOVES) == set(Disposal)
    assert set(DISPOSALS) == set(Result)


def test_who_opens_the_goods_weighs_them() -> None:
    assert codes(replace(CLEAN, found_kg=None)) == ["WEIGHT_REQUIRED"]


@pytest.mark.parametrize("found", ["99.000", "101.000"])
def test_a_scale_may_differ_by_the_tolerance_and_no_gram_more(found: str) -> None:
    assert codes(replace(CLEAN, found_kg=Decimal(found))) == []
    beyond = Decimal(found) + (Decimal(found) - 100) / 1000
    (results, weight) = findings_refusals(
        ORDER_1, "ofc_a", replace(CLEAN, found_kg=beyond), DECLARED, on=DAY
    )
    assert (results.code, results.pointer) == ("FINDINGS_INCONSISTENT", "/results")
    assert (weight.code, weight.pointer) == ("FINDINGS_INCONSISTENT", "/found_kg")
    assert weight.facts == {
        "found_kg": f"{beyond:f}",
        "declared_kg": "100",
        "pieces": DECLARED.pieces,
        "tolerance": "0.01",
        "quantity": Result.QUANTITY,
    }


SHORT = replace(CLEAN, results=(Result.QUANTITY,), disposal=Disposal.AMEND)


def test_quantity_is_not_stated_of_goods_that_weigh_what_was_declared() -> None:
    assert codes(SHORT) == ["FINDINGS_INCONSISTENT"] * 2
    assert codes(replace(SHORT, found_kg=Decimal("80"))) == []


def test_a_count_that_differs_is_a_quantity_that_differs() -> None:
    counted = {"hs_code": "08013100", "pieces": 10, "net_kg": None}
    assert codes(replace(SHORT, items=(counted,))) == ["FINDINGS_INCONSISTENT"] * 2
    assert codes(replace(SHORT, items=({**counted, "pieces": 9},))) == []


def test_other_goods_among_the_declared_ones_are_a_quantity_that_differs() -> None:
    declared = {"hs_code": "08013100", "net_kg": "60"}
    other = {"hs_code": "24022000", "net_kg": "40"}
    assert codes(replace(SHORT, items=(declared, other))) == []


def test_a_document_check_states_a_quantity_without_a_scale() -> None:
    yellow = replace(ORDER_1, method_ordered=Method.DOCUMENT)
    paper = replace(SHORT, method=Method.DOCUMENT, found_kg=None)
    assert findings_refusals(yellow, "ofc_a", paper, DECLARED, on=DAY) == []


def test_a_graver_result_stands_whatever_the_goods_weigh() -> None:
    seized = replace(CLEAN, results=(Result.SMUGGLED,), disposal=Disposal.SEIZE)
    assert codes(replace(seized, found_kg=Decimal("1"))) == []


def test_the_other_drawn_officer_signs_never_the_author_nor_a_stranger() -> None:
    waiting = replace(ORDER_1, author="ofc_a")
    a, b, stranger = (
        Actor(subject=name, party=f"officer:{name}", role="officer")
        for name in ("ofc_a", "ofc_b", "ofc_z")
    )
    assert signed_by_the_other(waiting, a, b) is None
    refused = [signed_by_the_other(waiting, a, signer) for signer in (a, stranger)]
    assert [r and r.code for r in refused] == ["SAME_PERSON", "NOT_DRAWN"]


@pytest.mark.parametrize("state", OrderState)
def test_an_order_refuses_every_act_its_state_does_not_know(state: OrderState) -> None:
    for act in {act for _, act in ORDER.moves}:
        if (state, act) in ORDER.moves:
            assert ORDER.move(state, act) in OrderState
        else:
            with pytest.raises(Refused, match="STATE_CONFLICT"):
                ORDER.move(state, act)


@pytest.mark.parametrize("state", AeoState)
def test_an_accreditation_refuses_every_act_its_state_does_not_know(state: AeoState) -> None:
    for act in {act for _, act in AEO.moves}:
        if (state, act) in AEO.moves:
            assert AEO.move(state, act) in AeoState
        else:
            with pytest.raises(Refused, match="STATE_CONFLICT"):
                AEO.move(state, act)


def test_findings_are_judged_by_the_rules_of_the_lots_day() -> None:
    wrong = replace(CLEAN, method=Method.OUTER, found_kg=None)
    day_before = DRAWN_SINCE - timedelta(days=1)

    def judged(day: date) -> list[str]:
        return [r.rule for r in findings_refusals(ORDER_1, "ofc_z", wrong, DECLARED, on=day)]

    assert judged(DRAWN_SINCE) == ["INS-DRAWN", "INS-METHOD"]
    assert judged(day_before) == ["INS-METHOD"], "officers were not drawn then"
