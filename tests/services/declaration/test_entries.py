"""The day of a lot is the day on which the gate saw it come in; nobody chooses one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from deploy.sandbox.parties import Party
from services.kernel.canonical import plate_key
from services.kernel.clock import BEIJING, business_day, day_begins
from services.kernel.identifiers import new_uuid, uuid_of
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import replayed, truck_filed
from tests.support.one_day import today
from tests.support.plates import other_plate, own_plate
from tests.support.window import Window, codes, lot_body

QUOTA = "8000.00"


@pytest.fixture(scope="module")
async def live(window: Window) -> Harbour:
    """A port that plays no past day: what is declared there enters now."""
    return Harbour(window, await open_port(window, replays=False))


def ago(days: int, hours: int = 0) -> str:
    """A moment of a Beijing day some days ago, soon after it began."""
    begins = day_begins(business_day(datetime.now(UTC)) - timedelta(days=days))
    return (begins + timedelta(hours=hours)).astimezone(BEIJING).isoformat()


async def entered(
    place: Harbour, at: str, *, truck: str | None = None, resident: str | None = None
) -> None:
    """An entry of an earlier day, put there as the gate would have recorded it then."""
    await place.window.sql.execute(
        "INSERT INTO gate_entries (entry_id, port, vehicle_plate, plate_key, resident_id,"
        " entered_at, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, 'gate-1')",
        *(new_uuid(), place.port, truck, truck and plate_key(truck)),
        *(resident and uuid_of(resident, "res"), datetime.fromisoformat(at)),
    )


async def declared(place: Harbour, truck: str, at: str, **how: Any) -> None:
    """A truck's entry declaration, in force from an hour before that moment for three days."""
    await truck_filed(place.window.sql, truck, place.port, datetime.fromisoformat(at), **how)


async def test_one_phone_does_not_spend_the_quota_of_four_days_in_one(live: Harbour) -> None:
    group = await live.group(1)
    phone = await live.window.phone(group.residents[0])
    found = []
    for days in (3, 2, 1, 0):
        own = lot_body(group, values=[QUOTA], port=live.port, group_code=None)
        answer = await phone.try_post("/declaration/v1/lots", {**own, "entered_at": ago(days)})
        found.append(answer.status_code if answer.status_code == 201 else codes(answer))
    assert found == [["ENTRY_UNRECORDED"], ["ENTRY_UNRECORDED"], ["ENTRY_UNRECORDED"], 201]


async def test_the_quota_of_tomorrow_is_nobodys_yet(live: Harbour) -> None:
    group = await live.group(1)
    refused = await live.window.lot(group, port=live.port, entered_at=ago(-1))
    assert codes(refused) == ["ENTRY_IN_FUTURE"]


async def test_a_truck_that_the_gate_saw_yesterday_is_declared_for_yesterday_only(
    live: Harbour,
) -> None:
    group, truck = await live.group(1), own_plate()
    seen = ago(1, hours=1)
    await entered(live, seen, truck=truck)
    refused = await live.window.lot(group, port=live.port, vehicle_plate=truck, entered_at=ago(0))
    assert codes(refused) == ["ENTRY_UNRECORDED"]
    written = truck.replace("桂P", "桂p·")
    lot_id = await live.accepted(group, vehicle_plate=written, entered_at=ago(1), values=["10.00"])
    assert (await live.lot(lot_id))["entered_at"] == datetime.fromisoformat(seen).isoformat(
        timespec="milliseconds"
    )
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert (await live.quota(group.residents[0], yesterday))["reserved"] == "10.00"


async def test_a_truck_is_known_at_the_gate_by_its_foreign_plate_too(live: Harbour) -> None:
    group, truck, foreign = await live.group(1), own_plate(), other_plate()
    await entered(live, ago(2), truck=foreign)
    changes = {"vehicle_plate": truck, "foreign_plate": foreign, "values": ["10.00"]}
    # Any truck that came in that day has a plate to be written there: it was this one's on file.
    unknown = await live.window.lot(group, port=live.port, entered_at=ago(2), **changes)
    assert codes(unknown) == ["ENTRY_UNRECORDED"]
    await declared(live, truck, ago(0), foreign_plate=foreign)
    late = await live.window.lot(group, port=live.port, entered_at=ago(2), **changes)
    assert codes(late) == ["ENTRY_UNRECORDED", "TRUCK_NOT_DECLARED"]
    await declared(live, truck, ago(2), foreign_plate=foreign)
    await live.accepted(group, entered_at=ago(2), **changes)


