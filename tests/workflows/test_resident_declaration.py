"""A lot's own case, from submission to closing, over real PostgreSQL and real Temporal.

With TRADEWINDOW_RECORD=1 the cases of this run are saved as the histories that must replay.
"""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey

from tests.support.asleep import ended
from tests.support.facts import paid, sold, told
from tests.support.harbour import PASSED, SMUGGLED, YELLOW_GOODS, Harbour, open_port
from tests.support.patience import sooner_or_later
from tests.support.recording import recorded
from tests.support.tells import delivered
from workflows.kinds import KINDS

LOTS = "/declaration/v1/lots"
TRUCK = {"vehicle_plate": "桂P12345", "gross_kg": "110"}


async def at_rest(client: Client, lot_id: str) -> WorkflowExecutionDescription:
    """A released lot's case once it has recorded the release too, a moment after the database."""

    async def recorded_release() -> WorkflowExecutionDescription | None:
        described = await client.get_workflow_handle(lot_id).describe()
        shown = described.search_attributes.get("CaseState")
        return described if shown == ["RELEASED"] else None

    return await sooner_or_later(recorded_release)


async def test_a_green_lot_is_released_without_a_person(harbour: Harbour, client: Client) -> None:
    group = await harbour.group(2)
    lot_id = await harbour.released(group, residents=group.residents, values=["10.00", "20.00"])
    lot = await group.clerk.get(f"{LOTS}/{lot_id}")
    assert (lot["lane"], lot["holder"], lot["order_id"]) == ("GREEN", "carrier", None)
    assert await harbour.events(lot_id) == [
        "LotSubmitted",
        "SharesConfirmed",
        "IdentityConfirmed",
        "LotScreened",
        "LotReleased",
    ]
    assert (await harbour.quota(group.residents[1]))["consumed"] == "20.00"
    described = await at_rest(client, lot_id)
    assert described.status == WorkflowExecutionStatus.RUNNING
    assert described.search_attributes["Lane"] == ["GREEN"]
    assert described.search_attributes["CaseState"] == ["RELEASED"]
    assert described.typed_search_attributes[SearchAttributeKey.for_keyword("Port")] == harbour.port
    await recorded(client, lot_id, "resident_declaration_green")


