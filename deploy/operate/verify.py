"""`tradewindow verify`: recompute every case's hash chain and every revealed draw, ask of each
person's event whether the request is on file that it answers, of each case's header whether its
owner's row says the same, of the tables whether they say what the log says (``verify_records.py``,
``_registers``, ``_sums``, ``_touches``, ``_documents``), of seals whether they hold and the log
goes through them (``verify_seals.py``), of events whether they are dated in the log's order. What
only persons and banks do (not ``unasked``) the window itself cannot have done.

It trusts nothing that is stored beside the facts, and reads one snapshot, in batches, so it may run
beside the window. What the log does not hash it cannot vouch for: stored answers of steps, places.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate.data_directory import LocalError
from deploy.operate.heads import Head, broken_since, heads_kept, root_kept
from deploy.operate.home import Home
from deploy.operate.settings import settings_here, settings_of
from deploy.operate.verify_documents import files_at_hand, lost_files
from deploy.operate.verify_draws import differing_draws
from deploy.operate.verify_headers import differing_headers
from deploy.operate.verify_quota import differing_quota
from deploy.operate.verify_records import caseless_records, differing_records, not_compared
from deploy.operate.verify_registers import UNFILED, differing_registers, unvouched
from deploy.operate.verify_seals import SealsSeen, broken_seals, keys_known
from migrations.apply import deciding_tables, event_types
from services.kernel.events import GENESIS, link_hash
from services.kernel.identifiers import PREFIXES, show
from services.kernel.messages import SYSTEM
from services.platform.database import Database, DatabaseUnreachable, Row, Tx
from services.platform.files import Files
from services.platform.settings import Settings, role_of

BATCH: Final = 2_000
NAMED_MAX: Final = 20
"""So many breaks are named; the rest are counted."""

_BY_NOBODY: Final = "it is an act of a person's and says that the window itself did it"
_RECORDED_FOR: Final = {"InspectionOrdered": "LotCalledIn"}
"""What a service records for whom another has answered, and what that other records beside it."""
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


@dataclass(frozen=True, slots=True)
class Broken:
    """What does not hold: where it is (which case and event, or which draw) and what differs."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Report:
    """What was recomputed, and what did not hold: of each broken case its first broken link."""

    cases: int = 0
    events: int = 0
    draws: int = 0
    broken: int = 0
    named: list[Broken] = field(default_factory=list)
    caseless: list[str] = field(default_factory=list)
    """Rows that put something in force without any case: made behind the services' backs."""
    unvouched: int = 0
    """Records on file since before filings kept digests: nothing vouches for them."""
    seals: SealsSeen = field(default_factory=SealsSeen)

    def counts(self) -> dict[str, int]:
        """The figures alone."""
        return {
            "cases": self.cases,
            "events": self.events,
            "draws": self.draws,
            "broken": self.broken,
        }

    def add(self, broken: Broken) -> None:
        """Count a break, and name it while there are few."""
        self.broken += 1
        if len(self.named) < NAMED_MAX:
            self.named.append(broken)


async def run(
    *,
    home: Home = None,
    heads: Path | None = None,
    root: str | None = None,
    seal: str | None = None,
) -> int:
    """Recompute every hash chain and every revealed draw; name what is broken.

    ``heads`` is a file of `tradewindow heads` that somebody kept: a chain whose end was cut off, or
    that was written anew since, is found by it alone. ``root`` is the root (HEX) that was published
    of that file: another file is refused. The root of the file is printed, to be compared.
    ``seal`` is the digest (HEX) of a seal that somebody kept: one cut off at the end is missed.

    Where SECRETS_FILE is set, as for services run alone, the environment says which database.

    The status is 0 when everything holds and 1 when something does not.
    """
    kept = () if heads is None else _heads_of(heads, root)
    report = await _verify_by(settings_here(home), kept, seal)
    for broken in report.named:
        print(broken)
    if report.broken > len(report.named):
        print(f"and {report.broken - len(report.named)} more")
    for row in report.caseless[:NAMED_MAX]:
        print(row)
    if len(report.caseless) > NAMED_MAX:
        print(f"and {len(report.caseless) - NAMED_MAX} rows more without a case")
    holds = "everything holds" if not report.broken else f"{report.broken} broken"
    if report.caseless:
        holds = f"{report.broken} broken, {len(report.caseless)} rows without a case"
    print(f"{report.cases} cases, {report.events} events, {report.draws} draws: {holds}.")
    if report.seals.count:
        print(report.seals.told())
    left = not_compared(deciding_tables())
    if report.unvouched:
        left.append(f"{report.unvouched} records on file since before filings vouched for any")
    print(f"Not compared with the log: {', '.join(left)}.")
    return 1 if report.broken or report.caseless else 0


