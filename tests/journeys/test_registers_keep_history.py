"""A register keeps its history: what is filed today changes nothing that was so yesterday."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from deploy.sandbox.office import Office
from tests.support.harbour import open_port
from tests.support.numbers import fresh
from tests.support.on_file import enterprise_filed, line_filed, officers_as
from tests.support.one_day import today, tomorrow, yesterday
from tests.support.window import PORT, Window, at, codes


async def test_a_filing_renewed_today_leaves_yesterdays_valid(window: Window) -> None:
    group = await window.group(1, valid_until=str(today()))
    await window.file_residents(group.residents, filed_on=str(today()), valid_until="2036-01-01")
    for day in (yesterday(), today()):
        await window.accepted(group, values=["10.00"], entered_at=at(day, 0))


async def test_a_renewal_ahead_changes_nothing_today(window: Window) -> None:
    group = await window.group(1, valid_until="2028-01-05")
    ahead = {"filed_on": "2035-01-05", "valid_until": "2038-01-05"}
    await window.file_residents(group.residents, **ahead)
    await window.accepted(group, values=["10.00"], entered_at=at(today(), 0))
    lookup = {"resident_nos": list(group.residents)}
    (found,) = (await window.registrar.post("/registry/v1/residents/lookup", lookup))["items"]
    assert (found["filed_on"], found["valid_until"]) == ("2026-01-05", "2028-01-05")


@dataclass(frozen=True)
class Filing:
    """How periods of one register are filed, and what is read of them."""

    path: str
    named: dict[str, Any]
    begins: str
    ends: str
    says: tuple[dict[str, Any], dict[str, Any]]
    """Two filings that say different things."""
    shown: Callable[[dict[str, Any]], Awaitable[list[dict[str, Any]]]]

    def row(self, what: int, first: date | str, last: date | str | None = None) -> dict[str, Any]:
        ends = {} if last is None else {self.ends: str(last)}
        return {**self.named, **self.says[what], self.begins: str(first), **ends}


async def _origins(window: Window) -> Filing:
    port = await open_port(window, officers=0)
    await window.sql.execute("DELETE FROM port_origins WHERE port = $1", port)

    async def shown(row: dict[str, Any]) -> list[dict[str, Any]]:
        found = await window.registrar.get(f"/registry/v1/ports/{port}")
        return [o for o in found["origins"] if o["country"] == row["country"]]

    named = {"port": port, "country": "TH"}
    says = ({"authority": "first order"}, {"authority": "second order"})
    return Filing("/law/v1/port-origins", named, "effective_from", "effective_to", says, shown)


async def _lines(window: Window) -> Filing:
    code = f"97{fresh(6)}"

    async def shown(_: dict[str, Any]) -> list[dict[str, Any]]:
        """Each leads to the next by the day on which it ends."""
        found, day = list[dict[str, Any]](), "2026-01-05"
        while day not in ("", "2036-01-01"):
            found.append(await window.registrar.get(f"/law/v1/commodities/{code}", on=day))
            day = found[-1]["effective_to"] or ""
        return found

    named = {"hs_code": code, "name_zh": "货", "perishable": False}
    says = ({"name_en": "Goods"}, {"name_en": "Other goods"})
    return Filing("/law/v1/commodities", named, "effective_from", "effective_to", says, shown)


async def _processing(window: Window) -> Filing:
    code = await enterprise_filed(window.sql, PORT)

    async def shown(_: dict[str, Any]) -> list[dict[str, Any]]:
        found = await window.registrar.get(f"/registry/v1/enterprises/{code}")
        filings: list[dict[str, Any]] = found["processing_filings"]
        return filings

    named = {"enterprise_code": code, "hs_prefix": "0801", "filing_no": "LJ-1"}
    says = ({"yearly_capacity_kg": "1000.000"}, {"yearly_capacity_kg": "2000.000"})
    return Filing("/registry/v1/processing-filings", named, "filed_from", "filed_to", says, shown)


async def filed(window: Window, one: Filing, row: dict[str, Any]) -> None:
    """By one registrar, and what takes two confirmed by another."""
    made = await window.registrar.post(one.path, {"rows": [row]})
    if made.get("proposed"):
        office = Office.of(window.parties)
        law = one.path.startswith("/law/")
        await (office.confirm_listed if law else office.confirm)(made["filing_id"])


REGISTERS = pytest.mark.parametrize("register", [_origins, _lines, _processing])


@REGISTERS
async def test_filing_again_never_rewrites_what_held(
    window: Window, register: Callable[[Window], Awaitable[Filing]]
) -> None:
    one = await register(window)
    (word,) = one.says[0]
    await filed(window, one, one.row(0, "2026-01-05"))
    for again in (
        one.row(1, "2026-01-05"),
        one.row(1, yesterday()),
        one.row(0, "2026-01-05", yesterday()),
    ):
        refused = await window.registrar.try_post(one.path, {"rows": [again]})
        assert codes(refused) == ["PERIOD_OVERLAP"]
    await filed(window, one, one.row(0, "2026-01-05"))
    await filed(window, one, one.row(1, today()))
    held, holds = await one.shown(one.named)
    assert (held[word], held[one.begins], held[one.ends]) == (
        *one.says[0].values(),
        "2026-01-05",
        str(today()),
    )
    assert (holds[word], holds[one.begins], holds[one.ends]) == (
        *one.says[1].values(),
        str(today()),
        None,
    )


@REGISTERS
async def test_what_is_filed_ahead_changes_nothing_today_and_is_kept(
    window: Window, register: Callable[[Window], Awaitable[Filing]]
) -> None:
    one = await register(window)
    (word,) = one.says[0]
    await filed(window, one, one.row(0, "2026-01-05"))
    await filed(window, one, one.row(1, "2035-01-01"))
    ahead = [(*one.says[0].values(), "2035-01-01"), (*one.says[1].values(), None)]

    async def shown() -> list[tuple[Any, ...]]:
        return [(p[word], p[one.ends]) for p in await one.shown(one.named)]

    assert await shown() == ahead
    # The same again, open as it was: it ends where what lies ahead begins.
    await filed(window, one, one.row(0, "2026-01-05"))
    assert await shown() == ahead
    late = one.row(0, "2026-01-05", "2035-02-01")
    assert codes(await window.registrar.try_post(one.path, {"rows": [late]})) == ["PERIOD_OVERLAP"]
    # What has not begun yet may be filed otherwise.
    await filed(window, one, one.row(0, "2035-01-01", "2036-01-01"))
    assert await shown() == [
        (*one.says[0].values(), "2035-01-01"),
        (*one.says[0].values(), "2036-01-01"),
    ]


async def test_a_lot_is_judged_by_what_its_line_said_on_its_day(window: Window) -> None:
    """Filed anew today, and again ahead: yesterday's goods keep, today's perish, as both said."""
    code, group = (
        await line_filed(window.sql, f"08{fresh(6)}"),
        await window.group(1),
    )
    path = f"/law/v1/commodities/{code}"
    line = await window.registrar.get(path)
    for perishable, first in ((True, today()), (False, tomorrow())):
        anew = {**line, "perishable": perishable, "effective_from": str(first)}
        await window.listed("commodities", anew)
    for day, perishes in ((yesterday(), False), (today(), True)):
        lot = await window.accepted(group, values=["1.00"], entered_at=at(day, 0), hs_code=code)
        shown = await group.clerk.get(f"/declaration/v1/lots/{lot}")
        assert shown["perishable"] is perishes, day
    assert await window.registrar.get(path, on=str(yesterday())) == {
        **line,
        "effective_to": str(today()),
    }
    (holds,) = [
        one
        for one in (await window.registrar.get("/law/v1/commodities", limit=200))["items"]
        if one["hs_code"] == code
    ]
    assert (holds["perishable"], holds["effective_to"]) == (True, str(tomorrow()))


async def test_a_membership_ended_ahead_is_one_today(window: Window) -> None:
    group = await window.group(1)
    (number,) = group.residents
    pair = {"group_code": group.code, "resident_no": number}
    (member,) = (await group.clerk.get(f"/registry/v1/groups/{group.code}/members"))["items"]
    ends = {**pair, "joined_on": member["joined_on"], "left_on": str(tomorrow())}
    await window.registrar.post("/registry/v1/memberships", {"rows": [ends]})
    await window.confirmed(group, values=["10.00"], entered_at=at(today(), 0))
    (member,) = (await group.clerk.get(f"/registry/v1/groups/{group.code}/members"))["items"]
    assert (member["mandated"], member["mandated_to"]) == (True, str(tomorrow()))


async def test_a_filing_of_the_past_is_not_filed_otherwise(window: Window) -> None:
    group = await window.group(1, valid_until="2036-01-01")
    row = {
        "resident_no": group.residents[0],
        "name": "测试",
        "sex": "F",
        "township": "东兴镇",
        "phone": "13000000000",
        "filing_no": f"T{uuid4().hex[:12]}",
        "filed_on": str(yesterday()),
        "valid_until": "2038-01-01",
    }
    answer = await window.registrar.try_post("/registry/v1/residents", {"rows": [row]})
    assert codes(answer) == ["PERIOD_OVERLAP"]
    (error,) = answer.json()["errors"]
    assert error["facts"] == {"today": str(today())}


async def test_a_filing_that_ended_is_expired_though_another_is_to_come(window: Window) -> None:
    group = await window.group(1, valid_until=str(yesterday()))
    await window.file_residents(group.residents, filed_on=str(tomorrow()), valid_until="2038-01-05")
    refused = await window.lot(group, values=["10.00"], entered_at=at(today(), 0))
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
        await window.changed("group", {**row, **change})
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
    await window.on_file("mandates", given)
    (member,) = (await group.clerk.get(f"/registry/v1/groups/{group.code}/members"))["items"]
    assert (member["mandated"], member["left_on"]) == (True, "2036-01-01")
    quota = f"/declaration/v1/residents/{member['resident_id']}/quota"
    assert (await group.clerk.get(quota))["left"]["amount"] == "8000.00"
    await window.confirmed(group, values=["10.00"], entered_at=at(today(), 0))


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
