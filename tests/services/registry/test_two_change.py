"""One registrar moves no party, and gives it no more than it had."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.services.registry.test_changes import decided, proposed, seen_long_enough
from tests.services.registry.test_two_file import Row, bank
from tests.support.numbers import credit_code, customs_code
from tests.support.office import Office
from tests.support.window import codes

Make = Callable[..., Row]


def group() -> Row:
    row = {"group_code": f"G-{uuid4().hex[:8]}", "name": "测试组", "kind": "mutual_aid"}
    return {**row, "port": "DONGXING"}


def enterprise() -> Row:
    row = {"enterprise_code": customs_code(), "name": "厂"}
    return {**row, "credit_code": credit_code(), "port": "DONGXING"}


def port() -> Row:
    letters = "".join(chr(65 + byte % 26) for byte in uuid4().bytes[:9])
    row = {"port": letters, "name_zh": "测试", "name_en": "Test"}
    return {**row, "customs_office": "7299", "active": True}


CHANGES: Final[dict[str, tuple[str, str, Callable[[], Row], Row]]] = {
    "a group to another port": ("groups", "group_code", group, {"port": "RUILI"}),
    "a group another name": ("groups", "group_code", group, {"name": "别的组"}),
    "a group another kind": ("groups", "group_code", group, {"kind": "cooperative"}),
    "an enterprise to another port": (
        *("enterprises", "enterprise_code", enterprise),
        {"port": "RUILI"},
    ),
    "an enterprise another name": (
        *("enterprises", "enterprise_code", enterprise),
        {"name": "别的厂"},
    ),
    "an enterprise another credit code": (
        *("enterprises", "enterprise_code", enterprise),
        {"credit_code": credit_code()},
    ),
    "a bank another name": ("banks", "bic", bank, {"name": "Another"}),
    "a bank other currencies": ("banks", "bic", bank, {"currencies": ["CNY", "VND"]}),
    "a bank other times": ("banks", "bic", bank, {"time_offsets": "NUMERIC"}),
    "a port another office": ("ports", "port", port, {"customs_office": "7298"}),
    "a port out of service": ("ports", "port", port, {"active": False}),
}
"""What one registrar would change: the register, its code, a record, and what of it."""


async def on_record(window: Office, register: str, code: str) -> Row:
    found: Row = (await window.get(f"/{register}/{code}")).json()
    return found


@pytest.mark.parametrize("change", CHANGES)
async def test_one_registrar_gives_a_party_on_file_no_other_particulars(
    window: Office, change: str
) -> None:
    register, named, make, other = CHANGES[change]
    row = make()
    assert (await window.on_file(f"/{register}", row)).status_code == 201
    again = await window.file(f"/{register}", row)
    assert (again.status_code, again.json()["filed"]) == (201, 1), "filed again as it is"
    before = await on_record(window, register, row[named])
    assert codes(await window.file(f"/{register}", {**row, **other})) == ["CHANGE_TO_PROPOSE"]
    assert await on_record(window, register, row[named]) == before
    change_id = await proposed(window, **{register.removesuffix("s"): {**row, **other}})
    alone = await decided(window, change_id, by="registrar-1")
    assert codes(alone)[0] == "SAME_PERSON"
    assert await on_record(window, register, row[named]) == before
    await seen_long_enough(window, row[named])
    confirmed = await decided(window, change_id, by="registrar-2")
    assert confirmed.json()["state"] == "CONFIRMED", confirmed.text
    shown = await on_record(window, register, row[named])
    assert {name: shown[name] for name in other} == other


async def test_a_party_sees_for_a_day_where_it_is_to_be_moved(window: Office) -> None:
    row, firm = group(), enterprise()
    await window.on_file("/groups", row)
    await window.file("/enterprises", firm)
    for role, party, record in (
        ("clerk", f"group:{row['group_code']}", {"group": {**row, "port": "RUILI"}}),
        (
            *("enterprise", f"enterprise:{firm['enterprise_code']}"),
            {"enterprise": {**firm, "port": "RUILI"}},
        ),
    ):
        change_id = await proposed(window, **record)
        assert codes(await decided(window, change_id, by="registrar-2")) == ["COOLING_TIME"]
        own = await window.get(f"/changes/{change_id}", role=role, party=party)
        (shown,) = own.json()["rows"]
        assert shown["port"] == "RUILI"
        for stranger in ("group:DX-G001", "enterprise:4506969999"):
            role = "clerk" if stranger.startswith("group") else "enterprise"
            other = await window.get(f"/changes/{change_id}", role=role, party=stranger)
            assert other.status_code == 404


async def test_a_group_is_on_file_once_another_registrar_has_confirmed_it(window: Office) -> None:
    row = group()
    filed = (await window.file("/groups", row)).json()
    assert (filed["filed"], filed["proposed"]) == (0, 1)
    assert (await window.get(f"/groups/{row['group_code']}")).status_code == 404
    assert codes(await decided(window, filed["filing_id"], by="registrar-1")) == ["SAME_PERSON"]
    assert (await decided(window, filed["filing_id"], by="registrar-2")).is_success
    assert (await on_record(window, "groups", row["group_code"]))["port"] == "DONGXING"


async def leader_of(window: Office, row: Row) -> str | None:
    shown = await on_record(window, "groups", row["group_code"])
    return shown["leader_id"] and str(shown["leader_id"])


async def test_who_leads_a_group_is_changed_by_two_and_no_number_of_anybody_is_shown(
    window: Office, resident: Make
) -> None:
    people = [resident(), resident()]
    await window.file("/residents", *people)
    first, second = (person["resident_no"] for person in people)
    row = {**group(), "leader_resident_no": first}
    await window.on_file("/groups", row)
    leader = await leader_of(window, row)
    unsaid = {name: row[name] for name in ("group_code", "name", "kind", "port")}
    assert (await window.file("/groups", unsaid)).json()["filed"] == 1, "nothing said of it"
    for other in (second, None):
        to_be = {**row, "leader_resident_no": other}
        assert codes(await window.file("/groups", to_be)) == ["CHANGE_TO_PROPOSE"]
    assert await leader_of(window, row) == leader
    for to_be in ({**row, "leader_resident_no": second}, {**unsaid, "name": "又一组"}):
        change_id = await proposed(window, group=to_be)
        detail = await window.get(f"/changes/{change_id}", subject="registrar-2")
        assert second not in detail.text and first not in detail.text
        await seen_long_enough(window, row["group_code"])
        assert (await decided(window, change_id, by="registrar-2")).is_success
        changed = await leader_of(window, row)
        assert changed is not None and changed != leader, "of whom nothing is said stays"
    change_id = await proposed(
        window, group={**unsaid, "name": "又一组", "leader_resident_no": None}
    )
    await seen_long_enough(window, row["group_code"])
    assert (await decided(window, change_id, by="registrar-2")).is_success
    assert await leader_of(window, row) is None


Capacities = Callable[[], Awaitable[list[Any]]]


async def capacities(window: Office, code: str) -> list[tuple[str, str]]:
    shown = (await on_record(window, "enterprises", code))["processing_filings"]
    return [(one["filed_from"], one["yearly_capacity_kg"]) for one in shown]


async def test_what_a_factory_may_process_in_a_year_is_two_registrars_word(
    window: Office,
) -> None:
    firm = enterprise()
    await window.file("/enterprises", firm)
    code = firm["enterprise_code"]
    row = {"enterprise_code": code, "hs_prefix": "0801", "filed_from": "2025-01-01"}
    row = {**row, "yearly_capacity_kg": "1000.000", "filing_no": "LJ-1"}
    for more in (row, {**row, "filed_from": "2099-01-01", "yearly_capacity_kg": "9000.000"}):
        before = await capacities(window, code)
        filed = (await window.file("/processing-filings", more)).json()
        assert (filed["filed"], filed["proposed"]) == (0, 1)
        assert await capacities(window, code) == before, "one person's word files nothing"
        assert codes(await decided(window, filed["filing_id"], by="registrar-1")) == ["SAME_PERSON"]
        own = await window.get(
            f"/changes/{filed['filing_id']}", role="enterprise", party=f"enterprise:{code}"
        )
        assert json.loads(own.text)["rows"][0]["yearly_capacity_kg"] == more["yearly_capacity_kg"]
        assert (await decided(window, filed["filing_id"], by="registrar-2")).is_success
    assert await capacities(window, code) == [
        ("2025-01-01", "1000.000"),
        ("2099-01-01", "9000.000"),
    ]
