"""Accreditation (AEO认证): an enterprise applies, examiners score and officers decide."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.clock import business_day
from services.portal.addresses import HOME
from services.portal.names import call_by_name
from services.portal.pages import documents
from services.portal.pages.cases import address_of, of_case
from services.portal.pages.officers import badges
from services.portal.said import Said
from services.portal.visit import Visit, acting, reading

MARKS: Final = ("MET", "BASICALLY_MET", "NOT_MET", "NOT_APPLICABLE")
LEVELS: Final = ("ADVANCED", "CERTIFIED")
"""What is applied for; the law knows the rest as consequences."""
LOST: Final = ("ORDINARY", "DISHONEST", "SERIOUSLY_DISHONEST")
_FIELDS: Final = ("grounds", "remark", "opinion", "reason_code", "kind", "level", "trades", "marks")
_PAGE: Final = 50


async def listed(visit: Visit) -> Response:
    """Cases one may see, by state; for an enterprise the form to apply beside them."""
    state = visit.query("state")
    cases, standards = await asyncio.gather(
        visit.sought(
            "/accreditation/v1/accreditations",
            state=state,
            cursor=visit.query("cursor"),
            limit=_PAGE,
        ),
        visit.calls.get("/accreditation/v1/standards"),
    )
    await call_by_name(visit, [f"enterprise:{one['enterprise_code']}" for one in cases["items"]])
    today = business_day(datetime.now(UTC))
    in_the_way, barred = await _keeps_from_applying(visit, today)
    return visit.page(
        "certificates.html",
        cases={**cases, "items": [_counted(one, today) for one in cases["items"]]},
        chosen=state,
        levels=LEVELS,
        trades=tuple(standards["by_trade"]),
        ticked=visit.repeated.get("trades", []),
        in_the_way=in_the_way,
        barred=barred,
        found=visit.mistakes(_FIELDS),
    )


async def _keeps_from_applying(visit: Visit, today: date) -> tuple[str | None, str | None]:
    """Of an enterprise's own cases that which is open, and until when one keeps it from another."""
    if visit.role != "enterprise":
        return None, None
    own = await visit.calls.whole("/accreditation/v1/accreditations")
    in_the_way = next((c["accreditation_id"] for c in own if c["ended_on"] is None), None)
    days = [c["may_apply_again_on"] for c in own if c["may_apply_again_on"]]
    until = max(days, default=None)
    return in_the_way, until if until and date.fromisoformat(until) > today else None


def _counted(case: dict[str, Any], today: date) -> dict[str, Any]:
    """A case with the days that are left of its clock; negative when it has run out."""
    due = case["due_on"]
    left = None if due is None else (date.fromisoformat(due) - today).days
    return {**case, "left_days": left}


async def applied(visit: Visit) -> Response:
    """An enterprise applies for a level, with the trades whose own standards apply to it."""
    body: dict[str, Any] = {
        "level": visit.form.get("level", ""),
        "trades": visit.repeated.get("trades", []),
    }
    if reference := visit.typed("reference"):
        body["reference"] = reference
    made = await visit.act("/accreditation/v1/accreditations", body)
    return visit.turn(f"{HOME}certificates/{made['accreditation_id']}", said="done")


async def one(visit: Visit) -> Response:
    """One case: its clock, its marks standard by standard, and what this person may do now."""
    case_id = visit.path("case_id")
    found, badged, case, standards, timeline, papers = await asyncio.gather(
        visit.calls.get(f"/accreditation/v1/accreditations/{case_id}"),
        badges(visit),
        visit.calls.get(f"/window/v1/cases/{case_id}"),
        visit.calls.get("/accreditation/v1/standards"),
        visit.listed("timeline", f"/window/v1/cases/{case_id}/timeline", limit=200),
        documents.lying_with(visit, case_id),
    )
    await call_by_name(visit, [f"enterprise:{found['enterprise_code']}"], [case_id])
    return visit.page(
        "certificate.html",
        aeo=_counted(found, business_day(datetime.now(UTC))),
        case=case,
        badges=badged,
        groups=_groups(standards, found["trades"]),
        sample=standards["sample"],
        timeline=timeline,
        documents=papers,
        me=visit.party_code,
        marks=MARKS,
        lost=LOST,
        decisions=[act for act in found["possible"] if act.isupper()],
        trades=[name for name in standards["by_trade"] if name not in found["trades"]],
        ticked=visit.repeated.get("trades", []),
        found=visit.mistakes(_FIELDS),
        address_of=address_of,
    )


