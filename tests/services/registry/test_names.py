"""Names for codes: of banks to everybody, of groups and enterprises to whoever is shown them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from services.kernel.identifiers import new_id
from tests.services.registry.test_changes import seller
from tests.services.registry.test_parties import bank, enterprise
from tests.support.numbers import fresh
from tests.support.office import Office

BY_POST = ("officer", "risk_officer", "gate", "registrar", "auditor")


async def named(
    window: Office, role: str, *parties: str, party: str = "", cases: tuple[str, ...] = ()
) -> dict[str, str]:
    """The names that a caller is told, by their codes."""
    asked = f"/names?parties={','.join(parties)}" + (f"&cases={','.join(cases)}" if cases else "")
    answer = await window.get(asked, role=role, party=party)
    assert answer.status_code == 200, answer.text
    return {one["party"]: one["name"] for one in answer.json()["items"]}


@pytest.fixture
async def filed(window: Office) -> list[str]:
    """A group, an enterprise and a bank, filed under names of their own."""
    group = {
        "group_code": f"DX-{uuid4().hex[:10].upper()}",
        "name": "江平互助组",
        "kind": "mutual_aid",
        "port": "DONGXING",
    }
    works, house = enterprise(name="万尾食品厂"), bank(name="Border Bank")
    assert (await window.on_file("/groups", group)).status_code == 201
    assert (await window.file("/enterprises", works)).status_code == 201
    assert (await window.on_file("/banks", house)).status_code == 201
    return [
        f"group:{group['group_code']}",
        f"enterprise:{works['enterprise_code']}",
        f"bank:{house['bic']}",
    ]


@pytest.fixture
async def abroad(window: Office) -> dict[str, str]:
    """A seller across the border, as a caller is told its name."""
    house = seller(account=fresh(13))
    assert (await window.on_file("/sellers", house)).status_code == 201
    return {f"seller:{house['seller_code']}": house["name"]}


@pytest.mark.parametrize("role", [*BY_POST, "clerk", "resident"])
async def test_a_seller_is_named_to_whoever_may_deal_with_one_or_reads_others_cases(
    window: Office, abroad: dict[str, str], role: str
) -> None:
    party = {"resident": f"resident:{new_id('res')}"}.get(role, "")
    assert await named(window, role, *abroad, party=party) == abroad


@pytest.mark.parametrize("role", ["enterprise", "bank", "bank_compliance", "carrier"])
async def test_a_seller_is_not_named_to_whoever_reads_no_payment_to_it(
    window: Office, abroad: dict[str, str], role: str
) -> None:
    assert await named(window, role, *abroad, cases=(new_id("stl"), new_id("lot"))) == {}


@pytest.mark.parametrize("role", BY_POST)
async def test_who_reads_others_cases_by_the_post_reads_their_names(
    window: Office, filed: list[str], role: str
) -> None:
    group, works, house = filed
    names = await named(window, role, *filed)
    assert names == {group: "江平互助组", works: "万尾食品厂", house: "Border Bank"}


async def test_a_party_reads_the_own_name_and_a_clerk_every_groups(
    window: Office, filed: list[str]
) -> None:
    group, works, house = filed
    assert (await named(window, "enterprise", *filed, party=works)).keys() == {works, house}
    assert (await named(window, "clerk", *filed, party=group)).keys() == {group, house}
    assert (await named(window, "clerk", *filed)).keys() == {group, house}


@pytest.mark.parametrize("role", ["resident", "enterprise", "bank", "bank_compliance", "carrier"])
async def test_who_shares_no_case_with_them_reads_banks_alone(
    window: Office, filed: list[str], role: str
) -> None:
    _, _, house = filed
    party = {"resident": f"resident:{new_id('res')}"}.get(role, "")
    strange = (new_id("lot"), new_id("res"))
    names = await named(window, role, *filed, party=party, cases=strange)
    assert names == {house: "Border Bank"}


async def test_a_resident_reads_the_names_of_the_own_groups(
    window: Office, filed: list[str], resident: Callable[..., dict[str, Any]]
) -> None:
    person = resident()
    assert (await window.file("/residents", person)).status_code == 201
    joined = {
        "group_code": filed[0].partition(":")[2],
        "resident_no": person["resident_no"],
        "joined_on": "2024-06-01",
    }
    assert (await window.file("/memberships", joined)).status_code == 201
    found = await window.post("/residents/lookup", {"resident_nos": [person["resident_no"]]})
    own = f"resident:{found.json()['items'][0]['resident_id']}"
    assert (await named(window, "resident", filed[0], own, party=own)) == {filed[0]: "江平互助组"}
    # Nobody is told what a person is called, the registrar's desk neither.
    assert await named(window, "registrar", own) == {}


async def test_a_code_is_found_however_it_is_spelled_and_none_that_is_unknown(
    window: Office, filed: list[str]
) -> None:
    group, _, house = filed
    spelled = [group.lower().replace("-", ""), house.lower(), f"group:{uuid4().hex}"]
    assert (await named(window, "officer", *spelled)).keys() == {group, house}


async def test_no_more_than_a_hundred_are_asked_for_at_once(window: Office) -> None:
    groups = [f"group:G{number}" for number in range(101)]
    cases = ",".join(new_id("lot") for _ in range(101))
    for asked, pointer in (
        (f"parties={','.join(groups)}", "/query/parties"),
        ("cases=", "/query/parties"),
        (f"parties=group:G1&cases={cases}", "/query/cases"),
    ):
        answer = await window.get(f"/names?{asked}")
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await named(window, "auditor", *groups[1:]) == {}


@pytest.mark.parametrize("written", ["officer:B1", "lot", "group:,,:", "’;--"])
async def test_what_is_no_code_of_a_party_has_no_name(window: Office, written: str) -> None:
    assert await named(window, "officer", written, cases=(written, "lot_0")) == {}


async def test_anybody_reads_what_banks_are_called_and_nothing_else_of_them(
    window: Office, filed: list[str]
) -> None:
    answer = await window.client.get("/registry/v1/bank-names")
    assert answer.status_code == 200
    bic = filed[2].partition(":")[2]
    assert {"bic": bic, "name": "Border Bank"} in answer.json()["items"]
    again = {"If-None-Match": answer.headers["etag"]}
    assert (await window.client.get("/registry/v1/bank-names", headers=again)).status_code == 304
