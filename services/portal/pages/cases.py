"""Any case: where it stands, what it waits for, what happened; and how one is found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.addresses import HOME
from services.portal.interface import Problem
from services.portal.visit import Handler, Visit, acting, reading

_PAGE_OF: Final = {
    "lot": "lots",
    "ins": "orders",
    "stl": "payments",
    "bok": "books",
    "aeo": "certificates",
    "rul": "rules",
    "pol": "law",
    "nmr": "name-reports",
    "bky": "bank-keys",
    "scn": "screening",
    "crd": "credit-levels",
    "abs": "absences",
}
"""Kinds of case with a page of their own, by the prefix of their ids."""
_PAGE_OF_KIND: Final = {"register_change": "changes", "law_filing": "changes/law"}
"""Those of which several have one prefix, by the name of the kind."""
DONE_AT: Final[Mapping[str, str]] = {
    "SALE": "lots/{case_id}/sale",
    "SETTLEMENT": "lots/{case_id}/sale",
    "GATE_PASS": "?q={case_id}",
    "LOTS": "factory-orders",
}
"""Where a piece of work is done that is not done on its case's own page, by what is waited for."""
ANSWERED_AT: Final = {"SHARES_TO_CONFIRM": "shares/{case_id}"}
"""Where a resident does it for himself, and nobody else: a clerk confirms on the lot's own page."""
_LOOKS_UP: Final = "registry:resident:lookup"
_NUMBER: Final = "resident_nos"
_ASKED_MAX: Final = 64
_FOUND_MAX: Final = 20
_ID: Final = re.compile(r"[a-z]{3}_[0-9a-f]{32}")
_SHORT: Final = re.compile(r"[0-9a-fA-F]{8}")
"""The end of a case's number, by which screens call it."""
_RESIDENT: Final = re.compile(r"res_[0-9a-f]{32}")
_CODE: Final = re.compile(r"[0-9]{2}[0-9. ]{2,10}")
"""The first digits of a commodity code, four at least, however they are parted."""


def address_of(case_id: str, kind: str = "") -> str:
    """The page of a case, of this kind where that is known."""
    prefix = case_id.partition("_")[0]
    return f"{HOME}{_PAGE_OF_KIND.get(kind) or _PAGE_OF.get(prefix, 'cases')}/{case_id}"


def done_at(item: Mapping[str, Any], role: str) -> str:
    """The page on which a piece of work is done by a role on whose list it is."""
    own = ANSWERED_AT if role == "resident" else {}
    if where := {**DONE_AT, **own}.get(item["code"]):
        return HOME + where.format(case_id=item["case_id"])
    return address_of(item["case_id"], item["kind"])


def of_case(name: str, handler: Handler) -> Handler:
    """The page of a kind of case; of one whose insides are not this person's to see, while the
    window tells where it stands, the page of any case."""

    async def page(visit: Visit) -> Response:
        try:
            return await handler(visit)
        except Problem as problem:
            case_id = visit.path(name)
            if problem.status not in (403, 404):
                raise
            if await visit.calls.maybe(f"/window/v1/cases/{case_id}") is None:
                raise
            return visit.turn(f"{HOME}cases/{case_id}")

    return page


async def one(visit: Visit) -> Response:
    """One case with its timeline."""
    case_id = visit.path("case_id")
    case = await visit.calls.get(f"/window/v1/cases/{case_id}")
    timeline = await visit.listed("timeline", f"/window/v1/cases/{case_id}/timeline", limit=200)
    return visit.page("case.html", case=case, timeline=timeline, address_of=address_of)


async def find(visit: Visit) -> Response:
    """By whatever was typed: a number, a reference, a plate, a manifest, a group, a code."""
    asked = (visit.query("q") or "").strip()[:_ASKED_MAX]
    if not asked:
        return _found(visit, "")
    is_id = _ID.fullmatch(asked) is not None
    if is_id and (await visit.calls.maybe(f"/window/v1/cases/{asked}")) is not None:
        return visit.turn(address_of(asked))
    names = _by_what(asked)
    cases, *listed = await asyncio.gather(
        visit.listed_if_seen("cases", "/window/v1/cases", reference=asked, limit=_FOUND_MAX),
        *(
            visit.calls.maybe(
                "/declaration/v1/lots", **{by: asked}, order="newest", limit=_FOUND_MAX
            )
            for by in names
        ),
    )
    lots = {by: (found or {}).get("items", []) for by, found in zip(names, listed, strict=True)}
    ends = asked.lower() if _SHORT.fullmatch(asked) else None
    numbered = [c for c in cases if ends and c["case_id"].endswith(ends)]
    if len(cases) == len(numbered) == 1 and not any(lots.values()):
        return visit.turn(address_of(numbered[0]["case_id"], numbered[0]["kind"]))
    # A lot is shown once, as a lot.
    others = [c for c in cases if c["kind"] != "lot" or c in numbered]
    return _found(visit, asked, others, {by: found for by, found in lots.items() if found})


def _found(
    visit: Visit,
    asked: str,
    cases: Sequence[Mapping[str, Any]] = (),
    lots: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    *,
    unknown: bool = False,
) -> Response:
    return visit.page(
        "find.html",
        asked=asked,
        cases=cases,
        lots=lots or {},
        unknown=unknown,
        by_number=_LOOKS_UP in visit.scopes,
        address_of=address_of,
        found=visit.mistakes((_NUMBER,)),
    )


async def resident_found(visit: Visit) -> Response:
    """Lots in the name of whoever bears the identity number: from the form it leaves for the
    interface alone, and the page that follows is called by the number that the window gave."""
    number = visit.typed(_NUMBER)
    told = await visit.act("/registry/v1/residents/lookup", {_NUMBER: [number]})
    (answer,) = told["items"]
    if not answer["filed"]:
        return _found(visit, "", unknown=True)
    return visit.turn(f"{HOME}find?q={answer['resident_id']}")


def _by_what(asked: str) -> tuple[str, ...]:
    """By what lots may be asked for under what was typed."""
    if _RESIDENT.fullmatch(asked):
        return ("resident_id",)
    code = ("hs_code",) if _CODE.fullmatch(asked) else ()
    return ("reference", "plate", "manifest_no", "group_code", *code)


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}cases/{{case_id}}", reading(one)),
    Route(f"{HOME}find", reading(find)),
    Route(f"{HOME}find/resident", acting(resident_found, page=find), methods=["POST"]),
]
