"""One registrar files nothing that money, a draw or another's name follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

import httpx2
import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import text

from services.kernel.identifiers import uuid_of
from services.registry.domain.rules.pool import Post, pools_changed
from tests.services.registry.test_changes import decided, officer, seller
from tests.support.numbers import fresh
from tests.support.office import Office
from tests.support.window import codes

Row = dict[str, Any]
Resident = Callable[..., Row]
LATER: Final = "2099-01-01"


def bank() -> Row:
    letters = "".join(chr(65 + byte % 26) for byte in uuid4().bytes[:4])
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    return {"bic": f"{letters}CNBJ", "name": "Bank", "public_key": key, "currencies": ["CNY"]}


async def group_of(window: Office, *numbers: str) -> str:
    """A group of these residents; its code."""
    code = f"G-{uuid4().hex[:8]}"
    row = {"group_code": code, "name": "测试组", "kind": "mutual_aid", "port": "DONGXING"}
    assert (await window.on_file("/groups", row)).is_success
    members = [{"group_code": code, "resident_no": n, "joined_on": "2026-01-05"} for n in numbers]
    if members:
        assert (await window.file("/memberships", *members)).is_success
    return code


async def payer_account(window: Office) -> Row:
    new = bank()
    assert (await window.on_file("/banks", new)).is_success
    row = {"party": f"group:{await group_of(window)}", "bank_bic": new["bic"], "holder": "A"}
    return {**row, "town": "Dongxing", "account": fresh(19)}


async def signatory(window: Office) -> Row:
    new = bank()
    assert (await window.on_file("/banks", new)).is_success
    return {"party": f"bank:{new['bic']}", "subject": "li", "duty": "compliance"}


async def conflict(window: Office) -> Row:
    new = officer()
    assert (await window.on_file("/officers", new)).is_success
    row = {"badge_no": new["badge_no"], "party": "enterprise:4506960001"}
    return {**row, "declared_on": "2026-01-01"}


def made(make: Callable[[], Row]) -> Callable[[Office], Awaitable[Row]]:
    async def of(window: Office) -> Row:
        return make()

    return of


NEW: Final[dict[str, tuple[Callable[[Office], Awaitable[Row]], str]]] = {
    "/sellers": (made(seller), "sellers WHERE seller_code = '{seller_code}'"),
    "/officers": (made(officer), "officers WHERE badge_no = '{badge_no}'"),
    "/banks": (made(bank), "banks WHERE bic = '{bic}'"),
    "/payer-accounts": (payer_account, "payer_accounts WHERE party = '{party}'"),
    "/signatories": (signatory, "signatories WHERE party = '{party}'"),
    "/conflicts": (
        conflict,
        "conflicts JOIN officers USING (officer_id) WHERE badge_no = '{badge_no}'",
    ),
}
"""Of each register a record that is new, and where it is then."""


async def count(window: Office, of: str) -> int:
    async with window.services.database.reading() as tx:
        return int((await tx.execute(text(f"SELECT count(*) FROM {of}"))).scalar_one())


@pytest.mark.parametrize("path", NEW)
async def test_what_is_new_is_on_file_once_another_registrar_has_confirmed_it(
    window: Office, path: str
) -> None:
    make, place = NEW[path]
    row = await make(window)
    where = place.format(**row)
    filed = await window.file(path, row)
    assert filed.status_code == 201, filed.text
    receipt = filed.json()
    assert (receipt["filed"], receipt["proposed"]) == (0, 1)
    assert receipt["confirm_from"] is not None
    assert await count(window, where) == 0, "one person's word files nothing"
    alone = await decided(window, receipt["filing_id"], by="registrar-1")
    seen_first = path == "/signatories"
    assert codes(alone) == ["SAME_PERSON", "COOLING_TIME"][: 1 + seen_first]
    assert await count(window, where) == 0
    if seen_first:
        early = await decided(window, receipt["filing_id"], by="registrar-2")
        assert codes(early) == ["COOLING_TIME"]
        confirmed = await window.seconded(receipt["filing_id"], by="registrar-2")
    else:
        confirmed = await decided(window, receipt["filing_id"], by="registrar-2")
    assert confirmed.json()["state"] == "CONFIRMED", confirmed.text
    assert await count(window, where) == 1
    assert await steps(window, receipt["filing_id"]) == [
        ("ChangeProposed", "registrar-1"),
        ("RecordsFiled", "registrar-2"),
        ("ChangeConfirmed", "registrar-2"),
    ]


async def steps(window: Office, filing_id: str) -> list[tuple[str, str]]:
    """What the log says of a filing, and who did it."""
    query = text(
        "SELECT type, CAST(actor AS jsonb) ->> 'subject' AS who FROM events"
        " WHERE case_id = :case_id ORDER BY seq"
    )
    async with window.services.database.reading() as tx:
        rows = await tx.execute(query, {"case_id": uuid_of(filing_id, "imp")})
        return [(row.type, row.who) for row in rows]


async def test_who_confirms_has_read_the_proposal_and_is_told_the_version_it_has_then(
    window: Office,
) -> None:
    change = f"/changes/{(await window.file('/sellers', seller())).json()['filing_id']}"
    read = await window.get(change)
    assert (read.json()["version"], read.headers["etag"]) == (1, '"1"')
    headers = window.headers("registrar", subject="registrar-2")

    async def confirmed(**upon: str) -> httpx2.Response:
        key = {"Idempotency-Key": uuid4().hex}
        address = f"/registry/v1{change}/decision"
        return await window.client.post(
            address, json={"confirm": True}, headers={**headers, **key, **upon}
        )

    assert codes(await confirmed()) == ["PRECONDITION_REQUIRED"]
    assert codes(await confirmed(**{"If-Match": '"2"'})) == ["VERSION_MISMATCH"]
    answer = await confirmed(**{"If-Match": read.headers["etag"]})
    assert answer.json()["state"] == "CONFIRMED", answer.text
    assert answer.json()["version"] == (await window.get(change)).json()["version"]


@pytest.mark.parametrize("path", NEW)
async def test_what_was_turned_down_is_not_on_file_and_may_be_filed_again(
    window: Office, path: str
) -> None:
    make, place = NEW[path]
    row = await make(window)
    filed = (await window.file(path, row)).json()["filing_id"]
    no = await decided(window, filed, by="registrar-2", confirm=False)
    assert no.json()["state"] == "TURNED_DOWN"
    assert codes(await decided(window, filed, by="registrar-3")) == ["STATE_CONFLICT"]
    assert (await window.on_file(path, row)).is_success
    assert await count(window, place.format(**row)) == 1


async def test_a_filing_that_would_be_refused_is_refused_at_once_and_leaves_nothing(
    window: Office,
) -> None:
    row = seller()
    refused = await window.file("/sellers", row, row)
    assert "DUPLICATE_ROW" in codes(refused)
    filed = (await window.file("/sellers", row)).json()
    assert await steps(window, filed["filing_id"]) == [("ChangeProposed", "registrar-1")]
    again = await window.file("/sellers", row)
    assert codes(again) == ["STATE_CONFLICT"], "one proposal of a record at a time"


async def test_of_two_first_filings_the_one_that_was_confirmed_stands(window: Office) -> None:
    row, beside = seller(), seller()
    one = (await window.file("/sellers", row)).json()["filing_id"]
    other = (await window.file("/sellers", {**row, "account": "66"}, beside)).json()["filing_id"]
    assert (await decided(window, one, by="registrar-2")).is_success
    refused = await decided(window, other, by="registrar-2")
    assert codes(refused) == ["CHANGE_TO_PROPOSE"]
    shown = await window.get(f"/sellers/{row['seller_code']}")
    assert shown.json()["account"] == row["account"]


async def test_who_confirms_reads_what_it_is_and_others_what_concerns_them(window: Office) -> None:
    rows = [await payer_account(window) for _ in range(2)]
    filed = (await window.file("/payer-accounts", *rows)).json()["filing_id"]
    detail = (await window.get(f"/changes/{filed}")).json()
    assert (detail["filing"], detail["records"], len(detail["rows"])) == (True, 2, 2)
    assert [row["account"] for row in detail["rows"]] == [row["account"] for row in rows]
    for reader in (
        {"role": "clerk", "party": rows[0]["party"]},
        {"role": "bank", "party": f"bank:{rows[0]['bank_bic']}"},
    ):
        told = (await window.get("/changes?state=PROPOSED&limit=200", **reader)).json()["items"]
        assert filed in {item["change_id"] for item in told}
        own = await window.get(f"/changes/{filed}", **reader)
        (shown,) = own.json()["rows"]
        assert shown["party"] == rows[0]["party"]
        assert rows[0]["account"] not in own.text and rows[1]["party"] not in own.text
    stranger = await window.get(f"/changes/{filed}", role="clerk", party="group:DX-G001")
    assert stranger.status_code == 404


async def test_who_is_to_join_a_pool_is_told_to_nobody_whom_they_inspect(window: Office) -> None:
    row = officer(name="Nguyen Van An")
    filed = (await window.file("/officers", row)).json()["filing_id"]
    detail = await window.get(f"/changes/{filed}", subject="registrar-2")
    assert detail.json()["rows"][0]["name"] == "N**"
    for role, party in (("clerk", "group:DX-G001"), ("enterprise", "enterprise:4506960001")):
        answer = await window.get(f"/changes/{filed}", role=role, party=party)
        assert answer.status_code == 404


async def mandate(window: Office, number: str, **changes: Any) -> tuple[Row, str]:
    """A mandate by the number of a member, and who the member is."""
    found = await window.post("/residents/lookup", {"resident_nos": [number]})
    row = {"group_code": await group_of(window, number), "resident_no": number}
    resident = found.json()["items"][0]["resident_id"]
    return {**row, "given_on": "2026-01-05", **changes}, resident


async def mandated(window: Office, row: Row) -> bool:
    (member,) = (await window.get(f"/groups/{row['group_code']}/members")).json()["items"]
    return bool(member["mandated"])


async def test_a_mandate_by_number_takes_two_and_a_day_in_which_its_resident_sees_it(
    window: Office, resident: Resident
) -> None:
    person = resident()
    await window.file("/residents", person)
    row, member = await mandate(window, person["resident_no"])
    filed = (await window.file("/mandates", row)).json()
    assert filed["proposed"] == 1
    early = await decided(window, filed["filing_id"], by="registrar-2")
    assert codes(early) == ["COOLING_TIME"]
    assert not await mandated(window, row)
    own = await window.get(
        f"/changes/{filed['filing_id']}", role="resident", party=f"resident:{member}"
    )
    (told,) = own.json()["rows"]
    assert (told["resident_id"], told["group_code"]) == (member, row["group_code"])
    assert person["resident_no"] not in own.text
    other = await window.get(
        f"/changes/{filed['filing_id']}", role="resident", party=f"resident:res_{uuid4().hex}"
    )
    assert other.status_code == 404
    assert (await window.seconded(filed["filing_id"], by="registrar-1")).status_code == 409
    assert (await window.seconded(filed["filing_id"])).json()["state"] == "CONFIRMED"
    assert await mandated(window, row)


async def test_one_registrar_ends_no_mandate_and_a_resident_gives_the_own_alone(
    window: Office, resident: Resident
) -> None:
    person = resident()
    await window.file("/residents", person)
    row, member = await mandate(window, person["resident_no"])
    own = {"group_code": row["group_code"], "resident_id": member, "given_on": "2026-01-05"}
    given = await window.post(
        "/mandates", {"rows": [own]}, role="resident", party=f"resident:{member}"
    )
    assert (given.json()["filed"], given.json()["proposed"]) == (1, 0)
    assert await mandated(window, row)
    ended = await window.file("/mandates", {**row, "given_on": "2026-01-05", "ended_on": LATER})
    assert (ended.json()["filed"], ended.json()["proposed"]) == (0, 1)
    (shown,) = (await window.get(f"/groups/{row['group_code']}/members")).json()["items"]
    assert shown["mandated_to"] is None


async def pool(window: Office, filing_id: str) -> list[tuple[str, str, str]]:
    """What a filing changed in which port's pool."""
    query = text(
        "SELECT port, what, detail FROM pool_changes WHERE filing_id = :filing_id ORDER BY place"
    )
    async with window.services.database.reading() as tx:
        rows = await tx.execute(query, {"filing_id": uuid_of(filing_id, "imp")})
        return [tuple(row) for row in rows]


