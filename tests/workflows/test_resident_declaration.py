"""A lot's own case, from submission to closing, over real PostgreSQL and real Temporal.

With TRADEWINDOW_RECORD=1 the cases of this run are saved as the histories that must replay.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from datetime import timedelta
from uuid import UUID

import pytest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from deploy import replay
from services.declaration.activities import DeclarationActivities
from services.kernel.identifiers import new_id
from services.kernel.messages import Message
from services.platform import outbox
from services.platform.temporal import connect
from tests.support.decisions import acting, brought_again, decision, how_it_ended
from tests.support.harbour import PASSED, SMUGGLED, YELLOW_GOODS, Harbour, decree, open_port
from workflows.ports.declaration import (
    QUEUE,
    RESIDENT_DECLARATION,
    LotCase,
    LotSoldSignal,
    SettlementRequestedSignal,
)
from workflows.ports.inspection import INSPECTION
from workflows.summaries import SUMMARIES

LOTS = "/declaration/v1/lots"
TRUCK = {"vehicle_plate": "桂P12345", "gross_kg": "110"}


@pytest.fixture
async def client(harbour: Harbour) -> Client:
    settings = harbour.window.assembly.settings
    return await connect(settings.temporal_address, settings.temporal_namespace, lazy=False)


async def recorded(
    client: Client, case_id: str, name: str, *, of: str = "resident_declaration"
) -> None:
    """Keep the case's history when this run is a recording."""
    if os.environ.get("TRADEWINDOW_RECORD") == "1":
        await replay.save(client, case_id, replay.HISTORIES / f"{of}_{name}.json")


async def at_rest(client: Client, lot_id: str) -> WorkflowExecutionDescription:
    """A released lot's case once it has recorded the release too, a moment after the database."""
    for _ in range(200):
        described = await client.get_workflow_handle(lot_id).describe()
        if described.search_attributes.get("CaseState") == ["RELEASED"]:
            return described
        await asyncio.sleep(0.05)
    raise AssertionError(f"the case of {lot_id} did not record its release")


async def tell(harbour: Harbour, name: str, message: Message) -> None:
    """A fact from another service reaches the lot by the outbox."""
    lot_id = str(message.lot_id)  # type: ignore[attr-defined]
    async with harbour.window.assembly.database("declaration").transaction() as tx:
        await outbox.signal(
            tx, workflow=RESIDENT_DECLARATION, case=lot_id, queue=QUEUE, name=name, message=message
        )


async def paid(harbour: Harbour, lot_id: str, minor: int) -> str:
    """An instruction that the bank has settled already, as the settlement service keeps it."""
    instruction = new_id("stl")
    await harbour.window.sql.execute(
        "INSERT INTO settlement_instructions (instruction_id, client_reference, instructed_by,"
        " lot_id, buyer, seller_code, seller_bank_bic, seller_account, seller_country, bank_bic,"
        " amount_minor, currency, paid_minor, paid_currency, purpose_code, state, requested_at,"
        " ended_at) VALUES ($1, $2, 'group:T', $3, 'group:T', 'S1', 'BFTVVNVX', '1', 'VN',"
        " 'ABOCCNBJ', $4, 'CNY', $4, 'CNY', 'GOD', 'SETTLED', now(), now())",
        UUID(hex=instruction[4:]),
        instruction[4:],
        UUID(hex=lot_id[4:]),
        minor,
    )
    return instruction


async def settle(harbour: Harbour, lot_id: str, instruction_id: str) -> None:
    fact = SettlementRequestedSignal(lot_id=lot_id, instruction_id=instruction_id)
    await tell(harbour, "settlement_requested", fact)


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
    await recorded(client, lot_id, "green")


