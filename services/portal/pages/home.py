"""The first page: what waits for whoever is signed in, as that role's day needs it."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.pages import (
    banks,
    carriers,
    cases,
    figures,
    gates,
    law,
    lots,
    officers,
    registers,
    residents,
    rules,
)
from services.portal.visit import Visit, reading

_WORKING: Final = ("clerk", "bank_compliance", "enterprise")


async def first(visit: Visit) -> Response:
    """By role: a resident's day, an officer's inbox, each desk's first list, else the work."""
    match visit.role:
        case "resident":
            return await residents.today(visit)
        case "officer":
            return await officers.inbox(visit)
        case "bank":
            return await banks.counter(visit)
        case "gate":
            return await gates.gate(visit)
        case "risk_officer":
            return await rules.book(visit)
        case "policy_officer":
            return await law.law(visit)
        case "registrar":
            return await registers.changes(visit)
        case "carrier":
            return await carriers.trucks(visit)
        case "leader":
            return await figures.figures(visit)
        case "auditor":
            return await lots.listed(visit)
        case role if role in _WORKING:
            return await work(visit)
        case _:
            return visit.page("welcome.html")


async def work(visit: Visit) -> Response:
    """What waits for this person or post, by its due time."""
    found = await visit.calls.get(
        "/window/v1/work", kind=visit.query("kind"), cursor=visit.query("cursor"), limit=50
    )
    return visit.page(
        "work.html",
        work=found,
        at=visit.request.url.path,
        done_at=cases.done_at,
    )


ROUTES: Final[list[BaseRoute]] = [
    Route(HOME, reading(first)),
    Route(f"{HOME}work", reading(work)),
]
