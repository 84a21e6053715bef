"""Balances and transactions of the ledger. A balance is the sum of an account's postings."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.platform.database import Row, Statements
from services.settlement.domain import refusals
from services.settlement.domain.rules.ledger import Layer, Leg

_BALANCES = text(
    "SELECT a.account_id, a.code, a.currency,"
    " coalesce(sum(p.amount_minor) FILTER (WHERE p.layer = 'PENDING'), 0)::bigint AS pending_minor,"
    " coalesce(sum(p.amount_minor) FILTER (WHERE p.layer = 'POSTED'), 0)::bigint AS posted_minor"
    " FROM ledger_accounts AS a LEFT JOIN ledger_postings AS p USING (account_id)"
    " WHERE (CAST(:after AS uuid) IS NULL OR a.account_id > :after)"
    " AND (CAST(:bic AS text) IS NULL OR a.code IN ('liquidity:' || :bic, 'spread:' || :bic))"
    " GROUP BY a.account_id ORDER BY a.account_id LIMIT :limit"
)
_TRANSACTIONS = text(
    "SELECT t.transaction_id, t.kind, t.instruction_id, t.resolves, t.booked_at,"
    " (SELECT json_agg(json_build_object('account', a.code, 'layer', p.layer, 'purpose',"
    " p.purpose, 'minor', p.amount_minor, 'currency', p.currency) ORDER BY p.line_no)"
    " FROM ledger_postings AS p JOIN ledger_accounts AS a USING (account_id)"
    " WHERE p.transaction_id = t.transaction_id) AS postings"
    " FROM ledger_transactions AS t JOIN settlement_instructions AS i USING (instruction_id)"
    " WHERE (CAST(:after AS uuid) IS NULL OR t.transaction_id > :after)"
    " AND (CAST(:bic AS text) IS NULL OR i.bank_bic = :bic)"
    " AND (CAST(:instruction AS uuid) IS NULL OR t.instruction_id = :instruction)"
    " ORDER BY t.transaction_id LIMIT :limit"
)
_RESERVATION = text(
    "SELECT transaction_id FROM ledger_transactions"
    " WHERE instruction_id = :instruction AND kind = 'RESERVE'"
)
_LEGS = text(
    "SELECT a.code, p.amount_minor, p.currency, p.layer, p.purpose"
    " FROM ledger_postings AS p JOIN ledger_accounts AS a USING (account_id)"
    " WHERE p.transaction_id = :id ORDER BY p.line_no"
)


def _bank_of(actor: Actor) -> str | None:
    """The bank whose part is read, None for an auditor, who reads all."""
    if actor.role == "auditor":
        return None
    if actor.party_kind != "bank":
        raise Refused(refusals.LEDGER_READERS_ONLY.at())
    return actor.party_code


async def balances(
    tx: Statements, actor: Actor, *, limit: int, after: UUID | None
) -> Sequence[Row]:
    """Accounts with what is pending and posted; a bank sees its own position and margin.

    Raises Refused FORBIDDEN to anybody but a bank or an auditor.
    """
    values = {"after": after, "bic": _bank_of(actor), "limit": limit + 1}
    return (await tx.execute(_BALANCES, values)).all()


async def transactions(
    tx: Statements, actor: Actor, *, limit: int, after: UUID | None, instruction: UUID | None
) -> Sequence[Row]:
    """Transactions with their legs; a bank sees those of the payments it executes.

    Raises Refused FORBIDDEN to anybody but a bank or an auditor.
    """
    values = {
        "after": after,
        "bic": _bank_of(actor),
        "instruction": instruction,
        "limit": limit + 1,
    }
    return (await tx.execute(_TRANSACTIONS, values)).all()


async def reservation(tx: Statements, instruction: UUID) -> tuple[UUID, tuple[Leg, ...]]:
    """The instruction's reservation and its legs."""
    found = await tx.execute(_RESERVATION, {"instruction": instruction})
    transaction: UUID = found.scalar_one()
    rows = await tx.execute(_LEGS, {"id": transaction})
    legs = tuple(
        Leg(r.code, Money(r.amount_minor, r.currency), Layer(r.layer), r.purpose) for r in rows
    )
    return transaction, legs
