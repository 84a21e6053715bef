"""Figures for leaders and auditors: each day's, of what the record holds, and nobody else's."""

from __future__ import annotations

import random
import string
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.kernel.clock import BEIJING
from services.kernel.identifiers import first_of, new_uuid, uuid_of
from services.manifests import scopes_of_roles
from services.window.domain.rules.figures import REACH, Period
from tests.services.window.conftest import Desk
from tests.support.one_day import today, yesterday

PATH = "/window/v1/figures"
AUDITOR = {"role": "auditor", "party": "auditor:A1"}


LEADER = {"role": "leader", "party": "leader:L1"}


def at(day: date, hour: float) -> datetime:
    """An hour of a Beijing day."""
    return datetime.combine(day, datetime.min.time(), BEIJING) + timedelta(hours=hour)


def a_port() -> str:
    return "T" + "".join(random.choices(string.ascii_uppercase, k=14))


async def lot(
    desk: Desk,
    port: str,
    declared: datetime,
    released: datetime | None = None,
    **changed: Any,
) -> str:
    """A lot whose clock began when it was declared."""
    lot_id = await desk.file_lot(
        state="IN_INSPECTION" if released is None else "RELEASED",
        port=port,
        started_at=declared,
        released_at=released,
        silent=True,
    )
    values = {"submitted_at": declared, **changed}
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(values, start=2))
    await desk.sql.execute(
        f"UPDATE lots SET {places} WHERE lot_id = $1", uuid_of(lot_id, "lot"), *values.values()
    )
    return lot_id


async def days(
    desk: Desk, port: str | None, count: int = 2, until: date | None = None
) -> list[Any]:
    query = f"?days={count}&until={until or yesterday()}" + (f"&port={port}" if port else "")
    answer = await desk.get(PATH + query, **AUDITOR)
    assert answer.status_code == 200, answer.text
    assert answer.json()["port"] == port
    found: list[Any] = answer.json()["items"]
    return found


async def test_release_times_and_backlog_by_beijings_day(desk: Desk) -> None:
    port, before = a_port(), yesterday() - timedelta(days=1)
    await lot(desk, port, at(before, 23), at(yesterday(), 1))
    await lot(desk, port, at(yesterday(), 2), at(yesterday(), 2.5))
    await lot(desk, port, at(yesterday(), 3), at(today(), 0))
    await lot(desk, port, at(yesterday(), 4), ended_at=at(yesterday(), 5), state="CANCELLED")
    await lot(desk, port, at(yesterday(), 5))
    await lot(desk, port, at(yesterday(), 6), at(yesterday(), 7), replay=True)
    first, second = await days(desk, port)
    assert (first["day"], second["day"]) == (before.isoformat(), yesterday().isoformat())
    assert (first["declared"], first["released"], first["backlog"]) == (1, 0, 1)
    assert first["release_median_min"] is None
    assert (second["declared"], second["released"], second["backlog"]) == (4, 2, 2)
    assert (second["release_median_min"], second["release_p90_min"]) == (75, 111)


async def _inspected(
    desk: Desk,
    port: str,
    lot_id: str,
    results: list[str],
    state: str = "CONCLUDED",
    round_: int = 1,
) -> None:
    """An order about a lot, as it stands after a round."""
    ended = state in ("CONCLUDED", "WITHDRAWN")
    await desk.sql.execute(
        "INSERT INTO inspection_orders (order_id, lot_id, port, lane, method_ordered,"
        " perishable, business_on, state, round, draw_no, officers, author, results, disposal,"
        " lot_move, opened_at, concluded_at) VALUES ($1, $2, $3, 'RED', 'SAMPLE', false, $4,"
        " $5, $6, 0, '{a,b}', 'a', $7, $8, $8, $9, $10)",
        *(new_uuid(), uuid_of(lot_id, "lot"), port, yesterday(), state, round_, results),
        *("RELEASE" if ended else None, at(yesterday(), 1)),
        at(yesterday(), 2) if ended else None,
    )


async def test_inspections_and_finds_are_those_that_two_officers_signed(desk: Desk) -> None:
    port = a_port()
    for results, state, round_ in (
        (["NO_DIFFERENCE"], "CONCLUDED", 1),
        (["QUANTITY"], "CONCLUDED", 1),
        ([], "WITHDRAWN", 0),
        (["QUANTITY"], "AWAITING_SIGNATURE", 1),
    ):
        lot_id = await lot(desk, port, at(yesterday(), 1))
        await _inspected(desk, port, lot_id, results, state, round_)
    (day,) = await days(desk, port, count=1)
    assert (day["inspected"], day["finds"]) == (2, 1)


