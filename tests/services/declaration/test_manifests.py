"""Manifests: what came in on a truck (W30)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.sandbox.parties import Party
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import truck_filed
from tests.support.plates import own_plate
from tests.support.window import ENTERED_AT, Window, codes, decree

LOTS = "/declaration/v1/lots"
MANIFESTS = "/declaration/v1/manifests"


async def test_w30_a_manifest_carries_what_it_weighs_and_no_kilogram_more(
    harbour: Harbour,
) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("22000")

    def weighing(gross: str) -> dict[str, Any]:
        return {"manifest_no": manifest, "gross_kg": gross, "values": ["10.00"], "kg_each": "10"}

    await harbour.released(group, **weighing("7500"))
    second = await harbour.accepted(group, **weighing("8000"))
    assert await harbour.weight_left(manifest) == "6500.000"
    third = await harbour.window.lot(group, port=harbour.port, **weighing("6600"))
    assert codes(third) == ["OVER_MANIFEST"]
    assert third.json()["errors"][0]["facts"] == {
        "left_kg": "6500.000",
        "lot_kg": "6600.000",
    }
    await group.clerk.post(f"{LOTS}/{second}/cancellation", {"reason": "wrong"})
    assert await harbour.weight_left(manifest) == "14500.000"
    await harbour.accepted(group, **weighing("14500"))


async def test_parallel_lots_never_weigh_more_than_their_manifest(harbour: Harbour) -> None:
    group = await harbour.group(1)
    manifest = await harbour.manifest("1000")
    answers = await asyncio.gather(
        *(
            harbour.window.lot(
                group,
                port=harbour.port,
                manifest_no=manifest,
                gross_kg="300",
                values=["10.00"],
            )
            for _ in range(12)
        )
    )
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 9
    assert {c for a in answers if a.status_code == 409 for c in codes(a)} == {"OVER_MANIFEST"}
    assert await harbour.weight_left(manifest) == "100.000"


async def test_a_manifest_is_lodged_once(harbour: Harbour) -> None:
    manifest = await harbour.manifest("10")
    body = {
        "manifest_no": manifest,
        "port": harbour.port,
        "vehicle_plate": "桂P12345",
        "total_kg": "20",
    }
    again = await harbour.carrier.try_post("/declaration/v1/manifests", body)
    assert codes(again) == ["DUPLICATE_MANIFEST"]
    assert await harbour.weight_left(manifest) == "10.000"


async def test_a_truck_that_has_not_entered_or_entered_ages_ago_is_not_declared(
    window: Window,
) -> None:
    group = await window.group(1)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert codes(await window.lot(group, entered_at=tomorrow)) == ["ENTRY_IN_FUTURE"]
    long_ago = await window.lot(group, entered_at="2012-05-01T09:00:00+08:00")
    assert "ENTRY_TOO_OLD" in codes(long_ago)


async def test_the_weight_of_another_truck_cannot_be_used_up(harbour: Harbour) -> None:
    group, number = await harbour.group(1), f"M{uuid4().hex[:10]}"
    await harbour.truck("桂P99999")
    await harbour.carrier.post(MANIFESTS, of(harbour, number, "桂P99999"))
    refused = await harbour.window.lot(group, port=harbour.port, manifest_no=number)
    assert codes(refused) == ["MANIFEST_UNKNOWN"]


def of(harbour: Harbour, number: str, plate: str, total_kg: str = "5000") -> dict[str, Any]:
    return {
        "manifest_no": number,
        "port": harbour.port,
        "vehicle_plate": plate,
        "total_kg": total_kg,
    }


async def lodge(party: Party, body: dict[str, Any]) -> list[str]:
    """The codes of what is refused; none when the manifest is lodged."""
    answer = await party.try_post(MANIFESTS, body)
    return [] if answer.status_code == 201 else codes(answer)


async def shown(party: Party, number: str, name: str) -> str:
    """A figure of a manifest as a party reads it."""
    return str((await party.get(f"{MANIFESTS}/{number}"))[name])


async def test_who_is_limited_by_a_manifest_does_not_write_it(harbour: Harbour) -> None:
    group, truck = await harbour.group(1), own_plate()
    await harbour.truck(truck)
    body = of(harbour, f"M{uuid4().hex[:10]}", truck)
    for party in (group.clerk, await harbour.window.phone(group.residents[0])):
        assert (await party.try_post(MANIFESTS, body)).status_code == 403
    assert await lodge(harbour.carrier, body) == []


async def test_a_carrier_cannot_take_another_carriers_number(harbour: Harbour) -> None:
    truck, others, number = own_plate(), own_plate(), f"M{uuid4().hex[:10]}"
    await harbour.truck(truck)
    await harbour.truck(others, carrier="carrier:C2")
    rival = harbour.window.parties.act_as("carrier", "carrier:C2")
    assert await lodge(rival, of(harbour, number, others, "9")) == []
    assert await lodge(harbour.carrier, of(harbour, number, truck)) == []
    # A lot finds the manifest of its own truck, and takes its weight of that one.
    lot = {"manifest_no": number, "vehicle_plate": truck, "values": ["10.00"], "gross_kg": "110"}
    await harbour.released(await harbour.group(1), **lot)
    assert await shown(harbour.carrier, number, "written_off_kg") == "110.000"
    assert await shown(rival, number, "left_kg") == "9.000"
    assert await lodge(harbour.carrier, of(harbour, number, truck)) == ["DUPLICATE_MANIFEST"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"total_kg": "40000.000"}, []),
        ({"total_kg": "40000.001"}, ["OVER_RATED_LOAD"]),
        ({"total_kg": "999999999"}, ["OVER_RATED_LOAD"]),
        ({"port": "NOWHERE"}, ["PORT_UNKNOWN"]),
        ({"port": "DONGXING"}, ["TRUCK_NOT_DECLARED"]),
        ({"vehicle_plate": "桂P00000"}, ["TRUCK_NOT_DECLARED"]),
    ],
)
async def test_a_manifest_is_of_a_truck_declared_at_a_known_port_within_its_rated_load(
    harbour: Harbour, changes: dict[str, str], expected: list[str]
) -> None:
    truck = own_plate()
    await harbour.truck(truck)
    body = {**of(harbour, f"M{uuid4().hex[:10]}", truck), **changes}
    assert await lodge(harbour.carrier, body) == expected


async def test_another_carriers_truck_is_as_unknown_as_one_that_nobody_declared(
    harbour: Harbour,
) -> None:
    others = own_plate()
    await harbour.truck(others, carrier="carrier:C2")
    for truck in (others, own_plate()):
        body = of(harbour, f"M{uuid4().hex[:10]}", truck)
        assert await lodge(harbour.carrier, body) == ["TRUCK_NOT_DECLARED"]


async def test_customs_lodges_for_the_carrier_at_its_own_port(harbour: Harbour) -> None:
    truck, number = own_plate(), f"M{uuid4().hex[:10]}"
    await harbour.truck(truck)
    officer = harbour.officer(await harbour.hire())
    assert await lodge(officer, of(harbour, number, truck)) == []
    assert await shown(harbour.carrier, number, "carrier") == "carrier:C1"
    elsewhere = {**of(harbour, f"M{uuid4().hex[:10]}", truck), "port": "DONGXING"}
    assert await lodge(officer, elsewhere) == ["FORBIDDEN"]
    stranger = harbour.window.parties.act_as("officer", "officer:nobody", port=harbour.port)
    body = of(harbour, f"M{uuid4().hex[:10]}", truck)
    assert await lodge(stranger, body) == ["OFFICER_NOT_ON_FILE"]


async def test_the_officer_who_lodges_for_a_truck_of_nobody_carries_nothing(
    harbour: Harbour,
) -> None:
    truck, number = own_plate(), f"M{uuid4().hex[:10]}"
    await harbour.truck(truck, carrier=None)
    officer = harbour.officer(await harbour.hire())
    assert await lodge(officer, of(harbour, number, truck)) == []
    group = await harbour.group(1)
    await harbour.accepted(group, manifest_no=number, vehicle_plate=truck, values=["10.00"])
    assert (await group.clerk.get(f"{MANIFESTS}/{number}"))["carrier"] is None
    # A number that customs gave is given once, too.
    assert await lodge(officer, of(harbour, number, truck)) == ["DUPLICATE_MANIFEST"]


async def test_a_manifest_is_read_by_whom_it_concerns(harbour: Harbour) -> None:
    number = await harbour.manifest("500")
    group, other = await harbour.group(1), await harbour.group(1)
    act_as = harbour.window.parties.act_as
    blind = [
        group.clerk,
        act_as("carrier", "carrier:C2"),
        act_as("officer", "officer:o", port="RUILI"),
        act_as("gate", "gate:g", port="RUILI"),
    ]
    assert [await read(p, number) for p in blind] == [404] * 4
    await harbour.accepted(group, manifest_no=number, values=["10.00"])
    seeing = [
        group.clerk,
        harbour.carrier,
        harbour.gate,
        act_as("officer", "officer:o", port=harbour.port),
        harbour.auditor,
    ]
    assert [await read(p, number) for p in seeing] == [200] * 5
    assert await read(other.clerk, number) == 404


async def read(party: Party, number: str) -> int:
    """The status with which a party's look at a manifest is answered."""
    headers = {"Authorization": f"Bearer {party.bearer}"}
    return (await party.http.get(f"{MANIFESTS}/{number}", headers=headers)).status_code


