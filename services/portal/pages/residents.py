"""A resident's phone: what is left today, what waits for a yes, the own name, a declaration."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.clock import BEIJING, business_day
from services.portal.addresses import HOME
from services.portal.counts import counted
from services.portal.lot_rows import DECLARED
from services.portal.names import call_by_name, parties_of
from services.portal.said import Said
from services.portal.visit import Visit, acting, reading

FIELDS: Final = (*DECLARED, "purpose", "resident_no", "reference")
_LATELY: Final = 10


async def today(visit: Visit) -> Response:
    """What is left of the day's quota, what waits for my yes, my newest lots. Three reads."""
    quota, work, lots = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/residents/{visit.party_code}/quota"),
        visit.listed("work", "/window/v1/work", limit=20),
        visit.calls.get("/declaration/v1/lots", order="newest", limit=_LATELY),
    )
    own = [_timed(lot, datetime.now(UTC)) for lot in lots["items"]]
    by_id = {lot["lot_id"]: lot for lot in own}
    return visit.page("today.html", quota=quota, work=work, lots=own, by_id=by_id)


def _timed(lot: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A lot with what is left of its release time, in seconds, while that runs; else None."""
    if lot["release_due_at"] is None or lot["clock_stopped_at"] is not None:
        return {**lot, "left_s": None, "whole_s": 0}
    since, due = map(datetime.fromisoformat, (lot["clock_started_at"], lot["release_due_at"]))
    left, whole = (due - now).total_seconds(), (due - since).total_seconds()
    return {**lot, "left_s": left, "whole_s": whole}


async def share(visit: Visit) -> Response:
    """The own share in a lot: exactly what it says, yes or no to it, and what is to be done about a
    yes that was not one's own."""
    lot_id = visit.path("lot_id")
    lot, tickets, phones, reports = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/lots/{lot_id}"),
        visit.calls.get(f"/declaration/v1/lots/{lot_id}/tickets", limit=20),
        bound_phones(visit),
        visit.calls.get("/declaration/v1/name-reports", lot_id=lot_id, limit=1),
    )
    own = [t for t in tickets["items"] if t["resident_id"] == visit.party_code]
    await call_by_name(visit, parties_of(lot), [lot_id])
    return visit.page(
        "share.html",
        lot=lot,
        tickets=own,
        phones=phones,
        report=next(iter(reports["items"]), None),
        found=visit.mistakes(()),
    )


def _named(memberships: list[dict[str, Any]]) -> dict[str, str]:
    return {one["group_code"]: one["name"] for one in memberships}


async def own_phones(visit: Visit) -> list[dict[str, Any]]:
    """One's own phones, also those that do not count any more, the newest first."""
    found = await visit.calls.maybe("/registry/v1/passkeys", limit=50)
    return list(reversed((found or {}).get("items", [])))


async def bound_phones(visit: Visit) -> list[dict[str, Any]]:
    """Those that count."""
    now = datetime.now(UTC)
    return [
        one
        for one in await own_phones(visit)
        if one["state"] == "BOUND"
        and (one["counts_from"] is None or datetime.fromisoformat(one["counts_from"]) <= now)
    ]


def touched(visit: Visit) -> dict[str, Any]:
    """What the phone answered, if it was asked; else nothing."""
    said = visit.form.get("touch")
    if not said:
        return {}
    try:
        return {"touch": json.loads(said)}
    except ValueError:
        return {"touch": said}


async def _answered(visit: Visit, act: str, said: Said) -> Response:
    lot_id = visit.path("lot_id")
    await visit.act(f"/declaration/v1/lots/{lot_id}/{act}", touched(visit), versioned=True)
    return visit.turn(HOME, said=said)


async def confirmed(visit: Visit) -> Response:
    """Yes to the own share."""
    return await _answered(visit, "confirmations", "confirmed")


async def refused(visit: Visit) -> Response:
    """No to the own share; nobody owes a reason."""
    return await _answered(visit, "refusals", "refused")


async def me(visit: Visit) -> Response:
    """The own name: its filing, whether it is frozen, its phones, what was declared in it, what it
    brought."""
    path = f"/declaration/v1/residents/{visit.party_code}/name-freezes"
    own = f"/registry/v1/residents/{visit.party_code}"
    filing, memberships, freeze, lots, incomes, phones = await asyncio.gather(
        visit.calls.maybe(own),
        visit.listed_if_seen("groups", f"{own}/memberships", limit=20),
        visit.calls.get(path),
        visit.listed("lots", "/declaration/v1/lots", order="newest", limit=20),
        visit.listed_if_seen("incomes", "/secondmarket/v1/incomes", limit=20),
        own_phones(visit),
    )
    return visit.page(
        "me.html",
        filing=filing,
        memberships=_current(memberships),
        group_names=_named(memberships),
        freeze=freeze,
        phones=phones,
        lots=lots,
        incomes=incomes,
        found=visit.mistakes(()),
    )


