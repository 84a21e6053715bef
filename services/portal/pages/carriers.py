"""A carrier's day: what is on file of an own truck, and the manifest that it comes with."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.visit import Visit, acting, reading

_DECLARED: Final = ("domestic_plate", "foreign_plate", "port", "rated_load_kg", "tare_kg")
_ROW: Final = "rows.0."
"""The interface takes declarations by rows; this form is of the first one."""
_PAGE: Final = 50
_NUMBER_MAX: Final = 64
_LODGED: Final = ("manifest_no", "port", "vehicle_plate", "foreign_plate", "total_kg")


async def trucks(visit: Visit) -> Response:
    """One's own trucks, an entry declaration, a manifest to be lodged or looked up."""
    plate = (visit.query("plate") or "").strip()
    ports, own, truck = await asyncio.gather(
        visit.calls.whole("/registry/v1/ports"),
        visit.calls.maybe("/gate/v1/vehicles", limit=_PAGE, cursor=visit.query("cursor")),
        visit.calls.maybe(f"/gate/v1/vehicles/{quote(plate, safe='')}") if plate else _none(),
    )
    now = datetime.now(UTC)
    fields = (*_LODGED, *(_ROW + name for name in (*_DECLARED, "declared_at")))
    return visit.page(
        "trucks.html",
        plate=plate,
        truck=truck,
        own=[
            {**one, "over": datetime.fromisoformat(one["valid_until"]) <= now}
            for one in (own or {}).get("items", [])
        ],
        cursor=(own or {}).get("next_cursor"),
        ports=ports,
        asked="",
        row=_ROW,
        found=visit.mistakes(fields),
    )


async def _none() -> None:
    return None


async def declared(visit: Visit) -> Response:
    """Declare an own truck's entry, before it enters."""
    row = {name: visit.typed(_ROW + name) for name in _DECLARED}
    row["declared_at"] = visit.moment(f"{_ROW}declared_at")
    await visit.act("/gate/v1/vehicles", {"rows": [row]})
    return visit.turn(f"{HOME}trucks", said="done")


async def lodged(visit: Visit) -> Response:
    """Lodge what a truck of one's own carries, before its lots are declared."""
    body = visit.filled_in(_LODGED)
    made = await visit.act("/declaration/v1/manifests", body)
    return visit.turn(f"{HOME}manifests/{quote(made['manifest_no'], safe='')}", said="done")


async def asked(visit: Visit) -> Response:
    """A manifest by its number, as it was typed."""
    number = (visit.query("no") or "").strip()
    if not number:
        return visit.turn(HOME)
    found = None
    # What is longer than any manifest's number is none.
    if len(number) <= _NUMBER_MAX:
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
    Route(f"{HOME}trucks", acting(declared, page=trucks), methods=["POST"]),
    Route(f"{HOME}manifests", reading(asked)),
    Route(f"{HOME}manifests", acting(lodged, page=trucks), methods=["POST"]),
    Route(f"{HOME}manifests/{{manifest_no}}", reading(manifest)),
]
