"""What a bank, or an auditor, may see of the ledger: balances, and transactions of payments."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.platform import ledger
from services.platform.database import Row, Statements
from services.settlement.domain import refusals
from services.settlement.domain.rules.reserving import liquidity_account, spread_account

_TRANSACTIONS = text(
    f"SELECT t.*, {ledger.legs_kept('t.transaction_id')} AS legs"
    " FROM ledger_transactions AS t JOIN settlement_instructions AS i"
    " ON i.instruction_id = t.case_id"
    " WHERE (CAST(:after AS uuid) IS NULL OR t.transaction_id > :after)"
    " AND (CAST(:bic AS text) IS NULL OR i.bank_bic = :bic)"
    " AND (CAST(:instruction AS uuid) IS NULL OR t.case_id = :instruction)"
    " ORDER BY t.transaction_id LIMIT :limit"
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
    bic = _bank_of(actor)
    own = None if bic is None else [liquidity_account(bic), spread_account(bic)]
    return await ledger.balances(tx, own, limit=limit, after=after)


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
