"""The release clock (W17: 48 hours, perishable goods 6): it escalates once, it never releases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from temporalio.client import Client
from temporalio.testing import TimeSkipper

from tests.support.asleep import Asleep
from tests.support.facts import told
from tests.support.harbour import PASSED, RED_FRUIT, RED_GOODS, Harbour, open_port
from tests.support.patience import sooner_or_later
from tests.support.recording import recorded
from tests.support.window import decree


async def skip(client: Client, case: str, **time: float) -> None:
    """Let a running case's time go by."""
    await TimeSkipper(client).fast_forward(client.get_workflow_handle(case), timedelta(**time))


async def late_by(harbour: Harbour, lot_id: str) -> timedelta:
    """How long after its date the clock's end was said."""
    late: timedelta = await harbour.window.sql.fetchval(
        "SELECT clock_ran_out_at - release_due_at FROM lots WHERE lot_id = $1",
        UUID(hex=lot_id[4:]),
    )
    return late


@pytest.mark.parametrize(("goods", "hours"), [(RED_GOODS, 48), (RED_FRUIT, 6)])
async def test_w17_a_clock_that_runs_out_is_told_once_and_releases_nothing(
    harbour: Harbour, client: Client, goods: str, hours: int
) -> None:
    """The server skips the legal time; the officers are what is waited for then."""
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"], hs_code=goods)
    lot_id = lot["lot_id"]
    await skip(client, lot_id, hours=hours, minutes=-1)
    assert (await harbour.lot(lot_id))["clock_ran_out"] is False
    await skip(client, lot_id, minutes=2)
    late = await harbour.until(group.clerk, lot_id, "IN_INSPECTION", clock_ran_out=True)
    assert (late["released_at"], late["holder"]) == (None, "customs")
    await skip(client, lot_id, hours=hours)
    await told(harbour.window.sql, lot_id)
    assert (await harbour.events(lot_id)).count("ReleaseClockRanOut") == 1
    assert timedelta(0) <= await late_by(harbour, lot_id) < timedelta(minutes=1)
    await harbour.dispose(lot["order_id"], PASSED)
    released = await harbour.until(group.clerk, lot_id, "RELEASED")
    assert released["clock_ran_out"] is True
    await recorded(client, lot_id, f"resident_declaration_late_after_{hours}_hours")


async def test_w17_a_lot_that_no_officer_was_drawn_for_is_told_too_and_released_by_nobody(
    harbour: Harbour, client: Client
) -> None:
    elsewhere = Harbour(harbour.window, await open_port(harbour.window, officers=1))
    group = await elsewhere.group(1)
    lot = await elsewhere.inspected(group, values=["10.00"])
    assert (await elsewhere.order(lot["order_id"]))["state"] == "UNSTAFFED"
    await skip(client, lot["lot_id"], hours=48, minutes=1)
    late = await elsewhere.until(group.clerk, lot["lot_id"], "IN_INSPECTION", clock_ran_out=True)
    assert (late["released_at"], late["holder"]) == (None, "customs")
    assert (await elsewhere.events(lot["lot_id"])).count("ReleaseClockRanOut") == 1


@pytest.mark.slow
async def test_a_late_release_says_that_it_was_late(harbour: Harbour) -> None:
    hasty = await hasty_port(harbour)
    group = await hasty.group(1)
    lot = await hasty.inspected(group, values=["10.00"])
    await hasty.until(group.clerk, lot["lot_id"], "IN_INSPECTION", clock_ran_out=True)
    await hasty.dispose(lot["order_id"], PASSED)
    await hasty.until(group.clerk, lot["lot_id"], "RELEASED")
    in_time = await hasty.window.sql.fetchval(
        "SELECT body::jsonb ->> 'in_time' FROM events WHERE case_id = $1 AND step = 'release'",
        UUID(hex=lot["lot_id"][4:]),
    )
    assert in_time == "false"


async def test_a_date_that_was_moved_is_read_again_before_anything_is_said(
    harbour: Harbour, client: Client
) -> None:
    """The case sleeps until the date it had read; the record has another one by then."""
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    lot_id = lot["lot_id"]
    moved = "UPDATE lots SET release_due_at = release_due_at + interval '24 h' WHERE lot_id = $1"
    await harbour.window.sql.execute(moved, UUID(hex=lot_id[4:]))
    await skip(client, lot_id, hours=48, minutes=1)
    await looked_again(client, lot_id)
    assert (await harbour.lot(lot_id))["clock_ran_out"] is False
    await skip(client, lot_id, hours=24)
    await harbour.until(group.clerk, lot_id, "IN_INSPECTION", clock_ran_out=True)
    assert (await harbour.events(lot_id)).count("ReleaseClockRanOut") == 1


@pytest.mark.slow
async def test_a_case_that_is_told_of_its_clock_too_late_says_so_at_once(asleep: Asleep) -> None:
    """The relay was away while the clock ran out: what is overdue is said at the first look."""
    hasty = asleep.at((await hasty_port(asleep.harbour)).port)
    group = await hasty.harbour.group(1)
    lot_id = await hasty.harbour.confirmed(group, hs_code=RED_GOODS, values=["10.00"])
    ran_out = "SELECT release_due_at <= now() FROM lots WHERE lot_id = $1"
    await sooner_or_later(lambda: asleep.sql.fetchval(ran_out, UUID(hex=lot_id[4:])))
    assert (await hasty.harbour.lot(lot_id))["clock_ran_out"] is False
    async with asleep.awake():
        await hasty.harbour.until(group.clerk, lot_id, "IN_INSPECTION", clock_ran_out=True)
    assert (await hasty.harbour.events(lot_id)).count("ReleaseClockRanOut") == 1


async def hasty_port(harbour: Harbour) -> Harbour:
    """A port that promises release within two seconds, for what must be seen in real time."""
    hasty = Harbour(harbour.window, await open_port(harbour.window))
    for key in ("rcep.release_h", "rcep.perishable_h"):
        await decree(harbour.window, key, hasty.port, "0.0006")
    return hasty


async def looked_again(client: Client, case: str) -> None:
    """The timer of a case has fired and another one has been set."""

    async def two_timers() -> bool:
        history = (await client.get_workflow_handle(case).fetch_history()).to_json_dict()
        kinds: list[Any] = [event["eventType"] for event in history["events"]]
        return kinds.count("EVENT_TYPE_TIMER_STARTED") > 1

    await sooner_or_later(two_timers)
