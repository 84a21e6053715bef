"""This was not me: said on a resident's share, found out at the registrar's desk by two."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.pages import residents
from services.portal.visit import Visit, acting, reading

_LIST: Final = "/declaration/v1/name-reports"
_PAGE: Final = 100


async def waiting(visit: Visit) -> list[dict[str, Any]]:
    """Those that are to be found out about, the one said longest ago first."""
    return await visit.listed("reports", _LIST, open=True, limit=_PAGE)


async def said(visit: Visit) -> Response:
    """A resident says that the own name in a lot was not oneself."""
    lot_id = visit.path("lot_id")
    await visit.act(f"/declaration/v1/lots/{lot_id}/name-reports", {})
    return visit.turn(f"{HOME}shares/{lot_id}", said="frozen")


async def listed(visit: Visit) -> Response:
    """What waits for the registrar's office, and what was decided."""
    reports, decided = await asyncio.gather(
        waiting(visit),
        visit.calls.get(_LIST, open=False, limit=_PAGE, cursor=visit.query("cursor")),
    )
    return visit.page("name_reports.html", waiting=reports, decided=decided)


async def shown(visit: Visit) -> Response:
    """One of them: what was used, what was found, and the two acts."""
    report = await visit.calls.get(f"{_LIST}/{visit.path('report_id')}")
    return visit.page("name_report.html", report=report, found=visit.mistakes(("found",)))


async def found_out(visit: Visit) -> Response:
    """One registrar writes what was found."""
    report_id = visit.path("report_id")
    body = {"found": visit.typed("found")}
    await visit.act(f"{_LIST}/{report_id}/findings", body, versioned=True)
    return visit.turn(f"{HOME}name-reports/{report_id}", said="signed")


async def decided(visit: Visit) -> Response:
    """Another one decides upon it."""
    body = {"uphold": visit.is_yes("uphold")}
    await visit.act(f"{_LIST}/{visit.path('report_id')}/decision", body, versioned=True)
    return visit.turn(f"{HOME}name-reports", said="signed")


_ONE: Final = f"{HOME}name-reports/{{report_id}}"
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}shares/{{lot_id}}/not-me", acting(said, page=residents.share), methods=["POST"]),
    Route(f"{HOME}name-reports", reading(listed)),
    Route(_ONE, reading(shown)),
    Route(f"{_ONE}/findings", acting(found_out, page=shown), methods=["POST"]),
    Route(f"{_ONE}/decision", acting(decided, page=shown), methods=["POST"]),
]
