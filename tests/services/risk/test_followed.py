"""A group that is under control stays so under another code: by its leader and its members."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.services.risk.test_reach import control, levelled, screened
from tests.support.asleep import Asleep
from tests.support.one_day import today
from tests.support.plates import other_plate, own_plate
from tests.support.window import Group


async def another_code(place: Asleep, former: Group, *, of: int, strangers: int = 0) -> Group:
    """A new group of so many of a group's members, who leave it today, and of others."""
    window, day = place.harbour.window, str(today())
    new = await place.harbour.group(max(strangers, 1))
    moved = former.residents[:of]
    left = [{"group_code": former.code, "resident_no": n, "joined_on": "2026-01-05"} for n in moved]
    await window.registrar.post(
        "/registry/v1/memberships", {"rows": [{**row, "left_on": day} for row in left]}
    )
    joined = [{"group_code": new.code, "resident_no": n, "joined_on": day} for n in moved]
    await window.registrar.post("/registry/v1/memberships", {"rows": joined})
    given = [{"group_code": new.code, "resident_no": n, "given_on": day} for n in moved]
    await window.on_file("mandates", *given)
    return Group(new.code, [*moved, *new.residents[:strangers]], new.clerk)


def entered_now() -> dict[str, Any]:
    """What came in today by a truck of nobody else's: no manifest of another test is its own."""
    plates = {"vehicle_plate": own_plate(), "foreign_plate": other_plate()}
    return {**plates, "entered_at": datetime.now(UTC).isoformat()}


@pytest.mark.parametrize(
    ("of", "strangers", "lane"), [(2, 0, "RED"), (2, 2, "RED"), (1, 2, "GREEN")]
)
async def test_members_of_a_group_under_control_are_reached_where_they_are_half_or_more(
    asleep: Asleep, of: int, strangers: int, lane: str
) -> None:
    former = await asleep.harbour.group(2)
    listed = await control(asleep, "party", f"group:{former.code}")
    new = await another_code(asleep, former, of=of, strangers=strangers)
    values = ["10.00"] * (of + strangers)
    found, reasons, through = await screened(asleep, group=new, values=values, **entered_now())
    assert found == lane, reasons
    if lane == "RED":
        reason, party = f"CONTROL_HIT:{listed}", f"group:{former.code}"
        assert through == [{"reason": reason, "part": "group", "party": party}]


async def test_who_left_before_a_group_came_under_control_is_not_reached(asleep: Asleep) -> None:
    former = await asleep.harbour.group(1)
    new = await another_code(asleep, former, of=1)
    later = {"effective_from": str(today()), "effective_to": str(today() + timedelta(days=9))}
    await control(asleep, "party", f"group:{former.code}", **later)
    lane, _, _ = await screened(asleep, group=new, values=["10.00"], **entered_now())
    assert lane == "GREEN"


async def test_a_group_of_the_same_leader_is_reached(asleep: Asleep) -> None:
    window, port = asleep.harbour.window, asleep.harbour.port
    former, new = await asleep.harbour.group(1), await asleep.harbour.group(1)
    for group in (former, new):
        row = {"group_code": group.code, "name": "测试组", "kind": "mutual_aid", "port": port}
        await window.changed("group", {**row, "leader_resident_no": former.residents[0]})
    listed = await control(asleep, "party", f"group:{former.code}")
    lane, reasons, _ = await screened(asleep, group=new)
    assert (lane, reasons) == ("RED", [f"CONTROL_HIT:{listed}"])


@pytest.mark.parametrize(("level", "counts"), [("DISHONEST", True), ("ADVANCED", False)])
async def test_a_groups_bad_name_follows_its_members_and_its_good_one_does_not(
    asleep: Asleep, level: str, counts: bool
) -> None:
    former = await asleep.harbour.group(1)
    await levelled(asleep, f"group:{former.code}", level)
    new = await another_code(asleep, former, of=1)
    await screened(asleep, group=new, values=["10.00"], **entered_now())
    found = await asleep.sql.fetchval(
        "SELECT credit_level FROM v_screenings JOIN v_lots USING (lot_id) WHERE group_code = $1",
        new.code,
    )
    assert (found == level) is counts