async def test_the_engines_console_tells_a_case_in_the_trades_words(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    await harbour.dispose(lot["order_id"], PASSED)
    await harbour.until(group.clerk, lot["lot_id"], "RELEASED")
    await at_rest(client, lot["lot_id"])
    for kind, case in (("lot", lot["lot_id"]), ("ins", lot["order_id"])):
        described = await client.get_workflow_handle(case).describe()
        assert await described.static_summary() == KINDS[kind].summary
        assert described.search_attributes["Port"] == [harbour.port]
        assert described.search_attributes["Lane"] == ["RED"]


async def test_two_officers_find_nothing_and_the_lot_is_released(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"], hs_code=YELLOW_GOODS)
    lot_id = lot["lot_id"]
    assert (lot["holder"], lot["lane"]) == ("customs", "YELLOW")
    assert (await harbour.quota(group.residents[0]))["reserved"] == "10.00"
    await harbour.dispose(lot["order_id"], {**PASSED, "method": "DOCUMENT"})
    await harbour.until(group.clerk, lot_id, "RELEASED")
    assert (await harbour.quota(group.residents[0]))["consumed"] == "10.00"
    await recorded(client, lot_id, "resident_declaration_inspected")


@pytest.mark.parametrize(
    ("results", "found_kg", "disposal", "state"),
    [
        (["QUANTITY"], "80", "AMEND", "REJECTED"),
        (["QUARANTINE_FAIL"], "100", "RETURN", "RETURNED"),
        (["SMUGGLED"], "100", "SEIZE", "SEIZED"),
    ],
)
async def test_what_two_officers_refuse_gives_quota_and_weight_back_unless_it_is_seized(
    harbour: Harbour,
    client: Client,
    results: list[str],
    found_kg: str,
    disposal: str,
    state: str,
) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("110")
    lot = await harbour.inspected(group, values=["10.00"], manifest_no=manifest)
    assert await harbour.weight_left(manifest) == "0.000"
    found = {"method": "FULL", "results": results, "disposal": disposal, "found_kg": found_kg}
    await harbour.dispose(lot["order_id"], found)
    ended = await harbour.until(group.clerk, lot["lot_id"], state)
    assert (ended["released_at"], ended["carrying_out"]) == (None, None)
    quota = await harbour.quota(group.residents[0])
    used, left = ("10.00", "0.000") if state == "SEIZED" else ("0.00", "110.000")
    assert (quota["reserved"], quota["consumed"]) == ("0.00", used)
    assert await harbour.weight_left(manifest) == left
    handle = client.get_workflow_handle(lot["lot_id"], result_type=str)
    assert await handle.result() == state
    await recorded(client, lot["lot_id"], f"resident_declaration_{state.lower()}")


async def test_a_verdict_is_carried_out_once_and_names_both_officers(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    await harbour.dispose(lot["order_id"], PASSED)
    await harbour.until(group.clerk, lot["lot_id"], "RELEASED")
    order = client.get_workflow_handle(lot["order_id"], result_type=str)
    assert await order.result() == "CONCLUDED"
    await told(harbour.window.sql, lot["lot_id"], times=3)
    order_shown = await harbour.order(lot["order_id"])
    found = order_shown["findings"]
    assert {found["author"], found["signer"]} == set(order_shown["officers"])
    assert (await harbour.events(lot["lot_id"])).count("LotReleased") == 1


async def test_a_selected_lot_is_withdrawn_by_two_officers_and_its_order_ends_too(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("110")
    lot = await harbour.inspected(group, values=["10.00"], manifest_no=manifest)
    await harbour.let_go(lot["order_id"])
    handle = client.get_workflow_handle(lot["lot_id"], result_type=str)
    assert await handle.result() == "CANCELLED"
    order = client.get_workflow_handle(lot["order_id"], result_type=str)
    assert await order.result() == "WITHDRAWN"
    assert (await harbour.order(lot["order_id"]))["disposal"] == "WITHDRAWN"
    assert "InspectionWithdrawn" in await harbour.events(lot["order_id"])
    assert (await harbour.quota(group.residents[0]))["reserved"] == "0.00"
    assert await harbour.weight_left(manifest) == "110.000"
    await recorded(client, lot["lot_id"], "resident_declaration_cancelled")
    await recorded(client, lot["order_id"], "inspection_withdrawn")


@pytest.mark.parametrize("_round", range(4))
async def test_findings_and_the_second_word_at_once_and_one_of_them_counts(
    harbour: Harbour, _round: int
) -> None:
    """Nobody lets smuggled goods go, and nobody finds anything in a lot that is withdrawn."""
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    finder, other = await harbour.officers(lot["order_id"])
    path = f"/inspection/v1/orders/{lot['order_id']}"
    await finder.post(f"{path}/withdrawal", {"grounds": "the buyer left"})
    found, withdrawn = await asyncio.gather(
        finder.try_post(f"{path}/findings", SMUGGLED),
        other.try_post(f"{path}/withdrawal", {"grounds": "the buyer left"}),
    )
    assert sorted((found.status_code, withdrawn.status_code)) == [200, 409]
    ended = "IN_INSPECTION" if found.status_code == 200 else "CANCELLED"
    await harbour.until(group.clerk, lot["lot_id"], ended)


async def test_what_was_found_in_a_lot_stays_found_when_its_officer_leaves(
    harbour: Harbour,
) -> None:
    """It is signed by the other officer; meanwhile nobody withdraws smuggled goods."""
    place = Harbour(harbour.window, await open_port(harbour.window))
    group = await place.group(1)
    lot = await place.inspected(group, values=["10.00"])
    order = f"/inspection/v1/orders/{lot['order_id']}"
    author, other = await place.officers(lot["order_id"])
    found = await author.post(f"{order}/findings", SMUGGLED)
    await place.hire()
    await place.dismiss(found["findings"]["author"])
    redrawn = await other.try_post(f"{order}/redraw", {"grounds": "left the service"})
    assert redrawn.json()["code"] == "OFFICERS_STILL_ELIGIBLE"
    path = f"{LOTS}/{lot['lot_id']}/cancellation"
    withdrawn = await group.clerk.try_post(path, {"reason": "left"})
    assert withdrawn.status_code == 409
    assert (await place.lot(lot["lot_id"]))["state"] == "IN_INSPECTION"
    await other.post(f"{order}/countersignature", {"agree": True})
    assert (await place.until(group.clerk, lot["lot_id"], "SEIZED"))["state"] == "SEIZED"


async def test_a_lot_nobody_confirms_waits_and_is_withdrawn_without_screening(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1, mandated=False)
    lot_id = await harbour.accepted(group, values=["10.00"])
    path = f"{LOTS}/{lot_id}/cancellation"
    await group.clerk.post(path, {"reason": "nobody came"})
    assert await ended(client, lot_id) == "CANCELLED"
    assert await harbour.events(lot_id) == ["LotSubmitted", "LotCancelled"]
    await recorded(client, lot_id, "resident_declaration_unconfirmed")


async def test_a_lot_sold_before_it_left_is_sold_when_it_leaves(harbour: Harbour) -> None:
    """Facts come in any order: the purchase may be known before the truck is out."""
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    await sold(harbour.window.sql, lot_id)
    await told(harbour.window.sql, lot_id, times=2)
    await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    await harbour.until(group.clerk, lot_id, "SOLD")
    assert (await harbour.events(lot_id)).count("LotSold") == 1


async def test_a_lot_that_is_out_sold_and_paid_for_closes(harbour: Harbour, client: Client) -> None:
    group, sql = await harbour.group(1), harbour.window.sql
    lot_id = await harbour.released(group, values=["10.00"])
    await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    await sold(sql, lot_id)
    await told(sql, lot_id)
    await harbour.until(group.clerk, lot_id, "SOLD")
    await paid(sql, lot_id)
    await told(sql, lot_id, times=2)
    await harbour.until(group.clerk, lot_id, "CLOSED")
    assert await client.get_workflow_handle(lot_id, result_type=str).result() == "CLOSED"
    assert (await harbour.events(lot_id))[-4:] == [
        "GatePassed",
        "LotSold",
        "LotSettled",
        "LotClosed",
    ]
    await recorded(client, lot_id, "resident_declaration_closed")


async def test_a_lot_for_own_use_closes_without_a_sale(harbour: Harbour, client: Client) -> None:
    group, sql = await harbour.group(1), harbour.window.sql
    lot_id = await harbour.released(group, values=["10.00"], purpose="OWN_USE")
    for minor in (400, 600):
        await paid(sql, lot_id, minor)
    # Paid before it left: the gate itself has the case look.
    await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    await harbour.until(group.clerk, lot_id, "CLOSED")
    assert await client.get_workflow_handle(lot_id, result_type=str).result() == "CLOSED"
    assert "LotSold" not in await harbour.events(lot_id)
    await recorded(client, lot_id, "resident_declaration_own_use")


async def test_a_lot_paid_for_by_a_cent_too_little_stays_open(harbour: Harbour) -> None:
    group, sql = await harbour.group(1), harbour.window.sql
    lot_id = await harbour.released(group, values=["10.00"], purpose="OWN_USE")
    await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    await paid(sql, lot_id, 999)
    await told(sql, lot_id)
    await delivered(harbour.window.sql, lot_id)
    short = await harbour.lot(lot_id)
    assert (short["state"], short["carrying_out"]) == ("GATE_OUT", None)
    await paid(sql, lot_id, 1)
    await told(sql, lot_id)
    await harbour.until(group.clerk, lot_id, "CLOSED")
    assert (await harbour.events(lot_id)).count("LotSettled") == 1
