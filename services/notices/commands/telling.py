"""The log is judged: each event once, in the log's order, into notices and what leaves of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import instant_shown
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid
from services.notices.domain.rules.contact import CONFIRMED_FOR
from services.notices.domain.rules.telling import (
    CARRIER,
    CONCERNED,
    MEMBERS,
    NAMED,
    READING,
    TELLINGS,
    UNCONFIRMED,
    Telling,
    party_named,
)
from services.platform.database import Database, Row, Statements
from services.platform.tail import Logged, Position, batch_after

RESIDENT: Final = "'resident:res_' || replace(CAST(t.resident_id AS text), '-', '')"
"""SQL of the party of a ticket's resident."""
_PLACE: Final = text("SELECT after_xid, after_number FROM notice_places WHERE log = 'events'")
# Whoever holds the row judges; a process that is killed lets it go with its transaction.
_TURN: Final = text(
    "SELECT after_xid, after_number FROM notice_places WHERE log = 'events' FOR UPDATE SKIP LOCKED"
)
_MOVE: Final = text(
    "UPDATE notice_places SET after_xid = :xid, after_number = :number WHERE log = 'events'"
)
_CASES: Final = text(
    "SELECT case_id, kind, reference, readers FROM cases WHERE case_id = ANY(:case_ids)"
)
_TRUCKS: Final = text(
    """
    SELECT l.lot_id, coalesce(m.carrier, m.lodged_by) AS party, m.vehicle_plate
    FROM v_lots AS l INNER JOIN v_manifests AS m
        ON m.plate_key = l.plate_key AND m.manifest_key = l.manifest_key
    WHERE l.lot_id = ANY(:case_ids)
    """
)
# A mandate lets the clerk say yes; whoever has given one is not asked.
_UNCONFIRMED: Final = text(
    f"""
    SELECT DISTINCT t.lot_id, {RESIDENT} AS party, l.shares_due_at
    FROM v_tickets AS t INNER JOIN v_lots AS l ON l.lot_id = t.lot_id
    LEFT JOIN v_memberships AS m ON m.group_code = l.group_code
        AND m.resident_id = t.resident_id AND m.left_on IS NULL
    WHERE t.lot_id = ANY(:case_ids) AND l.state = 'SUBMITTED' AND t.confirmed_at IS NULL
        AND NOT coalesce(m.mandated, false)
    """
)
_CONCERNED: Final = text(
    "SELECT change_id, concerns FROM v_concerned WHERE change_id = ANY(:case_ids)"
)
_INSERT: Final = text(
    """
    INSERT INTO notices
        (notice_id, party, kind, case_id, case_kind, event_seq, as_reader, facts, happened_at)
    SELECT notice_id, party, kind, case_id, case_kind, event_seq, as_reader, facts, happened_at
    FROM unnest(
        CAST(:notice_ids AS uuid[]), CAST(:parties AS text[]), CAST(:kinds AS text[]),
        CAST(:case_ids AS uuid[]), CAST(:case_kinds AS text[]), CAST(:seqs AS integer[]),
        CAST(:as_readers AS boolean[]), CAST(:facts AS text[]), CAST(:ats AS timestamptz[])
    ) WITH ORDINALITY AS n (
        notice_id, party, kind, case_id, case_kind, event_seq, as_reader, facts, happened_at, place
    )
    ORDER BY place ON CONFLICT DO NOTHING RETURNING number
    """
)
_QUEUE: Final = text(
    f"""
    INSERT INTO notice_deliveries (delivery_id, number, party, subject, channel, state,
        queued_at, due_at, leased_until)
    SELECT uuidv7(), told.number, c.party, c.subject, c.channel, 'QUEUED', now(), now(), now()
    FROM (
        SELECT n.number, n.party FROM notices AS n
        WHERE n.number = ANY(:numbers) AND n.party <> '{MEMBERS}'
        UNION
        SELECT n.number, {RESIDENT} FROM notices AS n
        INNER JOIN v_tickets AS t ON t.lot_id = n.case_id
        WHERE n.number = ANY(:numbers) AND n.party = '{MEMBERS}'
    ) AS told INNER JOIN notice_contacts AS c ON c.party = told.party
    WHERE c.withdrawn_at IS NULL AND c.confirmed_at > now() - CAST(:holds AS interval)
    ON CONFLICT DO NOTHING RETURNING delivery_id
    """
)


