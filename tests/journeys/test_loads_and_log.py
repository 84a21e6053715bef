"""Trucks' loads changed by hand: verify makes them of the lots, and misses one that is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.operate.verify.loads import differing_loads
from tests.support.harbour import Harbour, open_port
from tests.support.plates import own_plate
from tests.support.tampering import change, found

pytestmark = pytest.mark.slow


async def test_a_trucks_load_changed_by_hand_is_named(
    harbour: Harbour, by_hand: AsyncConnection
) -> None:
    live = Harbour(harbour.window, await open_port(harbour.window, replays=False))
    await live.truck(foreign_plate="14C-12345")
    plate = own_plate()
    await live.truck(plate, foreign_plate=f"14C-{plate}")
    group, now = await live.group(1), datetime.now(UTC).isoformat()
    lots = [await live.accepted(group, values=["10.00"], entered_at=now) for _ in range(2)]
    by_foreign = {"vehicle_plate": f"14C-{plate}", "foreign_plate": None}
    await live.accepted(group, values=["10.00"], entered_at=now, **by_foreign)
    cancelled = f"/declaration/v1/lots/{lots[0]}/cancellation"
    await group.clerk.post(cancelled, {"reason": "given up"})
    by: Any = by_hand

    async def named() -> list[str]:
        return [what async for where, what in differing_loads(by) if f" at {live.port}," in where]

    assert await named() == []
    otherwise = "truck_loads.loaded_kg is not what its lots weigh"
    await change(by_hand, "truck_loads", "loaded_kg", f"port = '{live.port}'")
    assert await named() == [otherwise] * 2
    back = "UPDATE truck_loads SET loaded_kg = loaded_kg - 1"
    await by_hand.execute(text(f"{back} WHERE port = '{live.port}'"))
    await change(by_hand, "truck_loads", "unnamed_kg", f"port = '{live.port}'")
    assert await named() == ["truck_loads.unnamed_kg is not what its lots weigh"] * 2
    await by_hand.execute(text(f"DELETE FROM truck_loads WHERE port = '{live.port}'"))
    assert await named() == ["truck_loads has no row of what its lots weigh"] * 2
    # By which figure a lot counts is vouched for, and of which loads it is a part: it cannot be
    # taken out of them.
    await change(by_hand, "lots", "loaded_named", f"port = '{live.port}'")
    assert [what for what in await found(by_hand, lots[1]) if "loaded_named" in what]
    emptied = "UPDATE lots SET loaded_plates = '{}', loaded_entries = '{}'"
    await by_hand.execute(text(f"{emptied} WHERE port = '{live.port}'"))
    assert await named() == []
    assert [what for what in await found(by_hand, lots[1]) if "loaded_plates" in what]
    row = "INSERT INTO truck_loads VALUES ('NOBODY', :port, now(), 5, 5)"
    await by_hand.execute(text(row), {"port": live.port})
    assert await named() == [otherwise]
