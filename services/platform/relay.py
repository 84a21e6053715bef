"""The relay: has told cases look at the record, at least once, in batches.

A batch is claimed by a lease: one short statement puts its rows' next delivery a lease ahead, and
no transaction is open while the engine is spoken to. What was taken is deleted and what was not
gets its next date in one statement more. A relay that dies in between gives its rows back when the
lease ends. Many tells of one case are one look.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog
from asyncpg import PostgresError
from sqlalchemy import TextClause, text
from temporalio.client import Client, RPCTimeoutOrCancelledError
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from services.kernel.identifiers import case_uuid
from services.kernel.messages import LOOK, Case, CaseKind
from services.platform.bell import LOOK_S, TELLS, Bell, Ear
from services.platform.database import Database, DatabaseUnreachable, Row, Tx

BATCH: Final = 50
LEASE: Final = timedelta(seconds=30)
_SOON_S: Final = 0.05
"""Rows that are due already are in another relay's hands just now."""
_LINGER_S: Final = 0.5
"""So long rows that were delivered wait to be deleted by the next claim."""
# A tell takes two calls at most, which end within the lease: a row is never in two relays' hands,
# unless one of them stood still, and then a case looks twice.
_RPC_TIMEOUT: Final = timedelta(seconds=5)

_CLAIM = text(
    "WITH delivered AS (DELETE FROM outbox WHERE outbox_id = ANY(:delivered)),"
    " due AS MATERIALIZED (SELECT outbox_id FROM outbox WHERE due_at <= now()"
    " ORDER BY outbox_id FOR UPDATE SKIP LOCKED LIMIT :batch)"
    " UPDATE outbox SET due_at = now() + :lease FROM due WHERE outbox.outbox_id = due.outbox_id"
    " RETURNING outbox.outbox_id, told, opens, attributes"
)
_SETTLE = text(
    "WITH delivered AS (DELETE FROM outbox WHERE outbox_id = ANY(:delivered))"
    " UPDATE outbox SET attempts = attempts + 1, last_error = failed.error,"
    " due_at = now() + least(interval '30 seconds', interval '250 ms' * 2 ^ least(attempts, 7))"
    " FROM unnest(CAST(:failed AS bigint[]), CAST(:errors AS text[])) AS failed (id, error)"
    " WHERE outbox_id = failed.id"
)
_DELIVERED = text("DELETE FROM outbox WHERE outbox_id = ANY(:delivered)")
_NEXT_DUE = text("SELECT CAST(extract(epoch FROM min(due_at) - now()) AS float8) FROM outbox")
_GIVE_BACK = text("UPDATE outbox SET due_at = now() WHERE outbox_id = ANY(:ids)")
_GIVE_ALL_BACK = text("UPDATE outbox SET due_at = now() WHERE due_at > now()")
_ON_RECORD = text("SELECT ended_at FROM cases WHERE case_id = :case_id")

log = structlog.get_logger()


