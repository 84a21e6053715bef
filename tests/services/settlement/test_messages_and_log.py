"""A message to a bank, or an entry of its list, whose times were changed by hand: verify names it.

By them a payment that was taken back is handed out again, and one that is offered is not screened
anew for whoever was listed since.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kernel.identifiers import show
from tests.journeys.test_derived_and_log import said
from tests.services.settlement.payments import one_offered
from tests.services.settlement.test_ledger_and_log import exchanged
from tests.support.bench import API, BICS, Bench
from tests.support.by_hand import by_hand
from tests.support.tampering import found

__all__ = ["by_hand"]
OF: Final = "WHERE instruction_id = '{0}'"
AN_HOUR: Final = "interval '1 hour'"


async def by_end(bench: Bench, end: str) -> str:
    """A payment whose bank has its message, which is taken back, or answered by its bank."""
    one = await one_offered(bench)
    match end:
        case "CANCELLED":
            await bench.call("POST", f"/instructions/{one.instruction_id}/cancellation")
            there = await one.client.get(f"{API}/bank/messages/{one.message_id}")
            assert there.status_code == 404
        case "SETTLED":
            await one.answer("ACSC")
        case "REJECTED":
            await one.answer("RJCT", None, reason="AC04")
    assert (await bench.inside(one.instruction_id))["state"] == end
    return one.instruction_id


@pytest.mark.parametrize(
    ("end", "column", "value", "says"),
    [
        ("CANCELLED", "withdrawn_at", "NULL", "SettlementCancelled"),
        ("CANCELLED", "closed_at", "NULL", "SettlementCancelled"),
        ("CANCELLED", "withdrawn_at", f"withdrawn_at - {AN_HOUR}", "SettlementCancelled"),
        ("SETTLED", "closed_at", "NULL", "PaymentSettled"),
        ("REJECTED", "closed_at", "NULL", "PaymentRejected"),
        ("OFFERED", "withdrawn_at", "now()", "FundsReserved"),
        ("OFFERED", "closed_at", "now()", "FundsReserved"),
        ("OFFERED", "offered_at", f"offered_at + {AN_HOUR}", "FundsReserved"),
    ],
)
async def test_a_message_that_waits_for_its_bank_otherwise_than_the_log_says_is_named(
    bench: Bench, by_hand: AsyncConnection, end: str, column: str, value: str, says: str
) -> None:
    payment = await by_end(bench, end)
    assert await found(by_hand, payment) == []
    of = OF.format(UUID(hex=payment[4:]))
    await by_hand.execute(text(f"UPDATE bank_messages SET {column} = {value} {of}"))
    assert await found(by_hand, payment) == [f"bank_messages.{column} is not what {says} says"]


@pytest.mark.parametrize("moved", [f"- {AN_HOUR}", f"+ {AN_HOUR}"])
async def test_an_entry_that_is_listed_since_another_time_is_named(
    bench: Bench, by_hand: AsyncConnection, moved: str
) -> None:
    listed = {"list_name": "OWN", "reference": uuid4().hex, "kind": "NAME", "value": uuid4().hex}
    bank = {"role": "bank_compliance", "party": f"bank:{BICS[0]}"}
    added = await bench.call("POST", "/screening-entries", **bank, json=listed)
    entry = str(added.json()["entry_id"])
    assert await found(by_hand, entry) == []
    of = f"WHERE entry_id = '{UUID(hex=entry[4:])}'"
    await by_hand.execute(text(f"UPDATE screening_entries SET added_at = added_at {moved} {of}"))
    assert await found(by_hand, entry) == [
        "screening_entries.added_at is not what ScreeningEntryAdded says"
    ]


async def test_a_locked_price_that_may_be_used_again_by_hand_is_named(
    bench: Bench, by_hand: AsyncConnection
) -> None:
    used = f"used_by = '{UUID(hex=(await exchanged(bench))[4:])}'"
    quote = await by_hand.scalar(text(f"SELECT quote_id FROM firm_quotes WHERE {used}"))
    assert await said(by_hand, show("qte", quote)) == []
    await by_hand.execute(text(f"UPDATE firm_quotes SET used_by = NULL WHERE {used}"))
    assert await said(by_hand, show("qte", quote)) == [
        "firm_quotes.used_by is not the payment made at it"
    ]