async def test_what_changes_a_pool_is_kept_port_by_port(window: Office) -> None:
    row = officer(skills=["document", "aeo"])
    filed = (await window.on_file("/officers", row)).json()["filing_id"]
    assert await pool(window, filed) == [("DONGXING", "IN", "aeo document")]

    async def changed(**changes: Any) -> list[tuple[str, str, str]]:
        answer: httpx2.Response = await window.post("/changes", {"officer": {**row, **changes}})
        assert (await window.seconded(answer.json()["change_id"])).is_success
        return await pool(window, answer.json()["change_id"])

    assert await changed(skills=["aeo"]) == [("DONGXING", "SKILLS", "aeo")]
    assert await changed(skills=["aeo"], team="T9") == []
    assert await changed(port="RUILI") == [
        ("DONGXING", "OUT", "aeo document"),
        ("RUILI", "IN", "aeo document"),
    ]
    interested = {"badge_no": row["badge_no"], "party": "enterprise:4506960001"}
    declared = await window.on_file("/conflicts", {**interested, "declared_on": "2026-01-01"})
    assert await pool(window, declared.json()["filing_id"]) == [
        ("RUILI", "CONFLICT", "enterprise:4506960001 2026-01-01/..")
    ]


HERE: Final = Post("DONGXING", frozenset({"aeo"}), True)


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (None, HERE, [("DONGXING", "IN")]),
        (None, Post("DONGXING", frozenset(), False), []),
        (HERE, HERE, []),
        (HERE, Post("DONGXING", frozenset(), True), [("DONGXING", "SKILLS")]),
        (HERE, Post("DONGXING", HERE.skills, False), [("DONGXING", "OUT")]),
        (HERE, Post("RUILI", HERE.skills, True), [("DONGXING", "OUT"), ("RUILI", "IN")]),
        (HERE, Post("RUILI", HERE.skills, False), [("DONGXING", "OUT")]),
        (Post("RUILI", HERE.skills, False), HERE, [("DONGXING", "IN")]),
    ],
)
def test_a_pool_is_another_where_somebody_comes_leaves_or_can_something_else(
    before: Post | None, after: Post, changed: list[tuple[str, str]]
) -> None:
    assert pools_changed(before, after) == changed


async def test_who_signs_for_a_bank_no_longer_ends_without_a_days_wait(window: Office) -> None:
    row = await signatory(window)
    assert (await window.on_file("/signatories", row)).status_code == 201
    ended = await window.file("/signatories", {**row, "active": False})
    confirmed = await decided(window, ended.json()["filing_id"], by="registrar-2")
    assert confirmed.json()["state"] == "CONFIRMED", confirmed.text
    assert await count(window, f"signatories WHERE party = '{row['party']}' AND active") == 0
