"""A truck is known under every plate that it is on file with, looked up by key among thousands."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.declaration.queries.lots import Wanted, lots_asked, visible_to
from services.gate.commands.vehicles import FOREIGN
from services.kernel.canonical import plate_key
from services.kernel.messages import Actor
from tests.services.risk.test_reach import control, screened
from tests.services.risk.test_selected_stays import lane_of, selected, truck
from tests.support.asleep import Asleep
from tests.support.harbour import open_port
from tests.support.plans import filled, plan_of
from tests.support.spellings import PLATE


@pytest.fixture
async def strict(asleep: Asleep) -> Asleep:
    """A port of its own at which a selection is inherited for a week."""
    port = await open_port(asleep.harbour.window, inherited_days="7")
    return asleep.at(port)


async def on_file(place: Asleep, own: str, foreign: str) -> None:
    """A truck was declared at another port; at this one nobody is held to it."""
    await place.sql.execute(
        "INSERT INTO vehicles (plate_key, carrier, domestic_plate, foreign_plate, port,"
        " declared_at, valid_until, rated_load_kg, tare_kg) VALUES ($1, $2, $3, $4, 'ELSEWHERE',"
        " now(), now() + interval '1 day', 20000, 9000)",
        plate_key(own),
        f"carrier:{uuid4().hex}",
        own,
        foreign,
    )


async def test_a_truck_that_was_selected_by_its_foreign_plate_alone_is_known_by_both_either_way(
    strict: Asleep,
) -> None:
    own, foreign = truck().values()
    lot_id, _ = await selected(strict, vehicle_plate=foreign, foreign_plate=None)
    reason = f"SELECTED_BEFORE:{lot_id}"
    for plates in ((own, foreign), (foreign, own)):
        lot = dict(zip(("vehicle_plate", "foreign_plate"), plates, strict=True))
        lane, reasons = await lane_of(strict, **lot)
        assert (lane, reasons[0]) == ("RED", reason)


@pytest.mark.parametrize("way", [*PLATE, None])
@pytest.mark.parametrize("first", ["own", "foreign"])
async def test_a_truck_that_was_selected_by_one_plate_alone_is_known_by_its_other_from_the_file(
    strict: Asleep, first: str, way: str | None
) -> None:
    own, foreign = truck().values()
    if way is not None:
        await on_file(strict, own, PLATE[way](foreign))
    plates = (own, foreign) if first == "own" else (foreign, own)
    lot_id, _ = await selected(strict, vehicle_plate=plates[0], foreign_plate=None)
    again = ("RED", [f"SELECTED_BEFORE:{lot_id}"])
    found = await lane_of(strict, vehicle_plate=plates[1], foreign_plate=None)
    assert found == (again if way is not None else ("GREEN", []))


async def test_what_a_carrier_says_of_the_own_truck_makes_it_no_other_carriers(
    strict: Asleep,
) -> None:
    theirs, mine = truck(), truck()
    await on_file(strict, *theirs.values())
    await on_file(strict, mine["vehicle_plate"], theirs["vehicle_plate"])
    await selected(strict, vehicle_plate=mine["vehicle_plate"], foreign_plate=None)
    assert await lane_of(strict, **theirs) == ("GREEN", [])


@pytest.mark.parametrize("part", ["plate", "foreign_plate"])
async def test_a_control_on_one_plate_reaches_the_truck_under_its_other_alone(
    asleep: Asleep, part: str
) -> None:
    own, foreign = truck().values()
    await on_file(asleep, own, foreign)
    listed, declared = (own, foreign) if part == "plate" else (foreign, own)
    lot = {"vehicle_plate": declared, "foreign_plate": None}
    assert (await screened(asleep, **lot))[0] == "GREEN"
    hit = f"CONTROL_HIT:{await control(asleep, 'vehicle_plate', listed)}"
    lane, reasons, through = await screened(asleep, **lot)
    assert (lane, reasons) == ("RED", [hit])
    assert through == [{"reason": hit, "part": part, "party": None}]


MANY_TRUCKS = (
    "INSERT INTO vehicles (plate_key, carrier, domestic_plate, foreign_plate, port, declared_at,"
    " valid_until, rated_load_kg, tare_kg) SELECT 'Z' || n, 'carrier:Z', 'Z' || n, '14C-' || n,"
    " 'ELSEWHERE', day, day + interval '1 day', 20000, 9000 FROM generate_series(1, 5000) AS n,"
    " unnest(ARRAY[now(), now() - interval '1 day']) AS day"
)
MANY_LOTS = (
    "INSERT INTO lots SELECT another.* FROM generate_series(1, 5000) AS n,"
    " (SELECT to_jsonb(l) AS one FROM lots AS l LIMIT 1) AS l,"
    " jsonb_populate_record(CAST(NULL AS lots), one || jsonb_build_object('lot_id', uuidv7(),"
    " 'reference_key', n, 'plate_key', 'Z' || n, 'foreign_plate_key', '14C' || n,"
    " 'manifest_no', n, 'manifest_key', n, 'group_code', 'G' || n,"
    " 'hs_code', '96' || lpad(CAST(n AS text), 6, '0'))) AS another"
)

MANY_TICKETS = (
    "INSERT INTO tickets SELECT uuidv7(), 1, uuidv7(), uuidv7(), 1, 1, 'CNY'"
    " FROM generate_series(1, 5000)"
)


async def test_who_files_a_truck_has_foreign_plates_looked_up_by_their_index(
    asleep: Asleep,
) -> None:
    asked = {"plates": ["14C77"], "carrier": "carrier:A"}
    async with filled(asleep, "vehicles", MANY_TRUCKS) as tx:
        plan = await plan_of(tx, FOREIGN, asked)
        found = await tx.execute(FOREIGN, asked)
    assert "ix_vehicles_foreign_plate_folded_plate_key" in plan
    assert "Seq Scan on vehicles" not in plan
    assert [tuple(row) for row in found.all()] == [("14C77", "carrier:Z")]


async def test_a_truck_is_looked_up_by_key_and_the_file_is_never_read(asleep: Asleep) -> None:
    """The plan inside the function is seen by what it does: no scan of the table from its start."""
    scans = text("SELECT pg_stat_get_xact_numscans('vehicles'::regclass)")
    known_as = text("SELECT plate, part FROM truck_known_as(:plate)")
    others = {"14C77": [("Z77", "plate")], "Z77": [("14C77", "foreign_plate")], "14C99999": []}
    async with filled(asleep, "vehicles", MANY_TRUCKS) as tx:
        before = (await tx.execute(scans)).scalar_one()
        for plate, other in others.items():
            found = await tx.execute(known_as, {"plate": plate})
            assert [tuple(row) for row in found.all()] == other
        assert (await tx.execute(scans)).scalar_one() == before


@pytest.mark.parametrize(
    ("wanted", "indexes"),
    [
        (
            {"plate": "14C-77"},
            ("ix_lots_plate_key_lot_id", "ix_lots_foreign_plate_key_lot_id"),
        ),
        ({"reference": "R-77"}, ("ix_lots_reference_key_lot_id",)),
        ({"manifest_no": "M-77"}, ("ix_lots_manifest_key_lot_id",)),
        ({"hs_code": "97019900"}, ("ix_lots_hs_code_lot_id",)),
        ({"group_code": "NOBODY-7"}, ("ix_lots_group_code_lot_id",)),
    ],
    ids=str,
)
async def test_lots_are_looked_up_by_what_is_asked_and_the_table_is_never_read(
    asleep: Asleep, wanted: dict[str, Any], indexes: tuple[str, ...]
) -> None:
    await asleep.harbour.accepted(await asleep.harbour.group(1), values=["10.00"])
    asked = {name: v for name, v in Wanted(**wanted).values().items() if v is not None}
    auditor = Actor(subject="gate", party="auditor:A", role="auditor")
    values = {**asked, **visible_to(auditor, None), "rows": 50}
    async with filled(asleep, "lots", MANY_LOTS) as tx:
        plan = await plan_of(tx, lots_asked(frozenset(asked), "newest"), values)
    for index in indexes:
        assert index in plan, plan
    assert "Seq Scan on lots" not in plan


async def test_a_residents_lots_are_looked_up_by_their_tickets(asleep: Asleep) -> None:
    asked = {"resident": UUID(int=7)}
    auditor = Actor(subject="gate", party="auditor:A", role="auditor")
    values = {**asked, **visible_to(auditor, None), "rows": 50}
    async with filled(asleep, "tickets", MANY_TICKETS) as tx:
        plan = await plan_of(tx, lots_asked(frozenset(asked), "newest"), values)
    assert "resident_id_lot_id_idx" in plan
