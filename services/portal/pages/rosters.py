"""A port's roster: who is there, who is away, what is to be handed over, what is late."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.clock import business_day
from services.portal.addresses import HOME
from services.portal.pages.officers import timed
from services.portal.visit import Visit, acting, reading

AWAY: Final = ("LEAVE", "SICK", "TRAINING", "ELSEWHERE")
_PAGE: Final = 100
_TYPED: Final = "rows.0.badge_no"
"""Where a refusal says that the badge is, which was typed."""


async def roster(visit: Visit) -> Response:
    """The officers of the port, orders with somebody who is away, and those that are overdue."""
    now = datetime.now(UTC)
    people, to_hand_over, waiting = await asyncio.gather(
        visit.calls.get("/inspection/v1/roster", cursor=visit.query("cursor"), limit=_PAGE),
        visit.listed("handing", "/inspection/v1/orders", open=True, absent=True, limit=_PAGE),
        visit.listed(
            "overdue",
            "/inspection/v1/orders",
            open=True,
            due_before=now.isoformat(),
            limit=_PAGE,
        ),
    )
    found = visit.mistakes((_TYPED,))
    if _TYPED in found:
        found["badge_no"] = found.pop(_TYPED)
    return visit.page(
        "roster.html",
        people=people,
        badges={one["officer_id"]: one["badge_no"] for one in people["items"]},
        keeps=people["keeps"],
        said_away={o["officer_id"] for o in people["items"] if o["away"] and o["away"]["yours"]},
        me=visit.party_code,
        kinds=AWAY,
        today=business_day(now).isoformat(),
        handing=[timed(order, now) for order in to_hand_over],
        overdue=[timed(order, now) for order in waiting],
        found=found,
    )


async def entered(visit: Visit) -> Response:
    """An officer is away from a day to the one on which he is back, or is back from a day on."""
    names = ("badge_no", "duty", "from_on")
    row = visit.typed_in(names)
    until_on = visit.typed("until_on") or None
    made = await visit.act("/registry/v1/duties", {"rows": [{**row, "until_on": until_on}]})
    return visit.turn(f"{HOME}roster", said="proposed" if made["proposed"] else "done")


async def handed_over(visit: Visit) -> Response:
    """An order whose officer is away has another one drawn."""
    order_id = visit.path("order_id")
    body = {"grounds": visit.form.get("grounds", "")}
    await visit.act(f"/inspection/v1/orders/{order_id}/redraw", body, versioned=True)
    return visit.turn(f"{HOME}roster", said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}roster", reading(roster)),
    Route(f"{HOME}roster/duty", acting(entered, page=roster), methods=["POST"]),
    Route(
        f"{HOME}roster/orders/{{order_id}}/redraw",
        acting(handed_over, page=roster),
        methods=["POST"],
    ),
]
