"""An officer calls a lot in by hand, released or not, and it leaves by two signatures alone."""

from __future__ import annotations

import pytest

from services.kernel.identifiers import uuid_of
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, SMUGGLED, YELLOW_GOODS, Harbour
from tests.support.window import codes

TRUCK = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
FULL = {**PASSED, "method": "FULL"}
GROUNDS = {"grounds": "the seal is broken"}


async def called_in(harbour: Harbour, lot_id: str, **changes: str) -> dict[str, str]:
    """An officer at the lot's port calls it in."""
    officer = harbour.officer(await harbour.hire())
    path = f"/risk/v1/lots/{lot_id}/call-ins"
    answer: dict[str, str] = await officer.post(path, {**GROUNDS, **changes})
    return answer


async def test_a_released_lot_that_is_still_inside_is_called_in_and_leaves_when_two_have_signed(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    group = await harbour.group(1)
    lot_id = await harbour.confirmed(group, values=["10.00"])
    await asleep.attended(lot_id)
    path = f"/risk/v1/lots/{lot_id}/screening"
    assert (await harbour.auditor.get(path))["called_in"] == []
    order_id = (await called_in(harbour, lot_id))["order_id"]
    judged = await harbour.auditor.get(path)
    (word,) = judged["called_in"]
    said = (word["grounds"], word["lane"], word["order_id"])
    assert said == (GROUNDS["grounds"], "RED", order_id)
    assert (judged["reasons"], word["called_by"][:4]) == ([], "ofc_")
    gate = f"/gate/v1/lots/{lot_id}/passes"
    assert codes(await harbour.gate.try_post(gate, TRUCK)) == ["KEPT_BY_CUSTOMS"]
    await asleep.attended(lot_id)
    lot = await harbour.lot(lot_id)
    assert (lot["state"], lot["lane"], lot["order_id"]) == ("IN_INSPECTION", "RED", order_id)
    assert codes(await harbour.gate.try_post(gate, TRUCK)) == ["STATE_CONFLICT"]
    await asleep.attended(order_id)
    order = await harbour.order(order_id)
    assert (order["reasons"], order["method_ordered"]) == (["CALLED_IN"], "FULL")
    assert order["grounds"] == GROUNDS["grounds"]
    await harbour.dispose(order_id, FULL)
    await asleep.attended(lot_id)
    assert (await harbour.gate.try_post(gate, TRUCK)).status_code == 201
    quota = await harbour.quota(group.residents[0])
    assert (quota["reserved"], quota["consumed"]) == ("0.00", "10.00")


@pytest.mark.parametrize(
    ("found", "state", "consumed", "left"),
    [
        (SMUGGLED, "SEIZED", "10.00", "0.000"),
        ({**PASSED, "results": ["NAME"], "disposal": "RETURN"}, "RETURNED", "0.00", "110.000"),
    ],
)
async def test_what_is_found_in_released_goods_is_disposed_of_and_quota_follows(
    asleep: Asleep, found: dict[str, object], state: str, consumed: str, left: str
) -> None:
    harbour = asleep.harbour
    group, number = await harbour.group(1), await harbour.manifest("110")
    lot_id = await harbour.confirmed(group, values=["10.00"], manifest_no=number)
    await asleep.attended(lot_id)
    order_id = (await called_in(harbour, lot_id))["order_id"]
    await asleep.attended(order_id)
    await harbour.dispose(order_id, {**found, "method": "FULL"})
    await asleep.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == state
    quota = await harbour.quota(group.residents[0])
    assert (quota["reserved"], quota["consumed"]) == ("0.00", consumed)
    assert await harbour.weight_left(number) == left


async def test_what_was_released_in_time_and_called_in_stays_released_in_time(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    lot_id = await harbour.confirmed(await harbour.group(1), values=["10.00"])
    await asleep.attended(lot_id)
    lot = uuid_of(lot_id, "lot")
    # By the time that two have signed, what the law gave for the first decision is over.
    await asleep.sql.execute("UPDATE lots SET release_due_at = released_at WHERE lot_id = $1", lot)
    order_id = (await called_in(harbour, lot_id))["order_id"]
    await asleep.attended(lot_id)
    await asleep.attended(order_id)
    await harbour.dispose(order_id, FULL)
    await asleep.attended(lot_id)
    said = await asleep.sql.fetch(
        "SELECT body::jsonb -> 'in_time' AS it FROM events"
        " WHERE case_id = $1 AND type = 'LotReleased' ORDER BY seq",
        lot,
    )
    assert [row["it"] for row in said] == ["true", "true"]


async def test_calling_released_goods_in_starts_no_clock(asleep: Asleep) -> None:
    harbour = asleep.harbour
    lot_id = await harbour.confirmed(await harbour.group(1), values=["10.00"])
    running = await harbour.lot(lot_id)
    await asleep.attended(lot_id)
    released = await harbour.lot(lot_id)
    await called_in(harbour, lot_id)
    await asleep.attended(lot_id)
    again = await harbour.lot(lot_id)
    assert (running["clock_stopped_at"], again["state"]) == (None, "IN_INSPECTION")
    assert again["clock_stopped_at"] == released["clock_stopped_at"] == released["released_at"]


async def test_a_lot_called_in_before_it_is_screened_is_screened_with_that(asleep: Asleep) -> None:
    harbour = asleep.harbour
    lot_id = await harbour.confirmed(await harbour.group(1), values=["10.00"])
    assert (await called_in(harbour, lot_id, lane="YELLOW"))["order_id"] is None
    await asleep.attended(lot_id)
    lot = await harbour.lot(lot_id)
    assert (lot["state"], lot["lane"]) == ("IN_INSPECTION", "YELLOW")
    assert (await harbour.order(lot["order_id"]))["reasons"] == ["CALLED_IN"]


async def test_goods_called_in_before_they_are_screened_are_opened_whole(asleep: Asleep) -> None:
    harbour = asleep.harbour
    lot_id = await harbour.confirmed(await harbour.group(1), values=["10.00"])
    await called_in(harbour, lot_id)
    await asleep.attended(lot_id)
    order = await harbour.order((await harbour.lot(lot_id))["order_id"])
    assert (order["reasons"], order["method_ordered"]) == (["CALLED_IN"], "FULL")


async def test_a_lane_is_raised_and_the_lot_waits_for_both_inspections(asleep: Asleep) -> None:
    harbour = asleep.harbour
    lot_id, documents = await asleep.inspected(hs_code=YELLOW_GOODS)
    goods = (await called_in(harbour, lot_id))["order_id"]
    await asleep.attended(lot_id)
    await asleep.attended(goods)
    lot = await harbour.lot(lot_id)
    assert (lot["lane"], lot["order_id"]) == ("RED", goods)
    await harbour.dispose(documents, {**PASSED, "method": "DOCUMENT"})
    await asleep.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == "IN_INSPECTION"
    await harbour.dispose(goods, FULL)
    await asleep.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == "RELEASED"


async def test_goods_of_which_a_sample_is_to_be_taken_are_called_in_to_be_opened_whole(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    lot_id, sample = await asleep.inspected()
    assert (await harbour.order(sample))["method_ordered"] == "SAMPLE"
    goods = (await called_in(harbour, lot_id))["order_id"]
    await asleep.attended(lot_id)
    await asleep.attended(goods)
    assert (await harbour.order(goods))["method_ordered"] == "FULL"
    assert (await harbour.lot(lot_id))["order_id"] == goods
    await harbour.dispose(sample, {**PASSED, "method": "SAMPLE"})
    await asleep.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == "IN_INSPECTION"


async def test_what_one_inspection_seizes_the_other_does_not_release(asleep: Asleep) -> None:
    harbour = asleep.harbour
    lot_id, documents = await asleep.inspected(hs_code=YELLOW_GOODS)
    goods = (await called_in(harbour, lot_id))["order_id"]
    await asleep.attended(lot_id)
    await asleep.attended(goods)
    await harbour.dispose(documents, {**SMUGGLED, "method": "DOCUMENT"})
    await asleep.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == "SEIZED"
    await asleep.attended(goods)
    assert (await harbour.order(goods))["state"] == "WITHDRAWN"


async def test_what_is_called_in_goes_back_only_when_it_was_opened(asleep: Asleep) -> None:
    harbour = asleep.harbour
    lot_id, documents = await asleep.inspected(hs_code=YELLOW_GOODS)
    goods = (await called_in(harbour, lot_id))["order_id"]
    await asleep.attended(lot_id)
    await asleep.attended(goods)
    named = {"results": ["NAME"], "disposal": "RETURN"}
    await harbour.dispose(documents, {**PASSED, **named, "method": "DOCUMENT"})
    await asleep.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == "IN_INSPECTION"
    await harbour.dispose(goods, {**SMUGGLED, "method": "FULL"})
    await asleep.attended(lot_id)
    assert (await harbour.lot(lot_id))["state"] == "SEIZED"


async def test_what_has_left_or_is_inspected_as_closely_is_not_called_in(asleep: Asleep) -> None:
    harbour = asleep.harbour
    officer = harbour.officer(await harbour.hire())
    gone = await asleep.released()
    await harbour.gate.post(f"/gate/v1/lots/{gone}/passes", TRUCK)
    inspected, _ = await asleep.inspected()
    await called_in(harbour, inspected)
    for lot_id in (gone, inspected):
        refused = await officer.try_post(f"/risk/v1/lots/{lot_id}/call-ins", GROUNDS)
        assert codes(refused) == ["STATE_CONFLICT"]


async def test_a_lot_is_called_in_by_officers_of_its_port_who_are_on_file(asleep: Asleep) -> None:
    harbour = asleep.harbour
    lot_id = await asleep.released()
    path = f"/risk/v1/lots/{lot_id}/call-ins"
    officer_id = await harbour.hire()
    elsewhere = harbour.window.parties.act_as("officer", f"officer:{officer_id}", port="RUILI")
    assert (await elsewhere.try_post(path, GROUNDS)).status_code == 404
    officer = harbour.officer(officer_id)
    await harbour.dismiss(officer_id)
    assert codes(await officer.try_post(path, GROUNDS)) == ["OFFICER_NOT_ON_FILE"]
