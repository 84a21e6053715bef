"""The ledger for those who check it: balances and transactions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.kernel.identifiers import uuid_of
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.settlement.api.services import SettlementServices
from services.settlement.queries import ledger
from services.settlement.schemas import answers

router = APIRouter(prefix="/settlement/v1/ledger", tags=["ledger"])


@router.get("/balances", response_model=Page[answers.BalanceAnswer])
async def balance_list(
    call: Annotated[Call[SettlementServices], allow("settlement:ledger:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What is reserved and what is posted, by account; a bank sees its position and margin."""
    async with call.services.database.reading() as tx:
        rows = await ledger.balances(tx, call.actor, limit=limit, after=decode_cursor(cursor))
    return page(rows, limit=limit, key=lambda r: r.account_id, show=answers.balance_answer)


@router.get("/transactions", response_model=Page[answers.TransactionAnswer])
async def transaction_list(
    call: Annotated[Call[SettlementServices], allow("settlement:ledger:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    instruction_id: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Ledger transactions, oldest first; a bank sees those of the payments it executes."""
    instruction = None if instruction_id is None else uuid_of(instruction_id, "stl")
    async with call.services.database.reading() as tx:
        rows = await ledger.transactions(
            tx, call.actor, limit=limit, after=decode_cursor(cursor), instruction=instruction
        )
    return page(rows, limit=limit, key=lambda r: r.transaction_id, show=answers.transaction_answer)