async def test_a_truck_on_file_carries_no_lot_without_a_declaration_in_force_or_over_its_load(
    harbour: Harbour,
) -> None:
    group, truck, old = await harbour.group(1), own_plate(), own_plate()
    entered_at, sql = datetime.fromisoformat(ENTERED_AT), harbour.window.sql
    await truck_filed(sql, truck, harbour.port, entered_at, rated_load_kg=3_000)
    lot = {"vehicle_plate": truck, "values": ["10.00"], "port": harbour.port}
    heavy = await harbour.window.lot(group, **lot, gross_kg="20000")
    assert codes(heavy) == ["OVER_RATED_LOAD"]
    await harbour.accepted(group, **lot, gross_kg="3000")
    await truck_filed(sql, old, harbour.port, entered_at - timedelta(days=21))
    refused = await harbour.window.lot(group, **{**lot, "vehicle_plate": old})
    assert codes(refused) == ["TRUCK_NOT_DECLARED"]


async def test_a_lot_names_the_manifest_of_its_trucks_entry(harbour: Harbour) -> None:
    live = Harbour(harbour.window, await open_port(harbour.window, replays=False))
    await decree(live.window, "gate.same_entry_min", live.port, "0")
    truck, foreign, number = own_plate(), own_plate(), f"M{uuid4().hex[:10]}"
    await live.truck(truck)
    group = await live.group(1)

    async def declared(**changes: Any) -> list[str]:
        lot = {"vehicle_plate": truck, "values": ["10.00"], "gross_kg": "110"}
        now = datetime.now(UTC).isoformat()
        body = {"port": live.port, "entered_at": now, **lot, **changes}
        answer = await live.window.lot(group, **body)
        return [] if answer.status_code == 201 else codes(answer)

    assert await declared() == []
    assert await lodge(live.carrier, of(live, number, truck)) == []
    assert await declared() == ["MANIFEST_NOT_NAMED"]
    assert await declared(vehicle_plate=f" {truck[:2].lower()}·{truck[2:]}") == [
        "MANIFEST_NOT_NAMED"
    ]
    assert await declared(vehicle_plate=foreign, foreign_plate=truck) == ["MANIFEST_NOT_NAMED"]
    assert await declared(vehicle_plate=foreign) == []
    assert await declared(manifest_no=number) == []
    # It was for the first entry that the gate sees after it was lodged, and for no later one.
    entered = [await came_in(live, truck) for _ in range(2)]
    assert await declared(entered_at=entered[0]) == ["MANIFEST_NOT_NAMED"]
    assert await declared(entered_at=entered[1]) == []


