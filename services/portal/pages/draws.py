"""Draw days, without sign-in: what was committed to, what was drawn, how to compute it again."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.ports import ports_named
from services.portal.visit import Visit, acting, reading

_DAYS: Final = "/risk/v1/draw-days"
_A_PAGE: Final = 200
_FOLDED: Final = 8
"""So many draws a phone shows before it is asked for all (``table.draws`` in ``portal.css``)."""


async def days(visit: Visit) -> Response:
    """Draw days, the newest first: those that can be checked, and to a risk officer the open ones,
    of which the own port's are closed here."""
    asked = {name: visit.query(name) for name in ("port", "day", "closed", "cursor")}
    if asked["closed"] is None:
        asked["closed"] = "false" if visit.role == "risk_officer" else "true"
    found = await visit.sought(_DAYS, limit=30, **asked)
    return visit.page(
        "draws.html",
        days=found,
        asked=asked,
        ports=await ports_named(visit.portal.shared, visit.language),
        found=visit.mistakes(asked),
    )


async def day(visit: Visit) -> Response:
    """A closed day with every draw, which the reader's own browser computes again."""
    seed_id = visit.path("seed_id")
    found = await visit.calls.get(
        f"{_DAYS}/draws", seed_id=seed_id, limit=_A_PAGE, cursor=visit.query("cursor")
    )
    return visit.page(
        "draw_day.html",
        ports=await ports_named(visit.portal.shared, visit.language),
        day=found["day"],
        draws=list(map(_shown, found["items"])),
        more=found,
        shown=_FOLDED,
    )


async def closed(visit: Visit) -> Response:
    """A risk officer closes a draw day of the own port, and its seed is published."""
    seed_id = visit.path("seed_id")
    await visit.act(f"/risk/v1/draw-seeds/{seed_id}/reveal", {})
    return visit.turn(f"{HOME}draws/{seed_id}", said="done")


def _shown(draw: dict[str, Any]) -> dict[str, Any]:
    """A draw with what is written into its row for the browser's computing: lines of text."""
    return {
        **draw,
        "candidates": "\n".join(draw["eligible"] or ()),
        "taken": "\n".join(draw["drawn"] or ()),
    }


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}draws", reading(days, public=True)),
    Route(f"{HOME}draws/{{seed_id}}", reading(day, public=True)),
    Route(f"{HOME}draws/{{seed_id}}/reveal", acting(closed, page=days), methods=["POST"]),
]
