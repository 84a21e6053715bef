"""Allowed origins, goods restrictions and commodity codes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.law import queries
from services.law.api.filings import by_two
from services.law.domain.model import Commodity, GoodsRestriction, PortOrigin
from services.law.schemas import (
    CommodityNamed,
    CommodityNames,
    CommodityShown,
    Filed,
    Restrictions,
    RestrictionShown,
)
from services.platform.filing import Filing
from services.platform.http import Call, allow
from services.platform.intake import REGISTER
from services.platform.listing import listed
from services.platform.pagination import Cursor, Limit, Page, key_of, page
from services.platform.services import Services

router = APIRouter(prefix="/law/v1", tags=["goods"])
_On = Annotated[Day | None, Query(description="Beijing day; today when left out.")]


@router.post("/port-origins", status_code=201, response_model=Filed)
async def port_origins_file(
    filing: Filing[PortOrigin],
    call: Annotated[Call[Services], allow("law:origin:write", room=REGISTER)],
) -> Response:
    """Propose that goods of a country may come at a port, from when to when; another person
    confirms it."""
    return await by_two(call, filing.rows)


@router.post("/goods-restrictions", status_code=201, response_model=Filed)
async def goods_restrictions_file(
    filing: Filing[GoodsRestriction],
    call: Annotated[Call[Services], allow("law:commodity:write", room=REGISTER)],
) -> Response:
    """Propose goods without exemption (不予免税清单) or prohibited, by HS prefix; another person
    confirms it."""
    return await by_two(call, filing.rows)


@router.get("/goods-restrictions", response_model=Restrictions)
async def goods_restriction_list(
    call: Annotated[Call[Services], allow("law:commodity:read")],
    on: _On = None,
    kind: Literal["NOT_EXEMPT", "PROHIBITED"] | None = None,
) -> Restrictions:
    """The goods restrictions in force on a day."""
    day = on or business_day(call.now)
    async with call.services.database.reading() as tx:
        rows = await queries.goods_restriction_list(tx, on=day, kind=kind)
    return Restrictions(items=[RestrictionShown(**row) for row in rows])


@router.post("/commodities", status_code=201, response_model=Filed)
async def commodities_file(
    filing: Filing[Commodity],
    call: Annotated[Call[Services], allow("law:commodity:write", room=REGISTER)],
) -> Response:
    """Propose commodity codes with names and the rule of substantial processing, from when to when;
    another person confirms it."""
    return await by_two(call, filing.rows)


@router.get("/commodities", response_model=Page[CommodityShown])
async def commodity_list(
    call: Annotated[Call[Services], allow("law:commodity:read")],
    on: _On = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Commodity codes in order, as they are on a day."""
    day = on or business_day(call.now)
    async with call.services.database.reading() as tx:
        rows = await queries.commodity_list(tx, on=day, after=key_of(cursor), rows=limit + 1)
    return page(
        rows, limit=limit, key=lambda row: row.hs_code, show=lambda row: CommodityShown(**row)
    )


@router.get("/commodity-names", response_model=CommodityNames)
async def commodity_names(
    call: Annotated[Call[Services], allow("law:commodity:read")],
    codes: Annotated[
        str,
        Query(
            min_length=1,
            max_length=2_000,
            description="up to 100 commodity codes, with commas between",
        ),
    ],
) -> CommodityNames:
    """The names of up to 100 commodity codes: of the line that each is today, or is to be, or was
    at last. A code that is no line is left out."""
    asked = listed("codes", codes)
    async with call.services.database.reading() as tx:
        rows = await queries.commodity_names(tx, asked, today=business_day(call.now))
    return CommodityNames(items=[CommodityNamed(**row) for row in rows])


@router.get("/commodities/{hs_code}", response_model=CommodityShown)
async def commodity_get(
    hs_code: str,
    call: Annotated[Call[Services], allow("law:commodity:read")],
    on: Annotated[
        Day | None,
        Query(
            description="Beijing day; when left out, what it is today, or is to be, or was at last."
        ),
    ] = None,
) -> CommodityShown:
    """A commodity by its code, as it is on a day."""
    today = business_day(call.now)
    async with call.services.database.reading() as tx:
        return CommodityShown(**await queries.commodity_get(tx, hs_code, on=on, today=today))
