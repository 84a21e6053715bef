"""Numbers in what a factory writes: decimal strings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.processing.conftest import Factories, P
from tests.support.window import Window, codes

NUMBERS: list[tuple[str, dict[str, Any], str]] = [
    ("receipts", {"received_kg": 99.5}, "/received_kg"),
    ("books/{book}/unit-consumptions", {"net": 3.4}, "/net"),
    ("books/{book}/unit-consumptions", {"loss_rate": 0.15}, "/loss_rate"),
    ("books/{book}/outputs", {"product_kg": 2450}, "/product_kg"),
    ("books/{book}/scrap", {"scrap_kg": 2.1}, "/scrap_kg"),
    ("books/{book}/closing", {"closing_kg": {"08013100": 150}}, "/closing_kg/08013100"),
]
WRITTEN: dict[str, dict[str, Any]] = {
    "receipts": {"purchase_id": f"pur_{'0' * 32}", "book_id": f"bok_{'0' * 32}"},
    "unit-consumptions": {"product_hs": "08013200", "material_hs": "08013100", "net": "3.40"},
    "outputs": {"product_hs": "08013200", "produced_on": "2026-11-18"},
    "scrap": {"material_hs": "08013100", "produced_on": "2026-11-18"},
    "closing": {},
}


@pytest.mark.parametrize(("path", "number", "pointer"), NUMBERS)
async def test_a_quantity_is_a_string_and_never_a_json_number(
    window: Window, factory: Factories, path: str, number: dict[str, Any], pointer: str
) -> None:
    buyer = await factory()
    body = {**WRITTEN[path.rpartition("/")[2]], **number}
    answer = await buyer.party.try_post(f"{P}/{path.format(book='bok_' + '0' * 32)}", body)
    assert (answer.status_code, codes(answer)) == (422, ["REQUEST_INVALID"])
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert "string" in error["detail"] or "digits" in error["detail"]
