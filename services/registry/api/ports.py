"""Ports and border markets."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from services.platform.filing import Filed, Filing, filed
from services.platform.http import allow
from services.platform.intake import REGISTER
from services.platform.openapi import PUBLIC
from services.platform.pagination import Cursor, Limit, Page
from services.platform.publishing import published
from services.registry import queries
from services.registry.api.services import RegistryCall, listed
from services.registry.commands import ports
from services.registry.domain.model import PortRecord
from services.registry.schemas import PortDetail, PortName, PortNames, PortShown

router = APIRouter(prefix="/registry/v1", tags=["ports"])


@router.post("/ports", status_code=201, response_model=Filed)
async def ports_file(
    filing: Filing[PortRecord],
    call: Annotated[RegistryCall, allow("registry:port:write", room=REGISTER)],
) -> Response:
    """File ports and border markets with their customs office."""
    return await filed(call, ports.ports_file, filing.rows)


@router.get("/ports", response_model=Page[PortShown])
async def port_list(
    call: Annotated[RegistryCall, allow("registry:port:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Ports in the order of their code."""
    return await listed(call, "ports", lambda row: PortShown(**row), limit=limit, cursor=cursor)


@router.get("/port-names", response_model=PortNames)
async def port_names(call: Annotated[RegistryCall, allow(PUBLIC)]) -> Response:
    """The ports by name, to anyone and without a token: what is published says them by code."""
    async with call.services.database.reading() as tx:
        rows = await queries.port_names(tx)
    return published(call, PortNames, {"items": [PortName(**row) for row in rows]})


@router.get("/ports/{port}", response_model=PortDetail)
async def port_get(
    port: str, call: Annotated[RegistryCall, allow("registry:port:read")]
) -> PortDetail:
    """A port with the countries its goods may come from."""
    async with call.services.database.reading() as tx:
        return PortDetail.of(*await queries.port_get(tx, port))
