"""What a bank, or an auditor, may see of the ledger: balances, and transactions of payments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.platform import ledger
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.settlement.domain import refusals
from services.settlement.domain.ledger_days import Days
from services.settlement.domain.rules.reserving import liquidity_account, spread_account

_BEFORE_ALL: Final = UUID(int=0)
_OF_INSTRUCTION: Final = " AND t.case_id = :instruction"
_LEG: Final = (
    "SELECT p.transaction_id FROM ledger_accounts AS a"
    " JOIN ledger_postings AS p USING (account_id) WHERE a.code = :account"
)
_AMONG_ITS_LEGS: Final = f" AND t.transaction_id IN ({_LEG})"
# With an offset it stays what is asked of each transaction, and is made no join over all legs.
_HAS_A_LEG: Final = f" AND EXISTS ({_LEG} AND p.transaction_id = t.transaction_id OFFSET 0)"


@cache
def _listed(which: str) -> Filtered:
    """Transactions in the order of their booking: a page begins where the one before it ended."""
    return Filtered(
        f"SELECT t.*, i.client_reference, {ledger.legs_kept('t.transaction_id')} AS legs"
        " FROM ledger_transactions AS t JOIN settlement_instructions AS i"
        " ON i.instruction_id = t.case_id"
        " WHERE t.booked_at >= :since AND t.booked_at < :until"
        " AND (t.booked_at, t.transaction_id) > (coalesce((SELECT booked_at"
        " FROM ledger_transactions WHERE transaction_id = :after), :since), :after)"
        " AND ASKED(i.bank_bic = :bic)"
        f"{which} ORDER BY t.booked_at, t.transaction_id LIMIT :limit"
    )


def _bank_of(actor: Actor) -> str | None:
    """The bank whose part is read, None for an auditor, who reads all."""
    if actor.role == "auditor":
        return None
    if actor.party_kind != "bank":
        raise Refused(refusals.LEDGER_READERS_ONLY.at())
    return actor.party_code


def _own(bic: str) -> list[str]:
    """A bank's position and margin."""
    return [liquidity_account(bic), spread_account(bic)]


async def balances(
    tx: Statements, actor: Actor, days: Days, *, account: str | None, limit: int, after: UUID | None
) -> Sequence[Row]:
    """Accounts with what is pending and posted; a bank sees its own position and margin.

    With days, as they stood when the days began (opening) and when they were over. Raises Refused
    FORBIDDEN to anybody but a bank or an auditor.
    """
    bic = _bank_of(actor)
    codes = None if bic is None else _own(bic)
    if account is not None:
        codes = [account] if codes is None or account in codes else []
    if days.given:
        since = days.since if days.opened else days.until
        return await ledger.statements(
            tx, codes, since=since, until=days.until, limit=limit, after=after
        )
    return await ledger.balances(tx, codes, limit=limit, after=after)


async def transactions(
    tx: Statements,
    actor: Actor,
    days: Days,
    *,
    account: str | None,
    instruction: UUID | None,
    limit: int,
    after: UUID | None,
) -> Sequence[Row]:
    """Transactions with their legs; a bank sees those of the payments it executes.

    Raises Refused FORBIDDEN to anybody but a bank or an auditor.
    """
    bic = _bank_of(actor)
    values: dict[str, Any] = {
        "since": days.since,
        "until": days.until,
        "after": after or _BEFORE_ALL,
        "bic": bic,
        "limit": limit + 1,
    }
    which = ""
    if instruction is not None:
        which, values["instruction"] = _OF_INSTRUCTION, instruction
    if account is not None:
        values["account"] = account
        # A bank's own account has a leg in most of what the bank reads; any other account's legs
        # are fewer than all transactions, and more than those of one payment or since a day.
        own = bic is not None and account in _own(bic)
        walked = own or instruction is not None or days.opened
        which += _HAS_A_LEG if walked else _AMONG_ITS_LEGS
    return (await tx.execute(_listed(which), values)).all()