def _groups(standards: Mapping[str, Any], trades: list[str]) -> dict[str, list[str]]:
    """The standards that apply, by class or by trade."""
    single = {name: items for name, items in standards["by_trade"].items() if name in trades}
    return {**standards["general"], **single}


async def _acted(visit: Visit, act: str, body: Mapping[str, Any], *, said: Said) -> Response:
    case_id = visit.path("case_id")
    await visit.act(f"/accreditation/v1/accreditations/{case_id}/{act}", body, versioned=True)
    return visit.turn(f"{HOME}certificates/{case_id}", said=said)


def _marks(visit: Visit) -> dict[str, str]:
    """The marks of a form, by standard."""
    return {
        name.removeprefix("marks."): mark
        for name, mark in visit.form.items()
        if name.startswith("marks.")
    }


async def accepted(visit: Visit) -> Response:
    """Customs accepts the application, which starts the clock, or declines it with its reason."""
    accept = visit.is_yes("accept")
    body: dict[str, Any] = {"accept": accept, "trades": visit.repeated.get("trades", [])}
    if code := visit.typed("reason_code"):
        body["reason_code"] = code
    return await _acted(visit, "acceptance", body, said="signed")


async def self_assessed(visit: Visit) -> Response:
    """The enterprise marks itself against every standard."""
    return await _acted(visit, "self-assessment", {"marks": _marks(visit)}, said="done")


async def reported(visit: Visit) -> Response:
    """A drawn examiner's marks and opinion."""
    body = {"marks": _marks(visit), "opinion": visit.typed("opinion")}
    return await _acted(visit, "on-site-report", body, said="signed")


async def concurred(visit: Visit) -> Response:
    """The other examiner agrees to the score, or sends it back and says why."""
    return await _acted(visit, "on-site-report/countersignature", _word(visit), said="signed")


async def decided(visit: Visit) -> Response:
    """An officer proposes a decision; another one's signature carries it out."""
    body = {"kind": visit.typed("kind"), "grounds": visit.typed("grounds")}
    if level := visit.typed("level"):
        body["level"] = level
    return await _acted(visit, "decision", body, said="signed")


async def countersigned(visit: Visit) -> Response:
    """Another officer signs the decision, or sends it back and says why."""
    return await _acted(visit, "countersignature", _word(visit), said="signed")


def _word(visit: Visit) -> dict[str, Any]:
    return {"agree": visit.is_yes("agree"), "remark": visit.typed("remark")}


async def extended(visit: Visit) -> Response:
    """Customs gives the clock its thirty days more, once, before it has run out."""
    return await _acted(visit, "extension", _grounds(visit), said="signed")


async def redrawn(visit: Visit) -> Response:
    """Another examiner is drawn in place of one who may decide no more."""
    return await _acted(visit, "redraw", _grounds(visit), said="signed")


async def reviewed(visit: Visit) -> Response:
    """Customs opens a re-examination before its time."""
    return await _acted(visit, "review", _grounds(visit), said="signed")


def _grounds(visit: Visit) -> dict[str, Any]:
    return {"grounds": visit.typed("grounds")}


async def withdrawn(visit: Visit) -> Response:
    """The enterprise gives the application up."""
    return await _acted(visit, "withdrawal", _grounds(visit), said="done")


_CASE: Final = f"{HOME}certificates/{{case_id}}"
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}certificates", reading(listed)),
    Route(f"{HOME}certificates", acting(applied, page=listed), methods=["POST"]),
    Route(_CASE, reading(of_case("case_id", one))),
    Route(f"{_CASE}/acceptance", acting(accepted, page=one), methods=["POST"]),
    Route(f"{_CASE}/self-assessment", acting(self_assessed, page=one), methods=["POST"]),
    Route(f"{_CASE}/report", acting(reported, page=one), methods=["POST"]),
    Route(f"{_CASE}/report/countersignature", acting(concurred, page=one), methods=["POST"]),
    Route(f"{_CASE}/decision", acting(decided, page=one), methods=["POST"]),
    Route(f"{_CASE}/countersignature", acting(countersigned, page=one), methods=["POST"]),
    Route(f"{_CASE}/extension", acting(extended, page=one), methods=["POST"]),
    Route(f"{_CASE}/redraw", acting(redrawn, page=one), methods=["POST"]),
    Route(f"{_CASE}/review", acting(reviewed, page=one), methods=["POST"]),
    Route(f"{_CASE}/withdrawal", acting(withdrawn, page=one), methods=["POST"]),
    *documents.routes(_CASE, "case_id", one),
]
