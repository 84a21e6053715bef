"""Vehicles' entry declarations."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from services.gate import queries
from services.gate.commands import vehicles
from services.gate.domain.model import Vehicle
from services.gate.schemas import VehicleShown
from services.platform.filing import Filed, Filing, filed
from services.platform.http import Call, allow
from services.platform.intake import LOT
from services.platform.pagination import Cursor, Limit, Page, key_of, page
from services.platform.services import Services

router = APIRouter(prefix="/gate/v1", tags=["vehicles"])


@router.post("/vehicles", status_code=201, response_model=Filed)
async def vehicles_file(
    filing: Filing[Vehicle],
    call: Annotated[Call[Services], allow("gate:vehicle:write", room=LOT)],
) -> Response:
    """File vehicles' entry declarations; each is valid for the hours in force on its day. A
    carrier files the own trucks; the registrar says whose a truck is."""
    return await filed(call, vehicles.vehicles_file, filing.rows)


@router.get("/vehicles", response_model=Page[VehicleShown])
async def vehicle_list(
    call: Annotated[Call[Services], allow("gate:vehicle:list")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Your own trucks in the order of their plates, each with its latest entry declaration."""
    async with call.services.database.reading() as tx:
        rows = await queries.vehicle_list(tx, call.actor, after=key_of(cursor), rows=limit + 1)
    return page(
        rows,
        limit=limit,
        key=lambda row: str(row.plate_key),
        show=lambda row: VehicleShown(**row),
    )


@router.get("/vehicles/{domestic_plate}", response_model=VehicleShown)
async def vehicle_get(
    domestic_plate: str, call: Annotated[Call[Services], allow("gate:vehicle:read")]
) -> VehicleShown:
    """A vehicle's latest entry declaration: of your own truck, or of one at your port."""
    async with call.services.database.reading() as tx:
        return VehicleShown(**await queries.vehicle_get(tx, domestic_plate, call.actor))
