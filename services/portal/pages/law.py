"""A policy officer's day: the law by date, what waits for a second officer, a change of it."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal import numbers
from services.portal.addresses import HOME
from services.portal.offered import only
from services.portal.visit import Visit, acting, reading

_PROPOSED: Final = ("key", "scope", "value", "authority", "effective_from", "effective_to")
_NAME: Final = "parameter"
"""What a form calls the parameter's key: "key" is the act's own, in every form."""
_PAGE: Final = 200
_MARK: Final = re.compile(r"[^0-9-]")
"""A number alone that has none stands as JSON has it."""


def _written(value: Any) -> str:
    """A value as it is filed: a text as it is, anything else as JSON has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _read(text: str, language: str) -> Any:
    """A value as it was typed: a number alone as the page writes numbers, anything else as JSON has
    it. A decimal is a text to the law, which knows no binary fraction."""
    number = numbers.read(text, language) if _MARK.search(text) else None
    if number is not None:
        return number if "." in number else int(number)
    try:
        value = json.loads(text, parse_float=str)
    except ValueError:
        return text
    is_decimal = isinstance(value, str) and not text.startswith('"')
    return numbers.plain(text, language) if is_decimal else value


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "filed": _written(row["value"])}


async def law(visit: Visit) -> Response:
    """What waits for a second officer, and every parameter in force on a day; three reads."""
    asked = {name: visit.query(name) for name in ("on", "key")}
    asked["key"] = (asked["key"] or "").strip() or None
    cursor = visit.query("cursor")
    proposed, revoked, in_force = await asyncio.gather(
        visit.listed("proposed", "/law/v1/policy/proposals", limit=_PAGE),
        visit.listed(
            "revoked", "/law/v1/policy/proposals", state="REVOCATION_PROPOSED", limit=_PAGE
        ),
        visit.sought("/law/v1/policy", **asked, limit=_PAGE, cursor=cursor),
    )
    return visit.page(
        "law.html",
        proposed=[_shown(one) for one in (*proposed, *revoked)],
        rows=sorted(map(_shown, in_force["items"]), key=lambda one: (one["key"], one["scope"])),
        cursor=in_force["next_cursor"],
        asked=asked,
        found=visit.mistakes(("on", "key")),
    )


async def one(visit: Visit) -> Response:
    """One parameter, and what of its name is in force on the day it would begin."""
    row = await visit.calls.get(f"/law/v1/policy/{visit.path('policy_id')}")
    before = await visit.calls.get(
        "/law/v1/policy", key=row["key"], on=row["effective_from"], limit=_PAGE
    )
    now = [_shown(r) for r in before["items"] if r["policy_id"] != row["policy_id"]]
    return visit.page(
        "policy.html",
        row=_shown(row),
        now=[r for r in now if r["scope"] == row["scope"]],
        found=visit.mistakes(("grounds",)),
    )


async def approved(visit: Visit) -> Response:
    """Another officer's proposal becomes law on its first day."""
    policy_id = visit.path("policy_id")
    await visit.act(f"/law/v1/policy/{policy_id}/approval", {}, versioned=True)
    return visit.turn(f"{HOME}law/{policy_id}", said="signed")


async def _on(visit: Visit, act: str, body: dict[str, Any]) -> Response:
    policy_id = visit.path("policy_id")
    await visit.act(f"/law/v1/policy/{policy_id}/{act}", body, versioned=True)
    return visit.turn(f"{HOME}law/{policy_id}", said="signed")


async def declined(visit: Visit) -> Response:
    """Another officer's proposal is turned down, and waits no more."""
    return await _on(visit, "refusal", {"grounds": visit.form.get("grounds", "")})


async def revocation_proposed(visit: Visit) -> Response:
    """What is approved is never to begin, if another officer says so too."""
    return await _on(visit, "revocation", {"grounds": visit.form.get("grounds", "")})


async def revocation_decided(visit: Visit) -> Response:
    """It is revoked as another officer proposed, or kept."""
    return await _on(visit, "revocation/decision", {"approve": visit.is_yes("approve")})


async def change(visit: Visit) -> Response:
    """A change to be proposed, with what is in force under its name today."""
    key = visit.query("key")
    scope = visit.query("scope") or ""
    found = visit.mistakes(_PROPOSED)
    if "key" in found:
        found[_NAME] = found.pop("key")
    rows: list[dict[str, Any]] = []
    if key and visit.problem is None:
        rows = (await visit.calls.get("/law/v1/policy", key=key, limit=_PAGE))["items"]
    now = next((row for row in rows if row["scope"] == scope), None)
    return visit.page(
        "law_change.html",
        key=key or "",
        scope=scope,
        now=now and _shown(now),
        value="" if now is None else json.dumps(now["value"], ensure_ascii=False),
        found=found,
    )


async def proposed(visit: Visit) -> Response:
    """Propose it; nothing changes until another officer approves."""
    typed = {**visit.typed_in(_PROPOSED), "key": visit.typed(_NAME)}
    body: dict[str, Any] = {name: text for name, text in typed.items() if text}
    body["value"] = _read(visit.typed("value"), visit.language)
    made = await visit.act("/law/v1/policy", body)
    return visit.turn(f"{HOME}law/{made['policy_id']}", said="done")


_change: Final = only(change, "law:policy:propose")
ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}law", reading(law)),
    Route(f"{HOME}law/new", reading(_change)),
    Route(f"{HOME}law/new", acting(proposed, page=_change), methods=["POST"]),
    Route(f"{HOME}law/{{policy_id}}", reading(one)),
    Route(f"{HOME}law/{{policy_id}}/refusal", acting(declined, page=one), methods=["POST"]),
    Route(
        f"{HOME}law/{{policy_id}}/revocation",
        acting(revocation_proposed, page=one),
        methods=["POST"],
    ),
    Route(
        f"{HOME}law/{{policy_id}}/revocation-decision",
        acting(revocation_decided, page=one),
        methods=["POST"],
    ),
    Route(f"{HOME}law/{{policy_id}}/approval", acting(approved, page=one), methods=["POST"]),
]