async def test_the_foreign_plate_of_a_truck_that_the_gate_saw_gives_another_truck_no_day(
    live: Harbour,
) -> None:
    group, own, seen = await live.group(1), own_plate(), own_plate()
    await entered(live, ago(1), truck=own)
    await entered(live, ago(2), truck=seen)
    both = {"port": live.port, "vehicle_plate": own, "foreign_plate": seen, "values": ["10.00"]}
    assert codes(await live.window.lot(group, entered_at=ago(2), **both)) == ["ENTRY_UNRECORDED"]
    assert (await live.window.lot(group, entered_at=ago(1), **both)).status_code == 201


async def test_where_the_gate_saw_the_truck_its_residents_walk_gives_no_other_day(
    live: Harbour,
) -> None:
    group, truck = await live.group(1), own_plate()
    (number,) = group.residents
    await entered(live, ago(1), truck=truck)
    await entered(live, ago(2), resident=await live.window.resident_id(number))
    body = lot_body(group, values=["10.00"], port=live.port, group_code=None, vehicle_plate=truck)
    phone = await live.window.phone(number)

    async def on(days: int) -> list[str]:
        answer = await phone.try_post("/declaration/v1/lots", {**body, "entered_at": ago(days)})
        return [] if answer.status_code == 201 else codes(answer)

    assert [await on(2), await on(1)] == [["ENTRY_UNRECORDED"], []]


async def test_a_truck_is_held_to_what_was_declared_of_it_when_the_gate_saw_it(
    live: Harbour,
) -> None:
    group, ran_out, late = await live.group(1), own_plate(), own_plate()
    # In force for three days from an hour before: it ran out before the truck came at noon.
    await declared(live, ran_out, ago(4, hours=9))
    # It came at noon, and was declared an hour later.
    await declared(live, late, ago(1, hours=14))
    for truck in (ran_out, late):
        await entered(live, ago(1, hours=12), truck=truck)
    found = []
    for truck, said in ((ran_out, ago(1, hours=1)), (late, ago(1, hours=15))):
        lot = {"port": live.port, "vehicle_plate": truck, "entered_at": said, "values": ["10.00"]}
        answer = await live.window.lot(group, **lot)
        found.append([(e["code"], e["pointer"]) for e in answer.json().get("errors", [])])
    assert found == [[("TRUCK_NOT_DECLARED", "/vehicle_plate")]] * 2


async def test_a_truck_that_is_declared_after_its_day_was_not_declared_when_it_entered(
    live: Harbour,
) -> None:
    group, truck = await live.group(1), own_plate()
    await entered(live, ago(2), truck=truck)
    lot = {"port": live.port, "vehicle_plate": truck, "entered_at": ago(2), "values": ["10.00"]}
    await declared(live, truck, ago(0, hours=1))
    assert codes(await live.window.lot(group, **lot)) == ["TRUCK_NOT_DECLARED"]


@pytest.mark.parametrize(
    ("hours", "kg", "expected"),
    [
        (1, "200", []),
        (1, "200.001", [("OVER_RATED_LOAD", "/gross_kg")]),
        (-72, "200", [("TRUCK_NOT_DECLARED", "/foreign_plate")]),
    ],
)
async def test_a_trucks_plates_may_be_swapped_and_its_declaration_holds_it_all_the_same(
    live: Harbour, hours: int, kg: str, expected: list[tuple[str, str]]
) -> None:
    group, truck, foreign = await live.group(1), own_plate(), other_plate()
    await declared(live, truck, ago(1, hours=hours), foreign_plate=foreign, rated_load_kg=200)
    await entered(live, ago(1, hours=1), truck=truck)
    swapped = {"vehicle_plate": foreign, "foreign_plate": truck, "entered_at": ago(1)}
    answer = await live.window.lot(group, port=live.port, values=["10.00"], gross_kg=kg, **swapped)
    assert [(e["code"], e["pointer"]) for e in answer.json().get("errors", [])] == expected


async def test_what_another_carrier_declares_of_a_trucks_foreign_plate_keeps_no_lot_out(
    live: Harbour,
) -> None:
    group, truck, unnamed = await live.group(1), own_plate(), own_plate()
    foreign = other_plate()
    lot = {"port": live.port, "foreign_plate": foreign, "values": ["10.00"], "entered_at": ago(0)}
    await declared(live, truck, ago(0), foreign_plate=foreign)
    await declared(live, unnamed, ago(0))

    async def on(truck: str) -> list[str]:
        answer = await live.window.lot(group, vehicle_plate=truck, **lot)
        return [] if answer.status_code == 201 else codes(answer)

    await declared(live, foreign, ago(-3), carrier="carrier:C2")
    assert [await on(truck), await on(unnamed)] == [[], ["TRUCK_NOT_DECLARED"]]
    # A truck that has not that plate is held to what its carrier declared of it, as before.
    await declared(live, foreign, ago(0), carrier="carrier:C2", rated_load_kg=1)
    assert [await on(truck), await on(unnamed)] == [[], ["OVER_RATED_LOAD"]]


