"""At which account of a bank a payer is debited: filed once, changed by two, kept sealed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import text

from tests.services.registry.test_changes import decided, proposed, seen_long_enough
from tests.support.numbers import fresh, fresh_letters
from tests.support.office import Office
from tests.support.window import codes

OTHER = "6228480402000000666"
_ALL_ROWS = text("SELECT p::text FROM payer_accounts AS p WHERE party = :party")


async def a_payer(window: Office) -> dict[str, Any]:
    """A group and a bank on file, and the account that the group is to be debited at."""
    code = f"PA-{uuid4().hex[:8]}"
    group = {"group_code": code, "name": f"互助组{code}", "kind": "mutual_aid", "port": "DONGXING"}
    assert (await window.on_file("/groups", group)).status_code == 201
    bic = fresh_letters(4) + "CNBJ"
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    bank = {"bic": bic, "name": "Bank", "public_key": key, "currencies": ["CNY"]}
    assert (await window.on_file("/banks", bank)).status_code == 201
    return {
        "party": f"group:{code}",
        "bank_bic": bic,
        "account": f"622848{fresh(9)}0018",
        "holder": f"Group {code}",
        "street": "Jiefang Lu 1",
        "town": "Dongxing",
        "country": "CN",
    }


async def account_of(window: Office, row: dict[str, Any], **caller: str) -> list[str]:
    found = await window.get("/payer-accounts?limit=200", **caller)
    assert found.status_code == 200, found.text
    return [item["account"] for item in found.json()["items"] if item["party"] == row["party"]]


async def test_one_registrar_gives_no_payer_another_account(window: Office) -> None:
    row = await a_payer(window)
    for _ in range(2):
        assert (await window.on_file("/payer-accounts", row)).status_code == 201
    spelled = {**row, "party": row["party"].lower(), "account": OTHER}
    for changes in ({"account": OTHER}, {"holder": "Another"}, {"town": "Pingxiang"}, spelled):
        again = await window.on_file("/payer-accounts", {**row, **changes})
        assert codes(again) == ["CHANGE_TO_PROPOSE"]
    assert await account_of(window, row) == [row["account"]]


@pytest.mark.parametrize("between", ["", " ", "-", "."])
async def test_nobody_is_debited_at_an_account_that_is_anothers_however_it_is_written(
    window: Office, between: str
) -> None:
    row = await a_payer(window)
    await window.on_file("/payer-accounts", row)
    written = between.join((row["account"][:4], row["account"][4:]))
    other = {**await a_payer(window), "bank_bic": row["bank_bic"], "account": written}
    assert codes(await window.on_file("/payer-accounts", other)) == ["ACCOUNT_TAKEN"]
    assert await account_of(window, other) == []


async def test_nobody_is_debited_at_an_account_that_is_anothers_at_another_office_of_its_bank(
    window: Office,
) -> None:
    row, other = await a_payer(window), await a_payer(window)
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    office = {"bic": f"{row['bank_bic']}NNG", "name": "Office", "public_key": key}
    filed = await window.on_file("/banks", {**office, "currencies": ["CNY"]})
    assert filed.status_code == 201, filed.text
    await window.on_file("/payer-accounts", row)
    at = {"bank_bic": office["bic"], "account": row["account"]}
    assert codes(await window.on_file("/payer-accounts", {**other, **at})) == ["ACCOUNT_TAKEN"]
    assert (await window.on_file("/payer-accounts", {**row, **at})).status_code == 201, (
        "the own one"
    )


async def test_of_two_payers_in_one_filing_one_alone_has_an_account(window: Office) -> None:
    row, other = await a_payer(window), await a_payer(window)
    rows = [row, {**other, "bank_bic": row["bank_bic"], "account": row["account"]}]
    refused = await window.post("/payer-accounts", {"rows": rows})
    assert [(e["code"], e["pointer"]) for e in refused.json()["errors"]] == [
        ("ACCOUNT_TAKEN", "/rows/1/account")
    ]


async def test_two_persons_give_nobody_the_account_of_another(window: Office) -> None:
    row, other = await a_payer(window), await a_payer(window)
    other["bank_bic"] = row["bank_bic"]
    for one in (row, other):
        assert (await window.on_file("/payer-accounts", one)).status_code == 201
    change_id = await proposed(window, payer_account={**other, "account": row["account"]})
    await seen_long_enough(window, f"{other['party']} {other['bank_bic']}")
    assert codes(await decided(window, change_id, by="registrar-2")) == ["ACCOUNT_TAKEN"]
    assert await account_of(window, other) == [other["account"]]


async def test_a_second_person_confirms_another_account_which_its_payer_saw_coming(
    window: Office,
) -> None:
    row = await a_payer(window)
    await window.on_file("/payer-accounts", row)
    change_id = await proposed(window, payer_account={**row, "account": OTHER})
    for party, sees in ((row["party"], True), ("group:DX-G001", False)):
        told = await window.get("/changes?state=PROPOSED&limit=200", role="clerk", party=party)
        assert (change_id in told.text, OTHER in told.text) == (sees, False)
    assert codes(await decided(window, change_id, by="registrar-2")) == ["COOLING_TIME"]
    await seen_long_enough(window, f"{row['party']} {row['bank_bic']}")
    assert codes(await decided(window, change_id, by="registrar-1")) == ["SAME_PERSON"]
    assert (await decided(window, change_id, by="registrar-2")).json()["state"] == "CONFIRMED"
    assert await account_of(window, row) == [OTHER]


async def test_a_payer_reads_the_own_accounts_end_and_nobody_elses(window: Office) -> None:
    row = await a_payer(window)
    await window.on_file("/payer-accounts", row)
    assert await account_of(window, row, role="clerk", party=row["party"]) == ["****0018"]
    assert await account_of(window, row, role="clerk", party="group:DX-G001") == []
    refused = await window.get("/payer-accounts", role="officer", party="officer:x")
    assert refused.status_code == 403


async def test_an_account_is_sealed_where_it_is_kept(window: Office) -> None:
    row = await a_payer(window)
    await window.on_file("/payer-accounts", row)
    async with window.services.database.reading() as tx:
        (kept,) = (await tx.execute(_ALL_ROWS, {"party": row["party"]})).scalars()
    assert row["party"] in kept
    for secret in (row["account"], row["holder"], row["street"]):
        assert secret not in kept
        assert secret.encode().hex() not in kept


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"party": "group:NOBODY-0"}, "NOT_FILED_YET"),
        ({"bank_bic": "NOBKCNBJ"}, "NOT_FILED_YET"),
        ({"party": "bank:ABOCCNBJ"}, "REQUEST_INVALID"),
        ({"holder": "东兴互助组"}, "BANK_CHARACTERS"),
        ({"town": "东兴"}, "BANK_CHARACTERS"),
        ({"account": "6228@18"}, "BANK_CHARACTERS"),
        # As a name these would lose their marks; as an account they would be another one.
        ({"account": "6222１２"}, "BANK_CHARACTERS"),
        ({"account": "6222À"}, "BANK_CHARACTERS"),
    ],
)
async def test_an_account_is_of_a_payer_and_a_bank_on_file_in_letters_that_banks_pass_on(
    window: Office, changes: dict[str, Any], code: str
) -> None:
    row = await a_payer(window)
    assert code in codes(await window.on_file("/payer-accounts", {**row, **changes}))
    assert await account_of(window, row) == []
