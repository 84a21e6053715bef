"""Two sellers with one account: who is to confirm a filing is told of the other."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.support.numbers import fresh
from tests.support.office import Office


def seller(account: str) -> dict[str, Any]:
    row = {"seller_code": f"S-{uuid4().hex[:12]}", "name": f"Seller {uuid4().hex}"}
    return {**row, "country": "VN", "bank_bic": "BFTVVNVX", "account": account}


async def also_of(window: Office, change_id: str, **reader: str) -> Any:
    """What a reader of a proposal is told of others with its accounts."""
    found = await window.get(f"/changes/{change_id}", **reader)
    assert found.status_code == 200, found.text
    return found.json()["accounts_also_of"]


async def test_who_confirms_a_seller_reads_who_else_is_paid_to_its_account(window: Office) -> None:
    number = fresh(16)
    first = seller(number)
    assert (await window.on_file("/sellers", first)).is_success
    # However it is written, and at whichever branch of the bank.
    spaced = {**seller(f"{number[:4]} {number[4:]}"), "bank_bic": "BFTVVNVX003"}
    filing = (await window.file("/sellers", spaced)).json()["filing_id"]
    assert await also_of(window, filing) == [first["seller_code"]]
    for role in ("clerk", "auditor"):
        assert await also_of(window, filing, role=role) is None
    assert (await window.seconded(filing)).is_success


async def test_who_confirms_a_change_of_a_sellers_account_reads_it_too(window: Office) -> None:
    first, second = (seller(fresh(16)) for _ in range(2))
    for row in (first, second):
        assert (await window.on_file("/sellers", row)).is_success
    asked = {"seller": {**second, "account": first["account"]}}
    change = (await window.post("/changes", asked)).json()["change_id"]
    assert await also_of(window, change) == [first["seller_code"]]


async def test_two_of_one_filing_are_told_and_an_account_of_ones_own_is_not(window: Office) -> None:
    number = fresh(16)
    both = [seller(number), seller(number)]
    filing = (await window.file("/sellers", *both)).json()["filing_id"]
    assert await also_of(window, filing) == sorted(row["seller_code"] for row in both)
    alone = (await window.file("/sellers", seller(fresh(16)))).json()
    assert await also_of(window, alone["filing_id"]) == []