async def test_use_of_quota_is_of_all_ports_together(desk: Desk) -> None:
    (before,) = await days(desk, None, count=1)
    for reserved, consumed in ((200_000, 200_000), (0, 0)):
        await desk.sql.execute(
            "INSERT INTO quota_days (resident_id, business_on, limit_minor, reserved_minor,"
            " consumed_minor, tickets) VALUES ($1, $2, 800000, $3, $4, 1)",
            *(uuid4(), yesterday(), reserved, consumed),
        )
    (after,) = await days(desk, None, count=1)
    former = float((before["quota_used"] or {"amount": "0"})["amount"])
    assert float(after["quota_used"]["amount"]) - former == 4000
    assert 0 < float(after["quota_percent"]) < 100
    (of_a_port,) = await days(desk, a_port(), count=1)
    assert (of_a_port["quota_used"], of_a_port["quota_percent"]) == (None, None)
    assert of_a_port["spreads"] == []


async def test_a_replayed_day_counts_in_no_figure(desk: Desk) -> None:
    port, everywhere = a_port(), (await days(desk, None, count=1))[0]
    lot_id = await lot(
        desk, port, at(yesterday(), 1), at(yesterday(), 3), replay=True, business_on=yesterday()
    )
    resident = await desk.sql.fetchval(
        "SELECT resident_id FROM tickets WHERE lot_id = $1", uuid_of(lot_id, "lot")
    )
    await desk.sql.execute(
        "INSERT INTO quota_days (resident_id, business_on, limit_minor, reserved_minor,"
        " consumed_minor, tickets) VALUES ($1, $2, 800000, 0, 200000, 1)",
        *(resident, yesterday()),
    )
    await _inspected(desk, port, lot_id, ["QUANTITY"])
    (day,) = await days(desk, port, count=1)
    assert (day["declared"], day["released"], day["inspected"], day["finds"]) == (0, 0, 0, 0)
    assert (await days(desk, None, count=1))[0] == everywhere


async def test_spread_is_the_mean_of_the_days_versions(desk: Desk) -> None:
    day = yesterday()
    for version, (bid, ask) in enumerate(((99, 101), (98, 102)), start=900_001):
        await desk.sql.execute(
            "INSERT INTO pooled_prices (price_id, pair, version, mid, bid, ask, used, dropped,"
            " valid_from, valid_until) VALUES ($1, 'CNY/MMK', $2, 100, $3, $4, '{A}', '{}', $5, $6)"
            " ON CONFLICT DO NOTHING",
            *(new_uuid(), version, bid, ask, at(day, 1), at(day, 2)),
        )
    (found,) = await days(desk, None, count=1)
    assert {"pair": "CNY/MMK", "spread_bp": "300.0"} in found["spreads"]


@pytest.mark.parametrize(
    ("role", "party"), [("clerk", "group:G1"), ("officer", "officer:x"), ("bank", "bank:B")]
)
async def test_nobody_else_reads_them(desk: Desk, role: str, party: str) -> None:
    answer = await desk.get(PATH, role, party, port="DONGXING" if role == "officer" else None)
    assert answer.status_code == 403


@pytest.mark.parametrize("query", ["days=0", "days=32", "until=2026-13-01", "until=x"])
async def test_what_is_no_period_is_said(desk: Desk, query: str) -> None:
    answer = await desk.get(f"{PATH}?{query}", **AUDITOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")


def test_a_period_is_of_whole_beijing_days_and_reaches_back() -> None:
    period = Period(date(2026, 3, 1), 3)
    assert [day.isoformat() for day in period.days()] == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert period.begins_at == datetime(2026, 2, 26, 16, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert period.begins_at - period.reaches_to == REACH


def test_ids_are_in_the_order_of_their_making() -> None:
    before, made, after = first_of(datetime.now(UTC)), new_uuid(), datetime.now(UTC)
    assert before <= made < first_of(after + timedelta(milliseconds=1))


async def test_of_days_before_there_were_any_nothing_is_counted(desk: Desk) -> None:
    (day,) = await days(desk, None, count=1, until=date(1900, 1, 1))
    assert (day["declared"], day["released"]) == (0, 0)


async def test_a_leader_reads_figures_and_no_more(desk: Desk) -> None:
    port = a_port()
    await lot(desk, port, at(yesterday(), 9), at(yesterday(), 10))
    figures = f"{PATH}?days=2&until={yesterday()}&port={port}"
    led, audited = await desk.get(figures, **LEADER), await desk.get(figures, **AUDITOR)
    assert led.status_code == 200
    assert led.json() == audited.json()
    for path in ("/window/v1/cases?reference=R-1", "/window/v1/work", "/window/v1/stream"):
        assert (await desk.get(path, **LEADER)).status_code == 403, path
    assert scopes_of_roles()["leader"] == {"window:figures:read"}
