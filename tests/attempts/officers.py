"""An officer of customs who would have it easier, or has a friend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from services.kernel.clock import business_day
from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import LOTS, ORDERS, World, a_name
from tests.support.harbour import PASSED, SMUGGLED
from tests.support.on_file import (
    badge_of,
    enterprise_filed,
    officer_filed,
    officers_as,
    seller_filed,
)
from tests.support.plates import own_plate
from tests.support.reading import Reader

WHO = "An officer"
LEVELS = "/accreditation/v1/credit-levels"
BLACKENED = {"level": "DISHONEST", "grounds": "SMUGGLING"}


async def drawn(world: World) -> tuple[str, Reader, Reader]:
    """An order's path and its two officers."""
    _, lot = await world.kept_back()
    one, other = await world.officers(lot["order_id"])
    return f"{ORDERS}/{lot['order_id']}", one, other


@attempt(WHO, "signs alone what two must sign", refused("SAME_PERSON", "INS-SECOND"))
async def signs_alone(world: World) -> httpx2.Response:
    path, one, _ = await drawn(world)
    await one.post(f"{path}/findings", PASSED)
    return await one.try_post(f"{path}/countersignature", {"agree": True})


@attempt(WHO, "signs an order for which another was drawn", refused("NOT_DRAWN", "INS-DRAWN"))
async def was_not_drawn(world: World) -> httpx2.Response:
    path, _, _ = await drawn(world)
    friend = world.officer(await world.hire())
    return await friend.try_post(f"{path}/findings", PASSED)


@attempt(WHO, "signs after having left the service", refused("OFFICER_NOT_ON_FILE"))
async def has_left(everybodys: World) -> httpx2.Response:
    world = await everybodys.elsewhere()
    _, lot = await world.kept_back()
    await world.officers(lot["order_id"])
    leaver = (await world.order(lot["order_id"]))["officers"][0]
    await world.dismiss(leaver)
    return await world.officer(leaver).try_post(f"{ORDERS}/{lot['order_id']}/findings", PASSED)


@attempt(WHO, "signs what a colleague changed meanwhile", refused("VERSION_MISMATCH"))
async def an_older_reading(world: World) -> httpx2.Response:
    path, one, other = await drawn(world)
    await one.post(f"{path}/findings", PASSED)
    return await other.try_post(f"{path}/countersignature", {"agree": True}, **{"If-Match": '"1"'})


@attempt(WHO, "signs without having read the findings", refused("PRECONDITION_REQUIRED"))
async def signs_blindly(world: World) -> httpx2.Response:
    path, one, other = await drawn(world)
    await one.post(f"{path}/findings", PASSED)
    return await other.blindly(f"{path}/countersignature", {"agree": True})


@attempt(
    WHO, "releases a lot that was found smuggled", refused("DISPOSAL_NOT_ALLOWED", "INS-DISPOSAL")
)
async def releases_the_smuggled(world: World) -> httpx2.Response:
    path, one, _ = await drawn(world)
    return await one.try_post(f"{path}/findings", {**SMUGGLED, "disposal": "RELEASE"})


@attempt(
    WHO,
    "lets a friend's seized lot out by the gate",
    ends("STATE_CONFLICT", "refused: what was seized never leaves"),
)
async def lets_out_the_seized(world: World) -> str:
    group, lot = await world.kept_back()
    await world.dispose(lot["order_id"], SMUGGLED)
    await world.until(group.clerk, lot["lot_id"], "SEIZED")
    passing = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
    answer = await world.gate.try_post(f"/gate/v1/lots/{lot['lot_id']}/passes", passing)
    return str(answer.json()["code"])


@attempt(
    WHO,
    "has a firm of another port declared dishonest with a colleague of a third",
    refused("FORBIDDEN", "CREDIT-PORT"),
)
async def judges_a_firm_elsewhere(world: World) -> httpx2.Response:
    firm = await enterprise_filed(world.window.sql, (await world.elsewhere()).port)
    officer = world.officer(await world.hire())
    return await officer.try_post(LEVELS, {"party": f"enterprise:{firm}", **BLACKENED})


@attempt(
    WHO,
    "signs the level of a firm in which he has an interest himself",
    refused("OFFICER_NOT_ELIGIBLE"),
)
async def judges_a_friend(world: World) -> httpx2.Response:
    firm = f"enterprise:{await enterprise_filed(world.window.sql, world.port)}"
    friend = await world.hire()
    interest = {"party": firm, "declared_on": "2026-01-01"}
    badge = {"badge_no": await badge_of(world.window.sql, friend)}
    await world.window.on_file("conflicts", badge | interest)
    proposed = await world.officer(await world.hire()).post(LEVELS, {"party": firm, **BLACKENED})
    path = f"{LEVELS}/{proposed['credit_id']}/countersignature"
    return await world.officer(friend).try_post(path, {"agree": True})


@attempt(WHO, "signs the credit level of the own hand", refused("SAME_PERSON", "CREDIT-SECOND"))
async def signs_the_own_level(world: World) -> httpx2.Response:
    firm = f"enterprise:{await enterprise_filed(world.window.sql, world.port)}"
    officer = world.officer(await world.hire())
    proposed = await officer.post(LEVELS, {"party": firm, **BLACKENED})
    path = f"{LEVELS}/{proposed['credit_id']}/countersignature"
    return await officer.try_post(path, {"agree": True})


