"""Enterprises, officers, banks, sellers and ports."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.support.numbers import credit_code, customs_code, fresh_letters
from tests.support.office import Office


def enterprise(**changes: Any) -> dict[str, Any]:
    return {
        "enterprise_code": customs_code(),
        "credit_code": credit_code(),
        "name": "东兴市落地加工有限公司",
        "port": "DONGXING",
        **changes,
    }


def bank(**changes: Any) -> dict[str, Any]:
    return {
        "bic": f"{fresh_letters(4)}CNBJ",
        "name": "Trial bank",
        "public_key": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43},
        "currencies": ["CNY", "VND"],
        **changes,
    }


def reasons(answer: Any) -> set[tuple[str, str]]:
    return {(e["code"], e["pointer"]) for e in answer.json()["errors"]}


async def test_a_name_that_is_shown_to_all_holds_no_identity_number(window: Office) -> None:
    answer = await window.file("/enterprises", enterprise(name="厂 450681188501011237"))
    assert reasons(answer) == {("REQUEST_INVALID", "/rows/0/name")}


async def test_an_enterprise_is_filed_with_what_it_may_process(window: Office) -> None:
    row = enterprise()
    assert (await window.file("/enterprises", row)).status_code == 201
    filing = {
        "enterprise_code": row["enterprise_code"],
        "hs_prefix": "0801",
        "filed_from": "2025-01-01",
        "yearly_capacity_kg": "5000000.000",
        "filing_no": "LJ-1",
    }
    assert (await window.on_file("/processing-filings", filing)).status_code == 201
    overlap = {**filing, "filed_from": "2026-01-01"}
    assert reasons(await window.file("/processing-filings", overlap)) == {
        ("PERIOD_OVERLAP", "/rows/0")
    }
    own = {"role": "enterprise", "party": f"enterprise:{row['enterprise_code']}"}
    shown = (await window.get(f"/enterprises/{row['enterprise_code']}", **own)).json()
    assert shown["processing_filings"][0]["yearly_capacity_kg"] == "5000000.000"
    other = {"role": "enterprise", "party": "enterprise:4506969999"}
    hidden = await window.get(f"/enterprises/{row['enterprise_code']}", **other)
    assert hidden.status_code == 404
    listed = (await window.get("/enterprises?limit=1")).json()
    assert len(listed["items"]) == 1


async def test_codes_with_a_wrong_check_digit_are_refused(window: Office) -> None:
    good = enterprise()
    wrong = good["credit_code"][:-1] + ("A" if good["credit_code"][-1] != "A" else "B")
    answer = await window.file(
        "/enterprises", enterprise(credit_code=wrong), enterprise(enterprise_code="45069600AB")
    )
    assert answer.status_code == 422
    assert reasons(answer) == {
        ("CREDIT_CODE_INVALID", "/rows/0/credit_code"),
        ("ID_INVALID", "/rows/1/enterprise_code"),
    }
    await window.file("/enterprises", good)
    taken = await window.file("/enterprises", enterprise(credit_code=good["credit_code"]))
    assert reasons(taken) == {("CREDIT_CODE_TAKEN", "/rows/0/credit_code")}


async def test_an_officer_is_shown_masked_with_declared_conflicts(window: Office) -> None:
    badge = f"B{uuid4().hex[:8]}"
    row = {
        "badge_no": badge,
        "name": "王海关",
        "port": "DONGXING",
        "team": "T1",
        "skills": ["FRUIT", "SEAFOOD"],
    }
    assert (await window.on_file("/officers", row)).status_code == 201
    conflict = {"badge_no": badge, "party": "group:DX-G001", "declared_on": "2026-01-01"}
    assert (await window.on_file("/conflicts", conflict)).status_code == 201
    (mine,) = (await window.get(f"/officers?badge_no={badge}")).json()["items"]
    shown = (await window.get(f"/officers/{mine['officer_id']}")).json()
    assert shown["name"] == "王**"
    assert shown["skills"] == ["FRUIT", "SEAFOOD"]
    assert shown["conflicts"][0]["party"] == "group:DX-G001"
    unknown = {**conflict, "badge_no": "B-none"}
    assert reasons(await window.on_file("/conflicts", unknown)) == {
        ("NOT_FILED_YET", "/rows/0/badge_no")
    }


async def test_a_bank_files_a_public_key_and_never_a_private_one(window: Office) -> None:
    private = {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "d": "B" * 43}
    answer = await window.on_file("/banks", bank(public_key=private), bank(bic="NOPE"))
    assert reasons(answer) == {
        ("KEY_INVALID", "/rows/0/public_key"),
        ("BIC_INVALID", "/rows/1/bic"),
    }
    assert "B" * 43 not in answer.text
    place = uuid4().int % 900 + 50
    row = bank(rota_order=place)
    assert (await window.on_file("/banks", row)).status_code == 201
    assert (await window.get(f"/banks/{row['bic']}")).json()["public_key"]["crv"] == "Ed25519"
    taken = await window.on_file("/banks", bank(rota_order=place))
    assert reasons(taken) == {("ROTA_ORDER_TAKEN", "/rows/0/rota_order")}


async def test_a_seller_is_one_name_at_one_bank(window: Office) -> None:
    name = f"Công ty {uuid4().hex[:6]}"
    row = {
        "seller_code": f"S-{uuid4().hex[:8]}",
        "name": name,
        "country": "VN",
        "bank_bic": "BFTVVNVX",
        "account": "0011000123456",
    }
    assert (await window.on_file("/sellers", row)).status_code == 201
    assert (await window.get(f"/sellers/{row['seller_code']}")).json()["name"] == name
    twice = {**row, "seller_code": f"S-{uuid4().hex[:8]}"}
    assert reasons(await window.on_file("/sellers", twice)) == {("DUPLICATE_ROW", "/rows/0")}


async def test_w6_erenhot_allows_three_countries_and_dongxing_one(window: Office) -> None:
    erenhot = (await window.get("/ports/ERENHOT")).json()
    assert {o["country"] for o in erenhot["origins"]} == {"MN", "RU", "BY"}
    dongxing = (await window.get("/ports/DONGXING")).json()
    assert [o["country"] for o in dongxing["origins"]] == ["VN"]
    assert dongxing["customs_office"] == "7208"
    port = f"T{''.join(chr(65 + int(c, 16)) for c in uuid4().hex[:8])}"
    filed = {"port": port, "name_zh": "测试", "name_en": "Trial", "customs_office": "7299"}
    assert (await window.file("/ports", filed)).status_code == 201
    assert (await window.get(f"/ports/{port}")).json() == {**filed, "active": True, "origins": []}


async def test_anybody_reads_what_ports_are_called_and_nothing_else_of_them(
    window: Office,
) -> None:
    answer = await window.client.get("/registry/v1/port-names")
    assert answer.status_code == 200
    dongxing = next(one for one in answer.json()["items"] if one["port"] == "DONGXING")
    assert dongxing.keys() == {"port", "name_zh", "name_en"}
    again = {"If-None-Match": answer.headers["etag"]}
    assert (await window.client.get("/registry/v1/port-names", headers=again)).status_code == 304


@pytest.mark.parametrize("kind", ["ports", "enterprises", "banks", "sellers"])
async def test_what_nobody_filed_is_not_found(window: Office, kind: str) -> None:
    answer = await window.get(f"/{kind}/0000")
    assert answer.status_code == 404
    assert answer.json()["code"] == "NOT_FOUND"


async def test_who_signs_for_a_bank_is_filed_listed_and_ended(window: Office) -> None:
    row = bank()
    assert (await window.on_file("/banks", row)).status_code == 201
    party = f"bank:{row['bic']}"
    signs = {"party": party, "subject": "li.compliance", "duty": "compliance"}
    filed = await window.on_file("/signatories", signs, {**signs, "subject": "wang.compliance"})
    assert (filed.status_code, filed.json()["proposed"]) == (201, 2)
    again = await window.on_file("/signatories", {**signs, "active": False})
    assert again.status_code == 201
    listed = (await window.get("/signatories?limit=200")).json()["items"]
    assert [i for i in listed if i["party"] == party] == [
        {**signs, "active": False},
        {**signs, "subject": "wang.compliance", "active": True},
    ]


async def test_nobody_signs_for_a_bank_that_is_not_filed_or_in_another_duty(
    window: Office,
) -> None:
    row = {"party": "bank:NOBACNBJ", "subject": "li", "duty": "compliance"}
    assert reasons(await window.on_file("/signatories", row)) == {
        ("NOT_FILED_YET", "/rows/0/party")
    }
    twice = await window.on_file("/signatories", row, row)
    assert ("DUPLICATE_ROW", "/rows/1") in reasons(twice)
    for wrong in ({"duty": "treasury"}, {"party": "group:DX-G001"}):
        answer = await window.on_file("/signatories", {**row, **wrong})
        assert answer.json()["code"] == "REQUEST_INVALID"
    other = await window.post("/signatories", {"rows": [row]}, role="bank", party="bank:NOBACNBJ")
    assert other.status_code == 403


async def test_a_page_of_signatories_goes_on_where_the_one_before_ended(window: Office) -> None:
    row = bank()
    await window.on_file("/banks", row)
    people = [
        {"party": f"bank:{row['bic']}", "subject": f"p{n}", "duty": "compliance"} for n in range(3)
    ]
    await window.on_file("/signatories", *people)
    found: list[str] = []
    path = "/signatories?limit=2"
    while True:
        page = (await window.get(path)).json()
        found += [i["subject"] for i in page["items"] if i["party"] == people[0]["party"]]
        if page["next_cursor"] is None:
            break
        path = f"/signatories?limit=2&cursor={page['next_cursor']}"
    assert found == ["p0", "p1", "p2"]


async def test_an_officer_is_found_by_badge(window: Office) -> None:
    badge = f"B{uuid4().hex[:10]}"
    row = {"badge_no": badge, "name": "关员", "port": "DONGXING", "team": "T1"}
    assert (await window.on_file("/officers", row)).status_code == 201
    (found,) = (await window.get(f"/officers?badge_no={badge}")).json()["items"]
    assert (found["badge_no"], found["skills"]) == (badge, [])
    assert (await window.get("/officers?badge_no=NOBODY")).json()["items"] == []


@pytest.mark.parametrize("written", ["=1+1", "@SUM(A1)", "-1", "6222１２", "0011@22", "9" * 35])
async def test_a_sellers_account_is_a_number_that_banks_pass_on(
    window: Office, written: str
) -> None:
    seller = {"seller_code": f"S-{uuid4().hex[:8]}", "name": "Hai Ha", "country": "VN"}
    row = {**seller, "bank_bic": "BFTVVNVX", "account": written}
    assert reasons(await window.file("/sellers", row)) == {("REQUEST_INVALID", "/rows/0/account")}
