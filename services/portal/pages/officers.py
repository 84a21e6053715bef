"""A customs officer's day: the inbox, an inspection order, findings and the second signature."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.platform.words import codes
from services.portal.addresses import HOME
from services.portal.judgements import judgement_on, parties_seen
from services.portal.names import call_by_name, declarants_called
from services.portal.pages import documents
from services.portal.pages.cases import address_of, of_case
from services.portal.visit import Visit, acting, reading

_NOBODY_FOUND: Final = "WITHDRAWN"
"""Of what becomes of goods, what no findings propose: nothing was found."""
DISPOSALS: Final = tuple(code for code in codes("disposal") if code != _NOBODY_FOUND)
OTHER_GOODS: Final = (1, 2)
"""Lines of the form for goods that are not the declared ones."""
_OF_A_LINE: Final = ("hs_code", "goods_name", "net_kg", "pieces", "origin")
_LISTS: Final = ("mine", "unstaffed", "sign", "hour", "overdue", "all")
_ROUNDS: Final = (
    *("InspectionStaffed", "InspectionUnstaffed", "FindingsRecorded", "FindingsSentBack"),
    *("InspectionConcluded", "WithdrawalLetGo"),
)
"""Events of an order in whose bodies its draws and rounds stand."""
_FIELDS: Final = ("method", "results", "disposal", "found_kg", "items", "remark", "grounds")
_DIGITS: Final = 15
"""More than any count that is taken has."""
_HOUR: Final = timedelta(hours=1)
_PAGE: Final = 100
_ROSTER_SHOWN: Final = 200


async def inbox(visit: Visit) -> Response:
    """The open orders of the port, those on my own desk first to be asked for; one read."""
    chosen = visit.query("list") or "mine"
    chosen = chosen if chosen in _LISTS else "mine"
    now = datetime.now(UTC)
    within: dict[str, str] = {}
    if chosen in ("hour", "overdue"):
        last = now + _HOUR if chosen == "hour" else now
        within = {"due_before": last.isoformat()}
    if chosen == "hour":
        within["due_from"] = now.isoformat()
    found = await visit.calls.get(
        "/inspection/v1/orders",
        open=True,
        mine=True if chosen in ("mine", "sign") else None,
        state={"unstaffed": "UNSTAFFED", "sign": "AWAITING_SIGNATURE"}.get(chosen),
        **within,
        cursor=visit.query("cursor"),
        limit=_PAGE,
    )
    orders = [timed(one, now) for one in found["items"]]
    visit.called |= declarants_called(orders)
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


async def badges(visit: Visit) -> dict[str, str]:
    """The badges of the officers of one's port, by their numbers; none for whoever does not read
    its roster, as nobody does whom a case concerns."""
    if visit.role != "officer":
        return {}
    roster = await visit.calls.maybe("/inspection/v1/roster", limit=_ROSTER_SHOWN)
    return {one["officer_id"]: one["badge_no"] for one in (roster or {}).get("items", [])}


async def order(visit: Visit) -> Response:
    """An inspection order: why, who was drawn, what was found; and what its officers may do now."""
    order_id = visit.path("order_id")
    found, badged, timeline, photos = await asyncio.gather(
        visit.calls.get(f"/inspection/v1/orders/{order_id}"),
        badges(visit),
        visit.listed("timeline", f"/window/v1/cases/{order_id}/timeline", limit=200),
        documents.lying_with(visit, order_id),
    )
    events = timeline
    rounds = [event for event in events if event["type"] in _ROUNDS]
    judgement, draw_day = await asyncio.gather(
        judgement_on(visit, found["lot_id"], found["lot"]["value"]["currency"]),
        _draw_day(visit, rounds),
    )
    reached = [*found["through"], *found["wanted_beside"]]
    visit.called |= declarants_called([found])
    await call_by_name(visit, [*(one["party"] for one in reached), *parties_seen(judgement)])
    return visit.page(
        "order.html",
        order=timed(found, datetime.now(UTC)),
        badges=badged,
        timeline=events,
        rounds=rounds,
        judgement=judgement,
        draw_day=draw_day,
        documents=photos,
        me=visit.party_code,
        disposals=DISPOSALS,
        other_goods=OTHER_GOODS,
        chosen_results=visit.repeated.get("results", []),
        found=visit.mistakes(_FIELDS),
        address_of=address_of,
    )


async def _draw_day(visit: Visit, rounds: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The draw day of the newest draw, by whose number everybody checks it once that is closed."""
    seeds = [event["body"].get("seed_id") for event in rounds]
    newest = next(filter(None, reversed(seeds)), None)
    return None if newest is None else await visit.calls.maybe(f"/risk/v1/draw-seeds/{newest}")


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
    if kg := visit.typed("found_kg"):
        body["found_kg"] = kg
    if items := await _goods_found(visit):
        body["items"] = items
    return await _signed(visit, "findings", body)


async def _goods_found(visit: Visit) -> list[dict[str, Any]]:
    """The goods as they were counted and weighed, the declared ones first; each line in which
    anything was typed. A count that is none is left to the interface to refuse."""
    lines = [
        {name: text for name in _OF_A_LINE if (text := visit.typed(f"{name}.{line}"))}
        for line in (0, *OTHER_GOODS)
    ]
    if lines[0]:
        declared = await visit.calls.get(f"/inspection/v1/orders/{visit.path('order_id')}")
        lines[0] |= {name: declared[name] for name in ("hs_code", "goods_name")}
    return [{**line, **_counted(line)} for line in lines if line]


def _counted(line: Mapping[str, str]) -> dict[str, Any]:
    pieces = line.get("pieces", "")
    is_count = pieces.isdecimal() and pieces.isascii() and len(pieces) <= _DIGITS
    return {"pieces": int(pieces)} if is_count else {}


async def countersigned(visit: Visit) -> Response:
    """The second officer agrees, or sends it back and says why."""
    agree = visit.is_yes("agree")
    remark = visit.form.get("remark", "")
    return await _signed(visit, "countersignature", {"agree": agree, "remark": remark})


async def redrawn(visit: Visit) -> Response:
    """Draw again for an officer who may no longer decide."""
    return await _signed(visit, "redraw", {"grounds": visit.form.get("grounds", "")})


async def let_go(visit: Visit) -> Response:
    """Let a selected lot be withdrawn; both drawn officers ask for it."""
    return await _signed(visit, "withdrawal", {"grounds": visit.form.get("grounds", "")})


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}orders/{{order_id}}", reading(of_case("order_id", order))),
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
