"""Nobody decides on goods in which he has declared an interest, whatever part the party has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from tests.services.risk.test_reach import lodged
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, RED_GOODS, open_port
from tests.support.on_file import badge_of, enterprise_filed, seller_filed
from tests.support.plates import own_plate
from tests.support.window import SELLER, codes

Lot = dict[str, str]
"""What a lot says of whoever has a part in it."""


async def carriers(place: Asleep) -> tuple[str, Lot]:
    code, plate = f"C{uuid4().hex[:8].upper()}", own_plate()
    number = await lodged(place.harbour, code, plate)
    return f"carrier:{code}", {"vehicle_plate": plate, "manifest_no": number}


async def firms(place: Asleep) -> tuple[str, Lot]:
    """A carrier that is filed as an enterprise too."""
    code, plate = await enterprise_filed(place.sql, place.harbour.port), own_plate()
    number = await lodged(place.harbour, code, plate)
    return f"enterprise:{code}", {"vehicle_plate": plate, "manifest_no": number}


async def sellers(place: Asleep) -> tuple[str, Lot]:
    name, code = f"Of interest {uuid4().hex[:6]}", f"S-{uuid4().hex[:8].upper()}"
    await seller_filed(place.sql, name, code=code)
    return f"seller:{code.lower()}", {"seller": name}


async def banks(place: Asleep) -> tuple[str, Lot]:
    name = f"Of a bank {uuid4().hex[:6]}"
    await seller_filed(place.sql, name)
    bic = await place.sql.fetchval("SELECT bank_bic FROM sellers WHERE name = $1", name)
    return f"bank:{bic}", {"seller": name}


PARTIES = (carriers, firms, sellers, banks)


async def interested(place: Asleep, officer: str, party: str) -> None:
    """An officer's interest in a party is filed by one registrar and confirmed by another."""
    row = {"badge_no": await badge_of(place.sql, officer), "party": party}
    await place.harbour.window.on_file("conflicts", {**row, "declared_on": "2026-01-01"})


@pytest.mark.parametrize("of", PARTIES, ids=lambda of: str(of.__name__))
async def test_whoever_has_an_interest_in_a_party_of_the_lot_is_not_drawn(
    asleep: Asleep, of: Callable[[Asleep], Awaitable[tuple[str, Lot]]]
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window, officers=3))
    party, lot = await of(place)
    friend = (await place.harbour.on_duty())[0]
    await interested(place, friend, party)
    _, order_id = await place.inspected(hs_code=RED_GOODS, **lot)
    drawn = (await place.harbour.order(order_id))["officers"]
    assert len(drawn) == 2
    assert friend not in drawn


@pytest.mark.parametrize("of", PARTIES, ids=lambda of: str(of.__name__))
async def test_whoever_has_declared_one_since_the_draw_decides_nothing(
    asleep: Asleep, of: Callable[[Asleep], Awaitable[tuple[str, Lot]]]
) -> None:
    place = asleep.at(await open_port(asleep.harbour.window))
    party, lot = await of(place)
    _, order_id = await place.inspected(hs_code=RED_GOODS, **lot)
    one, other = (await place.harbour.order(order_id))["officers"]
    path = f"/inspection/v1/orders/{order_id}"
    await place.harbour.officer(other).post(f"{path}/findings", PASSED)
    for officer in (one, other):
        await interested(place, officer, party)
    signs = await place.harbour.officer(one).try_post(f"{path}/countersignature", {"agree": True})
    assert codes(signs) == ["OFFICER_NOT_ELIGIBLE"]
    lets_go = await place.harbour.officer(other).try_post(f"{path}/withdrawal", {"grounds": "left"})
    assert codes(lets_go)[0] in ("OFFICER_NOT_ELIGIBLE", "STATE_CONFLICT")


async def test_an_interest_in_another_seller_keeps_nobody_from_a_lot(asleep: Asleep) -> None:
    place = asleep.at(await open_port(asleep.harbour.window))
    party, _ = await sellers(place)
    for officer in await place.harbour.on_duty():
        await interested(place, officer, party)
    _, order_id = await place.inspected(hs_code=RED_GOODS, seller=SELLER)
    assert len((await place.harbour.order(order_id))["officers"]) == 2
