"""A registrar's day: changes and bank keys that wait for a second person, and the registers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.platform.signing_keys import public_jwk
from services.portal.addresses import HOME
from services.portal.counts import counted
from services.portal.filing_rows import FILED
from services.portal.offered import only
from services.portal.pages import law_lists, name_reports
from services.portal.visit import Visit, acting, reading

_PAGE: Final = 100


@dataclass(frozen=True)
class Register:
    """A register that is looked into: by which of its fields, and what its list shows."""

    code: str
    columns: tuple[str, ...]


REGISTERS: Final = {
    "groups": Register("group_code", ("group_code", "name", "kind", "port")),
    "enterprises": Register(
        "enterprise_code", ("enterprise_code", "name", "credit_code", "credit_level", "port")
    ),
    "officers": Register("officer_id", ("badge_no", "port", "team", "skills", "active")),
    "sellers": Register("seller_code", ("seller_code", "name", "country", "bank_bic", "account")),
    "banks": Register("bic", ("bic", "name", "currencies", "rota_order")),
}
"""Those with a list; residents are found by their number alone."""


async def changes(visit: Visit) -> Response:
    """Changes that wait, the one to decide longest first, and those that were decided."""
    waiting, listed, reports, confirmed, turned_down = await asyncio.gather(
        visit.listed("waiting", "/registry/v1/changes", state="PROPOSED", limit=_PAGE),
        law_lists.waiting(visit),
        name_reports.waiting(visit),
        visit.listed("confirmed", "/registry/v1/changes", state="CONFIRMED", limit=_PAGE),
        visit.listed("turned_down", "/registry/v1/changes", state="TURNED_DOWN", limit=_PAGE),
    )
    ended = [*confirmed, *turned_down]
    return visit.page(
        "changes.html",
        waiting=waiting,
        listed=listed,
        reports=reports,
        decided=sorted(ended, key=lambda one: str(one["decided_at"]), reverse=True),
        found=visit.mistakes(()),
    )


async def change(visit: Visit) -> Response:
    """What a proposal says, record by record, for whoever is to decide on it."""
    proposed = await visit.calls.get(f"/registry/v1/changes/{visit.path('change_id')}")
    now = await _on_file(visit, proposed)
    named = {name for row in proposed["rows"] for name in row}
    filed = FILED.get(proposed["kind"].replace("_", "-"), ())
    columns = [column.name for column in filed if column.name in named]
    return visit.page(
        "change.html",
        change=proposed,
        now=now,
        columns=[*columns, *sorted(named - set(columns))],
        found=visit.mistakes(()),
    )


async def _on_file(visit: Visit, proposed: dict[str, Any]) -> dict[str, Any] | None:
    """What stands on file while a change of it waits; None of what is filed for the first time."""
    kind, waits = proposed["kind"], proposed["state"] == "PROPOSED"
    if kind not in REGISTERS or proposed["filing"] or not waits:
        return None
    return await visit.calls.maybe(f"/registry/v1/{kind}/{quote(proposed['subject'], safe='')}")


async def change_decided(visit: Visit) -> Response:
    """What another registrar proposed is confirmed, or turned down."""
    body = {"confirm": visit.is_yes("confirm")}
    await visit.act(
        f"/registry/v1/changes/{visit.path('change_id')}/decision", body, versioned=True
    )
    return visit.turn(f"{HOME}changes", said="signed")


async def listed(visit: Visit) -> Response:
    """One register in the order of its codes."""
    kind = visit.query("kind") or "groups"
    kind = kind if kind in REGISTERS else "groups"
    code = (visit.query("code") or "").strip()
    if code:
        return await _found(visit, kind, code)
    rows = await visit.calls.get(f"/registry/v1/{kind}", limit=_PAGE, cursor=visit.query("cursor"))
    return _list(visit, kind, rows)


async def _found(visit: Visit, kind: str, code: str) -> Response:
    """The record under a code, or that there is none; an officer is known by the badge."""
    if kind == "officers":
        rows = await visit.calls.get("/registry/v1/officers", badge_no=code, limit=_PAGE)
        return _list(visit, kind, rows, code)
    one = await visit.calls.maybe(f"/registry/v1/{kind}/{quote(code, safe='')}")
    if one is None:
        return _list(visit, kind, {"items": [], "next_cursor": None}, code)
    return visit.turn(f"{HOME}registers/{kind}/{quote(one[REGISTERS[kind].code], safe='')}")


def _list(visit: Visit, kind: str, rows: dict[str, Any], code: str = "") -> Response:
    return visit.page(
        "registers.html",
        kind=kind,
        kinds=(*REGISTERS, "residents"),
        register=REGISTERS[kind],
        rows=rows,
        code=code,
    )


async def record(visit: Visit) -> Response:
    """One record, with a group's members or the keys proposed for a bank."""
    kind, code = visit.request.path_params.get("kind", "banks"), visit.path("code")
    if kind not in (*REGISTERS, "residents"):
        return visit.page("stopped.html", status=404, why="nowhere")
    path = f"/registry/v1/{kind}/{quote(code, safe='')}"
    beside = {"groups": "members", "banks": "keys"}.get(kind)
    one, more = await asyncio.gather(
        visit.calls.get(path),
        visit.listed("beside", f"{path}/{beside}", limit=_PAGE) if beside else _nothing(),
    )
    return visit.page(
        "record.html",
        kind=kind,
        record=one,
        more=more,
        found=visit.mistakes(("public_key", "overlap_hours")),
    )


