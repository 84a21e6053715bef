"""What a lot's size costs: seconds to release, SQL statements, history events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Final

import asyncpg
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.bench.figures import Figures
from deploy.bench.ground import Ground
from deploy.bench.load import Lines
from deploy.bench.processes import served, window
from deploy.bench.trade import lot_confirmed, lot_released, lot_submitted, seconds_to_release
from deploy.operate.assembly import Assembly
from deploy.operate.parts import meanwhile
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one, carriers

_LARGE: Final = 266
_SAMPLES: Final = 5
_COUNTED: Final = ("declaration", "risk")
_FIRST_LOOK: Final = 1
_RELEASED: Final = 3
"""A green lot's recorded steps: looked at before it was confirmed, then screened and released."""


def lot266_vs_lot1(ground: Ground, figures: Figures, rounds: int) -> None:
    """Submit, confirm by mandate, screen, release: a lot of 266 tickets beside one of a single."""
    with window(ground.stack) as process:
        asyncio.run(_large_vs_single(ground, figures, process.port, rounds))


async def _large_vs_single(ground: Ground, figures: Figures, port: int, rounds: int) -> None:
    members = ground.members()
    sql = await asyncpg.connect(ground.endpoints.database_url)
    async with Lines.open(port, connections=1) as lines:
        await seconds_to_release(lines, sql, ground, members[:_LARGE])
        for _ in range(rounds):
            took: dict[int, list[float]] = {1: [], _LARGE: []}
            for _ in range(_SAMPLES):
                for size, seconds in took.items():
                    seconds.append(await seconds_to_release(lines, sql, ground, members[:size]))
            single, large = median(took[1]), median(took[_LARGE])
            figures.ratio("lot266_vs_lot1", large / single)
            figures.absolute("release_of_1_ticket_s", single)
            figures.absolute("release_of_266_tickets_s", large)
    await sql.close()


def counts_10_vs_1000(ground: Ground, figures: Figures, _rounds: int) -> None:
    """Statements of the services and events of the workflow, from submission to release.

    Counted once: a count has no spread. The window runs inside this process, so that the
    statements can be seen.
    """
    asyncio.run(_counts(ground, figures))


async def _counts(ground: Ground, figures: Figures) -> None:
    assembly = Assembly.create(settings_of(ground.home), with_relay=True)
    sql = await asyncpg.connect(ground.endpoints.database_url)
    counted = {}
    async with meanwhile(carriers(assembly)), served(all_in_one(assembly)) as port:
        client = await assembly.connected()
        async with Lines.open(port, connections=1) as lines:
            for size in (2, 10, 1000):
                with _statements(assembly) as sent:
                    buyers = ground.members()[:size]
                    lot_id = await lot_submitted(lines, ground, buyers)
                    # Confirmed before the case has looked, it would look once and not twice.
                    await _history_events(client, lot_id, _FIRST_LOOK)
                    await lot_confirmed(lines, ground, lot_id, buyers)
                    await lot_released(sql, lot_id)
                    events = await _history_events(client, lot_id, _RELEASED)
                counted[size] = (len(sent), events)
    await sql.close()
    await assembly.close()
    (few_statements, few_events), (statements, events) = counted[10], counted[1000]
    figures.ratio("statements_10_vs_1000", statements / few_statements)
    figures.ratio("events_10_vs_1000", events / few_events)
    figures.absolute("statements_of_a_lot", statements)
    figures.absolute("history_events_of_a_lot", events)


@contextmanager
def _statements(assembly: Assembly) -> Iterator[list[str]]:
    """Every statement that the services send to the database meanwhile."""
    sent: list[str] = []
    with ExitStack() as watching:
        kept = [watching.enter_context(assembly.database(s).watched()) for s in _COUNTED]
        yield sent
    sent += [statement for statements in kept for statement in statements]


async def _history_events(client: Client, lot_id: str, steps: int) -> int:
    """Events in the workflow's history once so many steps are recorded in it."""
    while True:
        with contextlib.suppress(RPCError):
            history = await client.get_workflow_handle(lot_id).fetch_history()
            kinds = [e.event_type for e in history.events]
            if kinds.count(EventType.EVENT_TYPE_MARKER_RECORDED) >= steps:
                return len(kinds)
        await asyncio.sleep(0.05)