def _current(memberships: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that have not ended."""
    today = business_day(datetime.now(UTC)).isoformat()
    return [one for one in memberships if one["left_on"] is None or one["left_on"] > today]


async def mandate_ended(visit: Visit) -> Response:
    """A group's clerk says yes in the own name no more: from today, or the day after it began."""
    given_on = visit.form.get("given_on", "")
    try:
        after = date.fromisoformat(given_on) + timedelta(days=1)
    except (ValueError, OverflowError):
        after = date.min
    row = {
        "group_code": visit.form.get("group_code", ""),
        "resident_id": visit.party_code,
        "given_on": given_on,
        "ended_on": max(business_day(datetime.now(UTC)), after).isoformat(),
    }
    await visit.act("/registry/v1/mandates", {"rows": [row]})
    return visit.turn(f"{HOME}me", said="done")


async def frozen(visit: Visit) -> Response:
    """Freeze the own name, or let it be declared in again."""
    wanted = visit.is_yes("frozen")
    await visit.act(
        f"/declaration/v1/residents/{visit.party_code}/name-freezes", {"frozen": wanted}
    )
    return visit.turn(f"{HOME}me", said="frozen" if wanted else "thawed")


async def declare(visit: Visit) -> Response:
    """Declare own goods; the last cargo is the template."""
    quota, lots, ports, phones = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/residents/{visit.party_code}/quota"),
        visit.calls.get("/declaration/v1/lots", order="newest", limit=1),
        visit.calls.whole("/registry/v1/ports"),
        bound_phones(visit),
    )
    last = next(iter(lots["items"]), None)
    return visit.page(
        "declare.html",
        quota=quota,
        last=last,
        phones=phones,
        ports=[p for p in ports if p["active"]],
        found=visit.mistakes(FIELDS),
    )


async def declared(visit: Visit) -> Response:
    """Send what was typed; a refusal comes back beside the fields, with everything still there.

    Where the phone was not asked, for what was typed could not be read, it is only looked at.
    """
    if visit.is_yes("look"):
        await touch_asked(visit)
        return await declare(visit)
    lot = await visit.act("/declaration/v1/lots", own_lot(visit) | touched(visit))
    return visit.turn(f"{HOME}lots/{lot['lot_id']}", said="sent")


async def touch_asked(visit: Visit) -> dict[str, Any]:
    """What the phone is asked for the goods that are typed; with the note that they are sent by.
    Raises Problem, Away."""
    body = own_lot(visit)
    # Reads only, under a key of its own: the form's is the declaration's.
    asked = await visit.calls.post("/declaration/v1/touches", body, key=str(uuid4()))
    return {**asked, "reference": body["reference"]}


def own_lot(visit: Visit) -> dict[str, Any]:
    """A lot in one's own name as the interface takes it: one ticket, of all the goods."""
    text = visit.typed_in(FIELDS)
    number = text.pop("resident_no")
    return {
        **{n: None if n in _MAY_BE_EMPTY and not value else value for n, value in text.items()},
        "reference": text["reference"] or f"{datetime.now(UTC).astimezone(BEIJING):%y%m%d-%H%M%S}",
        "entered_at": visit.moment("entered_at"),
        "purpose": text["purpose"] or "RESALE",
        "pieces": counted(text["pieces"]),
        "tickets": [{"resident_no": number, "net_kg": text["net_kg"], "value": text["value"]}],
    }


_MAY_BE_EMPTY: Final = ("foreign_plate", "manifest_no")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}shares/{{lot_id}}", reading(share)),
    Route(f"{HOME}shares/{{lot_id}}/yes", acting(confirmed, page=share), methods=["POST"]),
    Route(f"{HOME}shares/{{lot_id}}/no", acting(refused, page=share), methods=["POST"]),
    Route(f"{HOME}me", reading(me)),
    Route(f"{HOME}me/mandate/end", acting(mandate_ended, page=me), methods=["POST"]),
    Route(f"{HOME}me/freeze", acting(frozen, page=me), methods=["POST"]),
    Route(f"{HOME}declare", reading(declare)),
    Route(f"{HOME}declare", acting(declared, page=declare), methods=["POST"]),
]
