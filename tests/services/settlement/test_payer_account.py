"""A payment debits an account: that of its payer at the paying bank, as it was when instructed."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import etree

from services.platform.payer_accounts import PayerAccount
from services.settlement.domain.messages import reading
from tests.services.settlement.test_messages import OFFICIAL
from tests.support.bench import API, BICS, Bench
from tests.support.numbers import fresh
from tests.support.on_file import payer_account_filed, seller_filed


def a_first() -> PayerAccount:
    number = f"622848{fresh(13)}"
    return PayerAccount(number, "Nong Qiang Group", "Jiefang Lu 1", "Dongxing", "CN")


def a_later() -> PayerAccount:
    return PayerAccount(f"622849{fresh(13)}", "Somebody Else", "", "Pingxiang", "CN")


async def filed(bench: Bench, party: str, account: PayerAccount) -> None:
    """On file at every bank, whichever is on duty."""
    for bic in BICS:
        await payer_account_filed(bench.sql, bench.services.vault, party, bic, account)


async def message_of(bench: Bench, instruction_id: str, **how: Any) -> etree._Element:
    """The message that its bank is given for a payment."""
    bic = (await bench.read(instruction_id, **how))["bank_bic"]
    message = f"msg_{instruction_id[4:]}"
    answer = await bench.signed(bic).get(f"{API}/bank/messages/{message}")
    assert answer.status_code == 200, answer.text
    root = reading.opened(answer.content)
    OFFICIAL.check(root)
    return root


def said(root: etree._Element, path: str) -> str | None:
    """What stands at a path, whichever its namespace."""
    steps = "/".join(f"{{*}}{step}" for step in path.split("/"))
    return root.findtext(f".//{steps}")


def debtor(root: etree._Element) -> list[str | None]:
    paths = ("Dbtr/Nm", "Dbtr/PstlAdr/StrtNm", "Dbtr/PstlAdr/TwnNm", "Dbtr/PstlAdr/Ctry")
    return [said(root, path) for path in (*paths, "DbtrAcct/Id/Othr/Id")]


async def test_the_message_names_the_account_its_holder_and_where_the_holder_lives(
    bench: Bench,
) -> None:
    first = a_first()
    await filed(bench, f"group:{bench.group}", first)
    root = await message_of(bench, await bench.start(await bench.lot()))
    assert debtor(root) == [first.holder, first.street, first.town, "CN", first.account]


async def test_a_payer_without_an_account_is_named_as_filed_where_banks_pass_it_on(
    bench: Bench,
) -> None:
    name = "UPDATE groups SET name = $2 WHERE group_code = $1"
    await bench.sql.execute(name, bench.group, "Tổ Hỗ trợ Đông Hưng 7")
    root = await message_of(bench, await bench.start(await bench.lot()))
    assert debtor(root) == ["To Ho tro Dong Hung 7", None, "Dongxing", "CN", bench.group]


async def test_a_payer_whose_name_banks_would_write_as_dots_is_named_by_the_code(
    bench: Bench,
) -> None:
    root = await message_of(bench, await bench.start(await bench.lot()))
    assert debtor(root) == [bench.group, None, "Dongxing", "CN", bench.group]


async def test_of_a_resident_without_an_account_a_bank_reads_the_number_alone(
    bench: Bench,
) -> None:
    party = f"resident:res_{uuid4().hex}"
    lot_id = await bench.lot(group_code=None, submitted_by=party)
    paid = await bench.start(lot_id, role="resident", party=party)
    root = await message_of(bench, paid, role="resident", party=party)
    number = party.removeprefix("resident:res_")
    assert debtor(root) == [number, None, None, None, number]


async def test_an_account_changed_later_is_not_that_of_a_payment_instructed_before(
    bench: Bench,
) -> None:
    first, later = a_first(), a_later()
    await filed(bench, f"group:{bench.group}", first)
    held = await bench.start(await bench.lot("100.00"), "99.00")
    assert (await bench.read(held))["state"] == "HELD"
    await filed(bench, f"group:{bench.group}", later)
    for person in ("account-a", "account-b"):
        assert (await bench.sign_hold(held, person)).status_code == 200
    assert debtor(await message_of(bench, held))[-1] == first.account
    after = await bench.start(await bench.lot())
    assert debtor(await message_of(bench, after))[-1] == later.account


async def test_a_residents_name_and_account_stand_sealed_and_reach_the_bank_whole(
    bench: Bench,
) -> None:
    party = f"resident:res_{uuid4().hex}"
    own = PayerAccount(f"622847{fresh(13)}", "Nong Qiang", "Malu Zhen 3", "Dongxing", "CN")
    await filed(bench, party, own)
    lot_id = await bench.lot(group_code=None, submitted_by=party)
    paid = await bench.start(lot_id, role="resident", party=party)
    root = await message_of(bench, paid, role="resident", party=party)
    assert debtor(root) == [own.holder, own.street, own.town, "CN", own.account]
    kept = await bench.sql.fetchval(
        "SELECT concat(i::text, m::text) FROM settlement_instructions AS i"
        " JOIN bank_messages AS m USING (instruction_id) WHERE i.instruction_id = $1",
        UUID(hex=paid[4:]),
    )
    for secret in (own.holder, own.account):
        assert secret not in kept
        assert secret.encode().hex() not in kept


_SEALED_OTHER = b"another account, sealed"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("seller_code", "S-ANOTHER"),
        ("seller_account", "0666"),
        ("seller_bank_bic", "ICBVVNVX"),
        ("buyer", "group:ANOTHER"),
        ("payer_account", _SEALED_OTHER),
    ],
)
async def test_a_held_payment_whose_accounts_were_changed_by_hand_is_not_released(
    bench: Bench, column: str, value: Any
) -> None:
    await filed(bench, f"group:{bench.group}", a_first())
    held = await bench.start(await bench.lot("100.00"), "99.00")
    assert (await bench.sign_hold(held, "account-a")).status_code == 200
    await bench.sql.execute(
        f"UPDATE settlement_instructions SET {column} = $2 WHERE instruction_id = $1",
        *(UUID(hex=held[4:]), value),
    )
    refused = await bench.sign_hold(held, "account-b")
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_RELEASABLE")
    assert "another account" in refused.json()["detail"]


async def test_a_held_payment_goes_to_the_account_that_its_lot_is_bound_to_or_not_at_all(
    bench: Bench,
) -> None:
    bound = {"seller_account": "0011002233445", "seller_account_bic": "BFTVVNVX"}
    code = f"S-{uuid4().hex[:8]}"
    await seller_filed(bench.sql, f"Bound {code}", code=code)
    lot_id = await bench.lot("100.00", seller=f"Bound {code}", seller_code=code, **bound)
    held = await bench.start(lot_id, "99.00")
    await bench.sql.execute(
        "UPDATE lots SET seller_account = '0666' WHERE lot_id = $1", UUID(hex=lot_id[4:])
    )
    refused = await bench.sign_hold(held, "account-a")
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_RELEASABLE")
