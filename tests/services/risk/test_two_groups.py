"""A resident who is a member of two groups over midnight has one name and one quota a day."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from tests.services.risk.test_buyers import leaves
from tests.services.risk.test_reach import control
from tests.support.asleep import Asleep
from tests.support.plates import own_plate
from tests.support.window import Group, codes

BEFORE, AFTER = "2026-05-01T15:59:59Z", "2026-05-01T16:00:00Z"
DAYS = {BEFORE: "2026-05-01", AFTER: "2026-05-02"}


@pytest.fixture
async def groups(asleep: Asleep) -> tuple[Group, Group]:
    """Two groups whose one member is the same resident, who has given both a mandate."""
    place = asleep.harbour
    one, other = await place.group(1), await place.group(1)
    (member,) = one.residents
    row = {"group_code": other.code, "resident_no": member}
    joined = {"rows": [{**row, "joined_on": "2026-01-05"}]}
    await place.window.registrar.post("/registry/v1/memberships", joined)
    await place.window.on_file("mandates", {**row, "given_on": "2026-01-05"})
    return one, Group(other.code, [member], other.clerk)


async def test_both_declare_at_once_on_both_sides_of_midnight_and_neither_day_is_exceeded(
    asleep: Asleep, groups: tuple[Group, Group]
) -> None:
    place = asleep.harbour
    asked = [(group, at) for group in groups for at in (BEFORE, AFTER) for _ in range(3)]
    told = await asyncio.gather(
        *(
            place.window.lot(
                group,
                port=place.port,
                values=["3000.00"],
                entered_at=at,
                vehicle_plate=own_plate(),
            )
            for group, at in asked
        )
    )
    for at, day in DAYS.items():
        answers = [answer for (_, when), answer in zip(asked, told, strict=True) if when == at]
        taken = [answer for answer in answers if answer.status_code == 201]
        assert len(taken) == 2, [a.text for a in answers]
        assert {*map(tuple, (codes(a) for a in answers if a not in taken))} == {("QUOTA_EXCEEDED",)}
        left = (await place.quota(groups[0].residents[0], day))["left"]
        assert Decimal(left) == Decimal(8000) - 2 * Decimal(3000)


async def test_a_control_on_her_reaches_what_both_have_declared_on_both_days(
    asleep: Asleep, groups: tuple[Group, Group]
) -> None:
    place, waiting, inside = asleep.harbour, [], []
    for group in groups:
        for at in (BEFORE, AFTER):
            how = {"values": ["10.00"], "entered_at": at}
            waiting.append(await place.confirmed(group, vehicle_plate=own_plate(), **how))
            plate = own_plate()
            released = await place.confirmed(group, vehicle_plate=plate, **how)
            await asleep.attended(released)
            assert (await place.lot(released))["state"] == "RELEASED"
            inside.append((released, plate))
    resident = await place.window.resident_id(groups[0].residents[0])
    listed = await control(asleep, "party", f"resident:{resident}")
    for lot_id in waiting:
        await asleep.attended(lot_id)
        order = await place.order((await place.lot(lot_id))["order_id"])
        assert order["reasons"] == [f"CONTROL_HIT:{listed}"]
    for lot_id, plate in inside:
        assert codes(await leaves(asleep, lot_id, plate)) == ["KEPT_BY_CUSTOMS"]