@dataclass(frozen=True, slots=True)
class Judged:
    """How far a look at the log came."""

    notices: int = 0
    queued: int = 0
    more: bool = False
    held_back: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to one party, or to all members of a lot."""

    party: str
    telling: Telling
    event: Logged
    case_kind: str
    as_reader: bool
    facts: Mapping[str, Any]


@dataclass(slots=True)
class Known:
    """What the record says of the cases of some events, read for all of them at once."""

    cases: Mapping[UUID, Row]
    trucks: dict[UUID, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[UUID, list[tuple[str, str | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    concerns: dict[UUID, Sequence[str]] = field(default_factory=dict)


async def events_judge(database: Database, *, rows: int = 500) -> Judged:
    """Judge what has happened since the last look, if nobody else does at this moment.

    Notices, what leaves of them, and the place in the log are one transaction.
    """
    async with database.reading() as tx:
        batch = await batch_after(tx, _position((await tx.execute(_PLACE)).one()), rows=rows)
    if not batch.events:
        return Judged(held_back=batch.held_back)
    async with database.transaction() as tx:
        turn = (await tx.execute(_TURN)).one_or_none()
        if turn is None:
            return Judged(held_back=True)
        place = _position(turn)
        # What was read before the turn is still what comes next, unless another has judged it.
        events = [event for event in batch.events if event.position > place]
        if not events:
            return Judged(more=True)
        found = await _notices_of(tx, [e for e in events if e.type in TELLINGS])
        numbers = await _insert(tx, found)
        queued = await _queue(tx, numbers) if numbers else 0
        last = events[-1].position
        await tx.execute(_MOVE, {"xid": last.xid, "number": last.number})
    return Judged(len(numbers), queued, batch.more, batch.held_back)


async def _notices_of(tx: Statements, events: Sequence[Logged]) -> list[Notice]:
    if not events:
        return []
    case_ids = {event.case_id for event in events}
    rows = await tx.execute(_CASES, {"case_ids": list(case_ids)})
    known = Known({row.case_id: row for row in rows})
    await _read_beside(tx, known, events)
    return [notice for event in events for notice in notices_of(event, known)]


async def _read_beside(tx: Statements, known: Known, events: Sequence[Logged]) -> None:
    """Trucks, waiting members and concerned parties, of those cases that need them."""
    asked: dict[str, set[UUID]] = defaultdict(set)
    for event in events:
        for telling in TELLINGS[event.type]:
            for audience in telling.to:
                asked[audience].add(event.case_id)
    if lots := asked[CARRIER]:
        for row in await tx.execute(_TRUCKS, {"case_ids": list(lots)}):
            known.trucks[row.lot_id].append((row.party, row.vehicle_plate))
    if lots := asked[UNCONFIRMED]:
        for row in await tx.execute(_UNCONFIRMED, {"case_ids": list(lots)}):
            due = instant_shown(row.shares_due_at)
            known.waiting[row.lot_id].append((row.party, due))
    if changes := asked[CONCERNED]:
        for row in await tx.execute(_CONCERNED, {"case_ids": list(changes)}):
            known.concerns[row.change_id] = row.concerns


def notices_of(event: Logged, known: Known) -> Iterator[Notice]:
    """What one event is told to whom, as the record stands."""
    case = known.cases.get(event.case_id)
    if case is None:
        return
    body = json.loads(event.body)
    actor = json.loads(event.actor).get("party")
    for telling in TELLINGS[event.type]:
        if not telling.is_due(case.kind, body):
            continue
        facts = {name: body[name] for name in telling.places if name in body}
        if case.reference is not None:
            facts["reference"] = case.reference
        told = {
            party: Notice(party, telling, event, case.kind, as_reader, facts | more)
            for audience in telling.to
            for party, as_reader, more in _audience(audience, event.case_id, case, body, known)
            if not (telling.by_others and party == actor)
        }
        yield from told.values()


def _audience(
    audience: str, case_id: UUID, case: Row, body: Mapping[str, Any], known: Known
) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """The parties of an audience: whether as readers of the case, and what each is told besides."""
    if audience == MEMBERS:
        yield MEMBERS, True, {}
    elif audience == UNCONFIRMED:
        for party, due in known.waiting.get(case_id, ()):
            yield party, False, {"shares_due_at": due}
    elif audience == CARRIER:
        for party, plate in known.trucks.get(case_id, ()):
            if party.startswith("carrier:"):
                yield party, False, {"vehicle_plate": plate, "reference": None}
    elif audience == CONCERNED:
        for party in known.concerns.get(case_id, ()):
            if party.partition(":")[0] in READING:
                yield party, False, {}
    elif audience in NAMED:
        if (named := party_named(audience, body.get(audience))) is not None:
            yield named, False, {}
    else:
        for party in case.readers:
            if party.partition(":")[0] == audience:
                yield party, True, {}


async def _insert(tx: Statements, found: Sequence[Notice]) -> list[int]:
    if not found:
        return []
    values = {
        "notice_ids": [new_uuid() for _ in found],
        "parties": [n.party for n in found],
        "kinds": [n.telling.kind for n in found],
        "case_ids": [n.event.case_id for n in found],
        "case_kinds": [n.case_kind for n in found],
        "seqs": [n.event.seq for n in found],
        "as_readers": [n.as_reader for n in found],
        "facts": [canonical_json(_told(n.facts)) for n in found],
        "ats": [n.event.occurred_at for n in found],
    }
    return list((await tx.execute(_INSERT, values)).scalars())


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


async def _queue(tx: Statements, numbers: Sequence[int]) -> int:
    """For whoever consented; where a channel is not open now, it waits as any other."""
    values = {"numbers": numbers, "holds": CONFIRMED_FOR}
    return len((await tx.execute(_QUEUE, values)).all())


def _position(row: Row) -> Position:
    return Position(row.after_xid, row.after_number)
