"""Vehicles' entry declarations and how long each is valid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.gate.domain.rules.vehicle import declaration_is_made_ahead, vehicle_valid_until
from services.kernel.clock import BEIJING
from services.kernel.policy import PolicyBook, PolicyRow
from tests.support.office import Office
from tests.support.plates import other_plate, own_plate

HOURS = "vehicle.declaration_valid_h"
TURN = date(2025, 3, 1)
BOOK = PolicyBook(
    [
        PolicyRow(HOURS, "", 24, "test", date(2008, 11, 1), TURN),
        PolicyRow(HOURS, "", 72, "test", TURN, None),
    ]
)


@pytest.mark.parametrize(
    ("declared", "valid_until"),
    [
        ("2026-02-10T08:00:00+08:00", "2026-02-13T08:00:00.000+08:00"),
        ("2025-02-10T08:00:00+08:00", "2025-02-11T08:00:00.000+08:00"),
    ],
)
async def test_w29_a_vehicle_declaration_is_valid_72_hours_and_24_before_march_2025(
    office: Office, declared: str, valid_until: str
) -> None:
    plate = own_plate()
    row = {
        "domestic_plate": plate,
        "foreign_plate": "14C-22678",
        "port": "DONGXING",
        "declared_at": declared,
        "rated_load_kg": "20000",
        "tare_kg": "9000",
    }
    assert (await office.file("/vehicles", row)).status_code == 201
    assert (await office.get(f"/vehicles/{plate}")).json()["valid_until"] == valid_until


@pytest.mark.parametrize(
    ("declared", "until"),
    [
        ("2026-02-10T08:00+08:00", "2026-02-13T08:00+08:00"),
        ("2025-02-10T08:00+08:00", "2025-02-11T08:00+08:00"),
    ],
)
def test_w29_a_vehicles_declaration_is_valid_for_the_hours_of_its_own_day(
    declared: str, until: str
) -> None:
    valid = vehicle_valid_until(datetime.fromisoformat(declared), BOOK)
    assert valid == datetime.fromisoformat(until)


def truck(**changes: Any) -> dict[str, Any]:
    """A truck of its own for each test."""
    row = {
        "domestic_plate": own_plate(),
        "foreign_plate": "14C-22678",
        "port": "DONGXING",
        "declared_at": "2026-02-10T08:00:00+08:00",
        "rated_load_kg": "20000",
        "tare_kg": "9000",
    }
    return {**row, **changes}


async def file(office: Office, row: dict[str, Any], who: str) -> list[tuple[str, str]]:
    """What is refused, and where; nothing when it is filed."""
    how = {"role": "carrier", "party": f"carrier:{who}"} if who != "registrar" else {}
    answer = await office.post("/vehicles", {"rows": [row]}, **how)
    if answer.status_code == 201:
        return []
    return [(error["code"], error["pointer"]) for error in answer.json()["errors"]]


TODAYS = "RUILI"
"""A port that plays no days of the past."""
NOT_YOURS = [("VEHICLE_OF_ANOTHER", "/rows/0/domestic_plate")]
TOO_LATE = [("DECLARED_TOO_LATE", "/rows/0/declared_at")]


def within(**time: float) -> str:
    """A moment from now, as a carrier writes it."""
    return (datetime.now(BEIJING) + timedelta(**time)).isoformat(timespec="seconds")


async def test_a_truck_is_its_carriers_and_nobody_elses_to_declare_or_to_read(
    office: Office,
) -> None:
    row = truck(declared_at=within(minutes=-1))
    assert await file(office, row, "A") == []
    lighter = {**row, "tare_kg": "1", "declared_at": within(hours=1)}
    assert await file(office, lighter, "B") == NOT_YOURS
    assert await file(office, lighter, "A") == []
    path = f"/vehicles/{row['domestic_plate']}"
    own = await office.get(path, role="carrier", party="carrier:A")
    assert own.json()["carrier"] == "carrier:A"
    assert (await office.get(path, role="carrier", party="carrier:B")).status_code == 404
    assert (await office.get(path, role="officer", port="RUILI")).status_code == 404
    assert (await office.get(path, role="officer", port="DONGXING")).status_code == 200


async def test_the_registrar_says_who_has_a_truck_next(office: Office) -> None:
    row = truck(port=TODAYS, declared_at=within(minutes=-2))
    assert await file(office, row, "A") == []
    # What A declares ahead keeps no truck that is sold.
    for ahead in (within(hours=1), "2099-01-01T08:00:00+08:00"):
        assert await file(office, {**row, "declared_at": ahead}, "A") == []
    sold = {**row, "declared_at": within(minutes=-1), "carrier": "carrier:B"}
    assert await file(office, sold, "B") == NOT_YOURS
    assert await file(office, sold, "registrar") == []
    next_trip = {**row, "declared_at": within(hours=2)}
    assert await file(office, next_trip, "A") == NOT_YOURS
    assert await file(office, next_trip, "B") == []
    # Of a day before it was nobody's but A's, and stays so.
    before = {**row, "declared_at": within(days=-1), "carrier": "carrier:B"}
    assert await file(office, before, "registrar") == TOO_LATE
    left = "SELECT carrier FROM vehicles WHERE domestic_plate = :plate ORDER BY declared_at"
    async with office.services.database.reading() as tx:
        found = (await tx.execute(text(left), {"plate": row["domestic_plate"]})).scalars()
        assert [carrier[-1] for carrier in found] == ["A", "B", "B"]


async def test_a_truck_handed_on_ahead_is_its_carriers_of_before_until_then_and_no_longer(
    office: Office,
) -> None:
    row, then = truck(declared_at=within(minutes=-1)), within(hours=2)
    assert await file(office, row, "A") == []
    handed = {**row, "declared_at": then, "carrier": "carrier:B"}
    assert await file(office, handed, "registrar") == []
    for at in (then, within(days=1)):
        assert await file(office, {**row, "declared_at": at}, "A") == NOT_YOURS
    assert await file(office, {**row, "declared_at": within(hours=1)}, "A") == []
    # Where the registrar does not say whose it is, it is whose it will be then.
    assert await file(office, {**row, "declared_at": within(days=2)}, "registrar") == []
    found = "SELECT carrier FROM vehicles WHERE domestic_plate = :plate ORDER BY declared_at"
    async with office.services.database.reading() as tx:
        carriers = (await tx.execute(text(found), {"plate": row["domestic_plate"]})).scalars()
        assert [carrier[-1] for carrier in carriers] == ["A", "A", "B", "B"]


async def test_a_foreign_plate_of_a_carriers_truck_is_no_other_carriers_to_declare(
    office: Office,
) -> None:
    foreign = other_plate()
    own = truck(foreign_plate=foreign, declared_at=within(minutes=-1))
    assert await file(office, own, "A") == []
    for spelled in (foreign, foreign.replace("-", " ").lower()):
        taken = truck(domestic_plate=spelled, declared_at=within(hours=1))
        assert await file(office, taken, "B") == NOT_YOURS
    assert await file(office, taken, "A") == []


async def test_who_names_a_truck_as_the_own_foreign_plate_takes_it_from_nobody(
    office: Office,
) -> None:
    row = truck(declared_at=within(minutes=-1))
    assert await file(office, row, "A") == []
    named = truck(foreign_plate=row["domestic_plate"], declared_at=within(hours=1))
    assert await file(office, named, "B") == []
    assert await file(office, {**row, "declared_at": within(hours=1)}, "A") == []


async def test_a_carrier_files_for_no_other_and_the_registrar_for_carriers_only(
    office: Office,
) -> None:
    others = truck(carrier="carrier:B", declared_at=within(hours=1))
    assert await file(office, others, "A") == [("FORBIDDEN", "/rows/0/carrier")]
    wrong = await file(office, truck(carrier="group:DX-G001"), "registrar")
    assert wrong == [("REQUEST_INVALID", "/rows/0/carrier")]


@pytest.mark.parametrize(("rated", "refused"), [("40000", []), ("40000.001", ["OVER_TOTAL_MASS"])])
async def test_nobody_rates_the_own_truck_for_more_than_the_road_bears(
    office: Office, rated: str, refused: list[str]
) -> None:
    found = await file(office, truck(rated_load_kg=rated, declared_at=within(hours=1)), "A")
    assert [code for code, _ in found] == refused


async def test_a_carrier_declares_no_truck_for_yesterday_and_the_registrar_does_one_of_nobodys(
    office: Office,
) -> None:
    row = truck(declared_at=within(days=-1))
    assert await file(office, row, "A") == TOO_LATE
    assert await file(office, row, "registrar") == []


async def test_what_has_begun_stands_as_the_carrier_declared_it(office: Office) -> None:
    begun, ahead = (
        truck(port=TODAYS, declared_at=within(minutes=-1)),
        truck(port=TODAYS, declared_at=within(hours=1)),
    )
    for row, expected in ((begun, TOO_LATE), (ahead, [])):
        assert await file(office, row, "A") == []
        assert await file(office, {**row, "rated_load_kg": "40000"}, "A") == expected
    named = {**begun, "carrier": "carrier:A"}
    assert await file(office, {**named, "rated_load_kg": "15000"}, "registrar") == TOO_LATE


@pytest.mark.parametrize(
    ("rated", "refused"),
    [("20000", []), ("20000.001", [("LOAD_OF_THE_CARRIER", "/rows/0/rated_load_kg")])],
)
async def test_a_carriers_truck_is_rated_higher_by_its_carrier_and_not_by_the_registrar(
    office: Office, rated: str, refused: list[tuple[str, str]]
) -> None:
    row = truck(port=TODAYS, declared_at=within(minutes=-1))
    assert await file(office, row, "A") == []
    ahead = {**row, "declared_at": within(hours=1), "rated_load_kg": rated}
    assert await file(office, ahead, "registrar") == refused
    assert await file(office, ahead, "A") == []


@pytest.mark.parametrize(("seconds", "refused"), [(-601, True), (-600, False), (1, False)])
def test_a_declaration_is_filed_at_most_ten_minutes_after_it_began(
    seconds: int, refused: bool
) -> None:
    now = datetime(2026, 11, 18, 5, tzinfo=UTC)
    found = declaration_is_made_ahead(
        now + timedelta(seconds=seconds), now=now, late=timedelta(minutes=10), stands=False
    )
    assert (found is not None) is refused


async def test_a_carrier_lists_the_own_trucks_each_once_in_pages(office: Office) -> None:
    plates = sorted(own_plate() for _ in range(3))
    carrier = f"LIST{uuid4().hex[:6].upper()}"
    now = datetime.now(UTC)
    for plate in plates:
        for hours in (1, 30):
            row = {
                "domestic_plate": plate,
                "foreign_plate": "14C-22678",
                "port": "DONGXING",
                "declared_at": (now + timedelta(hours=hours)).isoformat(),
                "rated_load_kg": "20000",
                "tare_kg": "9000",
                "carrier": f"carrier:{carrier}",
            }
            assert (await office.file("/vehicles", row)).status_code == 201
    who = {"role": "carrier", "party": f"carrier:{carrier}"}
    first = (await office.get("/vehicles?limit=2", **who)).json()
    rest = (await office.get(f"/vehicles?limit=2&cursor={first['next_cursor']}", **who)).json()
    found = [*first["items"], *rest["items"]]
    assert [one["domestic_plate"] for one in found] == plates
    # Of what has not begun the first to come.
    begins = datetime.fromisoformat(found[0]["declared_at"])
    assert begins - now < timedelta(hours=2)
    assert rest["next_cursor"] is None
    other = (await office.get("/vehicles", role="carrier", party="carrier:NOBODY")).json()
    assert other["items"] == []
    assert (await office.get("/vehicles", role="officer")).status_code == 403