@attempt(WHO, "approves the risk rule of the own hand", refused("SAME_PERSON", "RISK-SECOND"))
async def approves_the_own_rule(world: World) -> httpx2.Response:
    (officer, _) = await officers_as(world.window.parties, world.window.sql, "risk_officer")
    rule = {
        "code": "ATTEMPT",
        "title": "test",
        "lane": "RED",
        "expression": "hs_code == '99990000'",
        "example": {"hs_code": "99990000"},
        "authority": "test",
        "effective_from": "2020-01-01",
    }
    proposed = await officer.post("/risk/v1/rules", rule)
    return await officer.try_post(
        f"/risk/v1/rules/{proposed['rule_id']}/decision", {"approve": True}
    )


@attempt(WHO, "declares a lot", refused("FORBIDDEN"))
async def declares(world: World) -> httpx2.Response:
    officer = world.officer(await world.hire())
    return await officer.try_post(LOTS, {})


@attempt(
    WHO,
    "calls a friend's lot in for its papers alone, so that nobody opens what a control is to stop",
    refused("KEPT_BY_CUSTOMS", "BRT-GATE-CONTROL"),
)
async def has_papers_answer_for_goods(world: World) -> httpx2.Response:
    group, plate = await world.group(), own_plate()
    lot_id = await world.released(group, vehicle_plate=plate)
    await world.under_control("vehicle_plate", plate)
    friend = world.officer(await world.hire())
    asked = {"lane": "YELLOW", "grounds": "the papers"}
    called = await friend.post(f"/risk/v1/lots/{lot_id}/call-ins", asked)
    await world.dispose(called["order_id"], {**PASSED, "method": "DOCUMENT"})
    await world.until(group.clerk, lot_id, "RELEASED")
    seen = {"vehicle_plate": plate, "gross_kg": "110"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


@attempt(
    WHO,
    "writes what was found of a sample, for a colleague to sign when a control has been set",
    refused("KEPT_BY_CUSTOMS", "BRT-GATE-CONTROL"),
)
async def finds_before_the_control(world: World) -> httpx2.Response:
    group, plate = await world.group(), own_plate()
    lot = await world.inspected(group, vehicle_plate=plate)
    one, other = await world.officers(lot["order_id"])
    path = f"{ORDERS}/{lot['order_id']}"
    await one.post(f"{path}/findings", PASSED)
    await world.under_control("vehicle_plate", plate)
    await other.post(f"{path}/countersignature", {"agree": True})
    await world.until(group.clerk, lot["lot_id"], "RELEASED")
    seen = {"vehicle_plate": plate, "gross_kg": "110"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot['lot_id']}/passes", seen)


@attempt(
    WHO,
    "has a colleague, who was there, to have been away on the day of the draw",
    refused("PERIOD_INVALID", "REG-ROSTER-PAST"),
)
async def was_away(everybodys: World) -> httpx2.Response:
    world = await everybodys.elsewhere()
    colleague = (await world.on_duty())[0]
    keeper = world.officer(await officer_filed(world.window.sql, world.port, ("supervise",)))
    return await says_away(world, keeper, colleague, from_on=a_day(-1))


@attempt(
    WHO,
    "says all colleagues but two friends away on the day of a draw, at once and one by one",
    ends(
        [12, *[0] * 7, *[1] * 5],
        "proposed to the registrar's office, as soon as less than half of a pool would be left",
        "REG-ROSTER-POOL",
    ),
)
async def leaves_friends(everybodys: World) -> list[int]:
    world = await everybodys.elsewhere(officers=14)
    _, _, *colleagues = await world.on_duty()
    keeper = world.officer(await officer_filed(world.window.sql, world.port, ("supervise",)))
    proposed = [await says_away(world, keeper, *colleagues)]
    proposed += [await says_away(world, keeper, one) for one in colleagues]
    return [one.json()["proposed"] for one in proposed]


def a_day(days: int = 0) -> str:
    """A day from today on, as a form writes it."""
    return (business_day(datetime.now(UTC)) + timedelta(days=days)).isoformat()


async def says_away(world: World, keeper: Reader, *officers: str, **how: Any) -> httpx2.Response:
    """Who keeps the roster says that colleagues are away."""
    rows = [
        {"badge_no": await badge_of(world.window.sql, officer), "duty": "LEAVE"}
        | {"from_on": a_day(), "until_on": a_day(1)}
        | how
        for officer in officers
    ]
    return await keeper.try_post("/registry/v1/duties", {"rows": rows})


@attempt(
    WHO,
    "signs for goods of a seller in whom he has declared an interest",
    refused("OFFICER_NOT_ELIGIBLE"),
)
async def signs_for_a_friends_goods(everybodys: World) -> httpx2.Response:
    world = await everybodys.elsewhere()
    seller, code = a_name(), f"S-{own_plate()[1:]}"
    await seller_filed(world.window.sql, seller, code=code)
    lot = await world.inspected(await world.group(), seller=seller)
    one, other = await world.officers(lot["order_id"])
    path = f"{ORDERS}/{lot['order_id']}"
    await other.post(f"{path}/findings", PASSED)
    friend = (await world.order(lot["order_id"]))["officers"][0]
    badge = await badge_of(world.window.sql, friend)
    interest = {"badge_no": badge, "party": f"seller:{code}", "declared_on": "2026-01-01"}
    await world.window.on_file("conflicts", interest)
    return await one.try_post(f"{path}/countersignature", {"agree": True})
