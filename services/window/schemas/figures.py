"""Answers about the figures of some days, for leaders and auditors."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from pydantic import BaseModel, Field

from services.kernel.clock import day_shown
from services.kernel.events import MoneyBody, money_said
from services.platform.database import Row
from services.window.domain.rules.figures import Period
from services.window.domain.rules.published import minutes_said
from services.window.queries.figures import Figures

_TENTH: Final = Decimal("0.1")


class SpreadOfDay(BaseModel):
    """How far bid and ask of a pair's joint price stood apart, over the day's versions."""

    pair: str
    spread_bp: str = Field(description="basis points of the mid, one decimal")


class DayFigures(BaseModel):
    """One Beijing day. Times are whole minutes, rounded up; null where nothing happened."""

    day: str
    declared: int
    released: int
    release_median_min: int | None
    release_p90_min: int | None
    backlog: int = Field(description="lots neither released nor ended when the day was over")
    inspected: int = Field(description="inspections that two officers signed")
    finds: int = Field(description="those of them that found something else than was declared")
    settled: int
    settlement_median_min: int | None = Field(
        description="from a payment's instruction to the bank's word that it is settled"
    )
    quota_used: MoneyBody | None = Field(description="null of a single port: quota is of no port")
    quota_percent: str | None = Field(
        description="of the quota of those residents who used any, one decimal"
    )
    spreads: list[SpreadOfDay]


class FiguresAnswer(BaseModel):
    """The figures of some days on end, the oldest first."""

    port: str | None
    items: list[DayFigures]


def figures_answer(found: Figures, period: Period, port: str | None) -> dict[str, Any]:
    """The figures as leaders and auditors read them."""
    lots = {row.day: row for row in found.lots}
    return {"port": port, "items": [_day(day, lots[day], found) for day in period.days()]}


def _day(day: date, lots: Row, found: Figures) -> dict[str, Any]:
    orders, payments, quota = (of.get(day) for of in (found.orders, found.payments, found.quota))
    return {
        "day": day_shown(day),
        "declared": lots.declared,
        "released": lots.released,
        "release_median_min": _minutes(lots.median_s),
        "release_p90_min": _minutes(lots.p90_s),
        "backlog": lots.backlog,
        "inspected": 0 if orders is None else orders.inspected,
        "finds": 0 if orders is None else orders.finds,
        "settled": 0 if payments is None else payments.settled,
        "settlement_median_min": None if payments is None else _minutes(payments.median_s),
        "quota_used": None if quota is None else money_said(int(quota.used_minor), "CNY"),
        "quota_percent": None if quota is None else _percent(quota),
        "spreads": [
            {"pair": row.pair, "spread_bp": _rounded(row.spread_bp)}
            for row in found.spreads
            if row.day == day
        ],
    }


def _minutes(seconds: float | None) -> int | None:
    return None if seconds is None else minutes_said(seconds)


def _percent(quota: Row) -> str | None:
    if not quota.limit_minor:
        return None
    return _rounded(Decimal(int(quota.used_minor)) * 100 / Decimal(int(quota.limit_minor)))


def _rounded(value: Decimal) -> str:
    return f"{Decimal(value).quantize(_TENTH, ROUND_HALF_UP):f}"
