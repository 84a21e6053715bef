"""What was written wrong is put right with an officer's consent, and both stay to be read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from asyncpg import IntegrityConstraintViolationError

from tests.services.processing.conftest import Factories, Factory, M, P, released
from tests.services.processing.test_book_alerts import alerts, officer, word
from tests.services.processing.test_periods import corrected
from tests.support.one_day import today
from tests.support.window import Group, Window, codes

CASHEWS, KERNELS = "08013100", "08013200"
CONSUMPTION = {"kind": "CONSUMPTION", "product_hs": KERNELS, "material_hs": CASHEWS}


async def mistyped(
    window: Window, group: Group, factory: Factories, weighed: str = "10000"
) -> tuple[Factory, str, str, str]:
    """A factory that bought 1,000 kg and wrote ten times that; book, receipt and purchase."""
    plant = await factory()
    book_id = await plant.open_book()
    purchase_id = await plant.buy(await released(window, group, kg_each="1000"))
    await plant.dispatch(purchase_id)
    received = await plant.receive(purchase_id, book_id, weighed)
    assert received.status_code == 201, received.text
    return plant, book_id, received.json()["receipt_id"], purchase_id


async def asked(plant: Factory, book_id: str, **what: Any) -> Any:
    body = {"grounds": "a mistype, see the paper", **what}
    return await plant.party.try_post(f"{P}/books/{book_id}/corrections", body)


async def material(plant: Factory, book_id: str) -> dict[str, Any]:
    (found,) = (await plant.party.get(f"{P}/books/{book_id}"))["materials"]
    return dict(found)


async def test_ten_thousand_received_for_one_thousand_is_corrected_and_its_alert_given_back(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, purchase_id = await mistyped(window, group, factory)
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "1000"}
    assert (await asked(plant, book_id, **what)).json()["former"] == {"received_kg": "10000.000"}
    assert (await material(plant, book_id))["received_kg"] == "10000.000", "nobody consented yet"
    again = await asked(plant, book_id, **what)
    assert (again.status_code, codes(again)) == (409, ["CORRECTION_WAITS"])
    (correction,) = (await plant.party.get(f"{P}/corrections", state="ASKED"))["items"]
    signing, _ = await officer(window)
    listed = (await signing.get(f"{P}/corrections", book_id=book_id))["items"]
    assert [c["correction_id"] for c in listed] == [correction["correction_id"]]
    path = f"{P}/corrections/{correction['correction_id']}/decision"
    said = {"decision": "CONSENT", "reason": "the weighbridge's slip says 1000"}
    assert (await signing.try_post(path, said)).json()["alerts_waiting"] == 0
    assert (await material(plant, book_id))["received_kg"] == "1000.000"
    (alert,) = await alerts(plant.party, book_id)
    assert (alert["kind"], alert["state"]) == ("RECEIPT", "REOPENED")
    purchase = await plant.party.get(f"{M}/purchases/{purchase_id}")
    assert purchase["received_kg"] == "1000.000"
    assert codes(await signing.try_post(path, said)) == ["STATE_CONFLICT"]
    kept = await window.sql.fetchval(
        "SELECT received_kg FROM receipts WHERE receipt_id = $1", UUID(hex=receipt_id[4:])
    )
    assert kept == 10000, "the receipt itself stays as it was written"
    assert (await plant.close(book_id, "1000")).json()["state"] == "CLOSED"


async def test_a_refused_correction_changes_nothing_and_lets_a_counted_book_close(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory, "1000")
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "999"}
    correction_id = (await asked(plant, book_id, **what)).json()["correction_id"]
    counted = (await plant.close(book_id, "1000")).json()
    assert (counted["state"], counted["alerts"]) == ("ALERTED", []), "a correction waits"
    signing, _ = await officer(window)
    path = f"{P}/corrections/{correction_id}/decision"
    refused = await signing.try_post(path, {"decision": "REFUSE", "reason": "the slip says 1000"})
    assert (refused.json()["state"], refused.json()["decision"]) == ("CLOSED", "REFUSED")
    assert (await material(plant, book_id))["received_kg"] == "1000.000"


async def test_a_correction_of_a_counted_book_takes_the_count_back(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory)
    assert (await plant.close(book_id, "1000")).json()["state"] == "ALERTED"
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "1000"}
    consented = await corrected(window, plant, book_id, **what)
    assert consented.json()["state"] == "OPEN"
    assert {a["state"] for a in await alerts(plant.party, book_id)} == {"REOPENED"}
    assert (await plant.close(book_id, "1000")).json()["state"] == "CLOSED"


async def test_a_corrected_weight_beyond_the_tolerance_is_alerted_like_a_receipt(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory)
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "900"}
    assert (await corrected(window, plant, book_id, **what)).json()["alerts_waiting"] == 1
    first, second = await alerts(plant.party, book_id)
    assert (first["state"], second["state"]) == ("REOPENED", "RAISED")
    assert second["deviation"] == "-0.100000"


async def test_unit_consumption_34_for_3_4_is_changed_before_anything_is_made(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    await plant.carried(book_id, CASHEWS, kg=10000)
    assert (await plant.declare(book_id, net="34")).json()["unit"] == "40"
    right = {**CONSUMPTION, "net": "3.40", "loss_rate": "0.15"}
    same = await asked(plant, book_id, **{**right, "net": "34"})
    assert codes(same) == ["NOTHING_TO_CORRECT"]
    assert (await corrected(window, plant, book_id, **right)).status_code == 200
    shown = await plant.party.get(f"{P}/books/{book_id}")
    assert [c["unit"] for c in shown["unit_consumptions"]] == ["4"]
    (kept,) = (await plant.party.get(f"{P}/corrections", book_id=book_id))["items"]
    assert (kept["former"]["unit"], kept["becomes"]["unit"]) == ("40", "4")
    made = (await plant.produce(book_id, "2450")).json()
    assert made["consumed_kg"] == {CASHEWS: "9800.000"}
    late = await asked(plant, book_id, **{**right, "net": "3.30"})
    assert (late.status_code, codes(late)) == (409, ["PRODUCTION_BEGUN"])
    reversal = f"{P}/books/{book_id}/outputs/{made['output_id']}/reversal"
    await plant.party.post(reversal)
    assert (await asked(plant, book_id, **{**right, "net": "3.30"})).status_code == 201


@pytest.mark.parametrize("code", ["99999999", "7700", "0000"])
async def test_unit_consumption_of_a_material_that_never_came_in_is_refused(
    factory: Factories, code: str
) -> None:
    plant = await factory()
    book_id = await plant.open_book()
    refused = await plant.declare(book_id, material_hs=code)
    assert refused.status_code in (409, 422), refused.text
    assert (await plant.party.get(f"{P}/books/{book_id}"))["materials"] == []


async def test_a_material_that_never_came_in_is_not_counted_and_is_taken_out(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await window.sql.execute(
        "INSERT INTO book_materials (book_id, material_hs) VALUES ($1, '09041100')",
        UUID(hex=book_id[4:]),
    )
    used = await asked(plant, book_id, kind="MATERIAL", material_hs=CASHEWS)
    assert (used.status_code, codes(used)) == (409, ["MATERIAL_IN_USE"])
    what = {"kind": "MATERIAL", "material_hs": "09041100"}
    assert (await corrected(window, plant, book_id, **what)).status_code == 200
    assert (await material(plant, book_id))["material_hs"] == CASHEWS
    await window.sql.execute(
        "INSERT INTO book_materials (book_id, material_hs) VALUES ($1, '09041100')",
        UUID(hex=book_id[4:]),
    )
    assert (await plant.close(book_id, "10000")).json()["state"] == "CLOSED", "it need not count it"


async def test_only_an_officer_of_the_port_without_conflict_decides_a_correction(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory)
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "1000"}
    path = f"{P}/corrections/{(await asked(plant, book_id, **what)).json()['correction_id']}"
    said = {"decision": "CONSENT", "reason": "as asked"}
    assert (await plant.party.try_post(f"{path}/decision", said)).status_code == 403
    elsewhere, _ = await officer(window, port="RUILI")
    assert (await elsewhere.try_post(f"{path}/decision", said)).status_code == 404
    partial, badge = await officer(window)
    row = {"badge_no": badge, "party": f"enterprise:{plant.code}", "declared_on": "2026-01-01"}
    assert (await partial.get(path))["acts"] == ["consent", "refuse"]
    await window.on_file("conflicts", row)
    assert codes(await partial.try_post(f"{path}/decision", said)) == ["FORBIDDEN"]
    (listed,) = (await partial.get(f"{P}/corrections", book_id=book_id))["items"]
    assert [one["acts"] for one in (await partial.get(path), listed)] == [[], []]
    stranger = await factory()
    assert (await asked(stranger, book_id, **what)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "RECEIPT", "received_kg": "1"},
        {"kind": "RECEIPT", "receipt_id": f"rcp_{'0' * 32}", "received_kg": "1", "net": "1"},
        {"kind": "PERIOD"},
        {"kind": "MATERIAL", "material_hs": CASHEWS, "product_hs": KERNELS},
    ],
)
async def test_a_correction_names_the_fields_of_its_kind(
    factory: Factories, body: dict[str, str]
) -> None:
    plant = await factory()
    refused = await asked(plant, await plant.open_book(), **body)
    assert (refused.status_code, codes(refused)) == (422, ["REQUEST_INVALID"])


async def test_more_than_the_book_holds_is_made_only_with_a_word_and_an_officer_reads_it(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    for weight, short in (("2501", "4.000"), ("25000", "90000.000")):
        refused = await plant.produce(book_id, weight)
        assert (refused.status_code, codes(refused)) == (409, ["MATERIAL_OVERDRAWN"])
        assert refused.json()["errors"][0]["facts"]["short_kg"] == short
    grounds = "drier kernels than declared"
    within = await plant.produce(book_id, "2550", grounds=grounds)
    assert within.json()["alerts"] == [], "two percent more than declared is tolerated"
    beyond = await plant.produce(book_id, "100", grounds=grounds)
    assert len(beyond.json()["alerts"]) == 1
    (alert,) = await alerts(plant.party, book_id)
    assert (alert["kind"], alert["grounds"], alert["deviation"]) == (
        "OVERDRAWN",
        grounds,
        "0.060000",
    )
    signing, _ = await officer(window)
    reopened = await word(signing, alert["alert_id"], "REOPEN")
    assert codes(reopened) == ["STATE_CONFLICT"]
    assert reopened.json()["errors"][0]["detail"].startswith("What was used cannot be counted")
    assert (await word(signing, alert["alert_id"])).json()["alerts_waiting"] == 0


async def test_a_corrected_weight_below_the_scrap_names_the_least_that_came_in(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory, "1000")
    scrap = {"material_hs": CASHEWS, "scrap_kg": "200", "produced_on": today().isoformat()}
    await plant.party.post(f"{P}/books/{book_id}/scrap", scrap)
    what = {"kind": "RECEIPT", "receipt_id": receipt_id}
    refused = await asked(plant, book_id, **what, received_kg="199.999")
    assert codes(refused) == ["MORE_THAN_CAME_IN"]
    assert refused.json()["errors"][0]["facts"] == {"least_kg": "200.000"}
    assert (await asked(plant, book_id, **what, received_kg="200")).status_code == 201


async def test_scrap_within_the_declared_loss_balances_and_beyond_it_counts(
    group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await plant.produce(book_id, "2500")
    scrap = {"material_hs": CASHEWS, "produced_on": today().isoformat()}
    path = f"{P}/books/{book_id}/scrap"
    first = (await plant.party.try_post(path, {**scrap, "scrap_kg": "1500"})).json()
    assert (first["declared_loss_kg"], first["beyond_loss_kg"]) == ("1500.000", "0.000")
    second = (await plant.party.try_post(path, {**scrap, "scrap_kg": "60"})).json()
    assert second["beyond_loss_kg"] == "60.000"
    shown = await material(plant, book_id)
    assert (shown["declared_loss_kg"], shown["scrap_beyond_loss_kg"]) == ("1500.000", "60.000")
    assert shown["remaining_kg"] == "-60.000"
    closed = (await plant.close(book_id, "0")).json()
    assert (closed["state"], closed["unexplained_kg"]) == ("CLOSED", {CASHEWS: "-60.000"})


async def test_weights_and_instants_are_written_alike_everywhere(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, _, purchase_id = await mistyped(window, group, factory, "1000")
    assert (await plant.declare(book_id)).status_code == 201
    made = (await plant.produce(book_id, "10")).json()
    assert (made["product_kg"], made["loss_kg"]) == ("10.000", {CASHEWS: "6.000"})
    shown = await plant.party.get(f"{P}/books/{book_id}")
    purchase = await plant.party.get(f"{M}/purchases/{purchase_id}")
    weights = [shown["materials"][0]["received_kg"], purchase["received_kg"], purchase["net_kg"]]
    assert weights == ["1000.000"] * 3
    instants = [shown["opened_at"], purchase["bought_at"], purchase["dispatched_at"]]
    assert all(instant.endswith("+08:00") for instant in instants)
    assert {len(instant) for instant in instants} == {29}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE corrections SET delta_kg = -1 WHERE book_id = $1",
        "DELETE FROM corrections WHERE book_id = $1",
        "UPDATE unit_consumptions SET net = 1, unit = round(1 / 0.85, 10) WHERE book_id = $1",
        "DELETE FROM unit_consumptions WHERE book_id = $1",
        "UPDATE corrections SET state = 'CONSENTED', decided_by = 'x', decided_at = now(),"
        " reason = 'nobody' WHERE book_id = $1",
    ],
)
async def test_the_database_itself_keeps_corrections_and_what_they_weigh(
    window: Window, group: Group, factory: Factories, statement: str
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory)
    assert (await plant.declare(book_id)).status_code == 201
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "1000"}
    assert (await asked(plant, book_id, **what)).status_code == 201
    with pytest.raises(IntegrityConstraintViolationError):
        await window.sql.execute(statement, UUID(hex=book_id[4:]))