async def test_the_engines_console_tells_a_case_and_its_steps_in_the_trades_words(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    await harbour.dispose(lot["order_id"], PASSED)
    await harbour.until(group.clerk, lot["lot_id"], "RELEASED")
    handle = client.get_workflow_handle(lot["lot_id"])
    await at_rest(client, lot["lot_id"])
    assert await (await handle.describe()).static_summary() == SUMMARIES[RESIDENT_DECLARATION]
    history = await handle.fetch_history()
    told = [e.user_metadata.summary.data for e in history.events if e.user_metadata.summary.data]
    assert [json.loads(words) for words in told[1:]] == [
        "Keep the lot back; its release clock goes on.",
        f"{SUMMARIES[INSPECTION]} of {lot['lot_id']}",
        "Let the goods go: consume quota, write off the manifest.",
    ]


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
    await recorded(client, lot_id, "inspected")


async def test_what_inspection_refuses_gives_quota_and_weight_back(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("110")
    lot = await harbour.inspected(group, values=["10.00"], manifest_no=manifest)
    assert await harbour.weight_left(manifest) == "0.000"
    await harbour.dispose(lot["order_id"], SMUGGLED)
    await harbour.until(group.clerk, lot["lot_id"], "SEIZED")
    quota = await harbour.quota(group.residents[0])
    assert (quota["reserved"], quota["consumed"]) == ("0.00", "0.00")
    assert await harbour.weight_left(manifest) == "110.000"
    handle = client.get_workflow_handle(lot["lot_id"], result_type=str)
    assert await handle.result() == "SEIZED"
    await recorded(client, lot["lot_id"], "rejected")


async def test_a_lot_withdrawn_during_inspection_ends_its_order_too(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("110")
    lot = await harbour.inspected(group, values=["10.00"], manifest_no=manifest)
    await harbour.officers(lot["order_id"])
    path = f"{LOTS}/{lot['lot_id']}/cancellation"
    cancelled = await group.clerk.post(path, {"reason": "the buyer left"})
    assert cancelled["state"] == "CANCELLED"
    handle = client.get_workflow_handle(lot["lot_id"], result_type=str)
    assert await handle.result() == "CANCELLED"
    order = client.get_workflow_handle(lot["order_id"])
    await order.result()
    assert "InspectionWithdrawn" in await harbour.events(lot["order_id"])
    assert (await harbour.quota(group.residents[0]))["reserved"] == "0.00"
    assert await harbour.weight_left(manifest) == "110.000"
    await recorded(client, lot["lot_id"], "cancelled")


@pytest.mark.parametrize("_round", range(4))
async def test_findings_and_withdrawal_at_once_and_one_of_them_counts(
    harbour: Harbour, _round: int
) -> None:
    """Nobody withdraws smuggled goods, and nobody finds anything in a lot that is withdrawn."""
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    officer, _ = await harbour.officers(lot["order_id"])
    found, withdrawn = await asyncio.gather(
        officer.try_post(f"/inspection/v1/orders/{lot['order_id']}/findings", SMUGGLED),
        group.clerk.try_post(f"{LOTS}/{lot['lot_id']}/cancellation", {"reason": "left"}),
    )
    assert sorted((found.status_code, withdrawn.status_code)) == [200, 409]
    ended = "IN_INSPECTION" if found.status_code == 200 else "CANCELLED"
    await harbour.until(group.clerk, lot["lot_id"], ended)


async def test_a_lot_nobody_confirms_waits_and_is_withdrawn_without_screening(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1, mandated=False)
    lot_id = await harbour.accepted(group, values=["10.00"])
    path = f"{LOTS}/{lot_id}/cancellation"
    await group.clerk.post(path, {"reason": "nobody came"})
    assert await client.get_workflow_handle(lot_id, result_type=str).result() == "CANCELLED"
    assert await harbour.events(lot_id) == ["LotSubmitted", "LotCancelled"]
    await recorded(client, lot_id, "unconfirmed")


async def test_a_withdrawal_whose_worker_died_ends_the_case_all_the_same(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    made = decision(lot_id, "cancel", acting("clerk", f"group:{group.code}"), {"reason": "broken"})
    steps = DeclarationActivities(harbour.window.assembly.database("declaration"))
    assert (await steps.cancel_lot(made)).state == "CANCELLED"
    await brought_again(harbour.window.sql, lot_id)
    assert await how_it_ended(client, lot_id) == "CANCELLED"
    assert (await harbour.events(lot_id)).count("LotCancelled") == 1


@pytest.mark.parametrize(("perishable", "hours"), [(False, 48), (True, 6)])
async def test_w17_a_clock_that_runs_out_is_told_and_releases_nothing(
    harbour: Harbour, client: Client, perishable: bool, hours: int
) -> None:
    """The server skips the legal time; the inspection is what is waited for then."""
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"], perishable=perishable)
    lot_id = lot["lot_id"]
    assert lot["clock_ran_out"] is False
    order = client.get_workflow_handle(lot["order_id"])
    await harbour.officers(lot["order_id"])
    await TimeSkipper(client).fast_forward(order, timedelta(hours=hours, minutes=-1))
    assert (await group.clerk.get(f"{LOTS}/{lot_id}"))["clock_ran_out"] is False
    await TimeSkipper(client).fast_forward(order, timedelta(minutes=2))
    late = await harbour.until(group.clerk, lot_id, "IN_INSPECTION", clock_ran_out=True)
    assert (late["released_at"], late["holder"]) == (None, "customs")
    assert (await harbour.events(lot_id)).count("ReleaseClockRanOut") == 1
    told_at = await harbour.window.sql.fetchval(
        "SELECT clock_ran_out_at - release_due_at FROM lots WHERE lot_id = $1",
        UUID(hex=lot_id[4:]),
    )
    assert timedelta(0) <= told_at < timedelta(minutes=1)
    await harbour.dispose(lot["order_id"], PASSED)
    released = await harbour.until(group.clerk, lot_id, "RELEASED")
    assert released["clock_ran_out"] is True
    await recorded(client, lot_id, f"late_after_{hours}_hours")
    await recorded(client, lot["order_id"], f"late_after_{hours}_hours", of="inspection")


async def hasty_port(harbour: Harbour) -> Harbour:
    """A port that promises release within two seconds, for what must be seen in real time."""
    hasty = Harbour(harbour.window, await open_port(harbour.window))
    for key in ("rcep.release_h", "rcep.perishable_h"):
        await decree(harbour.window, key, hasty.port, "0.0006")
    return hasty


async def test_a_late_release_says_that_it_was_late(harbour: Harbour, client: Client) -> None:
    hasty = await hasty_port(harbour)
    group = await hasty.group(1)
    lot = await hasty.inspected(group, values=["10.00"])
    lot_id = lot["lot_id"]
    await hasty.until(group.clerk, lot_id, "IN_INSPECTION", clock_ran_out=True)
    await hasty.dispose(lot["order_id"], PASSED)
    await hasty.until(group.clerk, lot_id, "RELEASED")
    in_time = await hasty.window.sql.fetchval(
        "SELECT body::jsonb ->> 'in_time' FROM events WHERE case_id = $1 AND step = 'release'",
        UUID(hex=lot_id[4:]),
    )
    assert in_time == "false"


@pytest.mark.slow
async def test_a_lot_whose_screening_hangs_is_told_too_when_its_clock_runs_out(
    harbour: Harbour, client: Client
) -> None:
    hasty = await hasty_port(harbour)
    group = await hasty.group(1)
    async with harbour.window.sql.acquire() as other, other.transaction():
        await other.execute("LOCK TABLE screenings IN ACCESS EXCLUSIVE MODE")
        lot_id = await hasty.accepted(group, values=["10.00"])
        await group.clerk.post(f"{LOTS}/{lot_id}/confirmations", {"by_mandate": True})
        late = await hasty.until(group.clerk, lot_id, "IDENTITY_OK", clock_ran_out=True)
        assert late["released_at"] is None
    released = await hasty.until(group.clerk, lot_id, "RELEASED")
    assert released["clock_ran_out"] is True
    assert (await hasty.events(lot_id)).count("ReleaseClockRanOut") == 1
    await recorded(client, lot_id, "late_before_screening")


async def test_a_lot_sold_before_it_left_is_sold_when_it_leaves(
    harbour: Harbour, client: Client
) -> None:
    """Facts come in any order: the purchase may be known before the truck is out."""
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    purchase = new_id("pur")
    sold = LotSoldSignal(lot_id=lot_id, purchase_id=purchase)
    await tell(harbour, "lot_sold", sold)
    await tell(harbour, "lot_sold", sold)
    await harbour.gate.post(f"{LOTS}/{lot_id}/gate-passes", TRUCK)
    await harbour.until(group.clerk, lot_id, "SOLD")
    assert (await harbour.events(lot_id)).count("LotSold") == 1


async def test_a_lot_that_is_out_sold_and_paid_for_closes(harbour: Harbour, client: Client) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    await harbour.gate.post(f"{LOTS}/{lot_id}/gate-passes", TRUCK)
    await tell(harbour, "lot_sold", LotSoldSignal(lot_id=lot_id, purchase_id=new_id("pur")))
    await harbour.until(group.clerk, lot_id, "SOLD")
    instruction = await paid(harbour, lot_id, 1000)
    # Told twice, it is one settlement: a second child would fail the lot's own case.
    await settle(harbour, lot_id, instruction)
    await settle(harbour, lot_id, instruction)
    await harbour.until(group.clerk, lot_id, "CLOSED")
    assert await client.get_workflow_handle(lot_id, result_type=str).result() == "CLOSED"
    assert (await harbour.events(lot_id))[-4:] == [
        "GatePassed",
        "LotSold",
        "LotSettled",
        "LotClosed",
    ]
    await recorded(client, lot_id, "closed")


async def test_a_lot_for_own_use_closes_without_a_sale(harbour: Harbour, client: Client) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"], purpose="OWN_USE")
    await harbour.gate.post(f"{LOTS}/{lot_id}/gate-passes", TRUCK)
    await settle(harbour, lot_id, await paid(harbour, lot_id, 400))
    await settle(harbour, lot_id, await paid(harbour, lot_id, 600))
    await harbour.until(group.clerk, lot_id, "CLOSED")
    assert await client.get_workflow_handle(lot_id, result_type=str).result() == "CLOSED"
    assert "LotSold" not in await harbour.events(lot_id)
    await recorded(client, lot_id, "own_use")


async def test_a_lot_paid_for_by_a_cent_too_little_stays_open(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"], purpose="OWN_USE")
    await harbour.gate.post(f"{LOTS}/{lot_id}/gate-passes", TRUCK)
    instruction = await paid(harbour, lot_id, 999)
    await settle(harbour, lot_id, instruction)
    for _ in range(200):
        with contextlib.suppress(RPCError):
            await client.get_workflow_handle(instruction).result()
            break
        await asyncio.sleep(0.05)
    assert (await group.clerk.get(f"{LOTS}/{lot_id}"))["state"] == "GATE_OUT"
    await settle(harbour, lot_id, await paid(harbour, lot_id, 1))
    await harbour.until(group.clerk, lot_id, "CLOSED")
    assert (await harbour.events(lot_id)).count("LotSettled") == 1


async def test_a_start_that_comes_twice_or_late_changes_nothing(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    before = await at_rest(client, lot_id)
    async with harbour.window.assembly.database("declaration").transaction() as tx:
        await outbox.start_workflow(
            tx,
            workflow=RESIDENT_DECLARATION,
            case=lot_id,
            queue=QUEUE,
            message=LotCase(lot_id=lot_id),
        )
    await harbour.released(group, values=["11.00"])
    after = await client.get_workflow_handle(lot_id).describe()
    assert (before.run_id, before.history_length) == (after.run_id, after.history_length)
