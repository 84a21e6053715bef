"""What comes to be in force while goods are inside wants them seen: a control, a level, a ban."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.kernel.identifiers import uuid_of
from tests.services.risk.test_answered import FULL
from tests.services.risk.test_buyers import a_factory, leaves, offered, opened_whole
from tests.services.risk.test_reach import business_day_of_now, control, levelled, lodged
from tests.support.asleep import Asleep
from tests.support.factory import M
from tests.support.harbour import PASSED, RED_GOODS, open_port
from tests.support.numbers import fresh
from tests.support.on_file import line_filed
from tests.support.plates import own_plate
from tests.support.window import codes

DISHONEST_RATE = Decimal("0.85")


async def prohibited(place: Asleep, heading: str) -> None:
    """Two have filed that goods may not come in any more, from today on."""
    row = {"kind": "PROHIBITED", "hs_prefix": heading, "authority": "notice"}
    dated = {"effective_from": f"{business_day_of_now()}"}
    await place.harbour.window.listed("goods-restrictions", {**row, **dated})


async def a_line(place: Asleep) -> str:
    """A line of the tariff that no other test's prohibition names."""
    return await line_filed(place.sql, f"97{fresh(6)}")


def entering() -> dict[str, str]:
    """What comes in now."""
    return {"entered_at": datetime.now(UTC).isoformat()}


async def a_lot_of(place: Asleep, plate: str, **more: Any) -> tuple[str, str]:
    """A released lot of a group, and the group."""
    group = await place.harbour.group(1)
    lot_id = await place.harbour.confirmed(
        group, **{"values": ["10.00"], "vehicle_plate": plate, **more}
    )
    await place.attended(lot_id)
    return lot_id, f"group:{group.code}"


async def test_a_serious_level_keeps_in_what_was_released_until_two_have_opened_it(
    asleep: Asleep,
) -> None:
    plate = own_plate()
    lot_id, group = await a_lot_of(asleep, plate)
    await levelled(asleep, group, "SERIOUSLY_DISHONEST")
    assert codes(await leaves(asleep, lot_id, plate)) == ["KEPT_BY_CUSTOMS"]
    await opened_whole(asleep, lot_id)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201


async def test_a_dishonest_level_keeps_in_what_its_rate_would_have_drawn(asleep: Asleep) -> None:
    for _ in range(6):
        plate = own_plate()
        lot_id, group = await a_lot_of(asleep, plate)
        drawn = await asleep.sql.fetchval(
            "SELECT draw_value FROM v_screenings WHERE lot_id = $1", uuid_of(lot_id, "lot")
        )
        await levelled(asleep, group, "DISHONEST")
        passed = await leaves(asleep, lot_id, plate)
        assert (passed.status_code == 409) == (drawn < DISHONEST_RATE), drawn


@pytest.mark.parametrize("level", ["ORDINARY", "CERTIFIED", "ADVANCED"])
async def test_a_level_that_is_no_worse_keeps_nothing_in(asleep: Asleep, level: str) -> None:
    plate = own_plate()
    lot_id, group = await a_lot_of(asleep, plate)
    await levelled(asleep, group, level)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201


async def test_a_level_by_which_the_lot_was_drawn_is_answered_by_what_the_draw_led_to(
    asleep: Asleep,
) -> None:
    harbour, plate = asleep.harbour, own_plate()
    group = await harbour.group(1)
    await levelled(asleep, f"group:{group.code}", "SERIOUSLY_DISHONEST")
    lot_id = await harbour.confirmed(group, values=["10.00"], vehicle_plate=plate)
    await asleep.attended(lot_id)
    order_id = str((await harbour.lot(lot_id))["order_id"])
    await asleep.attended(order_id)
    assert (await harbour.order(order_id))["method_ordered"] == "SAMPLE"
    await harbour.dispose(order_id, PASSED)
    await asleep.attended(lot_id)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201


async def test_a_level_reaches_the_lot_by_its_carrier_and_by_the_factory_that_is_to_buy_it(
    asleep: Asleep,
) -> None:
    truck, code = own_plate(), f"C{fresh(8)}"
    number = await lodged(asleep.harbour, code, truck)
    lot_id, _ = await a_lot_of(asleep, truck, manifest_no=number)
    await levelled(asleep, f"enterprise:{code}", "SERIOUSLY_DISHONEST")
    assert codes(await leaves(asleep, lot_id, truck)) == ["KEPT_BY_CUSTOMS"]
    factory, plate = await a_factory(asleep), own_plate()
    lot_id, sale = await offered(asleep, factory, plate)
    await levelled(asleep, f"enterprise:{factory.code}", "SERIOUSLY_DISHONEST")
    assert codes(await leaves(asleep, lot_id, plate)) == ["KEPT_BY_CUSTOMS"]
    assert codes(await factory.party.try_post(f"{M}/purchases", sale)) == ["KEPT_BY_CUSTOMS"]


