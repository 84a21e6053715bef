"""E-book periods: receipts, unit consumption, production, closing by mass balance."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from asyncpg import IntegrityConstraintViolationError

from tests.services.processing.conftest import Factories, P, released
from tests.support.numbers import fresh
from tests.support.one_day import today
from tests.support.window import Group, Window, codes


async def test_w23_a_period_within_tolerance_closes_at_once(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    assert (await plant.produce(book_id, "2450")).json()["consumed_kg"] == {"08013100": "9800.000"}
    closed = await plant.close(book_id, "150")
    assert closed.status_code == 200, closed.text
    assert (closed.json()["state"], closed.json()["alerts"]) == ("CLOSED", [])
    assert closed.json()["unexplained_kg"] == {"08013100": "50.000"}
    (material,) = (await plant.party.get(f"{P}/books/{book_id}"))["materials"]
    assert (material["closing_kg"], material["unexplained_kg"]) == ("150.000", "50.000")
    late = await plant.produce(book_id, "1")
    assert (late.status_code, codes(late)) == (409, ["STATE_CONFLICT"])
    again = await plant.close(book_id, "150")
    assert (again.status_code, codes(again)) == (409, ["STATE_CONFLICT"])


async def test_goods_are_received_once_and_by_their_buyer_only(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, other = await factory(), await factory()
    book_id, others = await plant.open_book(), await other.open_book()
    purchase_id = await plant.buy(await released(window, group))
    assert codes(await plant.receive(purchase_id, book_id, "100")) == ["NOT_DISPATCHED"]
    await plant.dispatch(purchase_id)
    assert (await other.receive(purchase_id, others, "100")).status_code == 404
    assert (await plant.receive(purchase_id, others, "100")).status_code == 404
    answers = await asyncio.gather(*(plant.receive(purchase_id, book_id, "100") for _ in range(10)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 9
    assert {tuple(codes(a)) for a in answers if a.status_code == 409} == {("ALREADY_RECEIVED",)}
    (material,) = (await plant.party.get(f"{P}/books/{book_id}"))["materials"]
    assert material["received_kg"] == "100.000"


async def test_unit_consumption_is_declared_before_production(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    assert codes(await plant.produce(book_id, "1")) == ["CONSUMPTION_NOT_DECLARED"]
    await plant.carried(book_id, "08013100")
    declared = await plant.declare(book_id)
    assert declared.json()["unit"] == "4"
    assert codes(await plant.declare(book_id)) == ["ALREADY_DECLARED"]
    assert (await plant.produce(book_id, "1")).status_code == 201
    late = await plant.declare(book_id, material_hs="09041100", net="0.01")
    assert codes(late) == ["PRODUCTION_BEGUN"]
    before = await plant.produce(
        book_id, "1", produced_on=(today() - timedelta(days=1)).isoformat()
    )
    assert codes(before) == ["OUTSIDE_PERIOD"]


async def test_w24_goods_that_stay_what_they_are_are_not_processed(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    unchanged = await plant.declare(book_id, product_hs="08013100")
    assert codes(unchanged) == ["NOT_SUBSTANTIALLY_PROCESSED"]
    (why,) = unchanged.json()["errors"]
    assert "the rule of 08013100, CTSH, asks for the first 6 digits" in why["detail"]
    assert (why["facts"]["asked"], why["facts"]["rule_of"]) == ("CTSH", "08013100")
    await plant.carried(book_id, "08013200", "03074390")
    shelled = await plant.declare(book_id, material_hs="08013200", product_hs="08013100")
    assert codes(shelled) == ["NOT_SUBSTANTIALLY_PROCESSED"], "its rule is CTH"
    roasted = await plant.declare(book_id, material_hs="08013200", product_hs="20081910")
    assert roasted.json()["processing_rule"] == "CTH"
    squid = {"material_hs": "03074390", "product_hs": "03074390"}
    unprocessed = await plant.declare(book_id, **squid)
    assert codes(unprocessed) == ["NOT_SUBSTANTIALLY_PROCESSED"]
    (why,) = unprocessed.json()["errors"]
    assert (why["pointer"], why["facts"]["asked"]) == ("/processes", "PROCESS_LIST")
    assert "DRYING" in why["detail"]
    assert (await plant.declare(book_id, **squid, processes=["DRYING"])).status_code == 201


async def test_a_material_without_any_rule_is_refused_by_its_code_and_says_what_to_file(
    window: Window, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    await plant.carried(book_id, "08013100")
    bare = await plant.declare(book_id, material_hs="99990000", product_hs="08013200")
    ended = {
        "hs_code": "96050000",
        "name_zh": "样品",
        "name_en": "Sample",
        "perishable": False,
        "processing_rule": "NONE",
        "effective_to": "2026-01-01",
    }
    await window.listed("commodities", ended)
    past = await plant.declare(book_id, material_hs="96050000", product_hs="08013200")
    filed = await plant.declare(book_id)
    assert (bare.status_code, codes(bare)) == (409, ["POLICY_MISSING"])
    assert codes(past) == ["POLICY_MISSING"], "a line that is none any more has no rule"
    (why,) = bare.json()["errors"]
    assert (why["pointer"], why["facts"]["material_hs"]) == ("/material_hs", "99990000")
    assert "the product's code is not looked up" in why["detail"]
    assert filed.status_code == 201, "a material with a rule of its own needs no general one"


async def test_the_rule_of_a_material_is_that_of_the_day(
    window: Window, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    code = f"95{fresh(6)}"
    line = {"hs_code": code, "name_zh": "样品", "name_en": "Sample", "perishable": False}
    await plant.carried(book_id, code)
    for rule, first in (("NONE", None), ("CC", today()), ("NONE", today() + timedelta(days=1))):
        day = {} if first is None else {"effective_from": first.isoformat()}
        await window.listed("commodities", {**line, "processing_rule": rule, **day})
    same_chapter = await plant.declare(book_id, material_hs=code, product_hs="95010000")
    assert codes(same_chapter) == ["NOT_SUBSTANTIALLY_PROCESSED"]
    other = await plant.declare(book_id, material_hs=code, product_hs="20081910")
    assert other.json()["processing_rule"] == "CC", other.text


async def test_what_is_left_is_carried_over_into_the_next_period(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    later = (today() + timedelta(days=60)).isoformat()
    refused = await plant.party.try_post(f"{P}/books", {"period_from": later, "period_to": later})
    assert codes(refused) == ["BOOK_OPEN"]
    await plant.produce(book_id, "1500")
    assert (await plant.close(book_id, "4000")).json()["state"] == "CLOSED"
    overlapping = await plant.party.try_post(
        f"{P}/books",
        {"period_from": today().isoformat(), "period_to": later},
    )
    assert codes(overlapping) == ["PERIOD_OVERLAP"]
    tomorrow = (today() + timedelta(days=1)).isoformat()
    following = await plant.party.post(
        f"{P}/books", {"period_from": tomorrow, "period_to": tomorrow}
    )
    assert following["opening_kg"] == {"08013100": "4000.000"}


async def test_a_wrong_report_is_taken_back_by_a_new_entry_once(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    said = {"grounds": "another batch, weighed by hand"}
    wrong = (await plant.produce(book_id, "24500", **said)).json()["output_id"]
    path = f"{P}/books/{book_id}/outputs/{wrong}/reversal"
    answers = await asyncio.gather(*(plant.party.try_post(path) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 5
    assert {tuple(codes(a)) for a in answers if a.status_code == 409} == {("ALREADY_REVERSED",)}
    (taken_back,) = [a.json() for a in answers if a.status_code == 201]
    assert taken_back["consumed_kg"] == {"08013100": "-98000.000"}
    again = f"{P}/books/{book_id}/outputs/{taken_back['output_id']}/reversal"
    assert (await plant.party.try_post(again)).status_code == 404
    await plant.produce(book_id, "2450")
    shown = await plant.party.get(f"{P}/books/{book_id}")
    assert shown["products"][0]["product_kg"] == "2450.000"
    closed = (await plant.close(book_id, "150")).json()["state"]
    assert closed == "CLOSED", "the alert went with what it was raised by"


async def test_a_report_that_was_taken_back_is_read_with_the_grounds_of_both(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    outputs = f"{P}/books/{book_id}/outputs"
    wrong = (await plant.produce(book_id, "24", grounds="weighed by hand")).json()["output_id"]
    right = (await plant.produce(book_id, "2.4")).json()["output_id"]
    said = {"grounds": "one digit too many"}
    assert (await plant.party.try_post(f"{outputs}/{wrong}/reversal", said)).status_code == 201
    newest, oldest = (await plant.party.get(outputs))["items"]
    assert (newest["output_id"], newest["weight_kg"]) == (right, "2.400")
    assert (newest["reversed_by"], newest["reversal_grounds"]) == (None, None)
    assert (oldest["output_id"], oldest["grounds"]) == (wrong, "weighed by hand")
    assert oldest["reversal_grounds"] == "one digit too many"
    assert oldest["reversed_at"] >= oldest["reported_at"]
    page = await plant.party.get(outputs, limit="1")
    after = await plant.party.get(outputs, limit="1", cursor=page["next_cursor"])
    assert [one["output_id"] for one in after["items"]] == [wrong]
    # Why something was taken back is no word on how what is left was made.
    shown = await plant.party.get(f"{P}/books/{book_id}")
    assert shown["products"][0]["grounds"] == []


async def test_nothing_is_produced_tomorrow(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    tomorrow = (today() + timedelta(days=1)).isoformat()
    assert codes(await plant.produce(book_id, "1", produced_on=tomorrow)) == ["OUTSIDE_PERIOD"]


async def test_eight_books_opened_at_once_and_one_is_open(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    period = {"period_from": today().isoformat(), "period_to": today().isoformat()}
    answers = await asyncio.gather(*(plant.party.try_post(f"{P}/books", period) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    assert {tuple(codes(a)) for a in answers if a.status_code == 409} == {("BOOK_OPEN",)}


async def test_scrap_and_stock_are_never_more_than_came_in(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group, "1000")
    path = f"{P}/books/{book_id}/scrap"
    scrap = {"material_hs": "08013100", "produced_on": today().isoformat()}
    too_much = await plant.party.try_post(path, {**scrap, "scrap_kg": "1000.001"})
    assert codes(too_much) == ["MORE_THAN_CAME_IN"]
    unknown = {**scrap, "material_hs": "09041100", "scrap_kg": "1"}
    assert codes(await plant.party.try_post(path, unknown)) == ["MATERIAL_UNKNOWN"]
    assert (await plant.party.try_post(path, {**scrap, "scrap_kg": "600"})).status_code == 201
    assert codes(await plant.close(book_id, "400.001")) == ["MORE_THAN_CAME_IN"]
    incomplete = await plant.party.try_post(f"{P}/books/{book_id}/closing", {"closing_kg": {}})
    assert (incomplete.status_code, codes(incomplete)) == (422, ["COUNT_INCOMPLETE"])
    shown = await plant.party.get(f"{P}/books/{book_id}")
    assert codes(await plant.close(book_id, "400", **{"If-Match": '"1"'})) == ["VERSION_MISMATCH"]
    closed = await plant.close(book_id, "400", **{"If-Match": f'"{shown["version"]}"'})
    assert closed.json()["unexplained_kg"] == {"08013100": "0.000"}


async def test_parallel_entries_add_up_to_the_gram(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group, "1000")
    answers = await asyncio.gather(*(plant.produce(book_id, "1.001") for _ in range(20)))
    assert {a.status_code for a in answers} == {201}
    (material,) = (await plant.party.get(f"{P}/books/{book_id}"))["materials"]
    assert material["consumed_kg"] == "80.080"


async def test_the_same_count_sent_ten_times_closes_once_with_one_answer(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "2450")
    key = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(*(plant.close(book_id, "150", **key) for _ in range(10)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.text for a in answers}) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE book_materials SET received_kg = received_kg + 1 WHERE book_id = $1",
        "UPDATE book_materials SET consumed_kg = consumed_kg + 1 WHERE book_id = $1",
        "UPDATE book_materials SET closing_kg = 10001 WHERE book_id = $1",
        "UPDATE receipts SET received_kg = 1 WHERE book_id = $1",
        "DELETE FROM outputs WHERE book_id = $1",
        "UPDATE books SET state = 'CLOSED', closed_at = now() WHERE book_id = $1",
        "UPDATE unit_consumptions SET unit = 1 WHERE book_id = $1",
    ],
)
async def test_the_database_itself_conserves_mass(
    window: Window, group: Group, factory: Factories, statement: str
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "10")
    with pytest.raises(IntegrityConstraintViolationError):
        await window.sql.execute(statement, UUID(hex=book_id.removeprefix("bok_")))
