"""A carrier's day: what is on file of an own truck, and the manifest that it comes with."""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.visit import HOME, Visit, acting, reading

_LODGED: Final = ("manifest_no", "port", "vehicle_plate", "foreign_plate", "total_kg")


async def trucks(visit: Visit) -> Response:
    """An own truck by its plate, a manifest to be lodged or looked up."""
    plate = (visit.query("plate") or "").strip()
    ports, truck = await asyncio.gather(
        visit.calls.get("/registry/v1/ports", limit=100),
        visit.calls.maybe(f"/gate/v1/vehicles/{quote(plate, safe='')}") if plate else _none(),
    )
    return visit.page(
        "trucks.html",
        plate=plate,
        truck=truck,
        ports=ports["items"],
        asked="",
        found=visit.mistakes(_LODGED),
    )


async def _none() -> None:
    return None


async def lodged(visit: Visit) -> Response:
    """Lodge what a truck of one's own carries, before its lots are declared."""
    body = {name: text for name in _LODGED if (text := visit.form.get(name, "").strip())}
    made = await visit.act("/declaration/v1/manifests", body)
    return visit.turn(f"{HOME}manifests/{quote(made['manifest_no'], safe='')}", said="done")


async def asked(visit: Visit) -> Response:
    """A manifest by its number, as it was typed."""
    number = (visit.query("no") or "").strip()
    if not number:
        return visit.turn(HOME)
    found = await visit.calls.maybe(f"/declaration/v1/manifests/{quote(number, safe='')}")
    if found is None:
        return visit.page("manifest.html", status=404, manifest=None, asked=number)
    return visit.turn(f"{HOME}manifests/{quote(found['manifest_no'], safe='')}")


async def manifest(visit: Visit) -> Response:
    """What a manifest carries, and what of it nobody has declared yet."""
    number = visit.path("manifest_no")
    found = await visit.calls.get(f"/declaration/v1/manifests/{quote(number, safe='')}")
    return visit.page("manifest.html", manifest=found, asked=number)


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}trucks", reading(trucks)),
    Route(f"{HOME}manifests", reading(asked)),
    Route(f"{HOME}manifests", acting(lodged, page=trucks), methods=["POST"]),
    Route(f"{HOME}manifests/{{manifest_no}}", reading(manifest)),
]
