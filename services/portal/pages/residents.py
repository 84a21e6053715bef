"""A resident's phone: what is left today, what waits for a yes, the own name, a declaration."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.clock import BEIJING
from services.portal.visit import HOME, Visit, acting, reading

FIELDS: Final = (
    "port",
    "customs_office",
    "vehicle_plate",
    "foreign_plate",
    "manifest_no",
    "entered_at",
    "origin",
    "shipped_from",
    "seller",
    "seller_bank_bic",
    "hs_code",
    "goods_name",
    "net_kg",
    "gross_kg",
    "pieces",
    "value",
    "purpose",
    "resident_no",
    "reference",
)
_LATELY: Final = 10


async def today(visit: Visit) -> Response:
    """What is left of the day's quota, what waits for my yes, my newest lots. Three reads."""
    quota, work, lots = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/residents/{visit.party_code}/quota"),
        visit.calls.get("/window/v1/work", limit=20),
        visit.calls.get("/declaration/v1/lots", order="newest", limit=_LATELY),
    )
    by_id = {lot["lot_id"]: lot for lot in lots["items"]}
    return visit.page(
        "today.html", quota=quota, work=work["items"], lots=lots["items"], by_id=by_id
    )


async def share(visit: Visit) -> Response:
    """The own share in a lot: exactly what it says, and yes or no to it."""
    lot_id = visit.path("lot_id")
    lot, tickets, phones = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/lots/{lot_id}"),
        visit.calls.get(f"/declaration/v1/lots/{lot_id}/tickets", limit=20),
        bound_phones(visit),
    )
    own = [t for t in tickets["items"] if t["resident_id"] == visit.party_code]
    return visit.page(
        "share.html",
        lot=lot,
        tickets=own,
        phones=phones,
        found=visit.mistakes(()),
    )


async def own_phones(visit: Visit) -> list[dict[str, Any]]:
    """One's own phones, also those that do not count any more, the newest first."""
    found = await visit.calls.maybe("/registry/v1/passkeys", limit=50)
    return list(reversed((found or {}).get("items", [])))


async def bound_phones(visit: Visit) -> list[dict[str, Any]]:
    """Those that count."""
    return [one for one in await own_phones(visit) if one["state"] == "BOUND"]


def touched(visit: Visit) -> dict[str, Any]:
    """What the phone answered, if it was asked; else nothing."""
    said = visit.form.get("touch")
    if not said:
        return {}
    try:
        return {"touch": json.loads(said)}
    except ValueError:
        return {"touch": said}


async def _answered(visit: Visit, act: str, said: str) -> Response:
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
    filing, freeze, lots, incomes, phones = await asyncio.gather(
        visit.calls.maybe(f"/registry/v1/residents/{visit.party_code}"),
        visit.calls.get(path),
        visit.calls.get("/declaration/v1/lots", order="newest", limit=20),
        visit.calls.maybe("/secondmarket/v1/incomes", limit=20),
        own_phones(visit),
    )
    return visit.page(
        "me.html",
        filing=filing,
        freeze=freeze,
        phones=phones,
        lots=lots["items"],
        incomes=(incomes or {}).get("items", []),
        found=visit.mistakes(()),
    )


async def frozen(visit: Visit) -> Response:
    """Freeze the own name, or let it be declared in again."""
    wanted = visit.form.get("frozen") == "yes"
    await visit.act(
        f"/declaration/v1/residents/{visit.party_code}/name-freezes", {"frozen": wanted}
    )
    return visit.turn(f"{HOME}me", said="frozen" if wanted else "thawed")


async def declare(visit: Visit) -> Response:
    """Declare own goods; the last cargo is the template."""
    quota, lots, ports, phones = await asyncio.gather(
        visit.calls.get(f"/declaration/v1/residents/{visit.party_code}/quota"),
        visit.calls.get("/declaration/v1/lots", order="newest", limit=1),
        visit.calls.get("/registry/v1/ports", limit=50),
        bound_phones(visit),
    )
    last = next(iter(lots["items"]), None)
    return visit.page(
        "declare.html",
        quota=quota,
        last=last,
        phones=phones,
        ports=[p for p in ports["items"] if p["active"]],
        found=visit.mistakes(FIELDS),
    )


async def declared(visit: Visit) -> Response:
    """Send what was typed; a refusal comes back beside the fields, with everything still there."""
    lot = await visit.act("/declaration/v1/lots", own_lot(visit.form) | touched(visit))
    return visit.turn(f"{HOME}lots/{lot['lot_id']}", said="sent")


def own_lot(form: Any) -> dict[str, Any]:
    """A lot in one's own name as the interface takes it: one ticket, of all the goods."""
    text = {name: form.get(name, "").strip() for name in FIELDS}
    number = text.pop("resident_no")
    pieces = text.pop("pieces")
    return {
        **{name: value or None for name, value in text.items() if name not in _ALWAYS},
        **{name: text[name] for name in _ALWAYS},
        "reference": text["reference"] or f"{datetime.now(UTC).astimezone(BEIJING):%y%m%d-%H%M%S}",
        "entered_at": at_beijing(text["entered_at"]),
        "purpose": text["purpose"] or "RESALE",
        "pieces": int(pieces) if pieces.isascii() and pieces.isdigit() else pieces,
        "tickets": [{"resident_no": number, "net_kg": text["net_kg"], "value": text["value"]}],
    }


_ALWAYS: Final = (
    "port",
    "customs_office",
    "vehicle_plate",
    "origin",
    "shipped_from",
    "seller",
    "seller_bank_bic",
    "hs_code",
    "goods_name",
    "net_kg",
    "gross_kg",
    "value",
)


def at_beijing(minute: str) -> str:
    """What a field for a moment sends, as the moment that it is on Beijing's clock."""
    return f"{minute}:00+08:00" if len(minute) == len("2026-01-01T00:00") else minute


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}shares/{{lot_id}}", reading(share)),
    Route(f"{HOME}shares/{{lot_id}}/yes", acting(confirmed, page=share), methods=["POST"]),
    Route(f"{HOME}shares/{{lot_id}}/no", acting(refused, page=share), methods=["POST"]),
    Route(f"{HOME}me", reading(me)),
    Route(f"{HOME}me/freeze", acting(frozen, page=me), methods=["POST"]),
    Route(f"{HOME}declare", reading(declare)),
    Route(f"{HOME}declare", acting(declared, page=declare), methods=["POST"]),
]
