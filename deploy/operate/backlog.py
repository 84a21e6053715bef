"""How old the oldest waiting work is, by kind: the first number to look at when cases stand still.

Runs beside the relay, once in a whole window, and reads what the services publish.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from asyncpg import PostgresError
from sqlalchemy import text

from deploy.operate import waiting
from deploy.operate.assembly import Assembly
from deploy.operate.runs import REPORT, untold
from services.accreditation.domain.states import CLOCK_RUNS
from services.platform import telemetry
from services.platform.database import Database, DatabaseUnreachable
from workflows.kinds import KINDS as CASE_KINDS

EVERY_S: Final = 15.0

_AGE: Final = "CAST(coalesce(extract(epoch FROM now() - {since}), 0) AS float8)"
_CASES: Final = text(
    f"""
    SELECT 'screening' AS kind, {_AGE.format(since="min(clock_started_at)")} AS age_s
    FROM v_lots WHERE state = 'IDENTITY_OK'
    UNION ALL SELECT 'inspection', {_AGE.format(since="min(opened_at)")}
    FROM v_inspection_orders WHERE concluded_at IS NULL AND state <> 'UNSTAFFED'
    UNION ALL SELECT 'unstaffed', {_AGE.format(since="min(opened_at)")}
    FROM v_inspection_orders WHERE concluded_at IS NULL AND state = 'UNSTAFFED'
    UNION ALL SELECT 'deserted', {_AGE.format(since="min(since)")} FROM (
        SELECT port, officers, opened_at AS since FROM v_inspection_orders
        WHERE concluded_at IS NULL AND state <> 'UNSTAFFED'
        UNION ALL SELECT port, examiners, applied_at FROM v_accreditations
        WHERE state IN ('ON_SITE', 'SCORED')
    ) AS drawn (port, officers, since) WHERE NOT EXISTS (
        SELECT FROM v_officers AS o WHERE o.active AND o.port = drawn.port
            AND 'ofc_' || replace(CAST(o.officer_id AS text), '-', '') = ANY (drawn.officers)
    )
    UNION ALL SELECT 'compliance', {_AGE.format(since="min(coalesce(w.since, s.requested_at))")}
    FROM v_settlements AS s LEFT JOIN case_waits AS w
        ON w.case_id = s.instruction_id AND w.code = 'COMPLIANCE'
    WHERE s.state = 'HELD'
    UNION ALL SELECT 'bank', {_AGE.format(since="min(offered_at)")}
    FROM v_settlements WHERE state IN ('OFFERED', 'IN_PROGRESS')
    UNION ALL SELECT 'dispute', {_AGE.format(since="min(opened_at)")}
    FROM v_bank_disputes WHERE resolved_at IS NULL
    UNION ALL SELECT 'name_report', {_AGE.format(since="min(reported_at)")}
    FROM v_name_reports WHERE decided_at IS NULL
    UNION ALL SELECT 'overdue_name_report', {_AGE.format(since="min(due_at)")}
    FROM v_name_reports WHERE decided_at IS NULL AND due_at < now()
    UNION ALL SELECT 'overdue_accreditation',
        {_AGE.format(since="(min(due_on) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'")}
    FROM v_accreditations WHERE cycle = 1 AND state = ANY(CAST(:clock_runs AS text[]))
        AND due_on < (now() AT TIME ZONE 'Asia/Shanghai')::date
    UNION ALL SELECT 'alert', {_AGE.format(since="min(raised_at)")}
    FROM v_alerts WHERE closed_at IS NULL
    UNION ALL
    SELECT 'overdue_purchase',
        {_AGE.format(since="(min(p.due_on) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'")}
    FROM v_purchases AS p LEFT JOIN v_deliveries AS d USING (purchase_id)
    WHERE d.receipt_id IS NULL AND p.due_on < (now() AT TIME ZONE 'Asia/Shanghai')::date
        AND p.voided_at IS NULL AND d.lost_at IS NULL
    """
)
_WEBHOOKS: Final = text(
    """
    SELECT count(*) FILTER (WHERE state = 'ACTIVE' AND failing_since IS NULL) AS delivering,
        count(*) FILTER (WHERE state = 'ACTIVE' AND failing_since IS NOT NULL) AS failing,
        count(*) FILTER (WHERE state = 'SUSPENDED') AS suspended,
        CAST(coalesce(extract(epoch FROM now() - min(next.occurred_at)), 0) AS float8) AS lag_s
    FROM webhooks AS w LEFT JOIN LATERAL (
        SELECT occurred_at FROM events AS e
        WHERE w.state = 'ACTIVE'
            AND (e.xid, e.position) > (CAST(CAST(w.after_xid AS text) AS xid8), w.after_number)
        ORDER BY e.xid, e.position LIMIT 1
    ) AS next ON true
    """
)
_NOTICES: Final = text(
    """
    SELECT channel, count(*) FILTER (WHERE state <> 'GIVEN_UP') AS waiting,
        count(*) FILTER (WHERE state = 'GIVEN_UP') AS given_up,
        CAST(coalesce(extract(epoch FROM now() - min(due_since) FILTER (
            WHERE state <> 'GIVEN_UP' AND due_at <= now()
        )), 0) AS float8) AS age_s
    FROM (
        SELECT channel, state, due_at,
            CASE WHEN state = 'FAILED' THEN queued_at ELSE due_at END AS due_since
        FROM v_notice_deliveries_waiting
    ) AS d GROUP BY channel
    """
)
_NOTICES_LAG: Final = text(
    """
    SELECT CAST(coalesce(extract(epoch FROM now() - (
        SELECT occurred_at FROM events AS e
        WHERE (e.xid, e.position) > (CAST(CAST(p.after_xid AS text) AS xid8), p.after_number)
        ORDER BY e.xid, e.position LIMIT 1
    )), 0) AS float8) FROM v_notice_places AS p
    """
)
CHANNELS: Final = ("EMAIL", "SMS")
KINDS: Final = (
    *("outbox", "screening", "inspection", "unstaffed", "deserted", "compliance", "bank", "alert"),
    *("dispute", "name_report", "overdue_name_report", "overdue_purchase"),
    *("overdue_accreditation", *waiting.KINDS),
)
"""Undelivered messages, lots to screen, orders to decide, orders without officers, orders and
examinations whose drawn officers are all away, payments that compliance holds, payments that wait
for a bank's word, mass-balance alerts to close, disputes with banks to resolve, names of
which it is to be found out who used them, goods that no factory has received by their day,
accreditations whose clock ran out, and what else waits at an office or for a second person."""

log = structlog.get_logger()


async def backlog_measured(assembly: Assembly) -> None:
    """Measure what waits, and whether the servers answer, every fifteen seconds until cancelled."""
    relay, window = assembly.database("relay"), assembly.database("window")
    while True:
        telemetry.servers.labels("engine").set(await assembly.engine_answers())
        try:
            ages = await backlog(relay, window)
            await webhooks_measured(window)
            await notices_measured(window)
        except (DatabaseUnreachable, PostgresError) as error:
            # The last ages stay: a database that is away makes nothing younger.
            telemetry.servers.labels("database").set(0)
            log.warning("backlog_waits_for_database", error=type(error).__name__)
        else:
            telemetry.servers.labels("database").set(1)
            for kind, age_s in ages.items():
                telemetry.backlog.labels(kind).set(age_s)
                telemetry.patience.labels(kind).set(waiting.patience(kind))
        await asyncio.sleep(EVERY_S)


async def backlog(relay: Database, window: Database) -> dict[str, float]:
    """The age of the oldest waiting work in seconds, by kind; 0 where nothing waits."""
    acts = await untold(relay)
    for kind in (*CASE_KINDS, REPORT):
        found = next((u for u in acts if u.kind == kind), None)
        telemetry.untold.labels(kind).set(0 if found is None else found.waiting)
        telemetry.untold_age.labels(kind).set(0 if found is None else found.age_s)
    async with window.reading() as tx:
        rows = (await tx.execute(_CASES, {"clock_runs": list(CLOCK_RUNS)})).all()
        since = await waiting.oldest(tx)
    ages = {row.kind: max(0.0, row.age_s) for row in rows}
    now = time.time()
    ages |= {kind: max(0.0, now - since.get(kind, now)) for kind in waiting.KINDS}
    told = (u.age_s for u in acts if u.kind != REPORT)
    return {"outbox": max(told, default=0.0), **ages}


async def webhooks_measured(window: Database) -> None:
    """How many webhooks deliver, fail or are suspended, and how far behind the slowest is."""
    async with window.reading() as tx:
        row = (await tx.execute(_WEBHOOKS)).one()
    for state in ("delivering", "failing", "suspended"):
        telemetry.webhooks.labels(state).set(row[state])
    telemetry.webhook_lag.set(max(0.0, row.lag_s))


async def notices_measured(window: Database) -> None:
    """How many notices wait to leave, since when, how many were given up, and how far behind the
    log their judging is."""
    async with window.reading() as tx:
        found = {row.channel: row for row in await tx.execute(_NOTICES)}
        lag_s = (await tx.execute(_NOTICES_LAG)).scalar_one()
    for channel in CHANNELS:
        row = found.get(channel)
        telemetry.notices_waiting.labels(channel).set(0 if row is None else row.waiting)
        age_s = 0.0 if row is None else max(0.0, row.age_s)
        telemetry.notices_waiting_age.labels(channel).set(age_s)
        telemetry.notices_given_up.labels(channel).set(0 if row is None else row.given_up)
    telemetry.notices_lag.set(max(0.0, lag_s))
