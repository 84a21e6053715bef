"""A control is answered by what was found since it is in force, and as closely as it wants."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.kernel.identifiers import uuid_of
from tests.services.risk.test_reach import business_day_of_now, control
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, RED_GOODS
from tests.support.plates import own_plate
from tests.support.window import codes

FULL = {**PASSED, "method": "FULL"}


@pytest.mark.parametrize(
    ("found", "set_first", "leaves"),
    [(PASSED, True, False), (FULL, False, False), (FULL, True, True)],
    ids=["of a sample, after it was set", "of it all, before", "of it all, after"],
)
async def test_a_control_set_while_an_order_is_open_is_answered_by_what_was_found_of_it_all_since(
    asleep: Asleep, found: dict[str, Any], set_first: bool, leaves: bool
) -> None:
    harbour, number = asleep.harbour, own_plate()
    lot_id, order_id = await asleep.inspected(vehicle_plate=number, hs_code=RED_GOODS)
    assert (await harbour.order(order_id))["method_ordered"] == "SAMPLE"
    one, other = await harbour.officers(order_id)
    order = f"/inspection/v1/orders/{order_id}"
    if set_first:
        await control(asleep, "vehicle_plate", number)
    await one.post(f"{order}/findings", found)
    if not set_first:
        await control(asleep, "vehicle_plate", number)
    await other.post(f"{order}/countersignature", {"agree": True})
    await asleep.attended(lot_id)
    path, truck = f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": number, "gross_kg": "110"}
    passed = await harbour.gate.try_post(path, truck)
    if leaves:
        assert passed.status_code == 201
        return
    assert codes(passed) == ["KEPT_BY_CUSTOMS"]
    asked = {"lane": "RED", "grounds": "a control is not answered"}
    officer = harbour.officer(await harbour.hire())
    called = await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", asked)
    for case in (lot_id, called["order_id"]):
        await asleep.attended(case)
    await harbour.dispose(called["order_id"], FULL)
    await asleep.attended(lot_id)
    assert (await harbour.gate.try_post(path, truck)).status_code == 201


async def test_a_control_announced_for_tomorrow_is_not_answered_by_what_is_found_today(
    asleep: Asleep,
) -> None:
    harbour, number = asleep.harbour, own_plate()
    tomorrow = business_day_of_now() + timedelta(days=1)
    listed = await control(asleep, "vehicle_plate", number, effective_from=f"{tomorrow}")
    lot_id, order_id = await asleep.inspected(vehicle_plate=number, hs_code=RED_GOODS)
    await harbour.dispose(order_id, FULL)
    await asleep.attended(lot_id)
    await a_day_goes_by(asleep, listed, order_id)
    path, truck = f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": number, "gross_kg": "110"}
    assert codes(await harbour.gate.try_post(path, truck)) == ["KEPT_BY_CUSTOMS"]


async def a_day_goes_by(place: Asleep, listed: str, order_id: str) -> None:
    """What was announced begins; what was set and found was set and found the day before."""
    for of, written in (
        (listed, "risk_controls SET effective_from = effective_from - 1, set_at = set_at - {day}"),
        (order_id, "inspection_orders SET concluded_at = concluded_at - {day}"),
        (order_id, "findings SET recorded_at = recorded_at - {day}, signed_at = signed_at - {day}"),
    ):
        key, prefix = ("control_id", "ctl") if of == listed else ("order_id", "ins")
        change = written.format(day="interval '1 day'")
        await place.sql.execute(f"UPDATE {change} WHERE {key} = $1", uuid_of(of, prefix))
