"""The public board, without sign-in; and what keeps every page live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from services.folders import names
from services.platform import words
from services.portal.addresses import HOME
from services.portal.interface import Away, Problem
from services.portal.names import BANKS, call_by_name
from services.portal.ports import ports_named
from services.portal.visit import Visit, reading

_TIMES: Final = "/window/v1/release-times"
_PRICES: Final = "/market/v1/board"
_SEALS: Final = "/window/v1/seals?limit=5"


async def board(visit: Visit) -> Response:
    """What the public may know without signing in: prices, rota, how long lots take, whether the
    services are there, the seals of the log. Each part stands or fails by itself."""
    shared, services = visit.portal.shared, names()
    times, prices, seals = await asyncio.gather(*map(shared.get, (_TIMES, _PRICES, _SEALS)))
    ready = await asyncio.gather(*map(shared.probed, services))
    await call_by_name(visit, [BANKS])
    return visit.page(
        "board.html",
        times=times,
        named=await ports_named(visit.portal.shared, visit.language),
        ports=[] if times is None else _by_port(times.body["items"]),
        prices=prices,
        seals=seals,
        services=list(zip(services, ready, strict=True)),
    )


def _by_port(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each port, by lane and by lane and goods, what took how long in each span."""
    found: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for item in items:
        rows = found.setdefault(item["port"], {})
        row = rows.setdefault((item["lane"], item["hs_code"] or ""), {**item, "spans": {}})
        row["spans"][item["span"]] = item

    def place(row: dict[str, Any]) -> tuple[int, str]:
        return words.codes("lane").index(row["lane"]), row["hs_code"] or ""

    return [
        {"port": port, "rows": sorted(rows.values(), key=place)}
        for port, rows in sorted(found.items())
    ]


async def live(visit: Visit) -> Response:
    """That something which this person may see has changed; what, the page then reads itself.

    The stream tells of cases, and a price is none. A page that shows prices says by ``prices``
    which (``mark_of``): with each word of the stream, a heartbeat too, it hears whether they are
    others now. They are read as for the board, once for all who look.
    """
    shown, since = visit.query("prices"), datetime.now(UTC)

    async def told() -> AsyncIterator[bytes]:
        known = shown
        yield b": open\n\n"
        try:
            async for piece in visit.calls.stream("/window/v1/stream"):
                now = known if known is None else await _mark_now(visit, since, known)
                if b"data:" in piece or now != known:
                    yield b"event: changed\ndata: -\n\n"
                else:
                    yield b": still here\n\n"
                known = now
        except (Problem, Away):
            return

    return StreamingResponse(told(), media_type="text/event-stream")


def mark_of(prices: Iterable[Mapping[str, Any] | None]) -> str:
    """A mark of the prices in force, pair by pair: another one when one of them is another."""
    since = [None if price is None else price["valid_from"] for price in prices]
    return sha256(repr(since).encode()).hexdigest()[:16]


async def _mark_now(visit: Visit, since: datetime, known: str) -> str:
    """The mark of the prices of some seconds ago; what is known already, where nothing newer than
    the page is to be had."""
    told = await visit.portal.shared.get(_PRICES)
    if told is None or told.at < since:
        return known
    return mark_of(item["price"] for item in told.body["items"])


async def signed(visit: Visit) -> Response:
    """After signing in beside a form that waits in another tab."""
    return visit.page("signed.html")


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}board", reading(board, public=True)),
    Route(f"{HOME}live", reading(live)),
    Route(f"{HOME}signed", reading(signed)),
]
