"""Sealed messages to banks, exchanged by hand: each opens, to what is another payment's."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.platform.payer_accounts import PayerAccount
from tests.services.settlement.payments import Offered
from tests.services.settlement.test_held_at_taking import of_a_seller
from tests.services.settlement.test_listed_before_taking import fetched
from tests.support.bench import BICS, Bench
from tests.support.by_hand import by_hand
from tests.support.on_file import payer_account_filed
from tests.support.tampering import found

__all__ = ["by_hand"]

_NAMED: Final = "bank_messages.kept is not what {} says"
_EXCHANGED: Final = """
    UPDATE bank_messages AS m SET {columns}
    FROM bank_messages AS o
    WHERE (m.instruction_id, o.instruction_id) IN (('{0}', '{1}'), ('{1}', '{0}'))
"""
_UNSAID: Final = """
    UPDATE events SET body = CAST(CAST(body AS jsonb) - 'kept' AS text)
    WHERE case_id = '{0}' AND type = '{1}'
"""


async def sealed(bench: Bench) -> tuple[Offered, dict[str, str]]:
    """A resident's payment, whose message is sealed, and who pays."""
    party, own = f"resident:res_{uuid4().hex}", f"622847{uuid4().int % 10**13:013d}"
    account = PayerAccount(own, "Nong Qiang", "", "Dongxing", "CN")
    for bic in BICS:
        await payer_account_filed(bench.sql, bench.services.vault, party, bic, account)
    who = {"role": "resident", "party": party}
    one = await of_a_seller(bench, lot={"group_code": None, "submitted_by": party}, **who)
    return one, who


async def written_anew(bench: Bench) -> Offered:
    """Such a payment, which was held when its bank would take it, and let go."""
    one, who = await sealed(bench)
    code = (await bench.read(one.instruction_id, **who))["seller_code"]
    name = await bench.sql.fetchval("SELECT name FROM sellers WHERE seller_code = $1", code)
    await bench.list_name(name)
    assert (await fetched(one)).json()["code"] == "HELD_ANEW"
    for person in ("officer-a", "officer-b"):
        await bench.on_file(one.bic, person)
        signed = await bench.call(
            "POST",
            f"/instructions/{one.instruction_id}/compliance",
            role="bank_compliance",
            party=f"bank:{one.bic}",
            subject=person,
            json={"act": "release", "remark": "seen"},
        )
        assert signed.status_code == 200
    return one


def key(one: Offered) -> UUID:
    return UUID(hex=one.instruction_id[4:])


@pytest.mark.parametrize("columns", ["body = o.body", "body = o.body, digest = o.digest"])
async def test_two_sealed_messages_that_were_exchanged_are_both_named(
    bench: Bench, by_hand: AsyncConnection, columns: str
) -> None:
    first, second = [(await sealed(bench))[0] for _ in range(2)]
    assert [await found(by_hand, one.instruction_id) for one in (first, second)] == [[], []]
    swap = _EXCHANGED.format(key(first), key(second), columns=columns)
    await by_hand.execute(text(swap))
    for one in (first, second):
        assert _NAMED.format("FundsReserved") in await found(by_hand, one.instruction_id)


async def test_one_that_was_written_anew_is_bound_by_what_let_it_go(
    bench: Bench, by_hand: AsyncConnection
) -> None:
    first, (second, _) = await written_anew(bench), await sealed(bench)
    assert await found(by_hand, first.instruction_id) == []
    swap = _EXCHANGED.format(key(first), key(second), columns="body = o.body")
    await by_hand.execute(text(swap))
    assert await found(by_hand, first.instruction_id) == [_NAMED.format("SettlementCleared")]
    assert await found(by_hand, second.instruction_id) == [_NAMED.format("FundsReserved")]


async def test_of_one_that_the_log_has_not_bound_nothing_is_vouched_for(
    bench: Bench, by_hand: AsyncConnection
) -> None:
    one = await written_anew(bench)
    await by_hand.execute(text(_UNSAID.format(key(one), "SettlementCleared")))
    # The version before wrote it anew: what was reserved says nothing of it.
    assert await found(by_hand, one.instruction_id) == []
