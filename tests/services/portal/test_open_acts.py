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
        "claims": {},
        "form_token": "",
        "new_key": str,
        "said": None,
        "here": "/portal/",
        "sandbox": False,
        "called": {},
        "port_name": str,
        "problem": None,
        "typed": {},
        "found": {},
    }
    return render(template, ENGLISH, **visitor, **context)


def books_offered(*, books: list[dict[str, Any]], to_come: list[dict[str, Any]]) -> list[str]:
    """Into which books a purchase that is on its way may be received, by its page."""
    purchase = {
        "purchase_id": "pur_1",
        "state": "DISPATCHED",
        "hs_code": "08013100",
        "net_kg": "100.000",
        "price": {"amount": "7500.00", "currency": "CNY"},
        "bought_at": "2026-11-20T09:00:00+08:00",
        "seal_no": None,
        "received_at": None,
        "lost_at": None,
        "due_on": "2026-12-01",
    }
    said = page("purchase.html", "enterprise", purchase=purchase, books=books, to_come=to_come)
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
