"""The leaders' and auditors' board: figures of some days as charts, as a table, as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.platform.words import day_of_year
from services.portal.addresses import HOME
from services.portal.charts import Chart, chart
from services.portal.exports import Cell, attached, sheet
from services.portal.ports import ports_named
from services.portal.rendering import render
from services.portal.visit import Visit, reading

_ASKED: Final = ("until", "days", "port")
_SPANS: Final = ("7", "14", "31")
"""Days that one looks back on; any number up to a month may stand in the address."""
_NUMBERS: Final = (
    *("declared", "released", "release_median_min", "release_p90_min", "backlog"),
    *("inspected", "finds", "settled", "settlement_median_min"),
)


async def figures(visit: Visit) -> Response:
    """Days with their charts and their table; the filter stands in the address."""
    asked = {name: visit.query(name) for name in _ASKED}
    found = await visit.sought("/window/v1/figures", **asked)
    days = found["items"]
    pairs = _pairs(days)
    return visit.page(
        "figures.html",
        days=days,
        pairs=pairs,
        charts=_charts(days, pairs, visit.language) if days else {},
        heads=_heads(visit.language, pairs),
        rows=[_row(day, pairs) for day in days],
        query=urlencode({name: value for name, value in asked.items() if value}),
        asked=asked,
        spans=_SPANS,
        ports=await ports_named(visit.portal.shared, visit.language),
        found=visit.mistakes(_ASKED),
    )


async def workbook(visit: Visit) -> Response:
    """The same table as a file, headed in the reader's language."""
    asked = {name: visit.query(name) for name in _ASKED}
    days = (await visit.calls.get("/window/v1/figures", **asked))["items"]
    pairs = _pairs(days)
    content = sheet(_heads(visit.language, pairs), (_row(day, pairs) for day in days))
    return attached(content, "figures.xlsx")


def _heads(language: str, pairs: Sequence[str]) -> list[str]:
    """What stands above each column, in the reader's language."""
    said = render("_figure_heads.html", language, pairs=pairs)
    return [unescape(line) for line in said.splitlines() if line]


def _pairs(days: Sequence[dict[str, Any]]) -> list[str]:
    return sorted({one["pair"] for day in days for one in day["spreads"]})


def _row(day: dict[str, Any], pairs: Sequence[str]) -> list[Cell]:
    used = day["quota_used"]
    numbers = [None if used is None else used["amount"], day["quota_percent"]]
    numbers += [_spread_of(day, pair) for pair in pairs]
    decimals = [None if one is None else Decimal(one) for one in numbers]
    return [date.fromisoformat(day["day"]), *(day[name] for name in _NUMBERS), *decimals]


def _spread_of(day: dict[str, Any], pair: str) -> str | None:
    return next((one["spread_bp"] for one in day["spreads"] if one["pair"] == pair), None)


def _charts(
    days: Sequence[dict[str, Any]], pairs: Sequence[str], language: str
) -> dict[str, Chart | None]:
    labels = [day_of_year(date.fromisoformat(day["day"]), language) for day in days]

    def of(name: str) -> list[Any]:
        return [day[name] for day in days]

    def decimals(values: Sequence[str | None]) -> list[Decimal | None]:
        return [None if value is None else Decimal(value) for value in values]

    return {
        "release": chart(labels, of("release_median_min"), of("release_p90_min")),
        "lots": chart(labels, of("declared"), of("released")),
        "backlog": chart(labels, of("backlog")),
        "inspections": chart(labels, of("inspected"), of("finds")),
        "settlement": chart(labels, of("settlement_median_min")),
        "quota": chart(labels, decimals(of("quota_percent"))),
        "spread": chart(
            labels,
            [],
            *(decimals([_spread_of(day, pair) for day in days]) for pair in pairs),
        ),
    }


ROUTES: Final[list[BaseRoute]] = [
    Route(f"{HOME}figures", reading(figures)),
    Route(f"{HOME}figures.xlsx", reading(workbook)),
]