async def _nothing() -> list[dict[str, Any]]:
    return []


async def key(visit: Visit) -> Response:
    """A proposed key stands with its bank, beside what else is on file of it."""
    proposed = await visit.calls.get(f"/registry/v1/bank-keys/{visit.path('key_id')}")
    return visit.turn(f"{HOME}registers/banks/{quote(proposed['bic'], safe='')}")


async def key_decided(visit: Visit) -> Response:
    """Another registrar's proposal of a bank's key is agreed to, or not."""
    body = {"approve": visit.is_yes("approve")}
    await visit.act(f"/registry/v1/bank-keys/{visit.path('key_id')}/decision", body, versioned=True)
    return visit.turn(f"{HOME}registers/banks/{visit.path('code')}", said="signed")


async def key_proposed(visit: Visit) -> Response:
    """Another key for a bank's signatures is proposed, beside which the earlier ones count on."""
    body = {
        "public_key": public_jwk(visit.form.get("public_key", "")),
        "overlap_hours": counted(visit.typed("overlap_hours")),
    }
    await visit.act(f"/registry/v1/banks/{quote(visit.path('code'), safe='')}/keys", body)
    return visit.turn(f"{HOME}registers/banks/{visit.path('code')}", said="done")


async def resident_asked(visit: Visit) -> Response:
    """A resident is asked for by number, in a form that leaves it in no address."""
    return visit.page(
        "resident_find.html",
        kinds=(*REGISTERS, "residents"),
        kind="residents",
        answer=None,
        found=visit.mistakes(("resident_nos",)),
    )


async def resident_found(visit: Visit) -> Response:
    """What is on file under the number: on this page, since the number may not stand elsewhere."""
    number = visit.typed("resident_nos")
    found = await visit.act("/registry/v1/residents/lookup", {"resident_nos": [number]})
    (answer,) = found["items"]
    if answer["filed"]:
        return visit.turn(f"{HOME}registers/residents/{answer['resident_id']}")
    return visit.page(
        "resident_find.html",
        kinds=(*REGISTERS, "residents"),
        kind="residents",
        answer=answer,
        found={},
    )


_asked: Final = only(resident_asked, "registry:resident:lookup")
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}changes", reading(changes)),
    *law_lists.ROUTES,
    Route(f"{HOME}changes/{{change_id}}", reading(change)),
    Route(
        f"{HOME}changes/{{change_id}}/decision",
        acting(change_decided, page=change),
        methods=["POST"],
    ),
    Route(f"{HOME}registers", reading(listed)),
    Route(f"{HOME}registers/residents", reading(_asked)),
    Route(f"{HOME}registers/residents", acting(resident_found, page=_asked), methods=["POST"]),
    Route(f"{HOME}registers/{{kind}}/{{code}}", reading(record)),
    Route(f"{HOME}bank-keys/{{key_id}}", reading(key)),
    Route(
        f"{HOME}registers/banks/{{code}}/keys",
        acting(key_proposed, page=record),
        methods=["POST"],
    ),
    Route(
        f"{HOME}registers/banks/{{code}}/keys/{{key_id}}",
        acting(key_decided, page=record),
        methods=["POST"],
    ),
]
