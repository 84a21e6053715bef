"""What is proposed for the law's lists: read with every row, and confirmed by another registrar."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.visit import Visit, acting, reading

READERS: Final = ("registrar", "auditor")
_PAGE: Final = 100


async def waiting(visit: Visit) -> list[dict[str, Any]]:
    """What waits for a second registrar, for whoever may read it."""
    if visit.role not in READERS:
        return []
    return await visit.listed("filings", "/law/v1/filings", state="PROPOSED", limit=_PAGE)


async def one(visit: Visit) -> Response:
    """One proposal as it is to be filed."""
    filing = await visit.calls.get(f"/law/v1/filings/{visit.path('filing_id')}")
    return visit.page("law_list.html", filing=filing, found=visit.mistakes(()))


async def decided(visit: Visit) -> Response:
    """What another registrar proposed is confirmed, or turned down."""
    body = {"confirm": visit.is_yes("confirm")}
    await visit.act(f"/law/v1/filings/{visit.path('filing_id')}/decision", body, versioned=True)
    return visit.turn(f"{HOME}changes", said="signed")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}changes/law/{{filing_id}}", reading(one)),
    Route(f"{HOME}changes/law/{{filing_id}}/decision", acting(decided, page=one), methods=["POST"]),
]
