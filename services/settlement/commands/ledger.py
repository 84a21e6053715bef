"""Booking: one balanced transaction at a time, never changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid
from services.platform.act import Act
from services.settlement.domain.rules.ledger import Kind, Leg, balanced

BOOK: Final = """ledger_book(
    CAST(:led_id AS uuid), CAST(:led_kind AS text), CAST(:led_instruction AS uuid),
    CAST(:led_resolves AS uuid), CAST(:led_at AS timestamptz), CAST(:led_accounts AS uuid[]),
    CAST(:led_codes AS text[]), CAST(:led_currencies AS text[]), CAST(:led_layers AS text[]),
    CAST(:led_minors AS bigint[]), CAST(:led_purposes AS text[])
)"""
"""SQL of one booking: its accounts, its transaction and its legs. See ``booking``."""

_BOOK = text(f"SELECT {BOOK}")


def booking(
    act: Act,
    kind: Kind,
    legs: Sequence[Leg],
    *,
    instruction_id: UUID,
    resolves: UUID | None = None,
) -> dict[str, Any]:
    """Bind values of BOOK; ``led_id`` is the new transaction.

    The database checks the balance again at the statement's end, and that a reservation is
    resolved once.
    """
    if not balanced(legs):
        raise ValueError("a ledger transaction must sum to zero per layer and currency")
    return {
        "led_id": new_uuid(),
        "led_kind": kind.value,
        "led_instruction": instruction_id,
        "led_resolves": resolves,
        "led_at": act.at,
        "led_accounts": [new_uuid() for _ in legs],
        "led_codes": [leg.account for leg in legs],
        "led_currencies": [leg.money.currency for leg in legs],
        "led_layers": [leg.layer.value for leg in legs],
        "led_minors": [leg.money.minor for leg in legs],
        "led_purposes": [leg.purpose for leg in legs],
    }


async def book(
    act: Act, kind: Kind, legs: Sequence[Leg], *, instruction_id: UUID, resolves: UUID | None = None
) -> UUID:
    """Book a balanced transaction and return its id."""
    values = booking(act, kind, legs, instruction_id=instruction_id, resolves=resolves)
    await act.execute(_BOOK, **values)
    made: UUID = values["led_id"]
    return made