async def test_a_manifest_of_an_entry_before_is_named_for_no_newer_one(harbour: Harbour) -> None:
    live = Harbour(harbour.window, await open_port(harbour.window, replays=False))
    await decree(live.window, "gate.same_entry_min", live.port, "0")
    truck, group = own_plate(), await live.group(1)
    await live.truck(truck)

    async def lodged() -> str:
        number = f"M{uuid4().hex[:10]}"
        assert await lodge(live.carrier, of(live, number, truck)) == []
        return number

    async def declared(number: str | None, entered_at: str) -> list[tuple[str, str]]:
        lot = {"vehicle_plate": truck, "values": ["10.00"], "gross_kg": "110"}
        body = {"port": live.port, "entered_at": entered_at, "manifest_no": number, **lot}
        answer = await live.window.lot(group, **body)
        return [(e["code"], e["pointer"]) for e in answer.json().get("errors", [])]

    other = [("MANIFEST_NOT_NAMED", "/manifest_no")]
    older, first = await lodged(), await came_in(live, truck)
    late, second = await lodged(), await came_in(live, truck)
    assert [await declared(older, at) for at in (first, second)] == [[], other]
    # What is lodged after its truck has come in may be of that entry, or of the next.
    assert [await declared(late, at) for at in (first, second)] == [[], []]
    assert await declared(await lodged(), second) == []


async def test_where_the_gate_saw_no_entry_the_newer_manifest_is_named(harbour: Harbour) -> None:
    live = Harbour(harbour.window, await open_port(harbour.window, replays=False))
    truck, older, newer = own_plate(), *(f"M{uuid4().hex[:10]}" for _ in range(2))
    await live.truck(truck)
    group = await live.group(1)

    async def declared(number: str) -> list[str]:
        now = datetime.now(UTC).isoformat()
        lot = {"vehicle_plate": truck, "values": ["10.00"], "gross_kg": "110"}
        body = {"port": live.port, "entered_at": now, "manifest_no": number, **lot}
        answer = await live.window.lot(group, **body)
        return [] if answer.status_code == 201 else codes(answer)

    assert await lodge(live.carrier, of(live, older, truck)) == []
    await live.window.sql.execute(
        "UPDATE manifests SET lodged_at = lodged_at - interval '3 days' WHERE manifest_no = $1",
        older,
    )
    assert await declared(older) == []
    assert await lodge(live.carrier, of(live, newer, truck)) == []
    assert [await declared(n) for n in (older, newer)] == [["MANIFEST_NOT_NAMED"], []]


async def came_in(harbour: Harbour, truck: str) -> str:
    """The gate sees a truck come in; when."""
    seen = await harbour.gate.post("/gate/v1/entries", {"vehicle_plate": truck})
    return str(seen["entered_at"])
