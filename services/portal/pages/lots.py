"""Lots: the list of those one may see, and one lot with all that is to be known of it."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.judgements import judgement_on, parties_seen
from services.portal.names import call_by_name, parties_of
from services.portal.pages import documents, factories, officers
from services.portal.pages.cases import address_of, of_case
from services.portal.visit import Visit, acting, reading

_ASKED: Final = (
    *("state", "plate", "manifest_no", "group_code", "hs_code", "lane", "day", "reference"),
)
AMENDED: Final = (
    *("vehicle_plate", "foreign_plate", "seller", "seller_bank_bic"),
    *("net_kg", "gross_kg", "pieces", "value"),
)
"""What of a lot is put right before the first member has answered."""
_PAGE: Final = 30


async def listed(visit: Visit) -> Response:
    """Lots, newest first, by state, plate, group, code, lane, day or reference."""
    asked = {name: visit.query(name) for name in _ASKED}
    found = await visit.sought(
        "/declaration/v1/lots", **asked, order="newest", cursor=visit.query("cursor"), limit=_PAGE
    )
    return visit.page("lots.html", lots=found, asked=asked, found=visit.mistakes(()))


async def one(visit: Visit) -> Response:
    """One lot: its state, who holds it, what is missing, its shares, what happened."""
    if visit.role == "enterprise":
        # A factory reads no declaration: of a lot it has what it buys.
        return await factories.lot(visit)
    lot_id = visit.path("lot_id")
    calls = visit.calls
    lot, case, timeline, shares, names, papers = await asyncio.gather(
        calls.get(f"/declaration/v1/lots/{lot_id}"),
        calls.get(f"/window/v1/cases/{lot_id}"),
        visit.listed("timeline", f"/window/v1/cases/{lot_id}/timeline", limit=200),
        calls.whole(f"/declaration/v1/lots/{lot_id}/tickets"),
        _names(visit),
        documents.lying_with(visit, lot_id),
    )
    judgement = await judgement_on(visit, lot_id, lot["value"]["currency"])
    await call_by_name(visit, [*parties_of(lot), *parties_seen(judgement)], [lot_id])
    return visit.page(
        "lot.html",
        lot=lot,
        case=case,
        judgement=judgement,
        badges=await officers.badges(visit) if judgement and judgement["called_in"] else {},
        timeline=timeline,
        shares=sorted(shares, key=_answered),
        names=names,
        documents=papers,
        found=visit.mistakes(("reason", "lane", "grounds", *AMENDED)),
        address_of=address_of,
    )


async def _names(visit: Visit) -> dict[str, str]:
    """Members of the clerk's group by their id, and a resident's own; nobody else reads names."""
    if visit.role == "resident" and visit.session is not None:
        return {visit.party_code: visit.session.name}
    if visit.role != "clerk":
        return {}
    members = await visit.calls.whole(f"/registry/v1/groups/{quote(visit.party_code)}/members")
    return {member["resident_id"]: member["name"] for member in members}


def _answered(share: dict[str, Any]) -> bool:
    """Who has not answered stands first."""
    return bool(share["confirmed_at"] or share["refused_at"])


async def withdrawn(visit: Visit) -> Response:
    """Withdraw a lot, with the reason that is kept."""
    lot_id = visit.path("lot_id")
    await visit.act(
        f"/declaration/v1/lots/{lot_id}/cancellation",
        {"reason": visit.form.get("reason", "")},
        versioned=True,
    )
    return visit.turn(f"{HOME}lots/{lot_id}", said="withdrawn")


async def reminded(visit: Visit) -> Response:
    """Remind the members who have not confirmed."""
    lot_id = visit.path("lot_id")
    await visit.act(f"/declaration/v1/lots/{lot_id}/reminders", {}, versioned=True)
    return visit.turn(f"{HOME}lots/{lot_id}", said="done")


async def confirmed_by_mandate(visit: Visit) -> Response:
    """A clerk confirms the shares of those who gave a mandate."""
    lot_id = visit.path("lot_id")
    await visit.act(
        f"/declaration/v1/lots/{lot_id}/confirmations", {"by_mandate": True}, versioned=True
    )
    return visit.turn(f"{HOME}lots/{lot_id}", said="signed")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}lots", reading(listed)),
    Route(f"{HOME}lots/{{lot_id}}", reading(of_case("lot_id", one))),
    Route(f"{HOME}lots/{{lot_id}}/withdrawal", acting(withdrawn, page=one), methods=["POST"]),
    Route(f"{HOME}lots/{{lot_id}}/reminder", acting(reminded, page=one), methods=["POST"]),
    Route(
        f"{HOME}lots/{{lot_id}}/mandates", acting(confirmed_by_mandate, page=one), methods=["POST"]
    ),
    *documents.routes(f"{HOME}lots/{{lot_id}}", "lot_id", one),
]
