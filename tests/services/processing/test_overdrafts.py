"""Products that used more than the book holds: a material has one alert, with what stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.services.processing.conftest import Factories, Factory, P
from tests.services.processing.test_book_alerts import alerts, officer, word
from tests.services.processing.test_corrections import mistyped
from tests.services.processing.test_periods import corrected
from tests.support.window import Group, Window


async def overdrawn(plant: Factory, book_id: str, kg: str, grounds: str) -> dict[str, Any]:
    """Report more than the book holds material for; the answer."""
    answer = await plant.produce(book_id, kg, grounds=grounds)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def stands(plant: Factory, book_id: str) -> list[tuple[str, str, str]]:
    """The book's alerts: where each stands, its figure, what the factory said."""
    return [
        (alert["state"], alert["deviation"], alert["grounds"])
        for alert in await alerts(plant.party, book_id)
    ]


async def test_grounds_are_kept_with_every_report_that_overdraws_and_the_officer_reads_them(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    within = await overdrawn(plant, book_id, "2550", "drier kernels")
    assert (within["alerts"], within["explained"]) == ([], True), "two percent are tolerated"
    wrong = await overdrawn(plant, book_id, "1", "a mistype")
    await plant.party.post(f"{P}/books/{book_id}/outputs/{wrong['output_id']}/reversal")
    signing, _ = await officer(window)
    (product,) = (await signing.get(f"{P}/books/{book_id}"))["products"]
    assert product["grounds"] == ["drier kernels"], "those of reports that stand"


async def test_a_further_overdraft_puts_an_alert_with_the_new_figure_in_place_of_the_former(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    await overdrawn(plant, book_id, "2650", "drier kernels")
    further = await overdrawn(plant, book_id, "2350", "a second shift")
    assert await stands(plant, book_id) == [
        ("REOPENED", "0.060000", "drier kernels"),
        ("RAISED", "1.000000", "a second shift"),
    ]
    signing, _ = await officer(window)
    assert (await word(signing, further["alerts"][0])).json()["alerts_waiting"] == 0


async def test_an_overdraft_is_given_back_with_the_report_that_made_it(
    window: Window, group: Group, factory: Factories
) -> None:
    plant = await factory()
    book_id = await plant.stocked_book(group)
    first = await overdrawn(plant, book_id, "2650", "drier kernels")
    second = await overdrawn(plant, book_id, "2350", "nines on the scale")
    path = f"{P}/books/{book_id}/outputs"
    await plant.party.post(f"{path}/{second['output_id']}/reversal")
    assert (await stands(plant, book_id))[1:] == [
        ("REOPENED", "1.000000", "nines on the scale"),
        ("RAISED", "0.060000", "nines on the scale"),
    ], "less is overdrawn, and that still waits"
    await plant.party.post(f"{path}/{first['output_id']}/reversal")
    assert {state for state, _, _ in await stands(plant, book_id)} == {"REOPENED"}
    wait = "SELECT count(*) FROM case_waits WHERE case_id = $1 AND code = 'ALERT'"
    assert await window.sql.fetchval(wait, UUID(hex=book_id[4:])) == 0
    assert (await plant.close(book_id, "10000")).json()["state"] == "CLOSED"


async def test_a_corrected_receipt_that_covers_an_overdraft_gives_its_alert_back(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory, "1000")
    assert (await plant.declare(book_id)).status_code == 201
    await overdrawn(plant, book_id, "300", "the scale missed a digit")
    assert await stands(plant, book_id) == [("RAISED", "0.200000", "the scale missed a digit")]
    what = {"kind": "RECEIPT", "receipt_id": receipt_id}
    less = await corrected(window, plant, book_id, **what, received_kg="1090")
    assert less.status_code == 200, less.text
    raised = [a for a in await alerts(plant.party, book_id) if a["state"] == "RAISED"]
    figures = sorted((a["kind"], a["deviation"]) for a in raised)
    assert figures == [("OVERDRAWN", "0.100917"), ("RECEIPT", "0.090000")], "one of the material"
    await corrected(window, plant, book_id, **what, received_kg="1200")
    raised = [a for a in await alerts(plant.party, book_id) if a["state"] == "RAISED"]
    assert [a["kind"] for a in raised] == ["RECEIPT"]


async def test_an_overdraft_that_was_accepted_is_not_raised_again_by_a_receipt_that_eases_it(
    window: Window, group: Group, factory: Factories
) -> None:
    plant, book_id, receipt_id, _ = await mistyped(window, group, factory, "1000")
    assert (await plant.declare(book_id)).status_code == 201
    (alert_id,) = (await overdrawn(plant, book_id, "300", "drier kernels"))["alerts"]
    signing, _ = await officer(window)
    assert (await word(signing, alert_id)).status_code == 200
    what = {"kind": "RECEIPT", "receipt_id": receipt_id, "received_kg": "1010"}
    assert (await corrected(window, plant, book_id, **what)).json()["alerts_waiting"] == 0
