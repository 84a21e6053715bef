"""Who is told: carriers of their trucks, factories of what they bought, banks and residents of what
is about them, also outside any case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.kernel.identifiers import case_uuid
from services.kernel.messages import SYSTEM
from services.platform.event_log import actor_to_keep
from tests.services.notices.conftest import LIST, Post
from tests.services.notices.truck import truck_with_a_manifest
from tests.support.factory import factory_filed, released
from tests.support.passkey import bound, new_phone
from tests.support.patience import sooner_or_later
from tests.support.window import PORT


async def test_a_carrier_is_told_of_its_truck_and_nothing_of_the_lot(post: Post) -> None:
    carrier, plate, foreign, number = await truck_with_a_manifest(post)
    group = await post.window.group(1)
    lot = await post.window.confirmed(
        group, vehicle_plate=plate, foreign_plate=foreign, manifest_no=number
    )

    async def heard() -> list[dict[str, Any]]:
        items = (await carrier.get(LIST))["items"]
        return [item for item in items if item["kind"].startswith("TRUCK_")]

    (told,) = await sooner_or_later(heard)
    assert told["facts"] == {"vehicle_plate": plate}
    assert told["case_id"] is None
    assert lot not in str(told)


async def test_what_a_factory_bought_is_told_to_it_to_the_desk_and_to_the_members(
    post: Post,
) -> None:
    group = await post.window.group(1)
    factory = await factory_filed(post.window)
    lot = await released(post.window, group)
    await factory.buy(lot)
    reader = post.window.parties.act_as("enterprise", f"enterprise:{factory.code}")
    (due,) = await post.noticed(reader, "PURCHASE_DUE")
    assert due["case_id"].startswith("ord_")
    assert due["facts"]["due_on"]
    member = await post.window.phone(group.residents[0])
    for told in (group.clerk, member):
        (sold,) = await post.noticed(told, "LOT_SOLD")
        assert (sold["case_id"], set(sold["facts"])) == (lot, {"reference"})


async def test_a_void_purchase_is_told_to_the_factory_to_the_desk_and_to_the_members(
    post: Post,
) -> None:
    group, other = await post.window.group(1), await post.window.group(1)
    factory = await factory_filed(post.window)
    lot = await released(post.window, group)
    await factory.buy(lot)
    key = case_uuid(lot)
    await post.window.sql.execute(
        "UPDATE lots SET state = 'SEIZED', ended_at = now() WHERE lot_id = $1", key
    )
    customs = actor_to_keep(SYSTEM, None)
    assert await post.window.sql.fetchval("SELECT purchase_void($1, $2, now())", key, customs)
    reader = post.window.parties.act_as("enterprise", f"enterprise:{factory.code}")
    (void,) = await post.noticed(reader, "PURCHASE_VOID")
    assert (void["case_id"][:4], set(void["facts"])) == ("ord_", {"reference"})
    member = await post.window.phone(group.residents[0])
    for told in (group.clerk, member):
        (unsold,) = await post.noticed(told, "SALE_VOID")
        assert (unsold["case_id"], set(unsold["facts"])) == (lot, {"reference"})
    kinds = {one["kind"] for one in (await other.clerk.get(LIST))["items"]}
    assert not kinds & {"SALE_VOID", "PURCHASE_VOID"}


async def test_a_phone_that_is_opened_and_bound_is_told_to_its_resident(post: Post) -> None:
    group = await post.window.group(1, mandated=False)
    await bound(post.window, group.residents[0], new_phone(post.window))
    member = await post.window.phone(group.residents[0])
    (opened,) = await post.noticed(member, "PHONE_OPENED")
    assert set(opened["facts"]) == {"opens_until"}
    (told,) = await post.noticed(member, "PHONE_BOUND")
    assert (told["facts"], told["case_id"]) == ({}, None)


async def test_a_mandate_that_is_proposed_is_told_in_time_to_whom_it_concerns(post: Post) -> None:
    group = await post.window.group(1, mandated=False)
    given = {
        "group_code": group.code,
        "resident_no": group.residents[0],
        "given_on": "2026-01-06",
    }
    await post.window.registrar.post("/registry/v1/mandates", {"rows": [given]})
    member = await post.window.phone(group.residents[0])
    (told,) = await post.noticed(member, "CHANGE_PROPOSED")
    assert told["facts"]["confirm_from"] > told["happened_at"]
    assert told["case_id"] is None


async def test_a_membership_that_one_registrar_files_is_told_to_its_resident_alone(
    post: Post,
) -> None:
    group = await post.window.group(2, mandated=False)
    other = await post.window.group(1, mandated=False)
    joined = {
        "group_code": other.code,
        "resident_no": group.residents[0],
        "joined_on": "2026-01-06",
    }
    await post.window.registrar.post("/registry/v1/memberships", {"rows": [joined]})
    member = await post.window.phone(group.residents[0])

    async def heard() -> list[str]:
        items = (await member.get(LIST))["items"]
        told = [n["facts"]["group_code"] for n in items if n["kind"] == "MEMBERSHIP_FILED"]
        return told if other.code in told else []

    assert set(await sooner_or_later(heard)) == {group.code, other.code}
    neighbour = await post.window.phone(group.residents[1])
    (own,) = await post.noticed(neighbour, "MEMBERSHIP_FILED")
    assert (own["facts"], own["case_id"]) == ({"group_code": group.code}, None)
    (record,) = await post.noticed(neighbour, "OWN_RECORD_FILED")
    assert record["facts"] == {}


async def test_what_one_registrar_files_of_a_group_and_a_factory_is_told_to_them_alone(
    post: Post,
) -> None:
    group, factory = await post.window.group(1), await factory_filed(post.window)
    (own,) = await post.noticed(group.clerk, "GROUP_FILED")
    assert (own["facts"], own["case_id"]) == ({}, None)
    reader = post.window.parties.act_as("enterprise", f"enterprise:{factory.code}")
    assert await post.noticed(reader, "ENTERPRISE_FILED")
    assert all(n["facts"]["hs_prefix"] for n in await post.noticed(reader, "PROCESSING_FILED"))
    assert "GROUP_FILED" not in {n["kind"] for n in (await reader.get(LIST))["items"]}


async def test_a_carrier_is_told_of_its_truck_that_one_registrar_files_for_another(
    post: Post,
) -> None:
    carrier, plate, foreign, _ = await truck_with_a_manifest(post)
    row = {"domestic_plate": plate, "foreign_plate": foreign, "port": PORT, "tare_kg": "9000"}
    comes = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    row |= {"declared_at": comes, "rated_load_kg": "40000"}
    await post.window.registrar.post("/gate/v1/vehicles", {"rows": [row]})
    other = f"carrier:C-{uuid4().hex[:8]}"
    handed = {"rows": [{**row, "carrier": other}]}
    await post.window.registrar.post("/gate/v1/vehicles", handed)
    (told,) = await post.noticed(carrier, "TRUCK_HANDED_ON")
    assert (told["facts"], told["case_id"]) == ({"vehicle_plate": plate}, None)
    assert plate in told["sentence"]
    others = post.window.parties.act_as("carrier", other)
    assert "TRUCK_HANDED_ON" not in {n["kind"] for n in (await others.get(LIST))["items"]}


async def test_who_cancels_a_lot_is_not_told_that_he_did_and_the_members_are(post: Post) -> None:
    group = await post.window.group(1, mandated=False)
    lot = await post.window.accepted(group)
    member = await post.window.phone(group.residents[0])
    body = {"reason": "The truck turned back."}
    await group.clerk.post(f"/declaration/v1/lots/{lot}/cancellation", body)
    await post.noticed(member, "LOT_CANCELLED")
    assert "LOT_CANCELLED" not in {n["kind"] for n in (await group.clerk.get(LIST))["items"]}


async def test_whoever_said_it_was_not_he_is_told_what_was_found_and_nobody_else(
    post: Post,
) -> None:
    group = await post.window.group(2)
    lot_id = await post.window.confirmed(group, values=["10.00", "20.00"])
    phone, neighbour = [await post.window.phone(number) for number in group.residents]
    said = await phone.post(f"/declaration/v1/lots/{lot_id}/name-reports")
    path = f"/declaration/v1/name-reports/{said['report_id']}"
    for subject, act, word in (
        ("finds", "findings", {"found": "no consent on paper"}),
        ("decides", "decision", {"uphold": True}),
    ):
        office = post.window.parties.act_as("registrar", "platform:registrar", subject=subject)
        await office.post(f"{path}/{act}", word)

    async def told() -> bool:
        kinds = {one["kind"] for one in (await phone.get(LIST))["items"]}
        return {"NAME_REPORTED", "NAME_FROZEN", "NAME_NOT_YOU"} <= kinds

    await sooner_or_later(told)
    for other in (neighbour, group.clerk):
        kinds = {one["kind"] for one in (await other.get(LIST))["items"]}
        assert not {kind for kind in kinds if kind.startswith("NAME_")}
