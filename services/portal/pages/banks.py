"""A bank's counter: price and rota, payments that wait, holds, disputes, the ledger."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.portal.visit import HOME, Visit, acting, reading

PAIRS: Final = ("CNY/VND", "CNY/MMK")


async def counter(visit: Visit) -> Response:
    """The pooled prices with who is in and out, the rota, what waits for the bank's word.

    Quotes and status reports carry the bank's signature, which no browser has: they come from the
    bank's own system.
    """
    calls = visit.calls
    offered, begun, rota, *prices = await asyncio.gather(
        calls.get("/settlement/v1/instructions", state="OFFERED", limit=50),
        calls.get("/settlement/v1/instructions", state="IN_PROGRESS", limit=50),
        calls.maybe("/market/v1/rota"),
        *(calls.maybe("/market/v1/prices/current", pair=pair) for pair in PAIRS),
    )
    now = datetime.now(UTC)
    waiting = sorted((*offered["items"], *begun["items"]), key=lambda one: str(one["offered_at"]))
    for one in waiting:
        one["age_s"] = (now - datetime.fromisoformat(one["offered_at"])).total_seconds()
    return visit.page(
        "counter.html",
        waiting=waiting,
        rota=rota,
        prices=dict(zip(PAIRS, prices, strict=True)),
    )


async def ledger(visit: Visit) -> Response:
    """Balances, and what was booked last."""
    balances, booked = await asyncio.gather(
        visit.calls.get("/settlement/v1/ledger/balances", limit=100),
        visit.calls.get("/settlement/v1/ledger/transactions", limit=50),
    )
    return visit.page("ledger.html", balances=balances["items"], booked=booked)


async def held(visit: Visit) -> Response:
    """Payments that wait for the bank's compliance, and statuses that do not match."""
    holds, disputes = await asyncio.gather(
        visit.calls.get("/settlement/v1/instructions", state="HELD", limit=50),
        visit.calls.get("/settlement/v1/disputes", open=True, limit=50),
    )
    return visit.page("held.html", holds=holds["items"], disputes=disputes["items"])


async def payment(visit: Visit) -> Response:
    """One payment: whom, for what, what is said of it; and compliance's word."""
    case_id = visit.path("case_id")
    one, timeline, disputes = await asyncio.gather(
        visit.calls.get(f"/settlement/v1/instructions/{case_id}"),
        visit.calls.get(f"/window/v1/cases/{case_id}/timeline", limit=200),
        visit.calls.maybe("/settlement/v1/disputes", instruction_id=case_id, limit=20),
    )
    return visit.page(
        "payment.html",
        payment=one,
        timeline=timeline["items"],
        disputes=(disputes or {}).get("items", []),
        found=visit.mistakes(("remark", "act", "finding")),
    )


async def complied(visit: Visit) -> Response:
    """One of the bank's compliance releases or refuses; a release takes two."""
    case_id = visit.path("case_id")
    body = {"act": visit.form.get("act", ""), "remark": visit.form.get("remark", "")}
    await visit.act(f"/settlement/v1/instructions/{case_id}/compliance", body, versioned=True)
    return visit.turn(f"{HOME}payments/{case_id}", said="signed")


async def resolved(visit: Visit) -> Response:
    """One of the bank's compliance says what was found to be true of a dispute."""
    case_id, dispute_id = visit.path("case_id"), visit.path("dispute_id")
    body = {"finding": visit.form.get("finding", ""), "remark": visit.form.get("remark", "")}
    await visit.act(f"/settlement/v1/disputes/{dispute_id}/resolution", body, versioned=True)
    return visit.turn(f"{HOME}payments/{case_id}", said="signed")


async def cancelled(visit: Visit) -> Response:
    """The payer takes a payment back that no bank has fetched."""
    case_id = visit.path("case_id")
    await visit.act(f"/settlement/v1/instructions/{case_id}/cancellation", {}, versioned=True)
    return visit.turn(f"{HOME}payments/{case_id}", said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}ledger", reading(ledger)),
    Route(f"{HOME}held", reading(held)),
    Route(f"{HOME}payments/{{case_id}}", reading(payment)),
    Route(
        f"{HOME}payments/{{case_id}}/compliance", acting(complied, page=payment), methods=["POST"]
    ),
    Route(
        f"{HOME}payments/{{case_id}}/cancellation",
        acting(cancelled, page=payment),
        methods=["POST"],
    ),
    Route(
        f"{HOME}payments/{{case_id}}/disputes/{{dispute_id}}",
        acting(resolved, page=payment),
        methods=["POST"],
    ),
]
