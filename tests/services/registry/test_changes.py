"""One registrar redirects no money and moves nobody into or out of a pool."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from services.kernel.messages import Actor
from services.registry.domain.rules.change import change_has_been_seen, two_change_the_register
from tests.support.office import Office
from tests.support.window import codes

OTHER = "666000666000"


def seller(**changes: Any) -> dict[str, Any]:
    code = uuid4().hex[:8]
    row = {"seller_code": f"S-{code}", "name": f"Cong ty {code}", "country": "VN"}
    return {**row, "bank_bic": "BFTVVNVX", "account": "0011000123456", **changes}


def officer(**changes: Any) -> dict[str, Any]:
    row = {"badge_no": uuid4().hex[:10], "name": "关员", "port": "DONGXING", "team": "T1"}
    return {**row, "skills": ["document"], "active": True, **changes}


async def proposed(window: Office, **record: Any) -> str:
    answer = await window.post("/changes", record)
    assert (answer.status_code, answer.json()["state"]) == (201, "PROPOSED"), answer.text
    return str(answer.json()["change_id"])


async def decided(
    window: Office, change_id: str, *, by: str, confirm: bool = True
) -> httpx2.Response:
    path = f"/changes/{change_id}/decision"
    return await window.post(path, {"confirm": confirm}, subject=by)


async def acts(window: Office, change_id: str, **who: str) -> list[str]:
    """Which acts on a proposal its reader is told of."""
    shown = await window.get(f"/changes/{change_id}", **who)
    return list(shown.json()["acts"])


async def account_of(window: Office, row: dict[str, Any]) -> str:
    return str((await window.get(f"/sellers/{row['seller_code']}")).json()["account"])


_SEEN = text("UPDATE register_changes SET confirm_from = now() WHERE subject = :subject")


async def seen_long_enough(window: Office, subject: str) -> None:
    """A day goes by."""
    async with window.services.database.transaction() as tx:
        await tx.execute(_SEEN, {"subject": subject})


async def test_one_registrar_gives_no_seller_another_account(window: Office) -> None:
    row = seller()
    assert (await window.on_file("/sellers", row)).status_code == 201
    assert (await window.on_file("/sellers", row)).status_code == 201, "filed again as it is"
    for changes in ({"account": OTHER}, {"bank_bic": "ICBVVNVX"}, {"name": "Another"}):
        again = await window.on_file("/sellers", {**row, **changes})
        assert codes(again) == ["CHANGE_TO_PROPOSE"]
    assert await account_of(window, row) == row["account"]


async def test_a_second_person_confirms_another_account_once_it_has_been_seen(
    window: Office,
) -> None:
    row = seller()
    await window.on_file("/sellers", row)
    change_id = await proposed(window, seller={**row, "account": OTHER})
    assert codes(await decided(window, change_id, by="registrar-1")) == [
        "SAME_PERSON",
        "COOLING_TIME",
    ]
    assert codes(await decided(window, change_id, by="registrar-2")) == ["COOLING_TIME"]
    by_both = [await acts(window, change_id, subject=f"registrar-{one}") for one in (1, 2)]
    assert by_both == [["turn_down"], ["turn_down"]], "it was not seen yet"
    assert await account_of(window, row) == row["account"]
    await seen_long_enough(window, row["seller_code"])
    assert codes(await decided(window, change_id, by="registrar-1")) == ["SAME_PERSON"]
    by_both = [await acts(window, change_id, subject=f"registrar-{one}") for one in (1, 2)]
    assert by_both == [["turn_down"], ["confirm", "turn_down"]], "the own one is withdrawn"
    group = {"role": "clerk", "party": "group:DX-G001"}
    assert await acts(window, change_id, **group) == []
    confirmed = await decided(window, change_id, by="registrar-2")
    assert confirmed.json()["state"] == "CONFIRMED"
    assert await account_of(window, row) == OTHER
    assert await acts(window, change_id, subject="registrar-3") == []
    assert codes(await decided(window, change_id, by="registrar-3")) == ["STATE_CONFLICT"]


async def test_whoever_deals_with_a_seller_sees_that_its_account_is_to_change(
    window: Office,
) -> None:
    row, post = seller(), officer()
    await window.on_file("/sellers", row)
    await window.on_file("/officers", post)
    change_id = await proposed(window, seller={**row, "account": OTHER})
    badge = await proposed(window, officer={**post, "active": False})
    answer = await window.get(
        "/changes?state=PROPOSED&limit=200", role="clerk", party="group:DX-G001"
    )
    seen = {item["change_id"]: item for item in answer.json()["items"]}
    assert seen[change_id]["subject"] == row["seller_code"]
    assert OTHER not in answer.text
    assert badge not in seen, "who is to leave a pool is not told to whom they inspect"
    assert (await decided(window, change_id, by="registrar-1", confirm=False)).json()[
        "state"
    ] == "TURNED_DOWN"
    assert await account_of(window, row) == row["account"]


async def test_a_change_of_one_record_is_proposed_once_and_of_what_is_on_file(
    window: Office,
) -> None:
    row = seller()
    assert codes(await window.post("/changes", {"seller": row})) == ["NOT_FILED_YET"]
    await window.on_file("/sellers", row)
    await proposed(window, seller={**row, "account": OTHER})
    again = await window.post("/changes", {"seller": {**row, "account": "1"}})
    assert codes(again) == ["STATE_CONFLICT"]
    both = await window.post("/changes", {"seller": row, "officer": officer()})
    assert both.status_code == 422


@pytest.mark.parametrize(
    "changes", [{"active": False}, {"port": "RUILI"}, {"team": "T9"}, {"skills": ["aeo"]}]
)
async def test_one_registrar_moves_no_officer_into_or_out_of_a_pool(
    window: Office, changes: dict[str, Any]
) -> None:
    row = officer()
    assert (await window.on_file("/officers", row)).status_code == 201
    assert (await window.on_file("/officers", row)).status_code == 201, "filed again as it is"
    assert codes(await window.on_file("/officers", {**row, **changes})) == ["CHANGE_TO_PROPOSE"]
    change_id = await proposed(window, officer={**row, **changes})
    assert codes(await decided(window, change_id, by="registrar-1")) == ["SAME_PERSON"]
    assert (await decided(window, change_id, by="registrar-2")).status_code == 200
    found = await window.get(f"/officers?badge_no={row['badge_no']}")
    (shown,) = found.json()["items"]
    assert {name: shown[name] for name in changes} == changes


async def test_one_registrar_puts_no_other_person_under_a_badge(window: Office) -> None:
    row, other = officer(name="Nguyen Van  An"), officer()
    assert (await window.on_file("/officers", row)).status_code == 201
    for same in (row["name"], "nguyen van an"):
        assert (await window.on_file("/officers", {**row, "name": same})).status_code == 201
    again = await window.on_file("/officers", other, {**row, "name": "Tran Thi Binh"})
    assert [(e["code"], e["pointer"]) for e in again.json()["errors"]] == [
        ("CHANGE_TO_PROPOSE", "/rows/1")
    ]
    change_id = await proposed(window, officer={**row, "name": "Tran Thi Binh"})
    assert (await decided(window, change_id, by="registrar-1")).json()["code"] == "SAME_PERSON"
    assert (await decided(window, change_id, by="registrar-2")).status_code == 200
    (found,) = (await window.get(f"/officers?badge_no={row['badge_no']}")).json()["items"]
    assert (await window.get(f"/officers/{found['officer_id']}")).json()["name"] == "T**"


@pytest.mark.parametrize(("seconds", "refused"), [(-1, True), (0, False)])
def test_a_change_is_confirmed_from_the_end_of_its_time_on(seconds: int, refused: bool) -> None:
    seen = datetime(2026, 11, 19, 1, tzinfo=UTC)
    found = change_has_been_seen(seen, now=seen + timedelta(seconds=seconds))
    assert (found is not None) is refused


def test_two_persons_of_the_registrars_office_are_two() -> None:
    one, other = (
        Actor(subject=name, party="platform:registrar", role="registrar") for name in "ab"
    )
    assert two_change_the_register(one, other) is None
    assert two_change_the_register(one, one) is not None
