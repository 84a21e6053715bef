"""The ledger for those who check it: balances and transactions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.identifiers import uuid_of
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.settlement.api.services import SettlementServices
from services.settlement.domain.ledger_days import days_asked
from services.settlement.queries import ledger
from services.settlement.schemas import answers

router = APIRouter(prefix="/settlement/v1/ledger", tags=["ledger"])
Account = Annotated[
    str | None, Query(max_length=120, description="An account by its code, e.g. liquidity:<BIC>.")
]
DayFrom = Annotated[
    Day | None, Query(description="The first Beijing day asked, from the first when not given.")
]
DayTo = Annotated[
    Day | None, Query(description="The last Beijing day asked, up to now when not given.")
]


@router.get("/balances", response_model=Page[answers.BalanceAnswer])
async def balance_list(
    call: Annotated[Call[SettlementServices], allow("settlement:ledger:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    day_from: DayFrom = None,
    day_to: DayTo = None,
    account: Account = None,
) -> dict[str, Any]:
    """What is reserved and what is posted, by account; a bank sees its position and margin.

    With ``day_from`` also what the account opened with that day, with ``day_to`` as it stood at
    that day's end: what opened, and the legs of the days' transactions, come to what is shown.
    """
    days = days_asked(day_from, day_to, today=business_day(call.now))
    async with call.services.database.reading() as tx:
        rows = await ledger.balances(
            tx, call.actor, days, account=account, limit=limit, after=decode_cursor(cursor)
        )
    show = answers.opened_answer if days.opened else answers.balance_answer
    return page(rows, limit=limit, key=lambda r: r.account_id, show=show)


@router.get("/transactions", response_model=Page[answers.TransactionAnswer])
async def transaction_list(
    call: Annotated[Call[SettlementServices], allow("settlement:ledger:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    instruction_id: Annotated[str | None, Query(max_length=40)] = None,
    day_from: DayFrom = None,
    day_to: DayTo = None,
    account: Account = None,
) -> dict[str, Any]:
    """Ledger transactions, oldest first; a bank sees those of the payments it executes.

    Those booked from the one day to the other, both included, and with a leg on the account.
    """
    days = days_asked(day_from, day_to, today=business_day(call.now))
    instruction = None if instruction_id is None else uuid_of(instruction_id, "stl")
    async with call.services.database.reading() as tx:
        rows = await ledger.transactions(
            tx,
            call.actor,
            days,
            account=account,
            instruction=instruction,
            limit=limit,
            after=decode_cursor(cursor),
        )
    return page(rows, limit=limit, key=lambda r: r.transaction_id, show=answers.transaction_answer)
