"""Codes by name: what a page says of a party that its data names by a code."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from services.platform.http import allow
from services.platform.listing import listed
from services.platform.openapi import PUBLIC
from services.platform.publishing import published
from services.registry import queries
from services.registry.api.services import RegistryCall
from services.registry.schemas import BankName, BankNames, PartyName, PartyNames

router = APIRouter(prefix="/registry/v1", tags=["names"])
_TEXT_MAX: Final = 8_100
Parties = Annotated[
    str,
    Query(
        min_length=1,
        max_length=_TEXT_MAX,
        description="up to 100 of group:…, enterprise:…, bank:… and seller:…, with commas between",
    ),
]
Among = Annotated[
    str | None,
    Query(
        max_length=_TEXT_MAX,
        description="up to 100 cases of yours in which they have a part, with commas between",
    ),
]


@router.get("/names", response_model=PartyNames)
async def names_get(
    call: Annotated[RegistryCall, allow("registry:name:read")],
    parties: Parties,
    cases: Among = None,
) -> PartyNames:
    """The names of up to 100 groups, enterprises, banks and sellers, by their codes.

    Banks are named to everybody; a group or an enterprise to whoever reads others' cases by the
    post, and to the parties of one of the ``cases``, or of a sale, with it; a seller across the
    border to whoever may deal with one, or reads one of the ``cases`` by which it is paid. What has
    no name for you is left out.
    Natural persons are not named.
    """
    named, among = listed("parties", parties), listed("cases", cases or "")
    async with call.services.database.reading() as tx:
        rows = await queries.names_of(tx, call.actor, named, among)
    return PartyNames(items=[PartyName(**row) for row in rows])


@router.get("/bank-names", response_model=BankNames)
async def bank_names(call: Annotated[RegistryCall, allow(PUBLIC)]) -> Response:
    """The banks by name, to anyone and without a token: what is published says them by code."""
    async with call.services.database.reading() as tx:
        rows = await queries.bank_names(tx)
    return published(call, BankNames, {"items": [BankName(**row) for row in rows]})
