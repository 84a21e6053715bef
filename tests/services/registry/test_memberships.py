"""Memberships and mandates: how they are filed, end, and are read by those whose they are."""

from __future__ import annotations

import asyncio

from tests.services.registry.test_residents import Make, group, lookup
from tests.support.office import Office
from tests.support.one_day import today


async def test_memberships_of_one_pair_never_overlap(window: Office, resident: Make) -> None:
    filed = resident()
    await window.file("/residents", filed)
    name = await group(window)
    row = {"group_code": name, "resident_no": filed["resident_no"], "joined_on": "2024-01-01"}
    assert (await window.file("/memberships", row)).status_code == 201
    again = {**row, "joined_on": "2025-01-01"}
    refused = await window.file("/memberships", again)
    assert refused.json()["code"] == "PERIOD_OVERLAP"
    back = await window.file("/memberships", {**row, "left_on": "2024-12-31"})
    assert (back.status_code, back.json()["code"]) == (409, "PERIOD_OVERLAP"), "a past day changes"
    for changes in ("left_on", "joined_on"):
        filed_anew = await window.file("/memberships", {**row, changes: str(today())})
        assert filed_anew.status_code == 201


async def test_a_mandate_ends_with_the_membership_that_it_stands_on(
    window: Office, resident: Make
) -> None:
    filed = resident()
    await window.file("/residents", filed)
    name, number = await group(window), filed["resident_no"]
    pair = {"group_code": name, "resident_no": number}
    await window.file("/memberships", {**pair, "joined_on": "2026-01-05", "left_on": "2036-01-01"})
    too_long = {**pair, "given_on": "2026-01-05", "ended_on": "2036-02-01"}
    refused = await window.on_file("/mandates", too_long)
    assert {(e["code"], e["pointer"]) for e in refused.json()["errors"]} == {
        ("NOT_A_MEMBER", "/rows/0/ended_on")
    }

    async def mandate() -> tuple[bool, str]:
        (member,) = (await window.get(f"/groups/{name}/members")).json()["items"]
        return member["mandated"], member["mandated_to"]

    assert (
        await window.on_file("/mandates", {**pair, "given_on": "2026-01-05"})
    ).status_code == 201
    assert await mandate() == (True, "2036-01-01")
    await window.file("/memberships", {**pair, "joined_on": "2026-01-05", "left_on": str(today())})
    assert await mandate() == (False, str(today()))


async def test_a_mandate_yet_to_begin_is_shown_whatever_holds_until_then(
    window: Office, resident: Make
) -> None:
    filed = resident()
    await window.file("/residents", filed)
    pair = {"group_code": await group(window), "resident_no": filed["resident_no"]}
    await window.file("/memberships", {**pair, "joined_on": "2026-01-05"})
    for days in (
        {"given_on": "2026-01-05", "ended_on": "2035-01-01"},
        {"given_on": "2036-01-01"},
    ):
        assert (await window.on_file("/mandates", {**pair, **days})).status_code == 201
    (found,) = await lookup(window, filed["resident_no"])
    path = f"/residents/{found['resident_id']}/memberships"
    (one,) = (await window.get(path)).json()["items"]
    assert (one["mandated"], one["mandated_from"]) == (True, "2026-01-05")
    assert one["mandate_to_come"] == "2036-01-01"


async def test_memberships_filed_at_once_never_overlap(window: Office, resident: Make) -> None:
    """Whoever comes later files days that nobody had, up to where the next one begins, or none."""
    filed = resident()
    await window.file("/residents", filed)
    row = {"group_code": await group(window), "resident_no": filed["resident_no"]}
    days = [f"2024-01-{day:02d}" for day in range(1, 9)]
    answers = await asyncio.gather(
        *(window.file("/memberships", {**row, "joined_on": day}) for day in days)
    )
    refused = [a.json()["code"] for a in answers if a.status_code != 201]
    assert len(refused) < len(days)
    assert set(refused) <= {"PERIOD_OVERLAP"}
    filed_on = [day for day, a in zip(days, answers, strict=True) if a.status_code == 201]
    (member,) = (await window.get(f"/groups/{row['group_code']}/members")).json()["items"]
    assert (member["joined_on"], member["left_on"]) == (max(filed_on), None)


async def test_a_resident_mandates_the_clerk_for_themselves_only(
    window: Office, resident: Make
) -> None:
    filed = resident()
    await window.file("/residents", filed)
    (found,) = await lookup(window, filed["resident_no"])
    name = await group(window)
    await window.file(
        "/memberships",
        {"group_code": name, "resident_no": filed["resident_no"], "joined_on": "2024-06-01"},
    )
    me = found["resident_id"]
    row = {"group_code": name, "resident_id": me, "given_on": "2024-06-02"}
    caller = {"role": "resident", "party": f"resident:{me}"}
    early = {**row, "given_on": "2024-05-02"}
    assert (await window.post("/mandates", {"rows": [early]}, **caller)).json()["code"] == (
        "NOT_A_MEMBER"
    )
    other = {"role": "resident", "party": "resident:res_" + "0" * 32}
    assert (await window.post("/mandates", {"rows": [row]}, **other)).status_code == 403
    assert (await window.post("/mandates", {"rows": [row]}, **caller)).status_code == 201
    members = (await window.get(f"/groups/{name}/members")).json()["items"]
    assert members[0]["mandated"] is True
    back = {**row, "ended_on": "2024-07-01"}
    refused = await window.post("/mandates", {"rows": [back]}, **caller)
    assert refused.json()["code"] == "PERIOD_OVERLAP", "nothing is withdrawn backwards"
    ended = {**row, "ended_on": str(today())}
    assert (await window.post("/mandates", {"rows": [ended]}, **caller)).status_code == 201
    members = (await window.get(f"/groups/{name}/members")).json()["items"]
    assert members[0]["mandated"] is False


async def test_a_resident_reads_the_own_groups_and_mandates_and_a_clerk_those_in_the_own_group(
    window: Office, resident: Make
) -> None:
    filed = resident()
    await window.file("/residents", filed)
    (found,) = await lookup(window, filed["resident_no"])
    me, own, other = found["resident_id"], await group(window), await group(window)
    for code in (own, other):
        joined = {"group_code": code, "resident_no": filed["resident_no"]}
        await window.file("/memberships", {**joined, "joined_on": "2024-06-01"})
    caller = {"role": "resident", "party": f"resident:{me}"}
    given = {"group_code": own, "resident_id": me, "given_on": "2024-06-02"}
    assert (await window.post("/mandates", {"rows": [given]}, **caller)).status_code == 201
    path = f"/residents/{me}/memberships"
    items = (await window.get(path, **caller)).json()["items"]
    assert {one["group_code"]: one["mandated"] for one in items} == {own: True, other: False}
    first = (await window.get(f"{path}?limit=1", **caller)).json()
    rest = (await window.get(f"{path}?limit=1&cursor={first['next_cursor']}", **caller)).json()
    assert [*first["items"], *rest["items"]] == items
    clerk = {"role": "clerk", "party": f"group:{own}"}
    assert [m["group_code"] for m in (await window.get(path, **clerk)).json()["items"]] == [own]
    stranger = {"role": "resident", "party": "resident:res_" + "0" * 32}
    rival = {"role": "clerk", "party": f"group:{await group(window)}"}
    for nobody in (stranger, rival):
        assert (await window.get(path, **nobody)).status_code == 404
