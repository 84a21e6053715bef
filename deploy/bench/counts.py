"""What a flow sends to the database and writes into its cases' histories: counted, not timed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
from temporalio.client import Client

from deploy.bench.figures import Figures
from deploy.bench.flow import Flow, Trade, trading
from deploy.bench.ground import Ground, ground
from deploy.bench.processes import Process, window
from deploy.demo.sample_day import SampleDay
from deploy.operate.data_directory import Endpoints
from services.platform import temporal

_PEOPLE: Final = SampleDay(lots=8, tickets=240, groups=8, refusals=False)
_WARM_UP: Final = 3
_FLOWS: Final = 5
_TRAILING_S: Final = 12.0
"""What was decided may be brought to its case once more, ten seconds later: that counts, too."""
_QUIET_S: Final = 12.0
READERS: Final = ("tw_window", "tw_notices", "postgres", "tw_owner")
"""Roles whose statements belong to no flow. The first two follow the log, for streams and webhooks
and for notices: what they ask goes by the second and not by the flow, for they read together what
any number of flows has left in it (``tests/services/notices/test_cost.py`` holds the notices to
that). We read as the third; and nobody sends what the owner of the tables asks, which is how the
server holds a foreign key that is looked at on commit."""

NOT_SENT: Final = (
    "WITH RECURSIVE typeinfo_tree%",
    "SELECT%current_setting(%) AS cur,%set_config(%",
    "% NEW.%",
)
"""What the driver asks once a connection, about types it meets for the first time; and what a
constraint of a table asks itself on commit, of its new row."""

_SENT: Final = """
SELECT r.rolname AS role, s.query, s.calls
FROM pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid
WHERE s.toplevel AND r.rolname <> ALL ($1) AND ltrim(s.query, E' \n') NOT LIKE ALL ($2)
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """How often a statement was sent under a role."""

    role: str
    query: str
    calls: float


@dataclass(frozen=True)
class FlowCounts:
    """Of one inspected flow, on the average of some."""

    statements: float
    """Top level, BEGIN and COMMIT among them, all roles, relay included; not what follows
    the log, nor what the driver asks on connecting, nor what a quiet window sends meanwhile, nor
    the parties' reads: of the order, by each officer before he signs."""
    history_events: float
    """Of the lot's, the order's and the instruction's case together."""
    sent: Sequence[Sent]
    """Statement by statement, the most frequent first, the quiet window's share and the parties'
    reads still in it."""
    events_by_case: Sequence[tuple[str, float]]

    def told(self) -> str:
        """For whoever wants to know where they come from."""
        lines = [f"{self.statements:.1f} statements, {self.history_events:.1f} history events"]
        lines += [f"{events:7.1f}  history of {kind}…" for kind, events in self.events_by_case]
        lines += [f"{s.calls:7.1f}  {s.role}: {' '.join(s.query.split())[:120]}" for s in self.sent]
        return "\n".join(lines)


def counts_of_a_flow(figures: Figures) -> None:
    """Statements and history events of an inspected flow, on servers of its own that count.

    Counted once: a count has hardly a spread.
    """
    counts = counted()
    figures.absolute("statements_of_an_inspected_flow", counts.statements)
    figures.absolute("history_events_of_an_inspected_flow", counts.history_events)


def counted() -> FlowCounts:
    """Play some inspected flows, one after another, on servers that count what they are sent."""
    with ground(_PEOPLE, counting=True) as here, window(here.stack) as process:
        here.stack.sql("CREATE EXTENSION pg_stat_statements", database="tradewindow")
        return asyncio.run(_counted(here, process))


async def _counted(here: Ground, process: Process) -> FlowCounts:
    sql = await asyncpg.connect(here.endpoints.database_url)
    flows: list[Flow] = []
    async with trading(here, process.port) as trade:
        for _ in range(_WARM_UP):
            await trade.inspected()
        await asyncio.sleep(_TRAILING_S)
        quiet = await _sent_during(sql, asyncio.sleep(_QUIET_S))
        played = await _sent_during(sql, _played(trade, flows))
        read = await _sent_during(sql, _read_anew(trade, flows))
    await sql.close()
    events = await _events_by_case(here.endpoints, flows)
    return FlowCounts(
        statements=(played.beside(quiet) - read.beside(quiet)) / _FLOWS,
        history_events=sum(events.values()),
        sent=[Sent(s.role, s.query, s.calls / _FLOWS) for s in played.sent],
        events_by_case=list(events.items()),
    )


async def _played(trade: Trade, flows: list[Flow]) -> None:
    for _ in range(_FLOWS):
        flows.append(await trade.inspected())
    await asyncio.sleep(_TRAILING_S)


async def _read_anew(trade: Trade, flows: Sequence[Flow]) -> None:
    for flow in flows:
        await trade.orders_read(flow)


@dataclass(frozen=True, slots=True)
class _During:
    """What was sent in so many seconds."""

    sent: Sequence[Sent]
    seconds: float

    @property
    def calls(self) -> float:
        return sum(sent.calls for sent in self.sent)

    def beside(self, quiet: _During) -> float:
        """How many more than a quiet window sends in that time."""
        return self.calls - quiet.calls * self.seconds / quiet.seconds


async def _sent_during(sql: asyncpg.Connection, work: Awaitable[None]) -> _During:
    await sql.execute("SELECT pg_stat_statements_reset()")
    started = time.perf_counter()
    await work
    return _During(await _sent(sql), time.perf_counter() - started)


async def _sent(sql: asyncpg.Connection) -> list[Sent]:
    """Everything sent since the last reset, the most frequent first."""
    rows = await sql.fetch(_SENT, READERS, NOT_SENT)
    sent = [Sent(row["role"], row["query"], row["calls"]) for row in rows]
    return sorted(sent, key=lambda s: s.calls, reverse=True)


async def _events_by_case(endpoints: Endpoints, flows: Sequence[Flow]) -> dict[str, float]:
    """History events of a flow by kind of case."""
    address, namespace = endpoints.temporal_address, endpoints.temporal_namespace
    client = await temporal.connect(address, namespace)
    events: dict[str, float] = {}
    for flow in flows:
        for case in flow.cases:
            kind, number = case[:4], await _history_events(client, case)
            events[kind] = events.get(kind, 0) + number / len(flows)
    return events


async def _history_events(client: Client, case: str) -> int:
    """Over all runs of a case."""
    query = f"WorkflowId = '{case}'"
    runs = [run.run_id async for run in client.list_workflows(query)]
    handles = [client.get_workflow_handle(case, run_id=run) for run in runs]
    return sum([len((await handle.fetch_history()).events) for handle in handles])
