"""A truck that comes in where another port's gate recorded it last: the record names that port."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.kernel.identifiers import case_uuid
from tests.services.gate.test_same_entry import Truck, a_port, truck
from tests.support.harbour import Harbour
from tests.support.window import decree

__all__ = ["truck"]

ENTRIES = "/gate/v1/entries"


@pytest.fixture
async def elsewhere(harbour: Harbour) -> Harbour:
    return await a_port(harbour)


async def came_in(place: Harbour, plate: str) -> str | None:
    """The port whose gate recorded a truck last, by the record of its coming in here."""
    entry: dict[str, Any] = await place.gate.post(ENTRIES, {"vehicle_plate": plate})
    body = await place.window.sql.fetchval(
        "SELECT body FROM events WHERE case_id = $1", case_uuid(entry["entry_id"])
    )
    found: str | None = json.loads(body)["last_at"]
    return found


@pytest.mark.parametrize("by", ["own", "foreign"])
async def test_the_port_that_recorded_it_last_is_named_once(
    truck: Truck, elsewhere: Harbour, harbour: Harbour, by: str
) -> None:
    assert await came_in(truck.place, truck.own) is None
    assert await came_in(elsewhere, getattr(truck, by)) == truck.place.port
    third = await a_port(harbour)
    assert await came_in(third, truck.own) == elsewhere.port


async def test_recorded_at_the_same_port_again_it_names_none(truck: Truck) -> None:
    _, entry = await truck.seen()
    await truck.goes_by(entry, 120)
    assert await came_in(truck.place, truck.own) is None


async def test_whose_goods_were_let_out_since_has_left_there(
    truck: Truck, elsewhere: Harbour
) -> None:
    _, entry = await truck.seen()
    await truck.let_out(entry)
    assert await came_in(elsewhere, truck.own) is None


@pytest.mark.parametrize(("minutes", "named"), [(-5, True), (5, False)])
async def test_what_was_recorded_longer_ago_than_it_is_taken_to_be_inside_is_no_matter(
    truck: Truck, elsewhere: Harbour, minutes: int, named: bool
) -> None:
    await decree(truck.place.window, "hushi.entry_age_max_days", truck.place.port, "2")
    _, entry = await truck.seen()
    await truck.goes_by(entry, 2 * 24 * 60 + minutes)
    assert await came_in(elsewhere, truck.own) == (truck.place.port if named else None)
