"""The accounts that payers are debited at."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from services.platform.database import Row
from services.platform.filing import Filing
from services.platform.http import allow
from services.platform.intake import REGISTER
from services.platform.pagination import Cursor, Limit, Page, key_of, page
from services.platform.payer_accounts import opened
from services.registry import queries
from services.registry.api.services import RegistryCall, by_two
from services.registry.domain.model import PayerAccountRecord
from services.registry.domain.rules.identity import masked_account
from services.registry.schemas import FilingAnswer, PayerAccountShown

router = APIRouter(prefix="/registry/v1", tags=["parties"])


@router.post("/payer-accounts", status_code=201, response_model=FilingAnswer)
async def payer_accounts_file(
    filing: Filing[PayerAccountRecord],
    call: Annotated[RegistryCall, allow("registry:payer_account:write", room=REGISTER)],
) -> Response:
    """File at which account of a bank a payer is debited, with its holder's name and address.

    A first account of a payer at a bank is on file once a second registrar has confirmed it.
    """
    return await by_two(call, filing.rows)


@router.get("/payer-accounts", response_model=Page[PayerAccountShown])
async def payer_account_list(
    call: Annotated[RegistryCall, allow("registry:payer_account:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Accounts that payers are debited at; a payer sees the own, with the number's end only."""
    vault, whole = call.services.vault, call.actor.party_kind == "platform"

    def shown(row: Row) -> dict[str, Any]:
        found = opened(bytes(row.sealed), vault)
        return {
            "party": row.party,
            "bank_bic": row.bank_bic,
            "account": found.account if whole else masked_account(found.account),
            "holder": found.holder,
            "street": found.street or None,
            "town": found.town,
            "country": found.country,
        }

    async with call.services.database.reading() as tx:
        rows = await queries.payer_accounts(tx, call.actor, limit=limit, after=key_of(cursor))
    return page(rows, limit=limit, key=lambda row: row.place, show=shown)
