"""Booking: one balanced transaction at a time, never changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid
from services.platform.database import Tx
from services.settlement.domain.rules.ledger import Kind, Leg, balanced

# Sorted, so that two bookings that open the same accounts never wait for each other crosswise.
_OPEN_ACCOUNTS = text(
    "INSERT INTO ledger_accounts (account_id, code, currency)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]),"
    " CAST(:currencies AS text[])) AS a (account_id, code, currency) ORDER BY code, currency"
    " ON CONFLICT (code, currency) DO NOTHING"
)
_BOOK = text(
    "WITH booked AS (INSERT INTO ledger_transactions (transaction_id, kind, instruction_id,"
    " resolves, booked_at) VALUES (:transaction_id, :kind, :instruction_id, :resolves, :at)"
    " RETURNING transaction_id)"
    " INSERT INTO ledger_postings (transaction_id, line_no, account_id, layer, amount_minor,"
    " currency, purpose)"
    " SELECT booked.transaction_id, leg.line_no, a.account_id, leg.layer, leg.minor, leg.currency,"
    " leg.purpose"
    " FROM booked, unnest(CAST(:codes AS text[]), CAST(:currencies AS text[]),"
    " CAST(:layers AS text[]), CAST(:minors AS bigint[]), CAST(:purposes AS text[]))"
    " WITH ORDINALITY AS leg (code, currency, layer, minor, purpose, line_no)"
    " JOIN ledger_accounts AS a ON a.code = leg.code AND a.currency = leg.currency"
)


async def book(
    tx: Tx,
    kind: Kind,
    legs: Sequence[Leg],
    *,
    instruction_id: UUID,
    at: datetime,
    resolves: UUID | None = None,
) -> UUID:
    """Book a balanced transaction and return its id.

    The database checks the balance again at commit, and that a reservation is resolved once.
    """
    if not balanced(legs):
        raise ValueError("a ledger transaction must sum to zero per layer and currency")
    transaction_id = new_uuid()
    codes, currencies = [leg.account for leg in legs], [leg.money.currency for leg in legs]
    accounts = {"ids": [new_uuid() for _ in legs], "codes": codes, "currencies": currencies}
    await tx.execute(_OPEN_ACCOUNTS, accounts)
    values = {
        "transaction_id": transaction_id,
        "kind": kind.value,
        "instruction_id": instruction_id,
        "resolves": resolves,
        "at": at,
        "codes": codes,
        "currencies": currencies,
        "layers": [leg.layer.value for leg in legs],
        "minors": [leg.money.minor for leg in legs],
        "purposes": [leg.purpose for leg in legs],
    }
    await tx.execute(_BOOK, values)
    return transaction_id
