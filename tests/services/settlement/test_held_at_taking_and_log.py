"""A payment that was held when its bank would take it, changed by hand: verify names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.services.settlement.test_disputes import PERSONS, disputes_of, resolve
from tests.services.settlement.test_held_at_taking import held, of_a_seller
from tests.services.settlement.test_listed_before_taking import fetched, let_go, listed
from tests.support.bench import Bench
from tests.support.by_hand import by_hand
from tests.support.tampering import found, unchecked

__all__ = ["by_hand"]

ENDS: Final = ("SETTLED", "REFUSED", "CANCELLED", "HELD", "OFFERED")
DISPUTE_BY_HAND: Final = (
    ("disposition", "'CONTRADICTORY'", "HeldAnswerDisputed"),
    ("finding", "'PAID_OUTSIDE'", "HeldAnswerResolved"),
    ("resolved_at", "NULL", "HeldAnswerResolved"),
)
OF: Final = "instruction_id = '{0}'"
BY_HAND: Final = (
    ("HELD", "settlement_instructions.first_offered_at", f"first_offered_at = now() WHERE {OF}"),
    ("SETTLED", "settlement_instructions.first_offered_at", f"first_offered_at = NULL WHERE {OF}"),
    ("HELD", "settlement_instructions.hold_told_at", f"hold_told_at = NULL WHERE {OF}"),
    ("HELD", "settlement_instructions.held_for", f"held_for = '{{{{}}}}' WHERE {OF}"),
)
MESSAGES: Final = (
    ("HELD", "withdrawn_at", "NULL", "SettlementHeldAnew"),
    ("HELD", "closed_at", "NULL", "SettlementHeldAnew"),
    ("REFUSED", "withdrawn_at", "NULL", "SettlementHeldAnew"),
    ("CANCELLED", "withdrawn_at", "NULL", "SettlementCancelled"),
    ("OFFERED", "offered_at", "offered_at + interval '1 hour'", "SettlementCleared"),
    ("OFFERED", "withdrawn_at", "now()", "SettlementCleared"),
    ("SETTLED", "closed_at", "NULL", "PaymentSettled"),
)
"""What decides whether its bank reads the message, changed by hand, and which event says it."""
_TOLD_NOW: Final = "UPDATE settlement_instructions SET hold_told_at = {1} WHERE " + OF


@pytest.fixture(scope="module")
def once() -> dict[str, str]:
    """The payments of these tests, once they are made."""
    return {}


@pytest.fixture
async def payments(bench: Bench, once: dict[str, str]) -> Mapping[str, str]:
    """A payment for each state in which one may stand that was held so."""
    for end in ENDS if not once else ():
        one = await of_a_seller(bench)
        case = once[end] = one.instruction_id
        await held(bench, one)
        match end:
            case "REFUSED":
                await bench.sign_hold(case, "log-a", "refuse")
            case "CANCELLED":
                await taken_back(bench, case)
            case "SETTLED":
                # Twice, as the list goes on.
                await let_go(bench, one)
                await listed(bench, one)
                assert (await fetched(one)).status_code == 409
                await let_go(bench, one)
                assert (await fetched(one)).status_code == 200
                await one.answer("ACSC")
            case "OFFERED":
                await let_go(bench, one)
        assert (await bench.inside(case))["state"] == end
    return once


async def taken_back(bench: Bench, case: str) -> None:
    """Its payer takes it back once the hold is told, as the log says it is."""
    of = UUID(hex=case[4:])
    until = await bench.sql.fetchval(
        f"SELECT hold_told_at FROM settlement_instructions WHERE {OF.format(of)}"
    )
    await bench.sql.execute(_TOLD_NOW.format(of, "now()"))
    back = await bench.call("POST", f"/instructions/{case}/cancellation")
    assert back.json()["state"] == "CANCELLED"
    await bench.sql.execute(_TOLD_NOW.format(of, f"'{until}'"))


async def test_however_it_went_on_the_record_is_what_the_log_says(
    payments: Mapping[str, str], by_hand: AsyncConnection
) -> None:
    named = {end: await found(by_hand, case) for end, case in payments.items()}
    assert named == {end: [] for end in ENDS}


@pytest.mark.parametrize(("end", "column", "change"), BY_HAND)
async def test_what_its_payer_is_told_by_changed_by_hand_is_named(
    payments: Mapping[str, str], by_hand: AsyncConnection, end: str, column: str, change: str
) -> None:
    of = UUID(hex=payments[end][4:])
    await by_hand.execute(text(f"UPDATE settlement_instructions SET {change.format(of)}"))
    assert await found(by_hand, payments[end]) == [f"{column} is not what SettlementHeldAnew says"]


@pytest.mark.parametrize(("end", "column", "value", "says"), MESSAGES)
async def test_a_message_that_is_handed_out_again_by_hand_is_named(
    payments: Mapping[str, str],
    by_hand: AsyncConnection,
    end: str,
    column: str,
    value: str,
    says: str,
) -> None:
    of = OF.format(UUID(hex=payments[end][4:]))
    await by_hand.execute(text(f"UPDATE bank_messages SET {column} = {value} WHERE {of}"))
    named = await found(by_hand, payments[end])
    assert named == [f"bank_messages.{column} is not what {says} says"]


@pytest.mark.parametrize(
    "forged", ["body = 'forged'", "body = 'forged', digest = sha256('forged')"]
)
@pytest.mark.parametrize("end", ["OFFERED", "SETTLED"])
async def test_another_message_than_was_written_anew_is_named(
    payments: Mapping[str, str], by_hand: AsyncConnection, end: str, forged: str
) -> None:
    of = UUID(hex=payments[end][4:])
    await by_hand.execute(text(f"UPDATE bank_messages SET {forged} WHERE {OF.format(of)}"))
    named = await found(by_hand, payments[end])
    assert "bank_messages.digest is not what SettlementCleared says" in named


@pytest.mark.parametrize("end", ["REFUSED", "CANCELLED"])
async def test_funds_that_stay_reserved_for_what_has_ended_are_named(
    payments: Mapping[str, str], by_hand: AsyncConnection, end: str
) -> None:
    void = "SELECT transaction_id FROM ledger_transactions WHERE case_id = '{0}' AND kind = 'VOID'"
    of = void.format(UUID(hex=payments[end][4:]))
    for table in ("ledger_postings", "ledger_transactions"):
        await by_hand.execute(text(f"DELETE FROM {table} WHERE transaction_id IN ({of})"))
    named = await found(by_hand, payments[end])
    assert any("ledger_transactions has no row" in one for one in named)


@pytest.mark.parametrize(("column", "value", "event"), DISPUTE_BY_HAND)
async def test_what_became_of_a_word_on_what_is_held_changed_by_hand_is_named(
    bench: Bench, by_hand: AsyncConnection, column: str, value: str, event: str
) -> None:
    one = await of_a_seller(bench)
    await held(bench, one)
    await one.answer("ACSC")
    (dispute,) = await disputes_of(bench, one)
    for person in PERSONS:
        await resolve(bench, one, dispute["dispute_id"], person, "RECORD_STANDS")
    assert await found(by_hand, one.instruction_id) == []
    of = OF.format(UUID(hex=one.instruction_id[4:]))
    await unchecked(by_hand, "bank_disputes")
    await by_hand.execute(text(f"UPDATE bank_disputes SET {column} = {value} WHERE {of}"))
    named = await found(by_hand, one.instruction_id)
    assert named == [f"bank_disputes.{column} is not what {event} says"]


@pytest.mark.parametrize("end", ENDS)
async def test_a_hold_that_is_struck_out_of_the_log_is_named(
    payments: Mapping[str, str], by_hand: AsyncConnection, end: str
) -> None:
    of = UUID(hex=payments[end][4:])
    struck = f"DELETE FROM events WHERE case_id = '{of}' AND type = 'SettlementHeldAnew'"
    await by_hand.execute(text(struck))
    assert await found(by_hand, payments[end])
