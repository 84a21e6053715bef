"""A register keeps its history: what is filed today changes nothing that was so yesterday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kernel.clock import business_day
from tests.support.on_file import officers_as
from tests.support.window import PORT, Window, at, codes

TODAY = business_day(datetime.now(UTC))
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


async def test_a_filing_renewed_today_leaves_yesterdays_valid(window: Window) -> None:
    group = await window.group(1, valid_until=str(TODAY))
    await window.file_residents(group.residents, filed_on=str(TODAY), valid_until="2036-01-01")
    for day in (YESTERDAY, TODAY):
        await window.accepted(group, values=["10.00"], entered_at=at(day, 0))


async def test_a_renewal_ahead_changes_nothing_today(window: Window) -> None:
    group = await window.group(1, valid_until="2028-01-05")
    ahead = {"filed_on": "2035-01-05", "valid_until": "2038-01-05"}
    await window.file_residents(group.residents, **ahead)
    await window.accepted(group, values=["10.00"], entered_at=at(TODAY, 0))
    lookup = {"resident_nos": list(group.residents)}
    (found,) = (await window.registrar.post("/registry/v1/residents/lookup", lookup))["items"]
    assert (found["filed_on"], found["valid_until"]) == ("2026-01-05", "2028-01-05")


async def test_a_filing_that_ended_is_expired_though_another_is_to_come(window: Window) -> None:
    group = await window.group(1, valid_until=str(YESTERDAY))
    await window.file_residents(group.residents, filed_on=str(TOMORROW), valid_until="2038-01-05")
    refused = await window.lot(group, values=["10.00"], entered_at=at(TODAY, 0))
    assert codes(refused) == ["FILING_EXPIRED"]


async def test_a_group_filed_again_keeps_its_leader_until_told_that_there_is_none(
    window: Window,
) -> None:
    group = await window.group(2)
    row: dict[str, Any] = {"group_code": group.code, "kind": "mutual_aid", "port": PORT}
    leader = await window.resident_id(group.residents[0])
    for change, kept in (
        ({"name": "互助组", "leader_resident_no": group.residents[0]}, leader),
        ({"name": "新名互助组"}, leader),
        ({"name": "新名互助组", "leader_resident_no": None}, None),
    ):
        await window.registrar.post("/registry/v1/groups", {"rows": [{**row, **change}]})
        shown = await window.registrar.get(f"/registry/v1/groups/{group.code}")
        assert (shown["name"], shown["leader_id"]) == (change["name"], kept)


async def test_a_membership_and_a_mandate_with_a_planned_end_hold_until_then(
    window: Window,
) -> None:
    group = await window.group(1, mandated=False)
    ends = {"group_code": group.code, "resident_no": group.residents[0]}
    joined = {**ends, "joined_on": "2026-01-05", "left_on": "2036-01-01"}
    given = {**ends, "given_on": "2026-01-05", "ended_on": "2036-01-01"}
    await window.registrar.post("/registry/v1/memberships", {"rows": [joined]})
    await window.registrar.post("/registry/v1/mandates", {"rows": [given]})
    (member,) = (await group.clerk.get(f"/registry/v1/groups/{group.code}/members"))["items"]
    assert (member["mandated"], member["left_on"]) == (True, "2036-01-01")
    quota = f"/declaration/v1/residents/{member['resident_id']}/quota"
    assert (await group.clerk.get(quota))["left"]["amount"] == "8000.00"
    await window.confirmed(group, values=["10.00"], entered_at=at(TODAY, 0))


@pytest.mark.parametrize(
    "party", ["enterprise:9999999999", "group:NOBODY-1", f"resident:res_{'0' * 32}"]
)
async def test_nobody_is_given_a_level_who_does_not_exist(window: Window, party: str) -> None:
    officer, _ = await officers_as(window.parties, window.sql, "officer")
    level = {"party": party, "level": "DISHONEST", "grounds": "SMUGGLING"}
    refused = await officer.try_post("/accreditation/v1/credit-levels", level)
    (error,) = [e for e in refused.json()["errors"] if e["pointer"] == "/party"]
    assert error["code"] == "PARTY_NOT_FILED"


async def test_the_register_shows_the_level_in_force_and_takes_none(window: Window) -> None:
    code, registrar = "4506960777", window.registrar
    row = {
        "enterprise_code": code,
        "credit_code": "91450681MA5N000777",
        "name": "东兴样品厂",
        "port": PORT,
    }
    told = await registrar.try_post(
        "/registry/v1/enterprises", {"rows": [{**row, "credit_level": "ADVANCED"}]}
    )
    assert ("REQUEST_INVALID", "/rows/0/credit_level") in {
        (e["code"], e["pointer"]) for e in told.json()["errors"]
    }