class Relay:
    """Starts the cases of committed rows and has those that run look at the record.

    The bell says when there are rows; a relay looks by itself when one put off is due, and now and
    then.
    """

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, CaseKind],
        bell: Bell,
        *,
        lease: timedelta = LEASE,
    ) -> None:
        """``kinds`` by the prefix of a case's id."""
        self._database = database
        self._kinds = kinds
        self._bell = bell
        self._lease = lease
        self._delivered: list[int] = []
        self._some_put_off = True
        """Whether rows may wait for their date; those of an earlier relay, to begin with."""

    async def run(self, client: Client, *, alone: bool = False) -> None:
        """Deliver until cancelled. An unreachable database or engine is waited for.

        Who says that this is the only relay has the rows of one that was killed delivered at once.
        Were it not true, a case would look twice, which does no harm.
        """
        async with self._bell.heard(TELLS) as ear:
            try:
                if alone:
                    await self._give_all_back()
                while True:
                    await self._go_on(client, ear)
            finally:
                with contextlib.suppress(DatabaseUnreachable, PostgresError):
                    await self._forget_delivered()

    async def _go_on(self, client: Client, ear: Ear) -> None:
        """Deliver what is due, then rest until there may be more."""
        try:
            if await self._deliver_batch(client) == BATCH:
                return
            if self._delivered and await ear.wait(_LINGER_S):
                return
            await self._forget_delivered()
            patience_s = await self._patience_s()
        except DatabaseUnreachable as error:
            log.warning("relay_waits_for_database", error=type(error).__name__)
            await asyncio.sleep(1)
        except PostgresError as error:
            # A migration beside a running relay, a lock held for long, a full disk: all pass.
            log.error("relay_refused_by_database", sqlstate=error.sqlstate)
            await asyncio.sleep(1)
        else:
            await ear.wait(patience_s)

    async def _give_all_back(self) -> None:
        while True:
            try:
                await self._execute(_GIVE_ALL_BACK)
            except (DatabaseUnreachable, PostgresError) as error:
                log.warning("relay_waits_for_database", error=type(error).__name__)
                await asyncio.sleep(1)
            else:
                return

    async def _forget_delivered(self) -> None:
        if self._delivered:
            await self._execute(_DELIVERED, delivered=self._delivered)
            self._delivered = []

    async def _patience_s(self) -> float:
        """How long there is nothing to do unless the bell rings."""
        if not self._some_put_off:
            return LOOK_S
        async with self._database.reading() as tx:
            due_s: float | None = (await tx.execute(_NEXT_DUE)).scalar_one()
        self._some_put_off = due_s is not None
        return LOOK_S if due_s is None else min(max(due_s, _SOON_S), LOOK_S)

    async def _deliver_batch(self, client: Client) -> int:
        claiming = asyncio.create_task(self._claim(), name="claim")
        try:
            rows = await asyncio.shield(claiming)
            errors = await self._deliver_all(client, rows)
        except asyncio.CancelledError:
            # Told to stop: the next relay need not wait for the end of the lease.
            with contextlib.suppress(DatabaseUnreachable, PostgresError):
                await self._execute(_GIVE_BACK, ids=[r.outbox_id for r in await claiming])
            raise
        if not rows:
            return 0
        delivered = [row.outbox_id for row in rows if row.told not in errors]
        if not errors:
            # Deleted by the next claim, which mostly comes at once; should it never come, a case
            # looks once more than it need.
            self._delivered = delivered
            return len(rows)
        self._some_put_off = True
        failed = {row.outbox_id: errors[row.told] for row in rows if row.told in errors}
        await self._execute(
            _SETTLE, delivered=delivered, failed=list(failed), errors=list(failed.values())
        )
        return len(rows)

    async def _claim(self) -> Sequence[Row]:
        """The next rows that are due, ours for a lease; those delivered before are deleted."""
        async with self._database.reading() as tx:
            values = {"batch": BATCH, "lease": self._lease, "delivered": self._delivered}
            rows = (await tx.execute(_CLAIM, values)).all()
        self._delivered = []
        return rows

    async def _deliver_all(self, client: Client, rows: Sequence[Row]) -> dict[str, str]:
        """Tell every case of the batch once, side by side; the errors by case."""
        cases: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            cases[row.told].append(row)
        errors = await asyncio.gather(*(self._deliver(client, c, r) for c, r in cases.items()))
        return {c: error for c, error in zip(cases, errors, strict=True) if error is not None}

    async def _deliver(self, client: Client, case: str, rows: Sequence[Row]) -> str | None:
        """None when the engine took it or there is nothing to take, else the error to keep."""
        try:
            opening = next((r for r in rows if r.opens), None)
            return await self._tell(client, case, opening, _anew(rows))
        except RPCError as error:
            return str(error.status.name)
        except (OSError, RuntimeError, TimeoutError, RPCTimeoutOrCancelledError) as error:
            return type(error).__name__
        except Exception as error:
            # A tell that no server will ever take must not stop the delivery of all others.
            log.error("undeliverable", case=case, error=type(error).__name__)
            return type(error).__name__

    async def _tell(
        self, client: Client, case: str, opening: Row | None, anew: Mapping[str, str]
    ) -> str | None:
        """Start the case, or have it look; who starts looks first and need not be told besides.

        A case that does not run is started again, unless the record says that it has ended, and
        then too when it is told ``anew``.
        """
        if opening is not None:
            attributes = json.loads(opening.attributes)
            with contextlib.suppress(WorkflowAlreadyStartedError):
                await start_case(client, case, self._kinds, attributes, first=True)
                return None
        # Also one that was started before: it may have looked before the other rows' commits.
        if await _looks(client, case):
            return None
        async with self._database.reading() as tx:
            is_open = await open_on_record(tx, case)
        if is_open is None:
            return "CASE_UNKNOWN"
        if is_open or anew:
            log.warning("case_started_again", case=case)
            with contextlib.suppress(WorkflowAlreadyStartedError):
                await start_case(client, case, self._kinds, anew)
        return None

    async def _execute(self, statement: TextClause, **values: object) -> None:
        async with self._database.reading() as tx:
            await tx.execute(statement, values)


def _anew(rows: Sequence[Row]) -> Mapping[str, str]:
    """How a case is shown that is to look though it has ended (``Act.tell_anew``); of one that is
    told as others are, nothing."""
    told = (json.loads(row.attributes) for row in rows if not row.opens)
    return next((attributes for attributes in told if attributes), {})


async def _looks(client: Client, case: str) -> bool:
    """Have a case look at the record; False when it does not run."""
    try:
        await client.get_workflow_handle(case).signal(LOOK, rpc_timeout=_RPC_TIMEOUT)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def open_on_record(tx: Tx, case: str) -> bool | None:
    """Whether the record says that a case is open; None when it knows no such case."""
    row = (await tx.execute(_ON_RECORD, {"case_id": case_uuid(case)})).one_or_none()
    return None if row is None else row.ended_at is None


async def start_case(
    client: Client,
    case: str,
    kinds: Mapping[str, CaseKind],
    attributes: Mapping[str, str],
    *,
    first: bool = False,
) -> None:
    """Start the workflow of a case from the record, whatever became of an earlier one.

    Raises WorkflowAlreadyStartedError when it runs (``first``: or has ever run), RPCError when the
    engine does not take it.
    """
    kind = kinds[case[:3]]
    reuse = WorkflowIDReusePolicy
    await client.start_workflow(
        kind.workflow,
        Case(case_id=case),
        id=case,
        task_queue=kind.queue,
        id_reuse_policy=reuse.REJECT_DUPLICATE if first else reuse.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        search_attributes=_attributes(attributes),
        static_summary=kind.summary,
        request_eager_start=True,
        rpc_timeout=_RPC_TIMEOUT,
    )


def _attributes(values: Mapping[str, str]) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(k), v) for k, v in values.items()]
    )
