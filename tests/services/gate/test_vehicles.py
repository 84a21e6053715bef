"""Vehicles' entry declarations and how long each is valid."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

import pytest

from services.gate.domain.rules.vehicle import vehicle_valid_until
from services.kernel.policy import PolicyBook, PolicyRow
from tests.support.office import Office

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
    plate = f"桂P{uuid4().hex[:5].upper()}"
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
