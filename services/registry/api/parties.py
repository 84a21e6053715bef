"""Enterprises, officers, banks and who signs for them, sellers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.kernel import canonical
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.database import Row
from services.platform.filing import Filed, Filing, filed
from services.platform.http import allow
from services.platform.intake import REGISTER
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.registry import queries
from services.registry.api.services import RegistryCall, by_two, listed
from services.registry.commands import bank_keys, parties
from services.registry.domain.model import (
    Bank,
    BankKeyDecision,
    BankKeyProposal,
    Conflict,
    Enterprise,
    Officer,
    OfficerDuty,
    ProcessingFiling,
    Seller,
    Signatory,
)
from services.registry.schemas import (
    BankKeyAnswer,
    BankKeyShown,
    BankShown,
    EnterpriseDetail,
    EnterpriseShown,
    FilingAnswer,
    OfficerDetail,
    OfficerShown,
    SellerShown,
    SignatoryShown,
)

router = APIRouter(prefix="/registry/v1", tags=["parties"])


@router.post("/enterprises", status_code=201, response_model=Filed)
async def enterprises_file(
    filing: Filing[Enterprise],
    call: Annotated[RegistryCall, allow("registry:enterprise:write", room=REGISTER)],
) -> Response:
    """File enterprises by 10-digit customs code and unified social credit code."""
    return await filed(call, parties.enterprises_file, filing.rows)


@router.get("/enterprises", response_model=Page[EnterpriseShown])
async def enterprise_list(
    call: Annotated[RegistryCall, allow("registry:enterprise:list")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Enterprises in the order of their customs code."""
    return await listed(
        call, "enterprises", lambda row: EnterpriseShown(**row), limit=limit, cursor=cursor
    )


@router.get("/enterprises/{enterprise_code}", response_model=EnterpriseDetail)
async def enterprise_get(
    enterprise_code: str, call: Annotated[RegistryCall, allow("registry:enterprise:read")]
) -> EnterpriseDetail:
    """An enterprise with its processing filings; an enterprise sees itself."""
    async with call.services.database.reading() as tx:
        return EnterpriseDetail.of(*await queries.enterprise_get(tx, enterprise_code, call.actor))


@router.post("/processing-filings", status_code=201, response_model=FilingAnswer)
async def processing_filings_file(
    filing: Filing[ProcessingFiling],
    call: Annotated[RegistryCall, allow("registry:enterprise:write", room=REGISTER)],
) -> Response:
    """File what enterprises may process (落地加工备案), with yearly capacity.

    A second registrar confirms it.
    """
    return await by_two(call, filing.rows)


@router.post("/officers", status_code=201, response_model=FilingAnswer)
async def officers_file(
    filing: Filing[Officer],
    call: Annotated[RegistryCall, allow("registry:officer:write", room=REGISTER)],
) -> Response:
    """File customs officers with port, team and skills; the name is sealed. A new one takes two."""
    return await by_two(call, filing.rows)


