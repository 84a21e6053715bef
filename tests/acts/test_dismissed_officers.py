"""An officer who is dismissed while his act waits for its turn decides nothing any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2
import pytest

from tests.acts.asked import Asked, Builder
from tests.acts.test_acts_stand import ACTS
from tests.support.asleep import Asleep

TURNS: Final = (
    "cases",
    "inspection_orders",
    "accreditations",
    "credit_decisions",
    "draw_seeds",
    "rule_book",
    "risk_rules",
    "policy_version",
    "books",
)
"""Whatever an act of an officer may have to wait for."""
AT_ONCE: Final = {
    "POST /accreditation/v1/credit-levels",
    "POST /registry/v1/duties",
    "POST /risk/v1/draw-seeds",
    "POST /risk/v1/rules",
}
"""Proposals and a new seed: they change nothing that is there, so they wait for nobody. A duty
waits for its register's turn alone, and is asked afterwards (``test_roster``)."""
CASES: Final = [
    pytest.param(route, builder, id=f"{route}{'' if number == 0 else f' ({number + 1})'}")
    for route, builders in ACTS.items()
    for number, builder in enumerate(builders)
]


@pytest.mark.proof(keep=30)
@pytest.mark.parametrize(("route", "builder"), CASES)
async def test_an_officer_dismissed_while_his_act_waits_does_not_decide(
    asleep: Asleep, route: str, builder: Builder
) -> None:
    asked = await builder(asleep)
    if not asked.party.startswith("officer:"):
        return
    async with everybody_waits(asleep):
        act = asyncio.create_task(asked.sent(asleep))
        if not await waits(asleep, act):
            assert route in AT_ONCE, (await act).text
            return
        await asleep.harbour.dismiss(asked.party.removeprefix("officer:"))
        await asleep.harbour.hire()
    await refused_as_not_on_file(asleep, asked, await act)
    assert route not in AT_ONCE


async def refused_as_not_on_file(asleep: Asleep, asked: Asked, answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (403, "OFFICER_NOT_ON_FILE"), answer.text
    assert await asked.on_record(asleep) == ()


@asynccontextmanager
async def everybody_waits(asleep: Asleep) -> AsyncIterator[None]:
    """Another connection holds every turn inside."""
    async with asleep.sql.acquire() as other, other.transaction():
        for table in TURNS:
            await other.execute(f"SELECT FROM {table} FOR UPDATE")
        yield


async def waits(asleep: Asleep, act: asyncio.Task[httpx2.Response]) -> bool:
    """Whether the act has come to wait for another connection; False when it has ended."""
    while not act.done():
        waiting = await asleep.sql.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        )
        if waiting:
            return True
        await asyncio.sleep(0.02)
    return False
