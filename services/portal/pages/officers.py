"""A customs officer's day: the inbox, an inspection order, findings and the second signature."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.pages import documents
from services.portal.pages.cases import address_of
from services.portal.visit import HOME, Visit, acting, reading

METHODS: Final = ("DOCUMENT", "MACHINE", "OUTER", "SAMPLE", "FULL")
RESULTS: Final = (
    "NO_DIFFERENCE",
    "NAME",
    "QUANTITY",
    "CLASS",
    "VALUE",
    "ORIGIN",
    "IPR",
    "SMUGGLED",
    "QUARANTINE_FAIL",
)
DISPOSALS: Final = ("RELEASE", "AMEND", "TAX_AGAIN", "RETURN", "DESTROY", "SEIZE")
_LISTS: Final = ("mine", "unstaffed", "sign", "hour", "overdue", "all")
_HOUR_S: Final = 3600
_PAGE: Final = 100


async def inbox(visit: Visit) -> Response:
    """The open orders of the port, those on my own desk first to be asked for; one read."""
    chosen = visit.query("list") or "mine"
    chosen = chosen if chosen in _LISTS else "mine"
    found = await visit.calls.get(
        "/inspection/v1/orders",
        open=True,
        mine=True if chosen in ("mine", "sign") else None,
        state={"unstaffed": "UNSTAFFED", "sign": "AWAITING_SIGNATURE"}.get(chosen),
        cursor=visit.query("cursor"),
        limit=_PAGE,
    )
    now = datetime.now(UTC)
    orders = [timed(one, now) for one in found["items"]]
    if chosen == "hour":
        orders = [o for o in orders if o["left_s"] is not None and 0 <= o["left_s"] < _HOUR_S]
    if chosen == "overdue":
        orders = [o for o in orders if o["left_s"] is not None and o["left_s"] < 0]
    return visit.page(
        "inbox.html", orders=orders, chosen=chosen, lists=_LISTS, cursor=found["next_cursor"]
    )


def timed(order: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """An order with what is left of its lot's release time, in seconds, and of how many.

    Negative when it has run out; None of a lot whose clock does not run.
    """
    due = order["release_due_at"]
    if due is None:
        return {**order, "left_s": None, "whole_s": 0}
    due_at, since = datetime.fromisoformat(due), datetime.fromisoformat(order["opened_at"])
    return {
        **order,
        "left_s": (due_at - now).total_seconds(),
        "whole_s": (due_at - since).total_seconds(),
    }


async def order(visit: Visit) -> Response:
    """An inspection order: why, who was drawn, what was found; and what its officers may do now."""
    order_id = visit.path("order_id")
    found, timeline, photos = await asyncio.gather(
        visit.calls.get(f"/inspection/v1/orders/{order_id}"),
        visit.calls.get(f"/window/v1/cases/{order_id}/timeline", limit=200),
        documents.lying_with(visit, order_id),
    )
    return visit.page(
        "order.html",
        order=timed(found, datetime.now(UTC)),
        timeline=timeline["items"],
        documents=photos,
        me=visit.party_code,
        methods=METHODS,
        results=RESULTS,
        disposals=DISPOSALS,
        chosen_results=visit.repeated.get("results", []),
        found=visit.mistakes(("method", "results", "disposal", "found_kg", "remark", "grounds")),
        address_of=address_of,
    )


async def _signed(visit: Visit, act: str, body: dict[str, Any]) -> Response:
    order_id = visit.path("order_id")
    await visit.act(f"/inspection/v1/orders/{order_id}/{act}", body, versioned=True)
    return visit.turn(f"{HOME}orders/{order_id}", said="signed")


async def findings(visit: Visit) -> Response:
    """What a drawn officer found and proposes."""
    form = visit.form
    body: dict[str, Any] = {
        "method": form.get("method", ""),
        "results": visit.repeated.get("results", []),
        "disposal": form.get("disposal", ""),
        "remark": form.get("remark", ""),
    }
    if kg := form.get("found_kg", "").strip():
        body["found_kg"] = kg
    return await _signed(visit, "findings", body)


async def countersigned(visit: Visit) -> Response:
    """The second officer agrees, or sends it back and says why."""
    agree = visit.form.get("agree") == "yes"
    remark = visit.form.get("remark", "")
    return await _signed(visit, "countersignature", {"agree": agree, "remark": remark})


async def redrawn(visit: Visit) -> Response:
    """Draw again for an officer who may no longer decide."""
    return await _signed(visit, "redraw", {"grounds": visit.form.get("grounds", "")})


async def let_go(visit: Visit) -> Response:
    """Let a selected lot be withdrawn; both drawn officers ask for it."""
    return await _signed(visit, "withdrawal", {"grounds": visit.form.get("grounds", "")})


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}orders/{{order_id}}", reading(order)),
    Route(f"{HOME}orders/{{order_id}}/findings", acting(findings, page=order), methods=["POST"]),
    Route(
        f"{HOME}orders/{{order_id}}/countersignature",
        acting(countersigned, page=order),
        methods=["POST"],
    ),
    Route(f"{HOME}orders/{{order_id}}/redraw", acting(redrawn, page=order), methods=["POST"]),
    Route(f"{HOME}orders/{{order_id}}/withdrawal", acting(let_go, page=order), methods=["POST"]),
    *documents.routes(f"{HOME}orders/{{order_id}}", "order_id", order),
]
