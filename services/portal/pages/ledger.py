"""A bank's statement of a day: how each account opened, what was booked, how it closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.kernel.clock import business_day
from services.portal.accounts import owner
from services.portal.addresses import HOME
from services.portal.exports import Cell, attached, sheet
from services.portal.names import call_all_by_name
from services.portal.rendering import macros, render
from services.portal.visit import Visit, reading

_BALANCES: Final = "/settlement/v1/ledger/balances"
_BOOKED: Final = "/settlement/v1/ledger/transactions"
_PAGE: Final = 100


async def ledger(visit: Visit) -> Response:
    """The accounts as a day began and ended, and what was booked; of today when none is said."""
    asked = _asked(visit)
    days = {"day_from": asked["day"], "day_to": asked["day"], "account": asked["account"]}
    balances = await visit.sought(_BALANCES, **days, limit=_PAGE, cursor=visit.query("balances"))
    booked = await visit.sought(_BOOKED, **days, limit=_PAGE, cursor=visit.query("cursor"))
    await _call_owners(visit, balances["items"], booked["items"])
    return visit.page(
        "ledger.html",
        asked=asked,
        query=urlencode({name: value for name, value in asked.items() if value}),
        balances=balances["items"],
        balances_on=balances["next_cursor"],
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
    await _call_owners(visit, balances, booked)
    say = _words(visit)
    opened, closed = _stands(balances, "opening", say), _stands(balances, "closing", say)
    rows = (*opened, *_legs(booked, say), *closed)
    content = sheet([head for head in heads if head], rows)
    return attached(content, f"statement-{asked['day']}.xlsx")


def _asked(visit: Visit) -> dict[str, str | None]:
    today = business_day(datetime.now(UTC)).isoformat()
    return {"day": visit.query("day") or today, "account": visit.query("account")}


async def _call_owners(
    visit: Visit, balances: list[dict[str, Any]], booked: list[dict[str, Any]]
) -> None:
    """Whose accounts these are stands by name, where a payment among these is of theirs."""
    owners: dict[str, str | None] = dict.fromkeys(owner(one["account"]) for one in balances)
    # Of each who is booked with, one payment is enough to be told the name.
    among = {
        owner(leg["account"]): one["instruction_id"] for one in booked for leg in one["postings"]
    }
    await call_all_by_name(visit, owners | among)


def _words(visit: Visit) -> Callable[..., str]:
    """What the page says of a code, as text: by the macro of that name."""
    cells = macros("_ledger_cells.html", visit.language)

    def say(name: str, *code: str) -> str:
        named = (visit.called.get(owner(code[0]), ""),) if name == "account" else ()
        return unescape(str(getattr(cells, name)(*code, *named)))

    return say


def _stands(
    balances: list[dict[str, Any]], when: str, say: Callable[..., str]
) -> Iterator[list[Cell]]:
    """How accounts stood, as the day began (``opening``) or as it ended (``closing``)."""
    of_the_day = {"opening": "opening_", "closing": ""}[when]
    for one in balances:
        account = say("account", one["account"])
        for layer in ("PENDING", "POSTED"):
            amount = Decimal(one[f"{of_the_day}{layer.lower()}"])
            yield ["", say(when), "", account, say("layer", layer), amount, one["currency"]]


def _legs(booked: list[dict[str, Any]], say: Callable[..., str]) -> Iterator[list[Cell]]:
    for one in booked:
        what = [say("booked", one["booked_at"]), say("what", one["kind"]), one["instruction_id"]]
        for leg in one["postings"]:
            of_whom = [say("account", leg["account"]), say("layer", leg["layer"])]
            yield [*what, *of_whom, Decimal(leg["amount"]), leg["currency"]]


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}ledger", reading(ledger)),
    Route(f"{HOME}ledger.xlsx", reading(statement)),
]
