"""Origins by port, goods restrictions and commodity codes."""

from __future__ import annotations

from typing import Any

from tests.support.numbers import fresh
from tests.support.office import Office


def reasons(answer: Any) -> set[tuple[str, str]]:
    return {(e["code"], e["pointer"]) for e in answer.json()["errors"]}


async def test_origins_are_filed_at_a_port_that_is_on_file(window: Office) -> None:
    row = {
        "port": "DONGXING",
        "country": "VN",
        "effective_from": "2026-01-01",
        "authority": "trial",
    }
    assert reasons(await window.file("/port-origins", row)) == {("PERIOD_OVERLAP", "/rows/0")}
    nowhere = {**row, "port": "NOWHERE", "effective_to": "2025-01-01"}
    assert reasons(await window.file("/port-origins", nowhere)) == {
        ("NOT_FILED_YET", "/rows/0/port"),
        ("PERIOD_INVALID", "/rows/0/effective_to"),
    }
    ahead = {**row, "port": "LONGBANG", "country": "TH", "effective_from": "2099-01-01"}
    assert (await window.listed("/port-origins", ahead)).json()["state"] == "CONFIRMED"


async def test_the_sample_list_of_goods_without_exemption_is_marked_as_sample(
    window: Office,
) -> None:
    items = (await window.get("/goods-restrictions?kind=NOT_EXEMPT")).json()["items"]
    prefixes = {row["hs_prefix"] for row in items}
    assert {"24", "2203", "2208", "3307", "1006", "2710", "1515", "31"} <= prefixes
    assert all(row["sample"] for row in items)
    row = {
        "kind": "PROHIBITED",
        "hs_prefix": f"97{fresh(6)}",
        "effective_from": "2099-01-01",
        "authority": "trial",
    }
    assert (await window.listed("/goods-restrictions", row)).json()["state"] == "CONFIRMED"
    longer = {**row, "effective_from": "2098-01-01", "effective_to": "2099-05-01"}
    assert reasons(await window.file("/goods-restrictions", longer)) == {
        ("PERIOD_OVERLAP", "/rows/0")
    }


async def test_codes_are_told_by_name_as_of_today_or_as_they_are_to_be_or_were(
    window: Office,
) -> None:
    cashew = (await window.get("/commodities/08013100")).json()
    gone, coming, none = (f"98{fresh(6)}" for _ in range(3))
    periods = [
        (gone, "was first", "2019-01-01", "2020-01-01"),
        (gone, "was at last", "2020-01-01", "2021-01-01"),
        (coming, "is to be", "2098-01-01", "2099-01-01"),
        (coming, "is to be then", "2099-01-01", None),
    ]
    for code, name, since, until in periods:
        row = {**cashew, "hs_code": code, "name_en": name, "sample": True}
        row |= {"effective_from": since, "effective_to": until}
        assert (await window.listed("/commodities", row)).json()["state"] == "CONFIRMED", name
    for role in ("enterprise", "clerk", "officer"):
        asked = f"/commodity-names?codes=0801.31.00,{gone},{none},{coming}"
        told = await window.get(asked, role=role)
        assert {one["hs_code"]: one["name_en"] for one in told.json()["items"]} == {
            "08013100": cashew["name_en"],
            gone: "was at last",
            coming: "is to be",
        }
    many = ",".join(["08013100"] * 101)
    refused = await window.get(f"/commodity-names?codes={many}")
    assert reasons(refused) == {("REQUEST_INVALID", "/query/codes")}
    assert (await window.get("/commodity-names?codes=08013100", role="gate")).status_code == 403


async def test_a_commodity_carries_its_names_and_its_processing_rule(window: Office) -> None:
    cashew = (await window.get("/commodities/08013100")).json()
    assert (cashew["name_zh"], cashew["processing_rule"]) == ("带壳腰果", "CTSH")
    page = (await window.get("/commodities?limit=1")).json()
    following = (await window.get(f"/commodities?limit=1&cursor={page['next_cursor']}")).json()
    assert page["items"][0]["hs_code"] < following["items"][0]["hs_code"]
    assert (await window.get("/commodities?cursor=%25%25")).status_code == 422
    row = {**cashew, "hs_code": f"99{fresh(6)}", "sample": True}
    assert (await window.listed("/commodities", row)).json()["state"] == "CONFIRMED"
    assert (await window.get("/commodities/0000")).json()["code"] == "NOT_FOUND"
