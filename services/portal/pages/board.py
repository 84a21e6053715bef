"""The public board, without sign-in; and what keeps every page live."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from services.portal.interface import Away, Problem
from services.portal.visit import HOME, Visit, reading


async def board(visit: Visit) -> Response:
    """What the public may know of the window without signing in: the seals of its log."""
    seals = await visit.calls.get("/window/v1/seals", limit=10)
    return visit.page("board.html", seals=seals["items"])


async def live(visit: Visit) -> Response:
    """That something which this person may see has changed; what, the page then reads itself."""

    async def told() -> AsyncIterator[bytes]:
        yield b": open\n\n"
        try:
            async for piece in visit.calls.stream("/window/v1/stream"):
                if b"data:" in piece:
                    yield b"event: changed\ndata: -\n\n"
                else:
                    yield b": still here\n\n"
        except (Problem, Away):
            return

    return StreamingResponse(told(), media_type="text/event-stream")


async def signed(visit: Visit) -> Response:
    """After signing in beside a form that waits in another tab."""
    return visit.page("signed.html")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}board", reading(board, public=True)),
    Route(f"{HOME}live", reading(live)),
    Route(f"{HOME}signed", reading(signed)),
]
