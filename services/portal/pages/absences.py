"""Days on which a bank does no duty on the rota: entered by one signatory, confirmed by another."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.visit import Visit, acting, reading

_API: Final = "/market/v1/rota/absences"
_HERE: Final = f"{HOME}absences"


async def listed(visit: Visit) -> Response:
    """The own bank's days from today on, each with what may be said of it; one of them is named by
    the address where a piece of work leads here."""
    days = await visit.calls.get(_API)
    return visit.page(
        "absences.html",
        absences=days["items"],
        named=visit.request.path_params.get("absence_id", ""),
        found=visit.mistakes(("absent_on",)),
    )


async def entered(visit: Visit) -> Response:
    """A signatory says a day, or says of one that a colleague entered that it is so."""
    await visit.act(f"{_API}/by-hand", visit.typed_in(("absent_on",)))
    return visit.turn(_HERE, said="done")


async def taken_back(visit: Visit) -> Response:
    """A signatory takes a day back; what counts already takes two."""
    await visit.act(f"{_API}/withdrawal-by-hand", visit.typed_in(("absent_on",)))
    return visit.turn(_HERE, said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(_HERE, reading(listed)),
    Route(_HERE, acting(entered, page=listed), methods=["POST"]),
    Route(f"{_HERE}/end", acting(taken_back, page=listed), methods=["POST"]),
    Route(f"{_HERE}/{{absence_id}}", reading(listed)),
]
