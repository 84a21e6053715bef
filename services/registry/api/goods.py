"""Ports, allowed origins, goods restrictions, commodities and vehicles."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.platform.http import allow
from services.platform.intake import LOT, REGISTER
from services.platform.pagination import Cursor, Limit
from services.registry import queries
from services.registry.api.services import RegistryCall, filed, listed, shown_record
from services.registry.commands import goods
from services.registry.domain.model import (
    Commodity,
    GoodsRestriction,
    PortOrigin,
    PortRecord,
    Vehicle,
)
from services.registry.schemas import (
    CommodityShown,
    Filed,
    Filing,
    Page,
    PortDetail,
    PortShown,
    Restrictions,
    VehicleShown,
)

router = APIRouter(prefix="/registry/v1", tags=["goods"])


@router.post("/ports", status_code=201, response_model=Filed)
async def ports_file(
    filing: Filing[PortRecord],
    call: Annotated[RegistryCall, allow("registry:port:write", room=REGISTER)],
) -> Response:
    """File ports and border markets with their customs office."""
    return await filed(call, goods.ports_file, filing.rows)


@router.get("/ports", response_model=Page[PortShown])
async def port_list(
    call: Annotated[RegistryCall, allow("registry:port:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Ports in the order of their code."""
    return await listed(call, "ports", limit=limit, cursor=cursor)


@router.get("/ports/{port}", response_model=PortDetail)
async def port_get(
    port: str, call: Annotated[RegistryCall, allow("registry:port:read")]
) -> dict[str, Any]:
    """A port with the countries its goods may come from."""
    async with call.services.database.reading() as tx:
        return await queries.port_get(tx, port)


@router.post("/port-origins", status_code=201, response_model=Filed)
async def port_origins_file(
    filing: Filing[PortOrigin],
    call: Annotated[RegistryCall, allow("registry:port:write", room=REGISTER)],
) -> Response:
    """Allow goods of a country at a port, from when to when."""
    return await filed(call, goods.port_origins_file, filing.rows)


@router.post("/goods-restrictions", status_code=201, response_model=Filed)
async def goods_restrictions_file(
    filing: Filing[GoodsRestriction],
    call: Annotated[RegistryCall, allow("registry:commodity:write", room=REGISTER)],
) -> Response:
    """File goods without exemption (不予免税清单) or prohibited, by HS prefix."""
    return await filed(call, goods.goods_restrictions_file, filing.rows)


@router.get("/goods-restrictions", response_model=Restrictions)
async def goods_restriction_list(
    call: Annotated[RegistryCall, allow("registry:commodity:read")],
    on: Annotated[Day | None, Query(description="Beijing day; today when left out.")] = None,
    kind: Literal["NOT_EXEMPT", "PROHIBITED"] | None = None,
) -> dict[str, Any]:
    """The goods restrictions in force on a day."""
    day = on or business_day(call.now)
    async with call.services.database.reading() as tx:
        return {"items": await queries.goods_restriction_list(tx, on=day, kind=kind)}


@router.post("/commodities", status_code=201, response_model=Filed)
async def commodities_file(
    filing: Filing[Commodity],
    call: Annotated[RegistryCall, allow("registry:commodity:write", room=REGISTER)],
) -> Response:
    """File commodity codes with names and the rule of substantial processing."""
    return await filed(call, goods.commodities_file, filing.rows)


@router.get("/commodities", response_model=Page[CommodityShown])
async def commodity_list(
    call: Annotated[RegistryCall, allow("registry:commodity:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Commodity codes in order."""
    return await listed(call, "commodities", limit=limit, cursor=cursor)


@router.get("/commodities/{hs_code}", response_model=CommodityShown)
async def commodity_get(
    hs_code: str, call: Annotated[RegistryCall, allow("registry:commodity:read")]
) -> dict[str, Any]:
    """A commodity by its code."""
    return await shown_record(call, "commodities", hs_code)


@router.post("/vehicles", status_code=201, response_model=Filed)
async def vehicles_file(
    filing: Filing[Vehicle],
    call: Annotated[RegistryCall, allow("registry:vehicle:write", room=LOT)],
) -> Response:
    """File vehicles' entry declarations; each is valid for the hours in force on its day."""
    return await filed(call, goods.vehicles_file, filing.rows)


@router.get("/vehicles/{domestic_plate}", response_model=VehicleShown)
async def vehicle_get(
    domestic_plate: str, call: Annotated[RegistryCall, allow("registry:vehicle:read")]
) -> dict[str, Any]:
    """A vehicle's latest entry declaration."""
    async with call.services.database.reading() as tx:
        return await queries.vehicle_get(tx, domestic_plate)
