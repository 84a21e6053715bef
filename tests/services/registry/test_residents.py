"""Filing of residents and groups; what is shown of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from stdnum.iso7064 import mod_11_2

from tests.support.office import Office
from tests.support.one_day import today

Make = Callable[..., dict[str, Any]]


def _checked(body: str) -> str:
    """Seventeen digits with the check character that fits."""
    return body + mod_11_2.calc_check_digit(body)


def code() -> str:
    return f"T-{uuid4().hex[:10].upper()}"


async def lookup(window: Office, *numbers: str, **caller: str) -> list[dict[str, Any]]:
    answer = await window.post("/residents/lookup", {"resident_nos": list(numbers)}, **caller)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def group(window: Office, **changes: Any) -> str:
    name = code()
    row = {"group_code": name, "name": "第1互助组", "kind": "mutual_aid", "port": "DONGXING"}
    answer = await window.on_file("/groups", {**row, **changes})
    assert answer.status_code == 201, answer.text
    return name


async def test_a_filed_resident_is_found_by_number_and_shown_masked(
    window: Office, resident: Make
) -> None:
    filed = resident()
    assert (await window.file("/residents", filed)).json()["filed"] == 1
    (found,) = await lookup(window, filed["resident_no"])
    assert found["filed"]
    shown = (await window.get(f"/residents/{found['resident_id']}")).json()
    assert shown["resident_no"] == filed["resident_no"][:6] + "*" * 10 + filed["resident_no"][-2:]
    assert shown["name"] == "农**"
    assert shown["phone"] == "130****1935"


async def test_identity_numbers_are_nowhere_in_the_database_as_text(
    window: Office, resident: Make
) -> None:
    filed = resident()
    await window.file("/residents", filed)
    async with window.services.database.reading() as tx:
        row = (
            await tx.execute(
                text(
                    "SELECT r::text AS all_of_it FROM residents AS r"
                    " JOIN resident_filings AS f USING (resident_id) WHERE filing_no = :no"
                ),
                {"no": filed["filing_no"]},
            )
        ).one()
        bodies = (await tx.execute(text("SELECT body FROM events"))).scalars()
    secret = filed["resident_no"].encode()
    assert filed["resident_no"] not in row.all_of_it
    assert secret.hex() not in row.all_of_it
    assert not any(filed["resident_no"] in body for body in bodies)


async def test_a_filing_is_all_or_nothing_with_a_pointer_to_every_bad_row(
    window: Office, resident: Make
) -> None:
    good, wrong_check = resident(), resident()
    last = wrong_check["resident_no"][-1]
    wrong_check["resident_no"] = wrong_check["resident_no"][:-1] + ("1" if last != "1" else "2")
    backwards = resident(valid_until="2020-01-01")
    answer = await window.file("/residents", good, wrong_check, backwards, {**good})
    assert answer.status_code == 422
    reasons = {(e["code"], e["pointer"]) for e in answer.json()["errors"]}
    assert reasons == {
        ("ID_INVALID", "/rows/1/resident_no"),
        ("PERIOD_INVALID", "/rows/2/valid_until"),
        ("DUPLICATE_ROW", "/rows/3"),
    }
    assert not (await lookup(window, good["resident_no"]))[0]["filed"]
    assert wrong_check["resident_no"] not in answer.text


async def test_a_row_of_the_wrong_shape_is_pointed_at(window: Office, resident: Make) -> None:
    answer = await window.file("/residents", resident(), resident(sex="X", surprise=1))
    assert answer.status_code == 422
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/rows/1/sex", "/rows/1/surprise"}


@pytest.mark.parametrize(
    ("field", "written", "shown"),
    [
        *[("phone", way, "139****1234") for way in ("13900001234", "+86 139-0000-1234")],
        *[("phone", way, "139****1234") for way in ("008613900001234", "１３９００００１２３４")],
        ("phone", "（0770）2861234", "770****1234"),
        ("name", "\ufeff农\u200b强阿 ", "农**"),
        ("name", "古丽·买买提江", "古**"),
    ],
)
async def test_a_phone_and_a_name_are_filed_in_one_form(
    window: Office, resident: Make, field: str, written: str, shown: str
) -> None:
    filed = resident(**{field: written})
    assert (await window.file("/residents", filed)).status_code == 201
    (found,) = await lookup(window, filed["resident_no"])
    read = (await window.get(f"/residents/{found['resident_id']}")).json()[field]
    assert shown == read
    assert not set(read) & set("\ufeff\u200b\u202e\n")


@pytest.mark.parametrize(
    ("field", "written"),
    [
        *[("phone", bad) for bad in ("-----", "1390000123", "+86")],
        *[("name", bad) for bad in ("农\n强", "农\x00强", "\u202e农强", "\u200b")],
    ],
)
async def test_what_is_no_phone_and_no_name_is_pointed_at(
    window: Office, resident: Make, field: str, written: str
) -> None:
    answer = await window.file("/residents", resident(**{field: written}))
    assert answer.status_code == 422
    assert f"/rows/0/{field}" in {e["pointer"] for e in answer.json()["errors"]}


async def test_filing_a_resident_again_renews_and_keeps_the_identifier(
    window: Office, resident: Make
) -> None:
    filed = resident()
    await window.file("/residents", filed)
    (before,) = await lookup(window, filed["resident_no"])
    await window.file("/residents", {**filed, "valid_until": "2030-01-01"})
    (after,) = await lookup(window, filed["resident_no"])
    assert after["resident_id"] == before["resident_id"]
    assert after["valid_until"] == "2030-01-01"


async def test_a_filing_number_belongs_to_one_resident(window: Office, resident: Make) -> None:
    first = resident()
    await window.file("/residents", first)
    answer = await window.file("/residents", resident(filing_no=first["filing_no"]))
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["pointer"] == "/rows/0/filing_no"


@pytest.mark.slow
async def test_five_thousand_residents_take_as_many_statements_as_one(
    window: Office, resident: Make
) -> None:
    with window.services.database.watched(own=True) as one:
        assert (await window.file("/residents", resident())).status_code == 201
    many = [resident() for _ in range(5000)]
    with window.services.database.watched(own=True) as all_of_them:
        assert (await window.file("/residents", *many)).json()["filed"] == 5000
    assert len(all_of_them) == len(one)
    too_many = await window.file("/residents", *many, resident())
    assert too_many.status_code == 422


async def test_parallel_filings_of_the_same_residents_all_get_an_answer(
    window: Office, resident: Make
) -> None:
    rows = [resident() for _ in range(50)]
    answers = await asyncio.gather(
        *(window.file("/residents", *(rows if i % 2 else rows[::-1])) for i in range(8))
    )
    assert {a.status_code for a in answers} == {201}
    found = await lookup(window, *(r["resident_no"] for r in rows))
    assert len({f["resident_id"] for f in found}) == 50


async def test_the_same_key_gives_the_same_receipt(window: Office, resident: Make) -> None:
    headers = {**window.headers("registrar"), "Idempotency-Key": uuid4().hex}
    body = {"rows": [resident()]}
    answers = [
        await window.client.post("/registry/v1/residents", json=body, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()


async def test_a_resident_sees_only_their_own_filing_and_a_clerk_only_the_groups(
    window: Office, resident: Make
) -> None:
    mine, other = resident(), resident()
    await window.file("/residents", mine, other)
    me, them = (
        f["resident_id"] for f in await lookup(window, *(r["resident_no"] for r in (mine, other)))
    )
    name = await group(window)
    member = {"group_code": name, "joined_on": "2024-06-01"}
    await window.file("/memberships", {**member, "resident_no": mine["resident_no"]})
    own = {"role": "resident", "party": f"resident:{me}"}
    assert (await window.get(f"/residents/{me}", **own)).status_code == 200
    assert (await window.get(f"/residents/{them}", **own)).status_code == 404
    clerk = {"role": "clerk", "party": f"group:{name}"}
    assert (await window.get(f"/residents/{me}", **clerk)).status_code == 200
    assert (await window.get(f"/residents/{them}", **clerk)).status_code == 404
    found = await lookup(window, mine["resident_no"], other["resident_no"], "nonsense", **clerk)
    assert [f["filed"] for f in found] == [True, False, False]
    (member_read,) = (await window.get(f"/groups/{name}/members", **clerk)).json()["items"]
    assert (member_read["resident_id"], member_read["name"]) == (me, mine["name"])
    (masked,) = (await window.get(f"/groups/{name}/members")).json()["items"]
    assert masked["name"] == f"{mine['name'][:1]}**"
    left = {**member, "resident_no": mine["resident_no"], "left_on": str(today())}
    await window.file("/memberships", left)
    (gone,) = (await window.get(f"/groups/{name}/members", **clerk)).json()["items"]
    assert gone["name"] == masked["name"]
    stranger = {"role": "clerk", "party": "group:OTHER"}
    assert (await window.get(f"/groups/{name}/members", **stranger)).status_code == 404


async def test_a_small_group_is_told_so_but_not_refused(window: Office, resident: Make) -> None:
    leader = resident()
    await window.file("/residents", leader)
    name = await group(window, leader_resident_no=leader["resident_no"])
    shown = (await window.get(f"/groups/{name}")).json()
    assert shown["members_advised"] == 20
    assert shown["below_advised"] is True
    assert shown["leader_id"] is not None


async def test_unknown_ports_groups_and_residents_are_pointed_at(
    window: Office, resident: Make
) -> None:
    filed, unknown = resident(), resident()
    await window.file("/residents", filed)
    answer = await window.file(
        "/groups",
        {"group_code": code(), "name": "x", "kind": "cooperative", "port": "NOWHERE"},
        {
            "group_code": code(),
            "name": "x",
            "kind": "cooperative",
            "port": "DONGXING",
            "leader_resident_no": unknown["resident_no"],
        },
    )
    reasons = {(e["code"], e["pointer"]) for e in answer.json()["errors"]}
    assert reasons == {
        ("NOT_FILED_YET", "/rows/0/port"),
        ("RESIDENT_NOT_FILED", "/rows/1/leader_resident_no"),
    }


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (_checked("45068118000230001"), "nobody was born"),
        (_checked("45068119901301001"), "nobody was born"),
        (_checked("45068129990101001"), "nobody was born"),
        (_checked("99999919900101001"), "no area"),
        ("450681801010010", "15 digits"),
        ("4.50681E+17", "spreadsheet"),
    ],
)
async def test_a_number_that_nobody_bears_is_not_filed_and_says_why(
    window: Office, resident: Make, number: str, says: str
) -> None:
    answer = await window.file("/residents", resident(resident_no=number))
    (reason,) = answer.json()["errors"]
    assert (reason["code"], reason["pointer"]) == ("ID_INVALID", "/rows/0/resident_no")
    assert says in reason["detail"]


async def test_nobody_is_filed_before_birth(window: Office, resident: Make) -> None:
    unborn = _checked("45068120260301001")
    filing = {"filed_on": "2026-03-01", "valid_until": "2029-02-28"}
    answer = await window.file("/residents", resident(resident_no=unborn, **filing))
    (reason,) = answer.json()["errors"]
    assert (reason["code"], reason["pointer"]) == ("ID_INVALID", "/rows/0/resident_no")
