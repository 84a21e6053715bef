"""Findings: what a drawn officer may report, and who may sign it."""

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest

from services.inspection.domain.model import Disposal, Findings, Lane, Method, Order, Result
from services.inspection.domain.rules.findings import (
    DISPOSALS,
    MOVES,
    allowed_disposals,
    findings_refusals,
    method_for,
    signed_by_the_other,
)
from services.inspection.domain.states import AEO, ORDER, AeoState, OrderState
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
CLEAN = Findings(Method.SAMPLE, (Result.NO_DIFFERENCE,), Disposal.RELEASE, Decimal("100"))


def codes(findings: Findings, officer: str = "ofc_a") -> list[str]:
    return [r.code for r in findings_refusals(ORDER_1, officer, findings)]


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
    assert codes(replace(CLEAN, results=(result,))) == ["DISPOSAL_NOT_ALLOWED"]


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


def test_the_other_drawn_officer_signs_never_the_author_nor_a_stranger() -> None:
    waiting = replace(ORDER_1, author="ofc_a")
    assert signed_by_the_other(waiting, "ofc_b") is None
    own, stranger = (signed_by_the_other(waiting, name) for name in ("ofc_a", "ofc_z"))
    assert own is not None
    assert own.code == "OWN_FINDINGS"
    assert stranger is not None
    assert stranger.code == "NOT_DRAWN"


def test_documents_for_yellow_a_sample_for_red_everything_under_control() -> None:
    assert method_for(Lane.YELLOW, controlled=False) is Method.DOCUMENT
    assert method_for(Lane.RED, controlled=False) is Method.SAMPLE
    assert method_for(Lane.RED, controlled=True) is Method.FULL


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
