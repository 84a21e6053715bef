"""What the law lists: one person proposes it, another confirms it, and past days keep theirs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from services.kernel.identifiers import new_id, uuid_of
from services.kernel.messages import Actor
from services.law.domain.rules.lists import past_days_keep_their_lists, two_file_the_lists
from tests.services.law.test_goods import reasons
from tests.support.legislators import PLACES
from tests.support.numbers import fresh
from tests.support.office import Office
from tests.support.one_day import today, yesterday


def line(**says: Any) -> dict[str, Any]:
    """A line of the tariff that no other test files."""
    code = f"98{fresh(6)}"
    return {"hs_code": code, "name_zh": "货", "name_en": "Goods", "perishable": False, **says}


def kept_out(**says: Any) -> dict[str, Any]:
    row = {"kind": "NOT_EXEMPT", "hs_prefix": line()["hs_code"], "effective_from": str(today())}
    return {**row, "authority": "trial", "sample": True, **says}


async def proposed(window: Office, path: str, row: dict[str, Any]) -> str:
    receipt = (await window.file(path, row)).json()
    assert (receipt["filed"], receipt["proposed"]) == (0, 1), receipt
    return str(receipt["filing_id"])


async def is_filed(window: Office, row: dict[str, Any]) -> bool:
    return (await window.get(f"/commodities/{row['hs_code']}")).status_code == 200


async def test_what_one_person_files_waits_and_counts_once_another_confirms(window: Office) -> None:
    row = line()
    filing = await proposed(window, "/commodities", row)
    assert not await is_filed(window, row)
    waiting = (await window.get("/filings?state=PROPOSED&limit=200")).json()["items"]
    assert filing in [one["filing_id"] for one in waiting]
    read = (await window.get(f"/filings/{filing}")).json()
    assert (read["kind"], read["rows"][0]["hs_code"]) == ("commodities", row["hs_code"])
    alone = await window.decided(filing, by="registrar-1")
    assert (alone.status_code, alone.json()["code"]) == (409, "SAME_PERSON")
    assert not await is_filed(window, row)
    decided = await window.decided(filing)
    assert (decided.json()["state"], decided.json()["filing_id"]) == ("CONFIRMED", filing)
    assert await is_filed(window, row)
    assert (await window.decided(filing, by="registrar-8")).json()["code"] == "STATE_CONFLICT"


async def test_what_is_turned_down_is_never_filed_and_may_be_taken_back(window: Office) -> None:
    for who in ("registrar-9", "registrar-1"):
        row = line()
        filing = await proposed(window, "/commodities", row)
        decided = await window.decided(filing, by=who, confirm=False)
        assert decided.json()["state"] == "TURNED_DOWN"
        assert not await is_filed(window, row)


async def test_who_may_not_file_reads_and_decides_nothing(window: Office) -> None:
    filing = await proposed(window, "/commodities", line())
    assert (await window.get(f"/filings/{filing}", role="clerk")).status_code == 403
    answer = await window.post(f"/filings/{filing}/decision", {"confirm": True}, role="auditor")
    assert answer.status_code == 403
    nowhere = new_id("imp")
    assert (await window.get(f"/filings/{nowhere}")).json()["code"] == "NOT_FOUND"


async def test_a_restriction_holds_on_no_day_of_the_past(window: Office) -> None:
    past = kept_out(effective_from=str(yesterday()))
    assert reasons(await window.file("/goods-restrictions", past)) == {
        ("PERIOD_OVERLAP", "/rows/0")
    }
    now = kept_out()
    assert (await window.listed("/goods-restrictions", now)).json()["state"] == "CONFIRMED"


async def test_an_origin_is_admitted_for_past_days_where_none_was(window: Office) -> None:
    row = {"port": PLACES[-1], "effective_from": "2020-01-01", "authority": "trial"}
    first = await window.listed("/port-origins", {**row, "country": "VN"})
    assert first.json()["state"] == "CONFIRMED"
    later = await window.file("/port-origins", {**row, "country": "TH"})
    assert reasons(later) == {("PERIOD_OVERLAP", "/rows/0")}


@pytest.mark.parametrize(
    ("change", "taken"),
    [
        ({"perishable": True}, False),
        ({"perishable": True, "effective_from": "yesterday"}, False),
        ({"perishable": True, "effective_from": "today"}, True),
        ({"perishable": True, "effective_from": "2019-01-01"}, True),
        ({"effective_to": "today"}, True),
        ({"effective_to": "2021-01-01"}, False),
    ],
    ids=[
        "always was",
        "was yesterday",
        "is from today",
        "was before all",
        "ends",
        "ended",
    ],
)
async def test_a_line_keeps_the_days_it_has_had(
    window: Office, change: dict[str, Any], taken: bool
) -> None:
    row = line(effective_from="2020-01-01")
    await window.listed("/commodities", row)
    days = {"yesterday": str(yesterday()), "today": str(today())}
    says = {name: days.get(value, value) for name, value in change.items()}
    answer = await window.listed("/commodities", {**row, **says})
    assert answer.is_success == taken, answer.text
    if not taken:
        assert reasons(answer) == {("PERIOD_OVERLAP", "/rows/0")}


async def test_the_confirmation_judges_by_the_day_on_which_it_is_given(window: Office) -> None:
    """A proposal that waited until its first day was over is refused then."""
    row = kept_out()
    filing = await proposed(window, "/goods-restrictions", row)
    async with window.services.database.transaction() as tx:
        await tx.execute(
            text(
                "UPDATE law_filings SET rows = replace(rows, :today, :yesterday)"
                " WHERE filing_id = :filing_id"
            ),
            {
                "today": str(today()),
                "yesterday": str(yesterday()),
                "filing_id": uuid_of(filing, "imp"),
            },
        )
    answer = await window.decided(filing)
    assert reasons(answer) == {("PERIOD_OVERLAP", "/rows/0")}
    assert (await window.get(f"/filings/{filing}")).json()["state"] == "PROPOSED"
    await window.decided(filing, confirm=False)


def test_another_person_of_the_same_office_is_the_second() -> None:
    one, other = (_registrar(subject) for subject in ("r-1", "r-2"))
    stranger = Actor(subject="r-3", party="platform:elsewhere", role="registrar")
    assert two_file_the_lists(one, other) is None
    refused = [two_file_the_lists(one, second) for second in (one, stranger)]
    assert [why.code for why in refused if why] == ["SAME_PERSON", "SAME_PERSON"]


def test_days_on_which_a_list_held_keep_it() -> None:
    assert past_days_keep_their_lists(0, today=today(), held=False) is None
    refused = past_days_keep_their_lists(2, today=today(), held=True)
    assert refused is not None
    assert (refused.code, refused.pointer, refused.rule) == ("PERIOD_OVERLAP", "/rows/2", "POL-09")


def _registrar(subject: str) -> Actor:
    return Actor(subject=subject, party="platform:registrar", role="registrar")