@pytest.mark.parametrize("digits", [6, 8, 10], ids=["its subheading", "its line", "a finer line"])
async def test_goods_that_come_to_be_prohibited_while_they_are_inside_do_not_leave(
    asleep: Asleep, digits: int
) -> None:
    line, plate = await a_line(asleep), own_plate()
    asleep = asleep.at(await open_port(asleep.harbour.window, replays=False))
    lot_id, _ = await a_lot_of(asleep, plate, hs_code=line, **entering())
    await prohibited(asleep, f"{line}01"[:digits])
    assert codes(await leaves(asleep, lot_id, plate)) == ["KEPT_BY_CUSTOMS"]
    inside = await asleep.harbour.gate.get(f"/gate/v1/lots?plate={plate}")
    assert [one["may_leave"] for one in inside["items"]] == [False]
    await opened_whole(asleep, lot_id)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201


@pytest.mark.parametrize(("disposal", "state"), [("RETURN", "RETURNED"), ("RELEASE", "RELEASED")])
async def test_what_is_as_declared_and_prohibited_since_is_returned_or_released_by_two(
    asleep: Asleep, disposal: str, state: str
) -> None:
    line, plate = await a_line(asleep), own_plate()
    asleep = asleep.at(await open_port(asleep.harbour.window, replays=False))
    await control(asleep, "vehicle_plate", plate)
    lot_id, order_id = await asleep.inspected(vehicle_plate=plate, hs_code=line, **entering())
    await prohibited(asleep, line)
    await asleep.harbour.dispose(order_id, {**FULL, "disposal": disposal})
    await asleep.attended(lot_id)
    assert (await asleep.harbour.lot(lot_id))["state"] == state


async def test_a_day_that_is_played_again_is_judged_by_what_was_prohibited_on_it(
    asleep: Asleep,
) -> None:
    line, plate = await a_line(asleep), own_plate()
    lot_id, _ = await a_lot_of(asleep, plate, hs_code=line)
    await prohibited(asleep, line)
    assert (await leaves(asleep, lot_id, plate)).status_code == 201


async def test_what_is_as_declared_and_not_prohibited_is_not_returned(asleep: Asleep) -> None:
    _, order_id = await asleep.inspected(vehicle_plate=own_plate(), hs_code=RED_GOODS)
    one, _ = await asleep.harbour.officers(order_id)
    found = {**FULL, "disposal": "RETURN"}
    told = await one.try_post(f"/inspection/v1/orders/{order_id}/findings", found)
    assert codes(told) == ["DISPOSAL_NOT_ALLOWED"]


@pytest.mark.parametrize(("found", "answered"), [(PASSED, False), (FULL, True)])
async def test_an_open_order_shows_what_was_set_later_and_whether_what_was_found_answers_it(
    asleep: Asleep, found: dict[str, Any], answered: bool
) -> None:
    harbour, number = asleep.harbour, own_plate()
    _, order_id = await asleep.inspected(vehicle_plate=number, hs_code=RED_GOODS)
    assert (await harbour.order(order_id))["wanted_beside"] == []
    listed = await control(asleep, "vehicle_plate", number)
    (shown,) = (await harbour.order(order_id))["wanted_beside"]
    said = {"reason": f"CONTROL_HIT:{listed}", "part": "plate", "party": None, "method": "FULL"}
    assert {key: shown[key] for key in (*said, "answered")} == {**said, "answered": False}
    one, _ = await harbour.officers(order_id)
    after = await one.post(f"/inspection/v1/orders/{order_id}/findings", found)
    assert [one["answered"] for one in after["wanted_beside"]] == [answered]
    assert (await harbour.order(order_id))["wanted_beside"] == after["wanted_beside"]


async def test_what_was_found_before_a_control_was_set_is_said_not_to_answer_it(
    asleep: Asleep,
) -> None:
    harbour, number = asleep.harbour, own_plate()
    _, order_id = await asleep.inspected(vehicle_plate=number, hs_code=RED_GOODS)
    one, _ = await harbour.officers(order_id)
    await one.post(f"/inspection/v1/orders/{order_id}/findings", FULL)
    await control(asleep, "vehicle_plate", number)
    shown = (await harbour.order(order_id))["wanted_beside"]
    assert [one["answered"] for one in shown] == [False]


async def test_an_order_shows_nothing_twice_that_it_was_opened_for(asleep: Asleep) -> None:
    number = own_plate()
    listed = await control(asleep, "vehicle_plate", number)
    _, order_id = await asleep.inspected(vehicle_plate=number)
    order = await asleep.harbour.order(order_id)
    assert f"CONTROL_HIT:{listed}" in order["reasons"]
    assert order["wanted_beside"] == []
