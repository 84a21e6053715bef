"""A bank's screening list: what holds its payments, a new entry, and an end that takes two."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.names import BANKS, call_by_name
from services.portal.visit import Visit, acting, reading

_LISTED: Final = ("list_name", "reference", "kind", "value")
_ENTRIES: Final = "/settlement/v1/screening-entries"
_PAGE: Final = 50
_CHOSEN: Final = ("standing", "ended")


async def listed(visit: Visit) -> Response:
    """What payments are compared with now, or what has ended; and, to compliance, a new entry."""
    chosen = visit.query("list") if visit.query("list") in _CHOSEN else "standing"
    found = await visit.calls.get(
        _ENTRIES, ended=chosen == "ended", limit=_PAGE, cursor=visit.query("cursor")
    )
    await call_by_name(visit, [BANKS])
    return visit.page("screening.html", entries=found, chosen=chosen, found=visit.mistakes(_LISTED))


async def added(visit: Visit) -> Response:
    """A name, or a resident by number, stands on the bank's list from now on."""
    await visit.act(_ENTRIES, visit.typed_in(_LISTED))
    return visit.turn(_HERE, said="done")


async def entry(visit: Visit) -> Response:
    """One entry: who added it, who wants it ended and why."""
    await call_by_name(visit, [BANKS])
    return visit.page(
        "screening_entry.html",
        entry=await visit.calls.get(f"{_ENTRIES}/{visit.path('entry_id')}"),
        found=visit.mistakes(("remark",)),
    )


async def ended(visit: Visit) -> Response:
    """One of the bank's compliance signs that it ends; another's signature ends it."""
    entry_id = visit.path("entry_id")
    body = visit.typed_in(("remark",))
    await visit.act(f"{_ENTRIES}/{entry_id}/ending", body, versioned=True)
    return visit.turn(f"{_HERE}/{entry_id}", said="signed")


_HERE: Final = f"{HOME}screening"
_ONE: Final = f"{_HERE}/{{entry_id}}"
ROUTES: Final[list[BaseRoute]] = [
    Route(_HERE, reading(listed)),
    Route(_HERE, acting(added, page=listed), methods=["POST"]),
    Route(_ONE, reading(entry)),
    Route(f"{_ONE}/ending", acting(ended, page=entry), methods=["POST"]),
]
