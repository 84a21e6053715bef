"""Who is told: carriers of their trucks, factories of what they bought, banks and residents of what
is about them, also outside any case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.services.notices.conftest import LIST, Post
from tests.support.factory import factory_filed, released
from tests.support.on_file import truck_filed
from tests.support.passkey import bound, new_phone
from tests.support.patience import sooner_or_later
from tests.support.reading import Reader
from tests.support.window import ENTERED_AT, PORT


async def _truck_with_a_manifest(post: Post) -> tuple[Reader, str, str, str]:
    """A carrier, its truck's plates, and the manifest that it lodged."""
    code = f"carrier:C-{uuid4().hex[:8]}"
    carrier = post.window.parties.act_as("carrier", code)
    plate, number = f"桂P{uuid4().int % 10**5:05d}", f"M-{uuid4().hex[:10]}"
    foreign = f"14C-{uuid4().int % 10**5:05d}"
    moments = (datetime.fromisoformat(ENTERED_AT), datetime.now(UTC))
    await truck_filed(post.window.sql, plate, PORT, *moments, carrier=code, foreign_plate=foreign)
    manifest = {
        "manifest_no": number,
        "port": PORT,
        "vehicle_plate": plate,
        "total_kg": "5000",
    }
    await carrier.post("/declaration/v1/manifests", manifest)
    return carrier, plate, foreign, number


async def test_a_carrier_is_told_of_its_truck_and_nothing_of_the_lot(post: Post) -> None:
    carrier, plate, foreign, number = await _truck_with_a_manifest(post)
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


async def test_who_cancels_a_lot_is_not_told_that_he_did_and_the_members_are(post: Post) -> None:
    group = await post.window.group(1, mandated=False)
    lot = await post.window.accepted(group)
    member = await post.window.phone(group.residents[0])
    body = {"reason": "The truck turned back."}
    await group.clerk.post(f"/declaration/v1/lots/{lot}/cancellation", body)
    await post.noticed(member, "LOT_CANCELLED")
    assert "LOT_CANCELLED" not in {n["kind"] for n in (await group.clerk.get(LIST))["items"]}
