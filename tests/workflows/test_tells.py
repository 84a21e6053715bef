"""Tells lost, doubled, reordered, forged, too early, too late: a case only looks at the record."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from services.kernel.identifiers import new_id
from services.kernel.messages import LOOK, Case
from services.platform.relay import start_case
from tests.support.asleep import Asleep, ended
from tests.support.facts import deaf, sold, told
from tests.support.harbour import PASSED, SMUGGLED, Harbour
from tests.support.patience import sooner_or_later
from tests.support.tells import at_rest, delivered
from workflows.kinds import KINDS
from workflows.ports.declaration import QUEUE, RESIDENT_DECLARATION

LOTS: Final = "/declaration/v1/lots"
ORDERS: Final = "/inspection/v1/orders"


async def signed(asleep: Asleep) -> tuple[str, str]:
    """A lot whose order both officers have signed to be released."""
    lot_id, order_id = await asleep.inspected()
    await asleep.harbour.dispose(order_id, PASSED)
    return lot_id, order_id


async def carrying_out(harbour: Harbour, lot_id: str) -> tuple[str, str | None]:
    """Where a lot stands, and what of it is signed and not yet carried out."""
    lot = await harbour.lot(lot_id)
    return lot["state"], lot["carrying_out"]


async def becomes(harbour: Harbour, lot_id: str, state: str) -> None:
    async def there() -> bool:
        return bool((await harbour.lot(lot_id))["state"] == state)

    await sooner_or_later(there)


async def test_a_verdict_whose_tell_was_lost_is_carried_out_at_the_next_look(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    async with asleep.awake() as client:
        group = await harbour.group(1)
        lot = await harbour.inspected(group, values=["10.00"])
        lot_id = lot["lot_id"]
        await at_rest(asleep.sql, client, lot_id)
        await asleep.sql.execute(
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        )
        lost = f"BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.told = '{lot_id}')"
        await asleep.sql.execute(f"CREATE TRIGGER lose {lost} EXECUTE FUNCTION lose()")
        await harbour.dispose(lot["order_id"], PASSED)
        await asleep.sql.execute("DROP FUNCTION lose CASCADE")
        assert await ended(client, lot["order_id"]) == "CONCLUDED"
        assert await carrying_out(harbour, lot_id) == ("IN_INSPECTION", "VERDICT")
        await told(asleep.sql, lot_id)
        await becomes(harbour, lot_id, "RELEASED")


async def test_a_case_whose_beginning_was_lost_begins_with_whatever_is_told_it_next(
    asleep: Asleep,
) -> None:
    lot_id, _ = await signed(asleep)
    assert await deaf(asleep.sql, lot_id) > 0
    await told(asleep.sql, lot_id)
    async with asleep.awake():
        await becomes(asleep.harbour, lot_id, "RELEASED")


async def test_tells_doubled_and_in_any_order_come_to_the_same(asleep: Asleep) -> None:
    """The tells of the end stand before those of the beginning, and each of them three times."""
    lot_id, order_id = await signed(asleep)
    turned = (
        "WITH gone AS (DELETE FROM outbox WHERE told IN ($1, $2) RETURNING *)"
        " INSERT INTO outbox (told, opens, source, place, attributes)"
        " SELECT told, opens, source, place, attributes FROM gone, generate_series(1, 3)"
        " ORDER BY outbox_id DESC"
    )
    await asleep.sql.execute(turned, lot_id, order_id)
    async with asleep.awake() as client:
        await becomes(asleep.harbour, lot_id, "RELEASED")
        assert await ended(client, order_id) == "CONCLUDED"
        await delivered(asleep.sql, lot_id)
    events = await asleep.harbour.events(lot_id)
    assert [events.count(e) for e in ("LotScreened", "LotSentToInspection", "LotReleased")] == [
        1,
        1,
        1,
    ]
    assert (await asleep.harbour.events(order_id)).count("InspectionStaffed") == 1


async def test_a_tell_of_a_case_that_nobody_opened_starts_nothing(asleep: Asleep) -> None:
    nobody = new_id("lot")
    await told(asleep.sql, nobody)
    async with asleep.awake():

        async def kept() -> bool:
            error = "SELECT last_error FROM outbox WHERE told = $1"
            return bool(await asleep.sql.fetchval(error, nobody) == "CASE_UNKNOWN")

        await sooner_or_later(kept)
    await deaf(asleep.sql, nobody)


async def test_a_case_that_has_ended_is_not_started_again(asleep: Asleep) -> None:
    async with asleep.awake() as client:
        lot_id, order_id = await signed(asleep)
        assert await ended(client, order_id) == "CONCLUDED"
        before = await asleep.harbour.events(order_id)
        await told(asleep.sql, order_id, times=3)
        await delivered(asleep.sql, order_id)
        described = await client.get_workflow_handle(order_id).describe()
        assert described.status == WorkflowExecutionStatus.COMPLETED
        assert await asleep.harbour.events(order_id) == before
        await becomes(asleep.harbour, lot_id, "RELEASED")


async def test_forged_looks_and_starts_release_nothing_and_run_no_clock_out(
    asleep: Asleep,
) -> None:
    """A stranger who reaches the engine has a case look, early and often, and in a far future."""
    harbour = asleep.harbour
    lot_id, order_id = await asleep.inspected()
    engine = await asleep.engine()
    in_a_year = datetime.now(UTC) + timedelta(days=366)
    await engine.start_workflow(
        RESIDENT_DECLARATION,
        Case(case_id=lot_id, at=in_a_year),
        id=lot_id,
        task_queue=QUEUE,
    )
    await engine.start_workflow(
        RESIDENT_DECLARATION,
        {"case_id": lot_id, "lane": "GREEN", "state": "RELEASED", "at": in_a_year.isoformat()},
        id=f"forged-{lot_id}",
        task_queue=QUEUE,
    )
    before = await harbour.lot(lot_id), await harbour.order(order_id)
    async with asleep.awake() as client:
        await delivered(asleep.sql, lot_id)
        for case in (lot_id, f"forged-{lot_id}", order_id):
            for payload in ((), ("RELEASE",), ({"lot_id": lot_id, "disposal": "RELEASE"},)):
                await client.get_workflow_handle(case).signal(LOOK, args=payload)
        await rested(client, lot_id)
        assert (await harbour.lot(lot_id), await harbour.order(order_id)) == before
        await harbour.dispose(order_id, SMUGGLED)
        await becomes(harbour, lot_id, "SEIZED")
        # It ends with the record, since a look is all that it has.
        with suppress(RPCError):  # a tell was quicker
            await client.get_workflow_handle(f"forged-{lot_id}").signal(LOOK)
        assert await ended(client, f"forged-{lot_id}") == "SEIZED"


async def rested(client: Client, case: str) -> None:
    """A case has nothing to do: its last workflow task is done and none is waiting."""

    async def idle() -> bool:
        described = await client.get_workflow_handle(case).describe()
        return not described.raw_description.HasField("pending_workflow_task")

    await sooner_or_later(idle)


async def test_a_forged_case_that_is_not_on_record_ends_at_its_first_look(asleep: Asleep) -> None:
    async with asleep.awake() as client:
        for prefix in KINDS:
            forged = new_id(prefix)
            await start_case(client, forged, KINDS, {})
            assert await ended(client, forged) == "UNKNOWN"


@pytest.mark.parametrize("fact", ["sold", "looks"])
async def test_nothing_is_released_or_sold_by_a_fact_that_comes_too_late(
    asleep: Asleep, fact: str
) -> None:
    """The lot was withdrawn; whatever is told of it afterwards, its quota stays given back."""
    lot_id, order_id = await asleep.inspected()
    await asleep.harbour.let_go(order_id)
    if fact == "sold":
        await sold(asleep.sql, lot_id)
    await told(asleep.sql, lot_id, times=2)
    async with asleep.awake() as client:
        await delivered(asleep.sql, lot_id)
        assert await ended(client, order_id) == "WITHDRAWN"
        assert await ended(client, lot_id) == "CANCELLED"
        await start_case(client, lot_id, KINDS, {})
        assert await ended(client, lot_id) == "CANCELLED"
    lot = await asleep.harbour.lot(lot_id)
    assert (lot["state"], lot["released_at"]) == ("CANCELLED", None)
    answer = await asleep.harbour.gate.try_post(
        f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": "桂P12345", "gross_kg": "110"}
    )
    assert answer.status_code == 409
