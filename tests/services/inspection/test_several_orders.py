"""A lot with several orders: each draws for itself, and what one has found binds them all."""

from __future__ import annotations

import pytest

from services.kernel.identifiers import uuid_of
from tests.support.asleep import Asleep
from tests.support.harbour import PASSED, YELLOW_GOODS, Harbour, open_port
from tests.support.window import codes

GROUNDS = {"grounds": "the buyer left"}


@pytest.fixture
async def place(asleep: Asleep) -> Asleep:
    """A port of its own: nobody else draws there."""
    return asleep.at(await open_port(asleep.harbour.window))


async def raised(place: Asleep) -> tuple[str, str, str]:
    """A yellow lot that an officer wants opened as well: lot, its first order, its second."""
    lot_id, documents = await place.inspected(hs_code=YELLOW_GOODS)
    officer = place.harbour.officer(await place.harbour.hire())
    goods = (await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", GROUNDS))["order_id"]
    await place.attended(lot_id)
    await place.attended(goods)
    return lot_id, documents, goods


async def drawn_by(harbour: Harbour) -> list[str]:
    """By what officers of this port were drawn, and whatever else under the day's seed."""
    (seed,) = (await harbour.auditor.get("/risk/v1/draw-seeds", port=harbour.port))["items"]
    draws = (await harbour.auditor.get(f"/risk/v1/draw-seeds/{seed['seed_id']}/draws"))["items"]
    return sorted(draw["subject"] for draw in draws if draw["purpose"] == "officers")


async def test_a_second_order_of_a_lot_is_not_drawn_by_the_numbers_of_the_first(
    place: Asleep,
) -> None:
    lot_id, _, goods = await raised(place)
    assert await drawn_by(place.harbour) == [f"{lot_id}/2|1", f"{lot_id}|1"]
    gone = (await place.harbour.order(goods))["officers"][0]
    await place.harbour.dismiss(gone)
    other = place.harbour.officer(await place.harbour.hire())
    await other.post(f"/inspection/v1/orders/{goods}/redraw", {"grounds": "left the service"})
    assert await drawn_by(place.harbour) == [f"{lot_id}/2|1", f"{lot_id}/2|2", f"{lot_id}|1"]


async def test_where_one_order_has_found_something_no_other_lets_the_lot_go(place: Asleep) -> None:
    _, documents, goods = await raised(place)
    one, _ = await place.harbour.officers(documents)
    await one.post(f"/inspection/v1/orders/{documents}/findings", {**PASSED, "method": "DOCUMENT"})
    for officer in await place.harbour.officers(goods):
        refused = await officer.try_post(f"/inspection/v1/orders/{goods}/withdrawal", GROUNDS)
        assert codes(refused) == ["STATE_CONFLICT"]


async def test_the_word_of_who_was_drawn_out_is_not_heard_when_he_is_drawn_again(
    place: Asleep,
) -> None:
    harbour = place.harbour
    _, order_id = await place.inspected()
    path = f"/inspection/v1/orders/{order_id}"
    first, stays = (await harbour.order(order_id))["officers"]
    await harbour.officer(first).post(f"{path}/withdrawal", GROUNDS)
    for officer_id in await harbour.on_duty():
        if officer_id != stays:
            await harbour.dismiss(officer_id)
    short = await harbour.officer(stays).post(f"{path}/redraw", {"grounds": "away"})
    assert (short["officers"], short["let_go_by"]) == ([stays], None)
    await place.sql.execute(
        "UPDATE officers SET active = true WHERE officer_id = $1", uuid_of(first, "ofc")
    )
    await harbour.officer(stays).post(f"{path}/redraw", {"grounds": "back"})
    assert set((await harbour.order(order_id))["officers"]) == {first, stays}
    said = await harbour.officer(stays).post(f"{path}/withdrawal", GROUNDS)
    assert (said["state"], said["let_go_by"]) == ("ASSIGNED", stays)
