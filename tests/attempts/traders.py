"""A trader: who declares in the own name, or as a group's clerk."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from deploy.sandbox.parties import upon
from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import LOTS, ORDERS, SMALL, World, a_name
from tests.support.factory import released
from tests.support.harbour import SMUGGLED
from tests.support.on_file import line_filed, seller_filed
from tests.support.plates import own_plate
from tests.support.spellings import unaccented
from tests.support.window import lot_body

WHO = "A trader"
INSPECTED = ends("RED", "inspected all the same", "INS-CONTROL")


@attempt(WHO, "declares one cent over the daily quota", refused("QUOTA_EXCEEDED", "HUSHI-QUOTA"))
async def over_the_quota(world: World) -> httpx2.Response:
    return await world.declares(await world.group(), values=["8000.01"])


@attempt(
    WHO,
    "declares the quota twice from two phones at once",
    ends([201, 409], "one is accepted, the other refused", "HUSHI-QUOTA"),
)
async def twice_at_once(world: World) -> list[int]:
    group = await world.group()
    whole = {"values": ["8000.00"]}
    answers = await asyncio.gather(world.declares(group, **whole), world.declares(group, **whole))
    return sorted(a.status_code for a in answers)


@attempt(
    WHO,
    "names one member in two tickets of a lot to double the quota",
    refused("QUOTA_EXCEEDED", "HUSHI-QUOTA"),
)
async def one_member_in_two_tickets(world: World) -> httpx2.Response:
    group = await world.group()
    member = group.residents[0]
    return await world.declares(group, residents=[member, member], values=["8000.00", "8000.00"])


@attempt(
    WHO,
    "spends a member's quota again through a second group that she belongs to",
    refused("QUOTA_EXCEEDED", "HUSHI-QUOTA"),
)
async def member_of_two_groups(world: World) -> httpx2.Response:
    first, second = await world.group(), await world.group()
    member = first.residents[0]
    row = {"group_code": second.code, "resident_no": member, "joined_on": "2026-01-05"}
    await world.window.registrar.post("/registry/v1/memberships", {"rows": [row]})
    await world.accepted(first, values=["8000.00"])
    return await world.declares(second, residents=[member], values=["8000.00"])


@attempt(
    WHO,
    "gives tickets that add up to less than the lot",
    refused("SPLIT_MISMATCH", "HUSHI-SPLIT"),
)
async def less_than_the_lot(world: World) -> httpx2.Response:
    return await world.declares(await world.group(), values=["100.00"], value="5000.00")


@attempt(WHO, "declares for a truck still to enter", refused("ENTRY_IN_FUTURE", "HUSHI-ENTRY"))
async def enters_tomorrow(world: World) -> httpx2.Response:
    return await world.declares(await world.group(), entered_at="2099-01-01T09:00:00+08:00")


@attempt(
    WHO,
    "takes goods of a country that is no neighbour of the port",
    refused("ORIGIN_NOT_NEIGHBOUR", "HUSHI-ORIGIN"),
)
async def of_far_away(world: World) -> httpx2.Response:
    return await world.declares(await world.group(), origin="TH")


@attempt(WHO, "spells a plate under control with a dot in it", INSPECTED)
async def a_dot_in_the_plate(world: World) -> str:
    plate = own_plate()
    await world.under_control("vehicle_plate", plate)
    return await world.lane_of(await world.group(), vehicle_plate=f"{plate[:2]}·{plate[2:]}")


@attempt(
    WHO,
    "writes a seller under control without its accents",
    refused("SELLER_UNKNOWN", "HUSHI-SELLER"),
)
async def without_accents(world: World) -> httpx2.Response:
    seller = a_name()
    await seller_filed(world.window.sql, seller)
    await world.under_control("seller", seller)
    return await world.declares(await world.group(), seller=unaccented(seller))


@attempt(WHO, "names a seller under control by its code", INSPECTED)
async def by_its_code(world: World) -> str:
    seller, code = a_name(), own_plate()
    await seller_filed(world.window.sql, seller, code=code)
    await world.under_control("seller", seller)
    return await world.lane_of(await world.group(), seller=code)


@attempt(WHO, "writes a code under control with dots", INSPECTED)
async def a_code_with_dots(world: World) -> str:
    await line_filed(world.window.sql, "08045010")
    await world.under_control("hs_code", "08045010")
    return await world.lane_of(await world.group(), hs_code="0804.50.10")


@attempt(
    WHO,
    "takes the weight of another truck's manifest",
    refused("MANIFEST_UNKNOWN", "HUSHI-MANIFEST"),
)
async def of_another_truck(world: World) -> httpx2.Response:
    number = await world.manifest("1000")
    other = {**SMALL, "manifest_no": number, "vehicle_plate": own_plate(), "gross_kg": "20"}
    return await world.declares(await world.group(), **other)


@attempt(
    WHO,
    "declares a kilogram more than the truck's manifest weighs",
    refused("OVER_MANIFEST", "HUSHI-MANIFEST"),
)
async def more_than_the_manifest(world: World) -> httpx2.Response:
    number = await world.manifest("100")
    return await world.declares(
        await world.group(), **SMALL, manifest_no=number, gross_kg="101", net_kg="10"
    )


@attempt(
    WHO,
    "uses one reference for two lots",
    refused("DUPLICATE_REFERENCE", "HUSHI-REF"),
)
async def one_reference_twice(world: World) -> httpx2.Response:
    group = await world.group()
    await world.accepted(group, **SMALL, reference="TRY-1")
    return await world.declares(group, **SMALL, reference="TRY-1")


@attempt(
    WHO,
    "sends another lot under the key of the first",
    refused("IDEMPOTENCY_KEY_REUSED"),
)
async def another_body(world: World) -> httpx2.Response:
    group = await world.group()
    key = {"Idempotency-Key": f"{group.code}-key-of-one"}
    body = lot_body(group, **SMALL, port=world.port)
    await group.clerk.try_post(LOTS, body, **key)
    return await group.clerk.try_post(LOTS, {**body, "pieces": 11}, **key)


@attempt(
    WHO,
    "cancels a released lot to have the quota back",
    refused("STATE_CONFLICT"),
)
async def cancels_the_released(world: World) -> httpx2.Response:
    group = await world.group()
    lot_id = await world.released(group, **SMALL)
    return await group.clerk.try_post(f"{LOTS}/{lot_id}/cancellation", {"reason": "given up"})


@attempt(
    WHO,
    "confirms by a mandate that was never given",
    refused("NOTHING_TO_CONFIRM"),
)
async def without_a_mandate(world: World) -> httpx2.Response:
    group = await world.group(mandated=False)
    lot_id = await world.accepted(group, **SMALL)
    return await group.clerk.try_post(f"{LOTS}/{lot_id}/confirmations", {"by_mandate": True})


@attempt(WHO, "drives out before customs has released", refused("NOT_RELEASED"))
async def out_before_release(world: World) -> httpx2.Response:
    _, lot = await world.kept_back()
    passing = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot['lot_id']}/passes", passing)


@attempt(WHO, "reads another group's lot", refused("NOT_FOUND"))
async def reads_another_groups(world: World) -> httpx2.Response:
    lot_id = await world.accepted(await world.group(), **SMALL)
    rival = await world.group()
    token = {"Authorization": f"Bearer {rival.clerk.bearer}"}
    return await rival.clerk.http.get(f"{LOTS}/{lot_id}", headers=token)


@attempt(WHO, "cancels another group's lot", refused("NOT_FOUND"))
async def cancels_another_groups(world: World) -> httpx2.Response:
    lot_id = await world.accepted(await world.group(), **SMALL)
    rival = await world.group()
    return await rival.clerk.try_post(f"{LOTS}/{lot_id}/cancellation", {"reason": "a rival's"})


@attempt(WHO, "declares in the name of another group", refused("FORBIDDEN"))
async def of_another_group(world: World) -> httpx2.Response:
    group, rival = await world.group(), await world.group()
    return await rival.clerk.try_post(LOTS, lot_body(group, **SMALL, port=world.port))


@attempt(
    WHO,
    "names somebody of another group in the own lot",
    refused("NOT_A_MEMBER", "HUSHI-RESIDENT"),
)
async def of_somebody_else(world: World) -> httpx2.Response:
    group, rival = await world.group(), await world.group()
    return await world.declares(rival, **SMALL, residents=group.residents)


@attempt(
    WHO,
    "names a heading in place of a line, to leave the list of goods without exemption",
    refused("HS_INVALID", "HUSHI-LINE"),
)
async def a_heading_for_a_line(world: World) -> httpx2.Response:
    return await world.declares(await world.group(), hs_code="121190")


@attempt(
    WHO,
    "cancels a lot that was selected, to declare it again",
    refused("SELECTED", "INS-SELECTED"),
)
async def cancels_the_selected(world: World) -> httpx2.Response:
    group, lot = await world.kept_back()
    path = f"{LOTS}/{lot['lot_id']}/cancellation"
    return await group.clerk.try_post(path, {"reason": "another day, perhaps"})


@attempt(WHO, "declares for the members of a stopped group under another group's code", INSPECTED)
async def goes_on_under_another_code(world: World) -> str:
    stopped, new = await world.group(2), await world.group()
    await world.under_control("party", f"group:{stopped.code}")
    registrar, day = world.window.registrar, {"joined_on": "2026-01-05"}
    rows = [{"group_code": new.code, "resident_no": n, **day} for n in stopped.residents]
    await registrar.post("/registry/v1/memberships", {"rows": rows})
    given = [{"group_code": new.code, "resident_no": n} for n in stopped.residents]
    await world.window.on_file("mandates", *({**row, "given_on": "2026-01-05"} for row in given))
    return await world.lane_of(new, residents=stopped.residents, values=["10.00"] * 2)


@attempt(WHO, "hides a member under control in the middle of a group's lot", INSPECTED)
async def hidden_in_a_group(world: World) -> str:
    group = await world.group(3)
    member = await world.window.resident_id(group.residents[1])
    await world.under_control("party", f"resident:{member}")
    return await world.lane_of(group, values=["10.00"] * 3)


@attempt(
    WHO,
    "names a seller that nobody filed, to be paid out to whoever comes",
    refused("SELLER_UNKNOWN", "HUSHI-SELLER"),
)
async def an_unknown_seller(world: World) -> httpx2.Response:
    return await world.declares(await world.group(), seller=a_name())


@attempt(
    WHO,
    "names a seller on file with a letter too many, whom no control and no list names",
    refused("SELLER_UNKNOWN", "HUSHI-SELLER"),
)
async def a_letter_too_many(world: World) -> httpx2.Response:
    seller = a_name()
    await seller_filed(world.window.sql, seller)
    return await world.declares(await world.group(), seller=f"{seller}a")


@attempt(
    WHO,
    "has a truck under control wait at the gate with a lot that was released before",
    refused("KEPT_BY_CUSTOMS", "BRT-GATE-CONTROL"),
)
async def released_before_the_control(world: World) -> httpx2.Response:
    plate = own_plate()
    lot_id = await world.released(await world.group(), vehicle_plate=plate)
    await world.under_control("vehicle_plate", plate)
    passing = {"vehicle_plate": plate, "gross_kg": "110"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", passing)


@attempt(
    WHO,
    "reads of the order whether an officer has written what was found, to move goods in time",
    ends(True, "reads the same until two have signed"),
)
async def reads_before_the_signature(world: World) -> bool:
    group, lot = await world.kept_back()
    one, other = await world.officers(lot["order_id"])
    path, case = f"{ORDERS}/{lot['order_id']}", f"/window/v1/cases/{lot['order_id']}"
    before = await group.clerk.get(case), await group.clerk.get(f"{case}/timeline")
    await one.post(f"{path}/findings", SMUGGLED)
    found = await group.clerk.get(case), await group.clerk.get(f"{case}/timeline")
    await other.post(f"{path}/countersignature", {"agree": False, "remark": "weigh it again"})
    sent_back = await group.clerk.get(case), await group.clerk.get(f"{case}/timeline")
    return before == found == sent_back


@attempt(
    WHO,
    "asks to withdraw a selected lot again and again, to hear when something is found",
    ends(True, "is answered the same until two have signed", "INS-SELECTED"),
)
async def asks_for_the_withdrawal(world: World) -> bool:
    group, lot = await world.kept_back()
    one, other = await world.officers(lot["order_id"])
    path = f"{ORDERS}/{lot['order_id']}"

    async def asked() -> list[Any]:
        withdrawal = f"{LOTS}/{lot['lot_id']}/cancellation"
        answer = await group.clerk.try_post(withdrawal, {"reason": "the buyer left"})
        said = answer.json()
        return [answer.status_code, said["code"], said["detail"], said["errors"]]

    before = await asked()
    await one.post(f"{path}/findings", SMUGGLED)
    found = await asked()
    await other.post(f"{path}/countersignature", {"agree": False, "remark": "weigh it again"})
    return before == found == await asked()


@attempt(WHO, "lodges the manifest of the own lot", refused("FORBIDDEN"))
async def lodges_the_manifest(world: World) -> httpx2.Response:
    body = {"manifest_no": "M-1", "port": world.port, "vehicle_plate": own_plate()}
    group = await world.group()
    return await group.clerk.try_post("/declaration/v1/manifests", {**body, "total_kg": "999999"})


@attempt(WHO, "amends the plate of a truck under control away before it is screened", INSPECTED)
async def amends_the_plate_away(world: World) -> str:
    live, plate = await world.live(), own_plate()
    await live.under_control("vehicle_plate", plate)
    group, lot_id = await live.enters(vehicle_plate=plate)
    path = f"{LOTS}/{lot_id}"
    lot = await group.clerk.post(f"{path}/amendments", {"vehicle_plate": own_plate()})
    read = {"If-Match": f'"{lot["version"]}"'}
    await group.clerk.post(f"{path}/confirmations", {"by_mandate": True}, **read)
    return str((await live.until(group.clerk, lot_id, "RELEASED", "IN_INSPECTION"))["lane"])


@attempt(
    WHO,
    "amends a lot after the first of its members has confirmed",
    refused("STATE_CONFLICT", "HUSHI-AMEND"),
)
async def amends_what_is_confirmed(world: World) -> httpx2.Response:
    group, lot_id = await (await world.live()).enters(2)
    phone = await world.window.phone(group.residents[0])
    await phone.post(f"{LOTS}/{lot_id}/confirmations")
    return await group.clerk.try_post(f"{LOTS}/{lot_id}/amendments", {"pieces": 11})


@attempt(
    WHO,
    "amends a share up while its member confirms what she read before",
    refused("VERSION_MISMATCH"),
)
async def amends_behind_a_members_back(world: World) -> httpx2.Response:
    group, lot_id = await (await world.live()).enters()
    phone = await world.window.phone(group.residents[0])
    read = upon(await phone.get(f"{LOTS}/{lot_id}"))
    more = {"value": "8000.00", "tickets": [{"line_no": 1, "value": "8000.00"}]}
    await group.clerk.post(f"{LOTS}/{lot_id}/amendments", more)
    return await phone.try_post(f"{LOTS}/{lot_id}/confirmations", {}, **read)


@attempt(WHO, "reads by a rival's lot what factories would pay for it", refused("NOT_FOUND"))
async def reads_orders_for_a_rivals(world: World) -> httpx2.Response:
    lot_id = await world.accepted(await world.group(), **SMALL)
    return await world.reads((await world.group()).clerk, f"/secondmarket/v1/lots/{lot_id}/orders")


@attempt(WHO, "takes a rival's offer back", refused("NOT_FOUND"))
async def takes_a_rivals_offer_back(world: World) -> httpx2.Response:
    factory, group = await world.processor(), await world.group()
    lot_id = await released(world.window, group, port=world.port)
    offer = {"order_id": await factory.order(), "lot_id": lot_id}
    await factory.try_offer(**offer)
    return await (await world.group()).clerk.try_post("/secondmarket/v1/offers/withdrawal", offer)
