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
    FILED,
    FORMER,
    MEMBERS,
    NAMED,
    READING,
    TELLINGS,
    UNCONFIRMED,
    Telling,
    former_carriers,
    parties_filed,
    party_named,
)
from services.notices.queries.people import CUSTOMS, OFFICER
from services.platform.database import Database, Row, Statements
from services.platform.tail import Logged, Position

RESIDENT: Final = "'resident:res_' || replace(CAST(t.resident_id AS text), '-', '')"
"""SQL of the party of a ticket's resident."""
# A look in one statement. Of what comes next, only what a telling names is brought; where nothing
# does, the place moves by itself, and never back. Events that an older transaction holds back are
# left for the next look, as in ``services/platform/tail.py``.
_LOOK: Final = text(
    """
    WITH place AS (
        SELECT CAST(CAST(after_xid AS text) AS xid8) AS xid, after_number AS number
        FROM notice_places WHERE log = 'events'
    ), ahead AS (
        SELECT xid, position, type, case_id, seq, actor, body, occurred_at FROM events
        WHERE (xid, position) > ((SELECT xid FROM place), (SELECT number FROM place))
            AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, position LIMIT :rows
    ), last AS (
        SELECT CAST(CAST(xid AS text) AS bigint) AS xid, position AS number FROM ahead
        ORDER BY ahead.xid DESC, position DESC LIMIT 1
    ), told AS (
        SELECT * FROM ahead WHERE type = ANY(CAST(:types AS text[]))
    ), moved AS (
        UPDATE notice_places AS p SET after_xid = last.xid, after_number = last.number FROM last
        WHERE p.log = 'events' AND (p.after_xid, p.after_number) < (last.xid, last.number)
            AND NOT EXISTS (SELECT FROM told)
    )
    SELECT (SELECT count(*) FROM ahead) AS seen,
        EXISTS (
            SELECT FROM events WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())
                AND (xid, position) > ((SELECT xid FROM place), (SELECT number FROM place))
        ) AS is_held_back,
        CAST(CAST(place.xid AS text) AS bigint) AS place_xid, place.number AS place_number,
        last.xid AS last_xid, last.number AS last_number,
        CAST(CAST(told.xid AS text) AS bigint) AS xid, told.position, told.case_id, told.seq,
        told.type, told.actor, told.body, told.occurred_at
    FROM place LEFT JOIN last ON true LEFT JOIN told ON true
    ORDER BY told.xid, told.position
    """
)
# Whoever moves the place judges what lay between; the others find that it has been moved. A
# process that is killed lets it go with its transaction.
_CLAIM: Final = text(
    """
    UPDATE notice_places SET after_xid = :last_xid, after_number = :last_number
    WHERE log = 'events' AND after_xid = :place_xid AND after_number = :place_number
    RETURNING log
    """
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
_GROUPS: Final = text("SELECT code_key, group_code FROM v_groups WHERE code_key = ANY(:keys)")
# Notices, and what leaves of them to whoever consented; where a channel is not open now, it waits
# as any other.
_TELL: Final = text(
    f"""
    WITH told AS (
        INSERT INTO notices
            (notice_id, party, kind, case_id, case_kind, event_seq, as_reader, facts, happened_at)
        SELECT notice_id, party, kind, case_id, case_kind, event_seq, as_reader, facts, happened_at
        FROM unnest(
            CAST(:notice_ids AS uuid[]), CAST(:parties AS text[]), CAST(:kinds AS text[]),
            CAST(:case_ids AS uuid[]), CAST(:case_kinds AS text[]), CAST(:seqs AS integer[]),
            CAST(:as_readers AS boolean[]), CAST(:facts AS text[]), CAST(:ats AS timestamptz[])
        ) WITH ORDINALITY AS n (
            notice_id, party, kind, case_id, case_kind, event_seq, as_reader, facts, happened_at,
            place
        )
        ORDER BY place ON CONFLICT DO NOTHING RETURNING number, party, case_id
    )
    INSERT INTO notice_deliveries (delivery_id, number, party, subject, channel, state,
        queued_at, due_at, leased_until)
    SELECT uuidv7(), each.number, c.party, c.subject, c.channel, 'QUEUED', now(), now(), now()
    FROM (
        SELECT number, party FROM told WHERE party <> '{MEMBERS}'
        UNION
        SELECT told.number, {RESIDENT} FROM told
        INNER JOIN v_tickets AS t ON t.lot_id = told.case_id
        WHERE told.party = '{MEMBERS}'
        UNION
        SELECT told.number, {OFFICER} FROM told
        INNER JOIN v_officers AS o ON o.in_service AND told.party = {CUSTOMS}
    ) AS each INNER JOIN notice_contacts AS c ON c.party = each.party
    WHERE c.withdrawn_at IS NULL AND c.confirmed_at > now() - CAST(:holds AS interval)
    ON CONFLICT DO NOTHING RETURNING delivery_id
    """
)


@dataclass(frozen=True, slots=True)
class Judged:
    """How far a look at the log came."""

    queued: int = 0
    more: bool = False
    held_back: bool = False
    """Whether there is more that is not given out while an older transaction runs."""


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
    groups: dict[str, str] = field(default_factory=dict)
    """Groups that were filed: by the key of its code, by which a filing names it, the code."""


async def events_judge(database: Database, *, rows: int = 1_000) -> Judged:
    """Judge what has happened since the last look, unless another judges it at this moment.

    One statement where nothing is told. Notices, what leaves of them, and the place in the log are
    one transaction; what it costs is the same for one event as for all of them.
    """
    async with database.reading() as tx:
        found = (await tx.execute(_LOOK, {"types": list(TELLINGS), "rows": rows})).all()
    seen = found[0]
    events = [_logged(row) for row in found if row.type is not None]
    queued = 0
    if events:
        places = ("place_xid", "place_number", "last_xid", "last_number")
        async with database.transaction() as tx:
            claimed = await tx.execute(_CLAIM, {name: seen[name] for name in places})
            if claimed.one_or_none() is None:
                return Judged(more=True)
            queued = await _tell(tx, await _notices_of(tx, events))
    return Judged(queued, seen.seen == rows, seen.is_held_back)


def _logged(row: Row) -> Logged:
    return Logged(
        Position(row.xid, row.position),
        *(row.case_id, row.seq, row.type, row.actor, row.body, row.occurred_at),
    )


async def _notices_of(tx: Statements, events: Sequence[Logged]) -> list[Notice]:
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
    if keys := [key for event in events for key in _groups_filed(event)]:
        for row in await tx.execute(_GROUPS, {"keys": keys}):
            known.groups[row.code_key] = row.group_code


def _groups_filed(event: Logged) -> Sequence[str]:
    if event.type != "RecordsFiled":
        return ()
    body = json.loads(event.body)
    # Of a version that kept no digests yet nobody can say whom it filed.
    filed = body.get("digests", {}).get("groups", ())
    return list(filed) if body.get("kind") == "groups" else ()


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
    elif audience == FILED:
        for party, besides in parties_filed(body, known.groups):
            yield party, False, besides
    elif audience == FORMER:
        for party, besides in former_carriers(body):
            yield party, False, besides
    elif audience in NAMED:
        if (named := party_named(audience, body.get(audience))) is not None:
            yield named, False, {}
    else:
        for party in case.readers:
            if party.partition(":")[0] == audience:
                yield party, True, {}


async def _tell(tx: Statements, found: Sequence[Notice]) -> int:
    """Keep what is told; how many deliveries are queued of it."""
    if not found:
        return 0
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
        "holds": CONFIRMED_FOR,
    }
    return len((await tx.execute(_TELL, values)).all())


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
