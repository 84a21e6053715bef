"""What a factory reported into its book, and how a wrong report is taken back: by a new entry."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.names import call_goods
from services.portal.visit import Visit, acting, reading

_PAGE: Final = 50


async def listed(visit: Visit) -> Response:
    """Products and scrap as they were reported, newest first, each with what took it back."""
    book_id = visit.path("book_id")
    book, reports = await asyncio.gather(
        visit.calls.get(f"/processing/v1/books/{book_id}"),
        visit.calls.get(
            f"/processing/v1/books/{book_id}/outputs", limit=_PAGE, cursor=visit.query("cursor")
        ),
    )
    await call_goods(visit, [one["hs_code"] for one in reports["items"]])
    return visit.page(
        "reports.html",
        book=book,
        reports=reports,
        about=visit.request.path_params.get("output_id"),
        found=visit.mistakes(("grounds",)),
    )


async def taken_back(visit: Visit) -> Response:
    """A wrong report is taken back, with the grounds; what was written off comes back."""
    book_id, output_id = visit.path("book_id"), visit.path("output_id")
    path = f"/processing/v1/books/{book_id}/outputs/{output_id}/reversal"
    await visit.act(path, visit.typed_in(("grounds",)))
    return visit.turn(f"{HOME}books/{book_id}/reports", said="done")


_OF_A_BOOK: Final = f"{HOME}books/{{book_id}}/reports"
ROUTES: Final[list[BaseRoute]] = [
    Route(_OF_A_BOOK, reading(listed)),
    Route(
        f"{_OF_A_BOOK}/{{output_id}}/reversal", acting(taken_back, page=listed), methods=["POST"]
    ),
]