async def test_a_carrier_is_held_to_what_it_declared_itself_of_a_foreign_plate(
    live: Harbour,
) -> None:
    group, truck = await live.group(1), own_plate()
    foreign = other_plate()
    await declared(live, truck, ago(0), foreign_plate=foreign)
    await declared(live, foreign, ago(0), rated_load_kg=1)
    lot = {"port": live.port, "vehicle_plate": truck, "foreign_plate": foreign}
    refused = await live.window.lot(group, values=["10.00"], entered_at=ago(0), **lot)
    assert codes(refused) == ["OVER_RATED_LOAD"]


async def test_what_the_gate_of_another_port_saw_counts_for_nothing_here(live: Harbour) -> None:
    group, truck = await live.group(1), own_plate()
    elsewhere = Harbour(live.window, await open_port(live.window, officers=0, replays=False))
    await entered(elsewhere, ago(1), truck=truck)
    refused = await live.window.lot(group, port=live.port, vehicle_plate=truck, entered_at=ago(1))
    assert codes(refused) == ["ENTRY_UNRECORDED"]


async def test_what_is_on_record_is_declared_within_fourteen_days(live: Harbour) -> None:
    group, late, too_late = await live.group(1), own_plate(), own_plate()
    await entered(live, ago(14), truck=late)
    await entered(live, ago(15), truck=too_late)
    await live.accepted(group, vehicle_plate=late, entered_at=ago(14), values=["10.00"])
    refused = await live.window.lot(
        group, port=live.port, vehicle_plate=too_late, entered_at=ago(15)
    )
    assert codes(refused) == ["ENTRY_TOO_OLD"]
    # A trip of long ago binds the truck of today to nothing.
    await live.accepted(group, vehicle_plate=too_late, entered_at=ago(0), values=["10.00"])


async def test_a_resident_on_foot_declares_for_the_day_of_the_gates_record(live: Harbour) -> None:
    group = await live.group(2)
    walker, other = [await live.window.phone(number) for number in group.residents]
    await entered(live, ago(1), resident=await live.window.resident_id(group.residents[0]))

    async def on_foot(phone: Party, number: str) -> list[str]:
        body = lot_body(group, residents=[number], values=["10.00"], port=live.port)
        own = {**body, "group_code": None, "entered_at": ago(1), "vehicle_plate": own_plate()}
        answer = await phone.try_post("/declaration/v1/lots", own)
        return [] if answer.status_code == 201 else codes(answer)

    assert await on_foot(walker, group.residents[0]) == []
    assert await on_foot(other, group.residents[1]) == ["ENTRY_UNRECORDED"]


async def test_the_gate_records_what_comes_in_now_and_a_lot_takes_its_time_from_there(
    live: Harbour,
) -> None:
    group, truck = await live.group(1), own_plate()
    entry = await live.gate.post("/gate/v1/entries", {"vehicle_plate": truck})
    assert entry["entry_id"].startswith("ent_") and entry["port"] == live.port
    lot_id = await live.accepted(group, vehicle_plate=truck, entered_at=ago(0), values=["10.00"])
    assert (await live.lot(lot_id))["entered_at"] == entry["entered_at"]
    listed = await live.gate.get("/gate/v1/entries")
    assert entry == {**listed["items"][0], "same_until": None}


async def test_a_port_that_replays_takes_a_past_day_and_marks_its_lots(live: Harbour) -> None:
    played = Harbour(live.window, await open_port(live.window, officers=0, replays=False))
    group, past = await played.group(1), {"entered_at": ago(9), "values": ["10.00"]}
    ordinary = await played.accepted(group, entered_at=ago(0), values=["10.00"])
    assert codes(await played.window.lot(group, port=played.port, **past)) == ["ENTRY_UNRECORDED"]
    await replayed(live.window.sql, played.port)
    replay = await played.accepted(group, **past)
    lots = [await played.lot(lot_id) for lot_id in (ordinary, replay)]
    assert [lot["replay"] for lot in lots] == [False, True]
    said = await live.window.sql.fetchval(
        "SELECT body FROM events WHERE case_id = $1 AND type = 'LotSubmitted'",
        UUID(hex=replay[4:]),
    )
    assert '"replay":true' in said
