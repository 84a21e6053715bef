"""A bank's word put in by hand, of a payment or of none: verify names what would count."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.services.settlement.payments import one_offered
from tests.support.bench import Bench
from tests.support.by_hand import by_hand
from tests.support.tampering import copied, found

__all__ = ["by_hand"]
UNSAID: Final = "bank_statuses has a row of which the log says nothing"


async def in_progress(bench: Bench) -> str:
    """A payment of which its bank has said, twice, that it works on it."""
    offered = await one_offered(bench)
    for _ in range(2):
        await offered.answer("ACSP")
    return offered.instruction_id


@pytest.mark.parametrize("of", ["instruction_id", "NULL"], ids=["of the payment", "of none"])
async def test_a_word_that_no_bank_gave_is_named_when_it_would_count(
    bench: Bench, by_hand: AsyncConnection, of: str
) -> None:
    payment = await in_progress(bench)
    assert await found(by_hand, payment) == []
    row = f"instruction_id = '{UUID(hex=payment[4:])}' AND disposition = 'RECORDED'"
    other = {"line_no": "line_no + 100", "code": "'ACSC'", "instruction_id": of}
    await copied(by_hand, "bank_statuses", row, **other)
    assert await found(by_hand, payment) == [UNSAID]


async def test_a_word_that_counts_for_nothing_is_vouched_for_by_nothing(
    bench: Bench, by_hand: AsyncConnection
) -> None:
    payment = await in_progress(bench)
    row = f"instruction_id = '{UUID(hex=payment[4:])}' AND disposition = 'RECORDED'"
    other = {"line_no": "line_no + 100", "disposition": "'UNKNOWN_REFERENCE'"}
    await copied(by_hand, "bank_statuses", row, **other, instruction_id="NULL", message_id="NULL")
    assert await found(by_hand, payment) == []
