"""Public answers about how long lots take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.kernel.clock import rfc3339
from services.platform.database import Row
from services.window.domain.rules.published import (
    HOURS,
    Fewest,
    Spans,
    Times,
    lots_said,
    minutes_said,
)


class ReleaseTime(BaseModel):
    """How long lots took from the start of their clock to release, or have waited since."""

    span: Literal["TODAY", "LAST_HOURS", "WAITING"]
    port: str
    lane: str
    hs_code: str | None = Field(description="null: goods of every kind")
    goods_zh: str | None
    goods_en: str | None
    lots: int = Field(description="at least so many: rounded down to a multiple of ``lots_min``")
    median_min: int = Field(description="minutes, rounded up")
    p90_min: int | None = Field(description="nine of ten took no longer; null of what waits")


class ReleaseTimes(BaseModel):
    """Release and waiting times as anyone may read them. Of fewer than ``lots_min`` lots or
    ``declarants_min`` declarants nothing is said, so that no trader's lots are known by it."""

    until: str = Field(description="the full minute up to which is counted")
    hours: int = Field(description="how many hours LAST_HOURS are")
    lots_min: int
    declarants_min: int
    items: list[ReleaseTime]


def release_times(
    spans: Spans, fewest: Fewest, found: Sequence[Times], names: Mapping[str, Row]
) -> dict[str, Any]:
    """The times that may be published."""
    return {
        "until": rfc3339(spans.until),
        "hours": HOURS,
        "lots_min": fewest.lots,
        "declarants_min": fewest.declarants,
        "items": [_said(one, fewest, names.get(one.hs_code or "")) for one in found],
    }


def _said(times: Times, fewest: Fewest, goods: Row | None) -> dict[str, Any]:
    return {
        "span": times.span,
        "port": times.port,
        "lane": times.lane,
        "hs_code": times.hs_code,
        "goods_zh": None if goods is None else goods.name_zh,
        "goods_en": None if goods is None else goods.name_en,
        "lots": lots_said(times.lots, fewest),
        "median_min": minutes_said(times.median_s),
        "p90_min": None if times.p90_s is None else minutes_said(times.p90_s),
    }
