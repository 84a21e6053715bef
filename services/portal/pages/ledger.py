"""A bank's statement of a day: how each account opened, what was booked, how it closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.clock import business_day
from services.portal.exports import Cell, attached, sheet
from services.portal.rendering import render
from services.portal.visit import HOME, Visit, reading

_BALANCES: Final = "/settlement/v1/ledger/balances"
_BOOKED: Final = "/settlement/v1/ledger/transactions"
_PAGE: Final = 100


async def ledger(visit: Visit) -> Response:
    """The accounts as a day began and ended, and what was booked; of today when none is said."""
    asked = _asked(visit)
    days = {"day_from": asked["day"], "day_to": asked["day"], "account": asked["account"]}
    balances = await visit.sought(_BALANCES, **days, limit=_PAGE)
    booked = await visit.sought(_BOOKED, **days, limit=_PAGE, cursor=visit.query("cursor"))
    return visit.page(
        "ledger.html",
        asked=asked,
        query=urlencode({name: value for name, value in asked.items() if value}),
        balances=balances["items"],
        booked=booked,
        found=visit.mistakes(("day_from", "day_to", "account")),
    )


async def statement(visit: Visit) -> Response:
    """The same as a file: opening balances, every leg, closing balances."""
    asked = _asked(visit)
    days = {"day_from": asked["day"], "day_to": asked["day"], "account": asked["account"]}
    balances, booked = await asyncio.gather(
        visit.calls.whole(_BALANCES, **days), visit.calls.whole(_BOOKED, **days)
    )
    heads = unescape(render("_ledger_heads.html", visit.language)).split("\n")
    rows = (*_stands(balances, "opening_"), *_legs(booked), *_stands(balances, ""))
    content = sheet([head for head in heads if head], rows)
    return attached(content, f"statement-{asked['day']}.xlsx")


def _asked(visit: Visit) -> dict[str, str | None]:
    today = business_day(datetime.now(UTC)).isoformat()
    return {"day": visit.query("day") or today, "account": visit.query("account")}


def _stands(balances: list[dict[str, Any]], when: str) -> Iterator[list[Cell]]:
    """How accounts stood, as the day began (``opening_``) or as it ended."""
    for one in balances:
        for layer in ("pending", "posted"):
            amount = Decimal(one[f"{when}{layer}"])
            kind = f"{when or 'closing_'}balance".upper()
            yield ["", kind, "", one["account"], layer.upper(), amount, one["currency"]]


def _legs(booked: list[dict[str, Any]]) -> Iterator[list[Cell]]:
    for one in booked:
        for leg in one["postings"]:
            what: list[Cell] = [one["booked_at"], one["kind"], one["instruction_id"]]
            yield [*what, leg["account"], leg["layer"], Decimal(leg["amount"]), leg["currency"]]


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}ledger", reading(ledger)),
    Route(f"{HOME}ledger.xlsx", reading(statement)),
]
