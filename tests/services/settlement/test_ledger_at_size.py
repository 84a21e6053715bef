"""What reading the ledger touches: the days and the accounts asked for, however much was booked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

import pytest

from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor
from services.platform.database import Tx
from services.settlement.domain.ledger_days import days_asked
from services.settlement.queries import ledger
from tests.support.bench import Bench

SMALL, LARGE = 10_000, 60_000
"""Payments in all, each reserved; the day asked for, and the account, have the same of them."""
DAY: Final = date(2026, 6, 1)
TODAY: Final = date(2026, 12, 31)
OF_DAY, OF_ACCOUNT = 60, 40
BIC = "ATSIZEBJ"
OWN, RARE = f"liquidity:{BIC}", "buyer:at-size-0"
AUDITOR = Actor(subject="auditor", party="auditor:1", role="auditor")
BANK = Actor(subject="bank", party=f"bank:{BIC}", role="bank")

# Of every twenty buyers' payments one's, and of the rare one's so many in all.
BOOKED = (
    """
    CREATE TEMPORARY TABLE at_size ON COMMIT DROP AS
    SELECT md5('at size ' || n)::uuid AS id, CASE WHEN n % ($1 / $2) = 0 THEN 'buyer:at-size-0'
            ELSE 'buyer:at-size-' || (1 + n % ($1 / 20)) END AS buyer,
        CASE WHEN n <= $3 THEN $4::timestamptz + n * interval '1 second'
            ELSE $4::timestamptz + (n - $1 / 2) * interval '9 minutes'
                + CASE WHEN n > $1 / 2 THEN interval '1 day' ELSE interval '-1 day' END END AS at
    FROM generate_series(1, $1) AS n
    """,
    """
    INSERT INTO ledger_accounts SELECT gen_random_uuid(), code, 'CNY'
    FROM (SELECT $1 UNION SELECT buyer FROM at_size) AS known (code)
    """,
    """
    INSERT INTO settlement_instructions SELECT another.*
    FROM settlement_instructions AS i CROSS JOIN at_size AS s
    CROSS JOIN LATERAL jsonb_populate_record(i, jsonb_build_object('instruction_id', s.id,
        'lot_id', s.id, 'client_reference', s.id, 'bank_bic', CAST($2 AS text))) AS another
    WHERE i.instruction_id = $1
    """,
    "INSERT INTO ledger_transactions SELECT id, 'RESERVE', id, NULL, at FROM at_size",
    """
    INSERT INTO ledger_postings
    SELECT s.id, leg.line_no, a.account_id, 'PENDING', leg.minor, 'CNY', 'payment'
    FROM at_size AS s
    CROSS JOIN LATERAL (VALUES (1, $1, 1), (2, s.buyer, -1)) AS leg (line_no, code, minor)
    JOIN ledger_accounts AS a ON a.code = leg.code
    """,
)
TABLES = "ledger_transactions, ledger_postings, ledger_accounts, settlement_instructions"


@dataclass
class Planned:
    """A connection that explains instead of answering."""

    connection: Any
    plan: dict[str, Any] = field(default_factory=dict)

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        explained = await self.connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
        self.plan = json.loads(explained[0][0])[0]["Plan"]
        return []

    def nodes(self, plan: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        plan = self.plan if plan is None else plan
        yield plan
        for below in plan.get("Plans", ()):
            yield from self.nodes(below)

    @property
    def read_whole(self) -> set[str]:
        """Tables of the ledger that were read from end to end."""
        whole = (n["Relation Name"] for n in self.nodes() if n["Node Type"] == "Seq Scan")
        return {table for table in whole if table in ("ledger_transactions", "ledger_postings")}

    @property
    def touched(self) -> float:
        """Rows that were looked at, whether they were wanted or not."""
        return sum(
            float((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"])
            for n in self.nodes()
            if n.get("Relation Name", "").startswith("ledger_")
        )


@asynccontextmanager
async def booked(bench: Bench, payment: UUID, times: int) -> AsyncIterator[Planned]:
    """So many payments like this one; afterwards they never were."""
    async with bench.sql.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        try:
            await connection.execute("SET LOCAL session_replication_role = replica")
            since = days_asked(DAY, DAY, today=TODAY).since
            given = ((times, OF_ACCOUNT, OF_DAY, since), (OWN,), (payment, BIC), (), (OWN,))
            for statement, values in zip(BOOKED, given, strict=True):
                await connection.execute(statement, *values)
            await connection.execute("SET LOCAL session_replication_role = origin")
            await connection.execute(f"ANALYZE {TABLES}")
            yield Planned(connection)
        finally:
            await undone.rollback()
            await connection.execute(
                "ANALYZE ledger_transactions, ledger_postings, ledger_accounts"
            )


PAGES: Final[dict[str, tuple[Actor, date | None, str | None]]] = {
    "a day": (AUDITOR, DAY, None),
    "a bank's day": (BANK, DAY, None),
    "a bank's day of its account": (BANK, DAY, OWN),
    "all of a buyer's": (AUDITOR, None, RARE),
    "a bank's first page of its account": (BANK, None, OWN),
}


async def read(tx: Tx, which: str) -> None:
    """A page of transactions, or how an account stood."""
    if which in PAGES:
        actor, day, account = PAGES[which]
        days = days_asked(day, day, today=TODAY)
        await ledger.transactions(
            tx, actor, days, account=account, instruction=None, limit=20, after=None
        )
    else:
        days = days_asked(DAY, DAY, today=TODAY)
        await ledger.balances(tx, AUDITOR, days, account=RARE, limit=20, after=None)


@pytest.mark.slow
async def test_a_page_and_an_accounts_standing_do_not_grow_with_the_ledger(asleep: Bench) -> None:
    payment = case_uuid(await asleep.start(await asleep.lot()))
    touched: dict[str, list[float]] = defaultdict(list)
    for times in (SMALL, LARGE):
        async with booked(asleep, payment, times) as planned:
            for which in (*PAGES, "how an account stood"):
                await read(Tx(planned, ()), which)
                # A small table is read whole where that costs less than forty looks into it.
                assert times == SMALL or planned.read_whole == set(), which
                touched[which].append(planned.touched)
    grown = {w: t for w, t in touched.items() if not 0 < t[1] <= 1.5 * t[0]}
    assert grown == {}
