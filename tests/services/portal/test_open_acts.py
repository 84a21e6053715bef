"""A page offers its reader no act that would be refused him, and says why where he might wonder."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, Final

import pytest

from services.platform.language import ENGLISH
from services.portal.rendering import render

PERIOD: Final = {"period_to": "2026-12-31", "state": "OPEN", "begun": True}
BEGUN: Final = {**PERIOD, "book_id": "bok_1", "period_from": "2026-11-01"}
TO_COME: Final = {**PERIOD, "book_id": "bok_2", "period_from": "2026-12-01", "begun": False}
INTERESTED: Final = (
    "You declared a conflict of interest with this enterprise; another officer decides."
)


def page(template: str, role: str, **context: Any) -> str:
    """A page as somebody of a role reads it."""
    visitor = {
        "visit": SimpleNamespace(session=None),
        "role": role,
        "claims": {"sub": "somebody"},
        "form_token": "",
        "new_key": str,
        "said": None,
        "here": "/portal/",
        "sandbox": False,
        "called": {},
        "further": {},
        "port_name": str,
        "problem": None,
        "typed": {},
        "found": {},
    }
    return render(template, ENGLISH, **{**visitor, **context})


def of_purchase(
    state: str, acts: list[str], *, books: list[dict[str, Any]], to_come: list[dict[str, Any]]
) -> str:
    """The page of a purchase, as its factory reads it."""
    purchase = {
        "purchase_id": "pur_1",
        "state": state,
        "acts": acts,
        "hs_code": "08013100",
        "net_kg": "100.000",
        "price": {"amount": "7500.00", "currency": "CNY"},
        "bought_at": "2026-11-20T09:00:00+08:00",
        "seal_no": None,
        "received_at": None,
        "lost_at": None,
        "due_on": "2026-12-01",
    }
    return page("purchase.html", "enterprise", purchase=purchase, books=books, to_come=to_come)


def books_offered(*, books: list[dict[str, Any]], to_come: list[dict[str, Any]]) -> list[str]:
    """Into which books a purchase that is on its way may be received, by its page."""
    said = of_purchase("DISPATCHED", ["receive"], books=books, to_come=to_come)
    if "No book is open" in said:
        return ["none is open"]
    if "Your book begins on" in said:
        return ["none has begun"]
    return re.findall(r'<option value="(bok_\d)"', said)


def test_goods_are_offered_to_be_received_into_no_book_before_its_first_day() -> None:
    assert books_offered(books=[BEGUN], to_come=[TO_COME]) == ["bok_1"]
    assert books_offered(books=[], to_come=[TO_COME]) == ["none has begun"]
    assert books_offered(books=[], to_come=[]) == ["none is open"]


@pytest.mark.parametrize(
    ("role", "acts", "offered", "told"),
    [
        ("officer", ["consent", "refuse"], 2, False),
        ("officer", [], 0, True),
        ("enterprise", [], 0, False),
    ],
)
def test_an_officer_with_an_interest_reads_that_another_one_decides(
    role: str, acts: list[str], offered: int, told: bool
) -> None:
    correction = {
        "correction_id": "cor_1",
        "kind": "PERIOD",
        **dict.fromkeys(("receipt_id", "product_hs", "material_hs", "purchase_id", "reason")),
        "state": "ASKED",
        "former": {"period_to": "2026-12-31"},
        "becomes": {"period_to": "2026-12-30"},
        "grounds": "mistyped",
        "asked_at": "2026-11-20T09:00:00+08:00",
        "acts": acts,
        "version": 3,
    }
    said = page(
        "corrections.html",
        role,
        book={**BEGUN, "acts": []},
        corrections=[correction],
        receipts=[],
        on_its_way=[],
        written_off=[],
        about=None,
    )
    assert said.count('type="radio" name="decision"') == offered
    assert (INTERESTED in said) is told


@pytest.mark.parametrize(
    ("state", "acts", "leaves", "waits", "comes"),
    [
        ("BOUGHT", [], False, True, False),
        ("BOUGHT", ["dispatch"], True, False, False),
        ("DISPATCHED", ["receive"], False, False, True),
        ("VOID", [], False, False, False),
    ],
)
def test_a_load_is_offered_to_be_sent_off_once_it_is_out_of_the_gate(
    state: str, acts: list[str], leaves: bool, waits: bool, comes: bool
) -> None:
    said = of_purchase(state, acts, books=[BEGUN], to_come=[])
    assert ("/movement" in said, "/receipt" in said) == (leaves, comes)
    assert ("still in the market" in said) is waits


@pytest.mark.parametrize(
    ("acts", "buttons", "own"),
    [
        (["end", "keep"], ["yes", "no"], False),
        (["keep"], ["no"], False),
        ([], [], True),
    ],
)
def test_the_end_of_a_rule_that_is_over_already_is_offered_to_be_turned_down_alone(
    acts: list[str], buttons: list[str], own: bool
) -> None:
    rule = {
        "rule_id": "rul_1",
        "version": 2,
        "code": "SOME",
        "title": "a rule",
        "titles": {},
        "state": "APPROVED",
        "lane": "RED",
        "expression": "net_g > 0",
        "example": {},
        "authority": "test",
        "effective_from": "2026-01-01",
        "effective_to": "2026-03-01",
        "proposed_by": "rsk-1",
        "decided_by": None,
        "warnings": [],
        "retires_on": "2026-06-01",
        "retirement_grounds": "over",
        "retirement_asked_by": "rsk-1",
        "acts": acts,
    }
    hits: dict[str, Any] = {"items": [], "next_cursor": None}
    said = page("rule.html", "risk_officer", rule=rule, badges={}, hits=hits, ending=True)
    assert re.findall(r'<button[^>]* name="approve" value="(yes|no)"', said) == buttons
    assert ("it can only be kept as it is" in said) is (acts == ["keep"])
    assert ("You proposed this" in said) is own
    assert "Propose that it ends" not in said
