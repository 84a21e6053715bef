"""Whether every case's chain of events holds, each event stands in the log's order, and the request
that it answers is on file; and of each case in turn whether header, tables and draws say the same.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate.verify.draws import draws_unlike_the_log
from deploy.operate.verify.headers import differing_headers
from deploy.operate.verify.records import differing_records
from deploy.operate.verify.report import Broken, Report
from migrations.apply import event_types
from services.kernel.events import GENESIS, link_hash
from services.kernel.identifiers import PREFIXES, show
from services.kernel.messages import SYSTEM
from services.platform.database import Row, Tx

BATCH: Final = 2_000
_BY_NOBODY: Final = "it is an act of a person's and says that the window itself did it"
_RECORDED_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "InspectionOrdered": ("LotCalledIn", "NameReportUpheld"),
    "LotCalledIn": ("LotCalledIn", "NameReportUpheld"),
    "PurchaseVoided": ("LotCancelled",),
}
"""What a service records for whom another may have answered, and what that other records beside."""
_CLOCKS_APART: Final = timedelta(minutes=10)
"""As much the clocks of processes may differ, and an act may take."""
_NEIGHBOURS: Final = 20
_NO_CASE: Final = UUID(int=0)
_CASES = text(
    "SELECT case_id, kind, seq, head FROM cases WHERE case_id > :after ORDER BY case_id LIMIT :rows"
)
# A case is read by its key, whole: its events are tens, and a range over all partitions is not.
_EVENTS = text(
    """
    SELECT case_id, seq, type, step, actor, body, occurred_at, prev_hash, hash
    FROM events WHERE case_id = ANY(:case_ids) ORDER BY case_id, seq
    """
)
# In pages, so that no statement takes longer the longer the log is.
_PAGE = text("SELECT case_id FROM events WHERE case_id > :after ORDER BY case_id LIMIT :rows")
_STRAYS = text(
    """
    SELECT p.case_id FROM unnest(CAST(:case_ids AS uuid[])) AS p (case_id)
    WHERE NOT EXISTS (SELECT FROM cases AS c WHERE c.case_id = p.case_id)
    ORDER BY p.case_id
    """
)
# Answers are forgotten after so many days. Where that was ever set lower, they went earlier; and a
# day is left to clocks that differ.
_KEPT_SINCE = text(
    """
    SELECT now() - make_interval(days => min(CAST(value #>> '{}' AS integer)) - 1) AS kept_since
    FROM v_policy_rows
    WHERE key = 'platform.idempotency_keep_days' AND CAST(value #>> '{}' AS integer) > 0
    """
)
_DATES = text(
    """
    SELECT e.case_id, e.seq, c.kind, e.xid::text::bigint AS xid, e.position, e.occurred_at
    FROM events AS e LEFT JOIN cases AS c ON c.case_id = e.case_id
    WHERE (e.xid, e.position) > (CAST(CAST(:xid AS text) AS xid8), CAST(:position AS bigint))
    ORDER BY e.xid, e.position LIMIT :rows
    """
)
_MISSING = text("SELECT receipt, type FROM receipts_missing(:receipts, :types)")


async def verify_chains(tx: Tx, report: Report) -> None:
    """Recompute every case's chain, and compare with it header, tables, draws and receipts."""
    kept_since = (await tx.execute(_KEPT_SINCE)).scalar_one()
    async for cases in _batches(tx):
        chains: dict[UUID, list[Row]] = {row.case_id: [] for row in cases}
        for event in await tx.execute(_EVENTS, {"case_ids": list(chains)}):
            chains[event.case_id].append(event)
        receipts: dict[str, tuple[bytes, tuple[str, ...]]] = {}
        differing = await differing_headers(tx, chains)
        of_kind = {case.case_id: (case.kind, chains[case.case_id]) for case in cases}
        records = await differing_records(tx, of_kind)
        draws = await draws_unlike_the_log(tx, of_kind)
        for case in cases:
            chain = chains[case.case_id]
            report.cases += 1
            report.events += len(chain)
            broken = first_broken_link(case, chain)
            if broken is not None:
                report.add(broken)
                continue
            unlike = (differing, records, draws)
            for what in (one for found in unlike for one in found.get(case.case_id, ())):
                report.add(Broken(_where(case, case.seq), what))
            for event in chain:
                _ask_for_receipt(report, _where(case, event.seq), event, kept_since, receipts)
        await _find_receipts(tx, report, receipts)


def _ask_for_receipt(
    report: Report,
    where: str,
    event: Row,
    kept_since: datetime | None,
    receipts: dict[str, tuple[bytes, tuple[str, ...]]],
) -> None:
    """A person's event names the request that it answers; the window's own steps answer nobody."""
    try:
        actor = json.loads(event.actor)
        if actor["role"] == SYSTEM.role:
            if event.type in _asked_for():
                report.add(Broken(where, _BY_NOBODY))
            return
        receipt = bytes.fromhex(actor["receipt"])
    except (KeyError, TypeError, ValueError):
        report.add(Broken(where, "it is not the window's own step and carries no receipt"))
        return
    if kept_since is None or event.occurred_at >= kept_since:
        receipts[where] = receipt, _RECORDED_FOR.get(event.type, (event.type,))


@cache
def _asked_for() -> frozenset[str]:
    """What only an act of a person's or a bank's records; of types of the past nobody knows."""
    return frozenset(name for name, event in event_types().items() if not event.unasked)


async def _find_receipts(
    tx: Tx, report: Report, receipts: Mapping[str, tuple[bytes, tuple[str, ...]]]
) -> None:
    """Events of persons whose request their service has not answered: made behind its back."""
    if not receipts:
        return
    asked = {(receipt, type_) for receipt, types in receipts.values() for type_ in types}
    values = {"receipts": [r for r, _ in asked], "types": [type_ for _, type_ in asked]}
    missing = {(row.receipt, row.type) for row in await tx.execute(_MISSING, values)}
    for where, (receipt, types) in receipts.items():
        if all((receipt, type_) in missing for type_ in types):
            what = f"its service has no answer to the request it carries ({receipt.hex()[:12]}…)"
            report.add(Broken(where, what))


async def find_strays(tx: Tx, report: Report) -> None:
    """Events of cases that are gone from ``cases``."""
    after = _NO_CASE
    while page := (await tx.execute(_PAGE, {"after": after, "rows": 10 * BATCH})).scalars():
        case_ids = sorted(set(page))
        for stray in (await tx.execute(_STRAYS, {"case_ids": case_ids})).scalars():
            what = "the case has events but no head: its row in cases is gone"
            report.add(Broken(f"{stray}, event 1", what))
        after = page[-1]


async def verify_dates(tx: Tx, report: Report) -> None:
    """Events that say they happened long before all those recorded ahead of them.

    The database orders what it records, whatever a process says of the time. One whose clock is
    wrong, or that lies, is seen between the others; where it is alone nobody can tell.
    """
    xid = position = 0
    ahead: deque[datetime] = deque(maxlen=_NEIGHBOURS)
    while page := (
        await tx.execute(_DATES, {"xid": str(xid), "position": position, "rows": 10 * BATCH})
    ).all():
        for event in page:
            if ahead and event.occurred_at < min(ahead) - _CLOCKS_APART:
                late = min(ahead) - event.occurred_at
                what = f"it is dated {late} before events that were recorded ahead of it"
                report.add(Broken(_where(event, event.seq), what))
            else:
                ahead.append(event.occurred_at)
        xid, position = page[-1].xid, page[-1].position


async def _batches(tx: Tx) -> AsyncIterator[Sequence[Row]]:
    after = _NO_CASE
    while rows := (await tx.execute(_CASES, {"after": after, "rows": BATCH})).all():
        yield rows
        after = rows[-1].case_id


def first_broken_link(case: Row, chain: Sequence[Row]) -> Broken | None:
    """The first event of a case that does not follow from the one before, None when all do."""
    previous = GENESIS
    for expected, event in enumerate(chain, start=1):
        what = _difference(event, expected, previous, chain)
        if what is not None:
            return Broken(_where(case, min(expected, event.seq)), what)
        previous = event.hash
    if case.seq != len(chain):
        gone = f"the case has {case.seq} events but the log ends with {len(chain)}"
        end = _where(case, min(case.seq, len(chain)) + 1)
        return Broken(end, f"the end was cut off or added: {gone}")
    if case.head != previous:
        what = "the head of the case is not the hash of its last event"
        return Broken(_where(case, case.seq), what)
    return None


def _where(case: Row, seq: int) -> str:
    name = show(case.kind, case.case_id) if case.kind in PREFIXES else str(case.case_id)
    return f"{name}, event {seq}"


def _difference(event: Row, expected: int, previous: bytes, chain: Sequence[Row]) -> str | None:
    if event.seq != expected:
        return f"it is missing; the next one there is event {event.seq}"
    if event.prev_hash != previous:
        return "its previous hash is not the hash of the event before it"
    fields = _fields(event)
    if link_hash(previous, **fields) == event.hash:
        return None
    for name in ("type_", "step", "actor", "occurred_at", "body"):
        for other in chain:
            if link_hash(previous, **{**fields, name: _fields(other)[name]}) == event.hash:
                return f"its {name.rstrip('_')} was exchanged with that of event {other.seq}"
    return "its content (type, step, actor, time or body) is not what was hashed"


def _fields(event: Row) -> dict[str, Any]:
    return {
        "case_id": event.case_id,
        "seq": event.seq,
        "type_": event.type,
        "step": event.step,
        "actor": event.actor,
        "occurred_at": event.occurred_at,
        "body": event.body,
    }