@router.get("/officers", response_model=Page[OfficerShown])
async def officer_list(
    call: Annotated[RegistryCall, allow("registry:officer:read")],
    badge_no: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Officers in the order of their badge, without names; or the one with a badge."""
    if badge_no is not None:
        async with call.services.database.reading() as tx:
            rows = await queries.officer_of_badge(tx, badge_no)
        return page(rows, limit=limit, key=lambda row: row.badge_no, show=OfficerShown.of)
    return await listed(call, "officers", OfficerShown.of, limit=limit, cursor=cursor)


@router.get("/officers/{officer_id}", response_model=OfficerDetail)
async def officer_get(
    officer_id: str, call: Annotated[RegistryCall, allow("registry:officer:read")]
) -> OfficerDetail:
    """An officer with masked name and declared conflicts of interest."""
    async with call.services.database.reading() as tx:
        row, conflicts = await queries.officer_get(tx, uuid_of(officer_id, "ofc"))
    return OfficerDetail.whole(row, conflicts, call.services.vault)


@router.post("/conflicts", status_code=201, response_model=FilingAnswer)
async def conflicts_file(
    filing: Filing[Conflict],
    call: Annotated[RegistryCall, allow("registry:officer:write", room=REGISTER)],
) -> Response:
    """Declare parties an officer may not decide about; a second registrar confirms it."""
    return await by_two(call, filing.rows)


@router.post("/duties", status_code=201, response_model=FilingAnswer)
async def duties_file(
    filing: Filing[OfficerDuty],
    call: Annotated[RegistryCall, allow("registry:duty:write")],
) -> Response:
    """File which officers of your port are away, or back, from a day on; who keeps the roster does
    (skill: supervise). Who is away is neither drawn nor decides. What leaves fewer of a skill than
    the law's share on duty is ``proposed``: a registrar confirms it."""
    return await by_two(call, filing.rows)


@router.post("/banks", status_code=201, response_model=FilingAnswer)
async def banks_file(
    filing: Filing[Bank],
    call: Annotated[RegistryCall, allow("registry:bank:write", room=REGISTER)],
) -> Response:
    """File banks with the public key of their signatures and their place in the rota.

    One that is not on file yet is on file once a second registrar has confirmed it.
    """
    return await by_two(call, filing.rows)


@router.get("/banks", response_model=Page[BankShown])
async def bank_list(
    call: Annotated[RegistryCall, allow("registry:bank:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Banks in the order of their BIC."""
    return await listed(call, "banks", lambda row: BankShown(**row), limit=limit, cursor=cursor)


@router.get("/banks/{bic}", response_model=BankShown)
async def bank_get(
    bic: str, call: Annotated[RegistryCall, allow("registry:bank:read")]
) -> BankShown:
    """A bank by its BIC."""
    async with call.services.database.reading() as tx:
        return BankShown(**await queries.record_get(tx, "banks", bic))


@router.get("/banks/{bic}/keys", response_model=Page[BankKeyShown])
async def bank_key_list(
    bic: str,
    call: Annotated[RegistryCall, allow("registry:bank_key:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Keys that were proposed for a bank's signatures after its first, oldest first.

    A bank reads its own, and has time to object to one that is not.
    """
    async with call.services.database.reading() as tx:
        of, after = canonical.bic(bic), decode_cursor(cursor)
        rows = await queries.bank_keys(tx, call.actor, of, after=after, rows=limit + 1)
    return page(rows, limit=limit, key=lambda row: row.key_id, show=BankKeyShown.of)


@router.post("/banks/{bic}/keys", status_code=201, response_model=BankKeyAnswer)
async def bank_key_propose(
    bic: str,
    body: BankKeyProposal,
    call: Annotated[RegistryCall, allow("registry:bank_key:propose")],
) -> Response:
    """Propose a new key for a bank's signatures; it counts when another registrar agrees."""

    async def work(act: Act) -> Answer:
        proposed = await bank_keys.bank_key_propose(act, canonical.bic(bic), body)
        return Answer(status=201, body=proposed)

    return await call.act(work)


@router.get("/bank-keys/{key_id}", response_model=BankKeyShown)
async def bank_key_get(
    key_id: str, call: Annotated[RegistryCall, allow("registry:bank_key:read")]
) -> Response:
    """One proposed key, as whoever decides on it reads it, and the bank whose it is to be."""
    async with call.services.database.reading() as tx:
        row = await queries.bank_key_get(tx, call.actor, uuid_of(key_id, "bky"))
    return call.shown(BankKeyShown, BankKeyShown.of(row))


@router.post("/bank-keys/{key_id}/decision", response_model=BankKeyAnswer)
async def bank_key_decide(
    key_id: str,
    body: BankKeyDecision,
    call: Annotated[RegistryCall, allow("registry:bank_key:decide", upon_reading=True)],
) -> Response:
    """Agree to another registrar's proposal, or not; agreed, the earlier key ends by and by."""

    async def work(act: Act) -> Answer:
        decided = await bank_keys.bank_key_decide(act, uuid_of(key_id, "bky"), approve=body.approve)
        return Answer(status=200, body=decided)

    return await call.act(work)


@router.post("/signatories", status_code=201, response_model=FilingAnswer)
async def signatories_file(
    filing: Filing[Signatory], call: Annotated[RegistryCall, allow("registry:signatory:write")]
) -> Response:
    """File who signs for a bank in a duty (有权签字人); filed as not active, no longer.

    A second registrar confirms it.
    """
    return await by_two(call, filing.rows)


@router.get("/signatories", response_model=Page[SignatoryShown])
async def signatory_list(
    call: Annotated[RegistryCall, allow("registry:signatory:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Who signs for whom, in the order of body and person."""
    return await listed(
        call, "signatories", lambda row: SignatoryShown(**row), limit=limit, cursor=cursor
    )


@router.post("/sellers", status_code=201, response_model=FilingAnswer)
async def sellers_file(
    filing: Filing[Seller],
    call: Annotated[RegistryCall, allow("registry:seller:write", room=REGISTER)],
) -> Response:
    """File sellers across the border with the account they are paid to.

    One that is not on file yet is on file once a second registrar has confirmed it.
    """
    return await by_two(call, filing.rows)


@router.get("/sellers", response_model=Page[SellerShown])
async def seller_list(
    call: Annotated[RegistryCall, allow("registry:seller:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Sellers in the order of their code."""
    return await listed(call, "sellers", _seller_to(call), limit=limit, cursor=cursor)


@router.get("/sellers/{seller_code}", response_model=SellerShown)
async def seller_get(
    seller_code: str, call: Annotated[RegistryCall, allow("registry:seller:read")]
) -> SellerShown:
    """A seller by its code."""
    async with call.services.database.reading() as tx:
        return _seller_to(call)(await queries.record_get(tx, "sellers", seller_code))


def _seller_to(call: RegistryCall) -> Callable[[Row], SellerShown]:
    """A seller as the caller may see it: who files it reads the account, others its end."""
    return partial(SellerShown.of, whole=call.actor.party_kind == "platform")
