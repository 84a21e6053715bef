"""A bank's counter: price and rota, payments that wait, holds, disputes, the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.at_once import BANK_MESSAGE
from services.kernel.clock import BEIJING
from services.kernel.pairs import PAIRS
from services.portal.addresses import HOME
from services.portal.charts import Chart, chart
from services.portal.forms import shown_size
from services.portal.interface import Calls
from services.portal.names import BANKS, call_by_name, parties_to
from services.portal.pages.board import mark_of
from services.portal.pages.cases import of_case
from services.portal.visit import Visit, acting, reading

QUOTED: Final = ("mid", "bid", "ask", "volume")
_ANSWERED: Final = (
    *("code", "amount", "bank_reference", "value_on", "reason_code", "reason_text"),
    *("remark", "act", "finding", "returned_on"),
)
_CURRENCIES: Final = tuple(pair.quoted for pair in PAIRS.values())


async def counter(visit: Visit) -> Response:
    """The pooled prices with their course of the day, who is in, who is not and why, the rota, what
    waits for the bank's word.

    Quotes and status reports come from the bank's own system, which signs them; where it cannot,
    its signatories quote and answer by hand (``answers.py``).
    """
    calls = visit.calls
    (offered, begun, entered, absences), rotas, prices, courses, standings = await asyncio.gather(
        asyncio.gather(
            visit.listed("offered", "/settlement/v1/instructions", state="OFFERED", limit=50),
            visit.listed("begun", "/settlement/v1/instructions", state="IN_PROGRESS", limit=50),
            visit.listed("entered", "/settlement/v1/answers", state="ENTERED", limit=50),
            calls.get("/market/v1/rota/absences"),
        ),
        _each(calls, "/market/v1/rota", currency=_CURRENCIES),
        _each(calls, "/market/v1/prices/current", pair=tuple(PAIRS)),
        _each(calls, "/market/v1/prices/course", pair=tuple(PAIRS)),
        _each(calls, "/market/v1/quotes/standing", pair=tuple(PAIRS)),
    )
    await call_by_name(visit, [BANKS])
    now = datetime.now(UTC)
    waiting = sorted((*offered, *begun), key=lambda one: str(one["offered_at"]))
    for one in waiting:
        one["age_s"] = (now - datetime.fromisoformat(one["offered_at"])).total_seconds()
    return visit.page(
        "counter.html",
        waiting=waiting,
        answers=entered,
        absences=absences["items"],
        prices_mark=mark_of(prices),
        file_most=shown_size(BANK_MESSAGE),
        found=visit.mistakes((*QUOTED, "absent_on")),
        markets=[
            {
                "pair": pair,
                "price": price,
                "rota": rota,
                "course": (course or {}).get("items", []),
                "chart": _drawn(course),
                "standing": standing,
            }
            for pair, price, rota, course, standing in zip(
                PAIRS, prices, rotas, courses, standings, strict=True
            )
        ],
    )


async def quoted(visit: Visit) -> Response:
    """One of the bank's signatories quotes a pair: its mid, or bid and ask, for a volume."""
    body = {"pair": visit.form.get("pair", "")}
    body |= visit.filled_in(QUOTED)
    await visit.act("/market/v1/quotes/by-hand", body)
    return visit.turn(HOME, said="done")


async def quote_ended(visit: Visit) -> Response:
    """One of the bank's signatories takes its quote back."""
    await visit.act(f"/market/v1/quotes/{visit.path('quote_id')}/withdrawal-by-hand", {})
    return visit.turn(HOME, said="done")


async def absent(visit: Visit) -> Response:
    """One of the bank's signatories says on which day the bank does no duty on the rota; it counts
    when another says the same."""
    body = visit.typed_in(("absent_on",))
    await visit.act("/market/v1/rota/absences/by-hand", body)
    return visit.turn(HOME, said="done")


async def on_duty_again(visit: Visit) -> Response:
    """One of the bank's signatories takes such a day back; what counts already takes two."""
    body = visit.typed_in(("absent_on",))
    await visit.act("/market/v1/rota/absences/withdrawal-by-hand", body)
    return visit.turn(HOME, said="done")


async def _each(calls: Calls, path: str, **asked: Sequence[str]) -> Sequence[dict[str, Any] | None]:
    """What a read answers for each of some values of its one parameter."""
    ((name, values),) = asked.items()
    return await asyncio.gather(*(calls.maybe(path, **{name: value}) for value in values))


def _drawn(course: dict[str, Any] | None) -> Chart | None:
    """The course of a day as a chart: mid, and bid and ask beside it."""
    points = [] if course is None else course["items"]
    if not points:
        return None
    rows = [[float(point[side]) for point in points] for side in ("mid", "bid", "ask")]
    labels = [
        f"{datetime.fromisoformat(point['at']).astimezone(BEIJING):%H:%M}" for point in points
    ]
    return chart(labels, [], *rows, from_zero=False)


async def held(visit: Visit) -> Response:
    """Payments that wait for the bank's compliance, and statuses that do not match."""
    holds, disputes = await asyncio.gather(
        visit.listed("held", "/settlement/v1/instructions", state="HELD", limit=50),
        visit.listed("disputes", "/settlement/v1/disputes", open=True, limit=50),
    )
    await call_by_name(
        visit,
        (party for one in holds for party in parties_to(one)),
        (one["instruction_id"] for one in holds),
    )
    return visit.page("held.html", holds=holds, disputes=disputes)


async def payment(visit: Visit) -> Response:
    """One payment: whom, for what, what is said of it; and compliance's word."""
    case_id = visit.path("case_id")
    one, timeline, disputes, entered = await asyncio.gather(
        visit.calls.get(f"/settlement/v1/instructions/{case_id}"),
        visit.listed("timeline", f"/window/v1/cases/{case_id}/timeline", limit=200),
        visit.listed_if_seen(
            "disputes", "/settlement/v1/disputes", instruction_id=case_id, limit=20
        ),
        visit.calls.maybe(
            "/settlement/v1/answers", instruction_id=case_id, state="ENTERED", limit=1
        ),
    )
    await call_by_name(visit, parties_to(one), [case_id])
    return visit.page(
        "payment.html",
        payment=one,
        timeline=timeline,
        disputes=disputes,
        answers=(entered or {}).get("items", []),
        found=visit.mistakes(_ANSWERED),
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
    body |= visit.filled_in(("returned_on",))
    await visit.act(f"/settlement/v1/disputes/{dispute_id}/resolution", body, versioned=True)
    return visit.turn(f"{HOME}payments/{case_id}", said="signed")


async def cancelled(visit: Visit) -> Response:
    """The payer takes a payment back that no bank has fetched."""
    case_id = visit.path("case_id")
    await visit.act(f"/settlement/v1/instructions/{case_id}/cancellation", {}, versioned=True)
    return visit.turn(f"{HOME}payments/{case_id}", said="done")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}quotes", acting(quoted, page=counter), methods=["POST"]),
    Route(f"{HOME}quotes/{{quote_id}}/end", acting(quote_ended, page=counter), methods=["POST"]),
    Route(f"{HOME}rota/absences", acting(absent, page=counter), methods=["POST"]),
    Route(f"{HOME}rota/absences/end", acting(on_duty_again, page=counter), methods=["POST"]),
    Route(f"{HOME}held", reading(held)),
    Route(f"{HOME}payments/{{case_id}}", reading(of_case("case_id", payment))),
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
