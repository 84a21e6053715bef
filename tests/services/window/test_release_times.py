"""How long lots take, said to everybody: right, and never so finely that one trader's are known."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kernel.identifiers import uuid_of
from services.platform.publishing import EachMinute
from services.window.domain.rules.published import (
    Fewest,
    Spans,
    Times,
    lots_said,
    minutes_said,
    publishable,
)
from services.window.queries.board import goods_named, release_times
from tests.services.window.conftest import Desk

PATH = "/window/v1/release-times"
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
"""Noon at Beijing."""
FEWEST = Fewest(lots=5, declarants=3)


def a_port() -> str:
    return "T" + "".join(random.choices(string.ascii_uppercase, k=14))


async def lot(
    desk: Desk,
    port: str,
    *,
    took_min: float | None,
    ago: timedelta = timedelta(minutes=30),
    group: int = 0,
    lane: str = "GREEN",
    at: datetime = NOON,
    **changed: Any,
) -> None:
    """A lot that was released so long ago, or that has waited so long."""
    released = None if took_min is None else at - ago
    began = at - ago if released is None else released - timedelta(minutes=took_min or 0)
    state = "IN_INSPECTION" if released is None else "RELEASED"
    lot_id = await desk.file_lot(
        state=state,
        port=port,
        group=f"G-{port}-{group}",
        started_at=began,
        released_at=released,
        silent=True,
    )
    values = {"lane": lane, "submitted_at": began, **changed}
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(values, start=2))
    await desk.sql.execute(
        f"UPDATE lots SET {places} WHERE lot_id = $1", uuid_of(lot_id, "lot"), *values.values()
    )


async def times(desk: Desk, port: str, at: datetime = NOON) -> list[Times]:
    async with desk.services.database.reading() as tx:
        return [t for t in await release_times(tx, Spans(at)) if t.port == port]


def one(found: list[Times], span: str, lane: str = "GREEN", goods: str | None = None) -> Times:
    (times,) = [t for t in found if (t.span, t.lane, t.hs_code) == (span, lane, goods)]
    return times


async def test_median_and_nine_of_ten_by_lane_and_by_goods(desk: Desk) -> None:
    port = a_port()
    for n in range(11):
        goods = "08013100" if n % 2 else "07133900"
        await lot(desk, port, took_min=10 * n, group=n % 4, hs_code=goods)
    await lot(desk, port, took_min=600, lane="RED")
    found = await times(desk, port)
    lane = one(found, "TODAY")
    assert (lane.lots, lane.declarants, lane.median_s, lane.p90_s) == (11, 4, 3000, 5400)
    cashews = one(found, "LAST_HOURS", goods="08013100")
    assert (cashews.lots, cashews.median_s) == (5, 3000)
    assert one(found, "TODAY", "RED").lots == 1


async def test_today_is_beijings_and_the_last_hours_reach_behind_midnight(desk: Desk) -> None:
    port, midnight = a_port(), datetime(2026, 11, 17, 16, 0, tzinfo=UTC)
    at = midnight + timedelta(hours=1)
    for hours in (0.5, 1.0, 1.5, 3.0, 3.01):
        await lot(desk, port, took_min=1, ago=timedelta(hours=hours), at=at)
    found = await times(desk, port, at)
    assert one(found, "TODAY").lots == 2
    assert one(found, "LAST_HOURS").lots == 4


async def test_what_is_released_later_played_again_or_long_declared_is_not_counted(
    desk: Desk,
) -> None:
    port = a_port()
    await lot(desk, port, took_min=5)
    await lot(desk, port, took_min=5, replay=True)
    await lot(desk, port, took_min=5, submitted_at=NOON - timedelta(days=7, seconds=1))
    await lot(desk, port, took_min=5, ago=timedelta(0))
    assert one(await times(desk, port), "TODAY").lots == 1


async def test_who_still_waits_is_counted_with_how_long_by_lane_and_by_goods(desk: Desk) -> None:
    port = a_port()
    for minutes, goods in ((10, "08013100"), (20, "07133900"), (60, "08013100")):
        ago = timedelta(minutes=minutes)
        await lot(desk, port, took_min=None, ago=ago, lane="RED", hs_code=goods)
    await lot(desk, port, took_min=1, lane="RED")
    found = await times(desk, port)
    waits = one(found, "WAITING", "RED")
    assert (waits.lots, waits.median_s, waits.p90_s) == (3, 1200, None)
    cashews = one(found, "WAITING", "RED", goods="08013100")
    assert (cashews.lots, cashews.median_s) == (2, 2100)


@pytest.mark.parametrize(
    ("lots", "declarants", "said"), [(5, 3, True), (4, 3, False), (5, 2, False), (500, 1, False)]
)
def test_of_too_few_lots_or_declarants_nothing_is_said(
    lots: int, declarants: int, said: bool
) -> None:
    few = Times("TODAY", "P", "GREEN", None, lots, declarants, 60.0, 90.0)
    assert publishable([few], FEWEST) == ([few] if said else [])


def test_numbers_are_said_so_that_no_single_lot_moves_them() -> None:
    assert [lots_said(n, FEWEST) for n in (5, 9, 10, 104)] == [5, 5, 10, 100]
    assert [minutes_said(s) for s in (0, 0.2, 60, 60.1, 3599)] == [1, 1, 1, 2, 60]


async def test_everybody_reads_what_is_enough_and_no_more(desk: Desk) -> None:
    port, other, now = a_port(), a_port(), datetime.now(UTC)
    for n in range(7):
        ago = timedelta(minutes=2)
        await lot(desk, port, took_min=3, group=n % 3, at=now, ago=ago)
        await lot(desk, other, took_min=3, group=n % 2, at=now, ago=ago)
    desk.services.release_times = EachMinute()
    answer = await desk.http.get(PATH)
    assert answer.status_code == 200
    found = [one for one in answer.json()["items"] if one["port"] in (port, other)]
    assert {one["port"] for one in found} == {port}
    lane = next(one for one in found if one["span"] == "LAST_HOURS" and one["hs_code"] is None)
    assert (lane["lots"], lane["median_min"], lane["p90_min"]) == (5, 3, 3)
    assert port not in str([k for k in answer.json() if k != "items"])
    for name in ("G-", "cashew", "lot_", "TEST-1"):
        assert name not in answer.text
    again = await desk.http.get(PATH, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_it_is_counted_once_a_minute_however_many_ask() -> None:
    counted: list[datetime] = []

    async def compute(minute: datetime) -> dict[str, Any]:
        counted.append(minute)
        return {}

    kept: EachMinute[dict[str, Any]] = EachMinute()
    for seconds in (0, 20, 59, 60):
        await kept.told(NOON + timedelta(seconds=seconds), compute)
    assert counted == [NOON, NOON + timedelta(minutes=1)]


async def test_goods_are_named_as_the_law_names_them_that_day(desk: Desk) -> None:
    async with desk.services.database.reading() as tx:
        named = await goods_named(tx, ["08013100", "99999999"], NOON.date())
    assert set(named) == {"08013100"}
    assert named["08013100"].name_zh
