"""The passing of the gate: what leaves on a truck is released, its own, and weighs as declared."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import pytest

from services.declaration.domain.states import LOT, LotState
from services.kernel.identifiers import uuid_of
from tests.support.harbour import Harbour, open_port
from tests.support.window import codes

LOTS = "/declaration/v1/lots"
TRUCK = {"vehicle_plate": "桂P12345", "gross_kg": "110"}


async def test_a_lot_that_has_passed_stands_where_its_state_table_says(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    case = f"/window/v1/cases/{lot_id}"
    before = await harbour.gate.get(case)
    assert "GATE_PASS" in [wait["code"] for wait in before["missing"]]
    passed = await harbour.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    state = LOT.move(LotState.RELEASED, "pass_gate")
    assert (passed["state"], passed["version"]) == (state, before["version"] + 1)
    assert (passed["gross_kg"], passed["vehicle_plate"]) == ("110.000", "桂P12345")
    after = await harbour.gate.get(case)
    assert (after["state"], after["holder"]) == (state, LOT.holder(state))
    assert after["version"] == passed["version"]
    assert "GATE_PASS" not in [wait["code"] for wait in after["missing"]]
    lot = await group.clerk.get(f"{LOTS}/{lot_id}")
    assert (lot["state"], lot["version"]) == (state, passed["version"])


async def test_no_lot_leaves_without_a_pass_on_record(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="passed no gate"):
        await harbour.window.sql.execute("SELECT lot_leave($1)", uuid_of(lot_id, "lot"))


async def test_the_gate_lets_a_released_lots_own_truck_out_once(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    path, truck = f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": "桂P12345", "gross_kg": "110"}
    assert codes(await harbour.gate.try_post(path, truck)) == ["NOT_RELEASED"]
    await group.clerk.post(f"{LOTS}/{lot_id}/confirmations", {"by_mandate": True})
    await harbour.until(group.clerk, lot_id, "RELEASED")
    wrong = {**truck, "vehicle_plate": "桂P99999"}
    assert codes(await harbour.gate.try_post(path, wrong)) == ["WRONG_VEHICLE"]
    elsewhere = harbour.window.parties.act_as("gate", "gate:G9", port="RUILI")
    assert (await elsewhere.try_post(path, truck)).status_code == 404
    late = await harbour.gate.try_post(path, truck, **{"If-Match": '"1"'})
    assert codes(late) == ["VERSION_MISMATCH"]
    passed = await harbour.gate.try_post(path, truck)
    assert (passed.status_code, passed.json()["state"]) == (201, "GATE_OUT")
    assert codes(await harbour.gate.try_post(path, truck)) == ["STATE_CONFLICT"]


async def test_a_truck_that_weighs_otherwise_stays_inside_and_loses_nothing(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    path, truck = f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": "桂P12345"}
    for weighed in ("99999", "113.301", "106.699"):
        refused = await harbour.gate.try_post(path, {**truck, "gross_kg": weighed})
        assert codes(refused) == ["GATE_WEIGHT_DIFFERS"]
        (error,) = refused.json()["errors"]
        assert error["pointer"] == "/gross_kg"
        assert error["facts"]["declared_kg"] == "110.000"
        assert "inspection desk" in error["detail"]
    assert (await group.clerk.get(f"{LOTS}/{lot_id}"))["state"] == "RELEASED"
    passed = await harbour.gate.try_post(path, {**truck, "gross_kg": "113.300"})
    assert (passed.status_code, passed.json()["state"]) == (201, "GATE_OUT")


async def test_a_truck_refused_at_the_gate_is_noted_for_customs_and_not_for_the_group(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.released(group, values=["10.00"])
    path, truck = f"/gate/v1/lots/{lot_id}/passes", {"vehicle_plate": "桂P12345"}
    before = await group.clerk.get(f"/window/v1/cases/{lot_id}")
    for _ in range(2):
        refused = await harbour.gate.try_post(path, {**truck, "gross_kg": "113.301"})
        assert codes(refused) == ["GATE_WEIGHT_DIFFERS"]
    elsewhere = harbour.window.parties.act_as("gate", "gate:G9", port="RUILI")
    await elsewhere.try_post(path, {**truck, "gross_kg": "113.301"})
    timeline = f"/window/v1/cases/{lot_id}/timeline"
    seen = (await harbour.auditor.get(timeline))["items"]
    (note,) = (e for e in seen if e["type"] == "ActRefused")
    assert note["actor"]["role"] == "gate"
    assert note["body"] == {
        "act": "gate_pass",
        "code": "GATE_WEIGHT_DIFFERS",
        "reasons": [
            {
                "code": "GATE_WEIGHT_DIFFERS",
                "rule": "BRT-GATE-WEIGHT",
                "values": {
                    "weighed_kg": "113.301",
                    "declared_kg": "110.000",
                    "tolerance": note["body"]["reasons"][0]["values"]["tolerance"],
                },
            }
        ],
    }
    assert "ActRefused" not in [e["type"] for e in (await group.clerk.get(timeline))["items"]]
    assert (await group.clerk.get(f"/window/v1/cases/{lot_id}"))["version"] == before["version"]
    passed = await harbour.gate.try_post(path, {**truck, "gross_kg": "113.300"})
    assert passed.status_code == 201


async def test_a_lot_in_inspection_does_not_pass_the_gate(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    path = f"/gate/v1/lots/{lot['lot_id']}/passes"
    truck = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
    assert codes(await harbour.gate.try_post(path, truck)) == ["NOT_RELEASED"]


async def test_the_gate_reads_what_is_inside_on_a_truck_and_what_of_it_may_leave(
    harbour: Harbour,
) -> None:
    place = Harbour(harbour.window, await open_port(harbour.window))
    group = await place.group(1)
    waits = await place.accepted(group, values=["10.00"])
    goes, gone = [await place.released(group, values=["10.00"]) for _ in range(2)]
    cancelled = await place.accepted(group, values=["10.00"])
    await group.clerk.post(f"{LOTS}/{cancelled}/cancellation", {"reason": "given up"})
    await place.gate.post(f"/gate/v1/lots/{gone}/passes", TRUCK)
    for plate in ("桂P12345", " 桂 p-12345"):
        first = await place.gate.get("/gate/v1/lots", plate=plate, limit=1)
        rest = await place.gate.get("/gate/v1/lots", plate=plate, cursor=first["next_cursor"])
        seen = {lot["lot_id"]: lot["may_leave"] for lot in first["items"] + rest["items"]}
        assert (seen, rest["next_cursor"]) == ({goes: True, waits: False}, None)
    elsewhere = harbour.window.parties.act_as("gate", "gate:G9", port="RUILI")
    others = (await elsewhere.get("/gate/v1/lots", plate="桂P12345"))["items"]
    assert not {waits, goes} & {lot["lot_id"] for lot in others}


async def test_the_gate_reads_who_passed_on_a_day_at_its_own_port_alone(harbour: Harbour) -> None:
    place = Harbour(harbour.window, await open_port(harbour.window))
    group = await place.group(1)
    passed = [await place.released(group, values=["10.00"]) for _ in range(3)]
    for lot_id in passed:
        await place.gate.post(f"/gate/v1/lots/{lot_id}/passes", TRUCK)
    first = await place.gate.get("/gate/v1/passes", limit=2)
    rest = await place.gate.get("/gate/v1/passes", cursor=first["next_cursor"])
    assert [p["lot_id"] for p in first["items"] + rest["items"]] == sorted(passed)
    assert rest["next_cursor"] is None
    assert first["items"][0]["vehicle_plate"] == "桂P12345"
    assert (await place.gate.get("/gate/v1/passes", day="2026-01-05"))["items"] == []
    # Beijing's midnight is 16 o'clock by UTC.
    for lot_id, second in zip(passed, ("15:59:59", "16:00:00"), strict=False):
        moved = "UPDATE gate_passes SET passed_at = $2 WHERE lot_id = $1"
        at = datetime.fromisoformat(f"2026-01-05T{second}+00:00")
        await harbour.window.sql.execute(moved, uuid_of(lot_id, "lot"), at)
    for lot_id, day in zip(passed, ("2026-01-05", "2026-01-06"), strict=False):
        seen = await place.gate.get("/gate/v1/passes", day=day)
        assert [p["lot_id"] for p in seen["items"]] == [lot_id]
    elsewhere = harbour.window.parties.act_as("gate", "gate:G9", port="RUILI")
    others = await elsewhere.get("/gate/v1/passes")
    assert not {p["lot_id"] for p in others["items"]} & set(passed)
