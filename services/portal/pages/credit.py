"""Credit levels (信用等级): those that stand and those that wait, one with its party's history, and
the two acts: proposed by one officer of the port, signed or refused by another."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.names import call_by_name
from services.portal.pages.officers import badges
from services.portal.visit import Visit, acting, reading

LEVELS: Final = ("DISHONEST", "SERIOUSLY_DISHONEST", "ORDINARY")
"""What is proposed here; a certified level is earned by accreditation."""
GROUNDS: Final = ("VIOLATIONS", "SMUGGLING", "ARREARS", "REPAIRED")
KINDS: Final = ("enterprise", "group", "resident")
_API: Final = "/accreditation/v1/credit-levels"
_HERE: Final = f"{HOME}credit-levels"
_LISTS: Final = {"force": "IN_FORCE", "proposed": "PROPOSED", "all": None}
_YEAR: Final = ("violations.count", "violations.documents", "violations.fines")
_FIELDS: Final = ("party", "level", "grounds", "violations", *_YEAR)
_PAGE: Final = 50


async def listed(visit: Visit) -> Response:
    """The levels of parties by how they stand, or all of one party; and, to officers, a new one."""
    asked = visit.query("list") or "force"
    chosen = asked if asked in _LISTS else "force"
    party = visit.query("party")
    # A party reads its own alone, and of one party every decision.
    state = _LISTS[chosen] if party is None and visit.role != "enterprise" else None
    found = await visit.sought(
        _API, state=state, party=party, cursor=visit.query("cursor"), limit=_PAGE
    )
    await call_by_name(visit, [one["party"] for one in found["items"]])
    return visit.page(
        "credit_levels.html",
        levels_found=found,
        chosen=chosen,
        lists=tuple(_LISTS),
        party=party,
        kinds=KINDS,
        levels=LEVELS,
        reasons=GROUNDS,
        found=visit.mistakes(_FIELDS),
    )


async def proposed(visit: Visit) -> Response:
    """One officer proposes a level upon grounds that the law names; nothing changes by it yet."""
    body: dict[str, Any] = visit.typed_in(("level", "grounds"))
    body["party"] = f"{visit.typed('party_kind')}:{visit.typed('party')}"
    year = {name.partition(".")[2]: text for name, text in visit.filled_in(_YEAR).items()}
    if year:
        counted = {name: _whole(text) for name, text in year.items() if name != "fines"}
        body["violations"] = {**year, **counted, "is_broker": visit.is_yes("is_broker")}
    made = await visit.act(_API, body)
    return visit.turn(f"{_HERE}/{made['credit_id']}", said="level_proposed")


def _whole(text: str) -> int | str:
    """A number where one was typed; what is none stays the text, and the interface says so."""
    return int(text) if text.isascii() and text.isdecimal() else text


async def one(visit: Visit) -> Response:
    """One level: upon which facts, by whom, what came before; and the second officer's word."""
    found = await visit.calls.get(f"{_API}/{visit.path('credit_id')}")
    history, badged = await asyncio.gather(
        visit.listed("history", _API, party=found["party"], limit=_PAGE), badges(visit)
    )
    await call_by_name(visit, [found["party"]])
    return visit.page(
        "credit_level.html",
        one=found,
        history=history,
        badges=badged,
        found=visit.mistakes(("remark",)),
    )


async def signed(visit: Visit) -> Response:
    """Another officer puts the level in force, or refuses it and says why."""
    credit_id = visit.path("credit_id")
    body = {"agree": visit.is_yes("agree"), "remark": visit.form.get("remark", "")}
    await visit.act(f"{_API}/{credit_id}/countersignature", body, versioned=True)
    return visit.turn(f"{_HERE}/{credit_id}", said="signed")


ROUTES: Final[list[BaseRoute]] = [
    Route(_HERE, reading(listed)),
    Route(_HERE, acting(proposed, page=listed), methods=["POST"]),
    Route(f"{_HERE}/{{credit_id}}", reading(one)),
    Route(f"{_HERE}/{{credit_id}}/signature", acting(signed, page=one), methods=["POST"]),
]
