"""Any case: where it stands, what it waits for, what happened; and how one is found."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.visit import HOME, Visit, reading

_PAGE_OF: Final = {
    "lot": "lots",
    "ins": "orders",
    "stl": "payments",
    "bok": "books",
    "aeo": "certificates",
}
"""Kinds of case with a page of their own, by the prefix of their ids."""


def address_of(case_id: str) -> str:
    """The page of a case."""
    prefix = case_id.partition("_")[0]
    return f"{HOME}{_PAGE_OF.get(prefix, 'cases')}/{case_id}"


async def one(visit: Visit) -> Response:
    """One case with its timeline."""
    case_id = visit.path("case_id")
    case = await visit.calls.get(f"/window/v1/cases/{case_id}")
    timeline = await visit.calls.get(f"/window/v1/cases/{case_id}/timeline", limit=200)
    return visit.page("case.html", case=case, timeline=timeline["items"], address_of=address_of)


async def find(visit: Visit) -> Response:
    """By an id, a reference, a plate or a manifest number, whatever was typed."""
    asked = (visit.query("q") or "").strip()
    if not asked:
        return visit.page("find.html", asked="", cases=[], lots=[])
    if "_" in asked and (await visit.calls.maybe(f"/window/v1/cases/{asked}")) is not None:
        return visit.turn(address_of(asked))
    cases = await visit.calls.maybe("/window/v1/cases", reference=asked, limit=20)
    lots = await visit.calls.maybe("/declaration/v1/lots", plate=asked, order="newest", limit=20)
    return visit.page(
        "find.html",
        asked=asked,
        cases=(cases or {}).get("items", []),
        lots=(lots or {}).get("items", []),
        address_of=address_of,
    )


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}cases/{{case_id}}", reading(one)),
    Route(f"{HOME}find", reading(find)),
]