def _heads_of(file: Path, published: str | None) -> Iterable[Head]:
    """The heads of a file, whose root is told. Raises LocalError when another was published."""
    root = root_kept(file).hex()
    if published is not None and published.strip().lower() != root:
        raise LocalError(f"{file} has the root {root}, not the one that was published.")
    print(f"{file}: root {root}; compare it with what was published.")
    return heads_kept(file)


async def verify_home(home: Path) -> Report:
    """Recompute everything in a data directory whose servers run. Raises LocalError."""
    return await _verify_by(settings_of(home), (), None)


async def _verify_by(settings: Settings, heads: Iterable[Head], seal: str | None) -> Report:
    role = role_of("window")
    database = Database(settings.database_url_for(role), role=role, pool_size=1)
    try:
        keys, files = keys_known(settings), files_at_hand(settings)
        return await verify(database, heads=heads, keys=keys, seal=seal, files=files)
    except DatabaseUnreachable as error:
        raise LocalError(
            f"The database does not answer ({type(error).__name__}); start it with"
            " `tradewindow up`, or name its directory with --home."
        ) from error
    finally:
        await database.close()


async def verify(
    database: Database,
    *,
    heads: Iterable[Head] = (),
    keys: Collection[bytes] = (),
    seal: str | None = None,
    files: Files | None = None,
) -> Report:
    """Recompute everything in one snapshot, and compare it with seals and heads that are kept."""
    report = Report()
    async with database.snapshot() as tx:
        await _verify_chains(tx, report)
        await _find_strays(tx, report)
        await _verify_dates(tx, report)
        async for where, what in differing_draws(tx):
            report.draws += what is None
            if what is not None:
                report.add(Broken(where, what))
        report.caseless = [row async for row in caseless_records(tx)]
        seals = broken_seals(tx, report.seals, known=keys, published=seal)
        report.unvouched = await unvouched(tx)
        async for where, what in differing_registers(tx):
            if what == UNFILED:
                report.caseless.append(f"{where} {what}")
            else:
                report.add(Broken(where, what))
        quota = differing_quota(tx)
        for found in (quota, broken_since(tx, heads), seals, lost_files(tx, files)):
            async for where, what in found:
                report.add(Broken(where, what))
    return report


async def _verify_chains(tx: Tx, report: Report) -> None:
    kept_since = (await tx.execute(_KEPT_SINCE)).scalar_one()
    async for cases in _batches(tx):
        chains: dict[UUID, list[Row]] = {row.case_id: [] for row in cases}
        for event in await tx.execute(_EVENTS, {"case_ids": list(chains)}):
            chains[event.case_id].append(event)
        receipts: dict[str, tuple[bytes, str]] = {}
        differing = await differing_headers(tx, list(chains))
        of_kind = {case.case_id: (case.kind, chains[case.case_id]) for case in cases}
        records = await differing_records(tx, of_kind)
        for case in cases:
            chain = chains[case.case_id]
            report.cases += 1
            report.events += len(chain)
            broken = first_broken_link(case, chain)
            if broken is not None:
                report.add(broken)
                continue
            for what in (*differing.get(case.case_id, ()), *records.get(case.case_id, ())):
                report.add(Broken(_where(case, case.seq), what))
            for event in chain:
                _ask_for_receipt(report, _where(case, event.seq), event, kept_since, receipts)
        await _find_receipts(tx, report, receipts)


def _ask_for_receipt(
    report: Report,
    where: str,
    event: Row,
    kept_since: datetime | None,
    receipts: dict[str, tuple[bytes, str]],
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
        receipts[where] = receipt, _RECORDED_FOR.get(event.type, event.type)


@cache
def _asked_for() -> frozenset[str]:
    """What only an act of a person's or a bank's records; of types of the past nobody knows."""
    return frozenset(name for name, event in event_types().items() if not event.unasked)


async def _find_receipts(tx: Tx, report: Report, receipts: Mapping[str, tuple[bytes, str]]) -> None:
    """Events of persons whose request their service has not answered: made behind its back."""
    if not receipts:
        return
    asked = set(receipts.values())
    values = {"receipts": [r for r, _ in asked], "types": [type_ for _, type_ in asked]}
    missing = {(row.receipt, row.type) for row in await tx.execute(_MISSING, values)}
    for where, (receipt, type_) in receipts.items():
        if (receipt, type_) in missing:
            what = f"its service has no answer to the request it carries ({receipt.hex()[:12]}…)"
            report.add(Broken(where, what))


async def _find_strays(tx: Tx, report: Report) -> None:
    """Events of cases that are gone from ``cases``."""
    after = _NO_CASE
    while page := (await tx.execute(_PAGE, {"after": after, "rows": 10 * BATCH})).scalars():
        case_ids = sorted(set(page))
        for stray in (await tx.execute(_STRAYS, {"case_ids": case_ids})).scalars():
            what = "the case has events but no head: its row in cases is gone"
            report.add(Broken(f"{stray}, event 1", what))
        after = page[-1]


async def _verify_dates(tx: Tx, report: Report) -> None:
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
