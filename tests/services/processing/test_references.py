"""What is sent twice under the factory's own reference is entered once and answered alike."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from asyncpg import UniqueViolationError

from tests.services.processing.conftest import Factories, Factory, P, released
from tests.services.processing.test_periods import corrected
from tests.support.one_day import today
from tests.support.window import Group, Window, codes

CASHEWS = "08013100"


async def material(plant: Factory, book_id: str) -> dict[str, Any]:
    (found,) = (await plant.party.get(f"{P}/books/{book_id}"))["materials"]
    return dict(found)


async def scrap(plant: Factory, book_id: str, kg: str, **more: Any) -> Any:
    body = {"material_hs": CASHEWS, "scrap_kg": kg, "produced_on": today().isoformat(), **more}
    return await plant.party.try_post(f"{P}/books/{book_id}/scrap", body)


async def on_its_way(window: Window, group: Group, plant: Factory, kg: str = "1000") -> str:
    """A purchase of one lot that has left for the factory."""
    lot_id = await released(window, group, kg_each=kg, values=["1000.00"])
    purchase_id = await plant.buy(lot_id)
    await plant.dispatch(purchase_id)
    return purchase_id


def named(answer: Any) -> list[tuple[str, str]]:
    """The codes of a refusal, each with where it points."""
    return [(error["code"], error["pointer"]) for error in answer.json()["errors"]]


async def test_a_report_sent_twice_under_one_reference_is_entered_once_until_it_is_taken_back(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    first = await plant.produce(book_id, "10", reference="SHIFT-7")
    assert (first.status_code, first.json()["reference"]) == (201, "SHIFT-7")
    for spelled in ("SHIFT-7", "shift-7", "Shift_7", "ＳＨＩＦＴ-7", "SHIFT/\u200b7"):
        twice = await plant.produce(book_id, "10.000", reference=spelled)
        assert (twice.status_code, twice.text) == (200, first.text), spelled
    assert (await material(plant, book_id))["consumed_kg"] == "40.000"
    taken_back = f"{P}/books/{book_id}/outputs/{first.json()['output_id']}/reversal"
    await plant.party.post(taken_back)
    anew = await plant.produce(book_id, "11", reference="SHIFT-7")
    assert anew.status_code == 201
    assert anew.json()["output_id"] != first.json()["output_id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"product_kg": "11"}, "product_kg"),
        ({"product_hs": "20081999"}, "product_hs"),
        ({"produced_on": "2026-01-01"}, "produced_on"),
        ({"grounds": "made of what was left on the line"}, "grounds"),
    ],
)
async def test_another_report_under_a_reference_that_stands_is_refused_with_the_field(
    factory: Factories, change: dict[str, str], field: str
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    await plant.carried(book_id, CASHEWS)
    assert (await plant.declare(book_id)).status_code == 201
    first = (await plant.produce(book_id, "10", reference="SHIFT-7")).json()
    other = await plant.produce(book_id, "10", reference="SHIFT-7", **change)
    assert (other.status_code, named(other)) == (409, [("DUPLICATE_REFERENCE", f"/{field}")])
    (error,) = other.json()["errors"]
    assert first["output_id"] in error["detail"]
    assert field in error["detail"]


async def test_a_report_that_raised_an_alert_is_answered_with_that_alert_when_sent_again(
    factory: Factories,
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    await plant.carried(book_id, CASHEWS, kg=100)
    assert (await plant.declare(book_id)).status_code == 201
    more = {"reference": "SHIFT-8", "grounds": "from stock that nobody had weighed"}
    first = await plant.produce(book_id, "100", **more)
    assert (first.status_code, len(first.json()["alerts"])) == (201, 1)
    assert (await plant.produce(book_id, "10", grounds="more of it")).status_code == 201
    twice = await plant.produce(book_id, "100", **more)
    assert (twice.status_code, twice.text) == (200, first.text)


async def test_scrap_sent_twice_has_the_figures_of_its_first_answer(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    first = await scrap(plant, book_id, "60", reference="BIN-1")
    assert (first.status_code, first.json()["beyond_loss_kg"]) == (201, "60.000")
    await plant.produce(book_id, "2000")
    twice = await scrap(plant, book_id, "60", reference="BIN-1")
    assert (twice.status_code, twice.text) == (200, first.text)
    assert (await material(plant, book_id))["scrap_kg"] == "60.000"
    products = await plant.produce(book_id, "60", reference="BIN-1")
    fields = [("DUPLICATE_REFERENCE", f"/{field}") for field in ("product_hs", "product_kg")]
    assert named(products) == fields


async def test_a_receipt_sent_twice_under_one_reference_is_answered_with_the_first(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    purchase_id = await on_its_way(window, group, plant)
    said = {"reference": "GRN-1", "seal_intact": False}
    first = await plant.receive(purchase_id, book_id, "900", **said)
    assert (first.status_code, first.json()["reference"]) == (201, "GRN-1")
    assert len(first.json()["alerts"]) == 2, "the weight, and the seal"
    twice = await plant.receive(purchase_id, book_id, "900.000", **said)
    assert (twice.status_code, twice.text) == (200, first.text)
    other = await plant.receive(purchase_id, book_id, "1000", reference="GRN-1")
    assert named(other) == [
        ("DUPLICATE_REFERENCE", "/received_kg"),
        ("DUPLICATE_REFERENCE", "/seal_intact"),
    ]
    elsewhere = await on_its_way(window, group, plant)
    assert named(await plant.receive(elsewhere, book_id, "900", **said)) == [
        ("DUPLICATE_REFERENCE", "/purchase_id")
    ]
    for reference in ({}, {"reference": "GRN-2"}):
        again = await plant.receive(purchase_id, book_id, "900", seal_intact=False, **reference)
        assert codes(again) == ["ALREADY_RECEIVED"]
    assert (await material(plant, book_id))["received_kg"] == "900.000"


async def test_a_receipt_corrected_since_is_answered_as_it_was_entered(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    purchase_id = await on_its_way(window, group, plant)
    first = await plant.receive(purchase_id, book_id, "10000", reference="GRN-1")
    what = {"receipt_id": first.json()["receipt_id"], "received_kg": "1000"}
    assert (await corrected(window, plant, book_id, kind="RECEIPT", **what)).status_code == 200
    twice = await plant.receive(purchase_id, book_id, "10000", reference="GRN-1")
    assert (twice.status_code, twice.text) == (200, first.text)
    assert (await material(plant, book_id))["received_kg"] == "1000.000"


async def test_ten_reports_at_once_under_one_reference_are_one_entry(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    purchase_id = await on_its_way(window, group, plant)
    receipts = await asyncio.gather(
        *(plant.receive(purchase_id, book_id, "1000", reference="GRN-1") for _ in range(10))
    )
    assert sorted(a.status_code for a in receipts) == [200] * 9 + [201]
    assert len({a.text for a in receipts}) == 1
    assert (await plant.declare(book_id)).status_code == 201
    outputs = await asyncio.gather(
        *(plant.produce(book_id, "10", reference="SHIFT-7") for _ in range(10))
    )
    assert sorted(a.status_code for a in outputs) == [200] * 9 + [201]
    assert len({a.text for a in outputs}) == 1
    found = await material(plant, book_id)
    assert (found["received_kg"], found["consumed_kg"]) == ("1000.000", "40.000")


async def test_what_was_entered_is_answered_though_the_book_has_moved_on_and_closed(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group, "1000")
    read = {"If-Match": f'"{(await plant.party.get(f"{P}/books/{book_id}"))["version"]}"'}
    path = f"{P}/books/{book_id}/outputs"
    body = {"product_hs": "08013200", "product_kg": "250", "produced_on": today().isoformat()}
    body["reference"] = "SHIFT-7"
    first = await plant.party.try_post(path, body, **read)
    assert first.status_code == 201
    twice = await plant.party.try_post(path, body, **read)
    assert (twice.status_code, twice.text) == (200, first.text)
    assert (await plant.close(book_id, "0")).json()["state"] == "CLOSED"
    late = await plant.produce(book_id, "250", reference="SHIFT-7")
    assert (late.status_code, late.text) == (200, first.text)
    assert codes(await plant.produce(book_id, "250", reference="SHIFT-8")) == ["STATE_CONFLICT"]


async def test_a_reference_is_its_books_own_and_nobody_else_learns_of_it(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, other = await factory(), await factory()
    books = [await plant.open_book(), await other.open_book()]
    for buyer, book_id in zip((plant, other), books, strict=True):
        purchase_id = await on_its_way(window, group, buyer)
        received = await buyer.receive(purchase_id, book_id, "1000", reference="GRN-1")
        assert received.status_code == 201
    stranger = await other.receive(purchase_id, books[0], "1000", reference="GRN-1")
    assert (stranger.status_code, codes(stranger)) == (404, ["NOT_FOUND"])
    lot_id = received.json()["lot_id"]
    said = await window.sql.fetchval(
        "SELECT body FROM events WHERE case_id = $1 AND type = 'GoodsReceived'",
        UUID(hex=lot_id[4:]),
    )
    assert "GRN-1" not in said, "who sold the goods reads the lot's chain"


async def test_the_database_itself_keeps_one_receipt_of_a_book_under_a_reference(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    purchase_id, other = [await on_its_way(window, group, plant) for _ in range(2)]
    received = await plant.receive(purchase_id, book_id, "1000", reference="GRN-1")
    assert received.status_code == 201
    copied = (
        "INSERT INTO receipts (receipt_id, purchase_id, book_id, material_hs, bought_kg,"
        " received_kg, seal_intact, received_at, reference)"
        " SELECT gen_random_uuid(), $1, book_id, material_hs, bought_kg,"
        " received_kg, seal_intact, received_at, reference FROM receipts WHERE purchase_id = $2"
    )
    with pytest.raises(UniqueViolationError, match="uq_receipts_book_id_reference"):
        await window.sql.execute(copied, UUID(hex=other[4:]), UUID(hex=purchase_id[4:]))
