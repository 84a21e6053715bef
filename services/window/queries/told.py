"""Events as one viewer is told them, numbered among those that he is told.

The log's own numbers would show by their gaps that something happened inside a case: that a payment
was looked at, a finding written, a suspension proposed. So whatever leaves is numbered anew for the
kind of viewer, the same each time: the log only grows, and what is told of it never shrinks.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.platform.database import Row, Statements
from services.platform.tail import Logged
from services.window.domain.rules.disclosure import is_shown, telling


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a case's chain, and how many events up to it a viewer is told."""

    seq: int
    number: int


BEGINNING: Final = Place(0, 0)

_TOLD: Final = """(
    :everything OR {e}.type = ANY(CAST(:types AS text[])) OR (
        {e}.type = 'ActRefused' AND CASE CAST(:refusals AS text)
            WHEN 'ALL' THEN true
            WHEN 'CUSTOMS' THEN CAST({e}.actor AS jsonb) ->> 'party' NOT LIKE 'bank:%'
        END
        OR {e}.type = 'ActRefused' AND CAST({e}.actor AS jsonb) ->> 'party' = :own
    )
)"""
# Numbered from a place of the chain on: what lies before it is not looked at again. The head is
# of the same snapshot: up to there everything has been looked at when fewer come than were asked.
_EVENTS: Final = text(
    f"""
    SELECT c.seq AS head, told.* FROM cases AS c LEFT JOIN LATERAL (
        SELECT * FROM (
            SELECT e.case_id, e.seq, e.type, e.step, e.actor, e.body, e.occurred_at,
                e.prev_hash, e.hash,
                CAST(:number AS integer) + row_number() OVER (ORDER BY e.seq) AS number
            FROM events AS e
            WHERE e.case_id = :case_id AND e.seq > :seq AND {_TOLD.format(e="e")}
        ) AS numbered
        WHERE number > :after ORDER BY seq LIMIT :rows
    ) AS told ON true
    WHERE c.case_id = :case_id ORDER BY told.seq
    """
)
_BETWEEN: Final = text(
    f"""
    SELECT asked.case_id, (
        SELECT count(*) FROM events AS e
        WHERE e.case_id = asked.case_id AND e.seq > asked.seq AND e.seq < asked.until
            AND {_TOLD.format(e="e")}
    ) AS number
    FROM unnest(
        CAST(:case_ids AS uuid[]), CAST(:seqs AS integer[]), CAST(:untils AS integer[])
    ) AS asked (case_id, seq, until)
    """
)


_COUNT: Final = text(
    f"SELECT count(*) FROM events AS e WHERE e.case_id = :case_id AND {_TOLD.format(e='e')}"
)
# What is signed by a version outside, its owner counts; any other is how many events are told.
_BY_ITS_OWNER: Final = {
    "aeo": text("SELECT told_version FROM v_accreditations WHERE aeo_id = :case_id"),
    "stl": text(
        "SELECT CAST(:version AS integer) - untold FROM v_settlements"
        " WHERE instruction_id = :case_id"
    ),
}


async def version_of(tx: Statements, case: Row, viewer: Actor) -> int:
    """The version of a case as those are told it who are not told what is done inside it."""
    owners = _BY_ITS_OWNER.get(case.kind)
    if owners is None:
        told = await tx.execute(_COUNT, {"case_id": case.case_id, **_values(viewer)})
    else:
        told = await tx.execute(owners, {"case_id": case.case_id, "version": case.version})
    version = told.scalar_one_or_none()
    return int(case.version if version is None else version)


async def events_of(
    tx: Statements, case_id: UUID, viewer: Actor, *, place: Place, after: int, rows: int
) -> tuple[Sequence[Row], Place]:
    """What the viewer is told of a case after a number, in the order of its chain, and the place
    to which the chain has been looked at.

    Counted from a ``place`` that is not behind ``after``; whoever comes back with the one that he
    was given reads what has come since, however long the chain is.
    """
    asked = {"case_id": case_id, "after": after, "rows": rows, **asdict(place)}
    found = (await tx.execute(_EVENTS, {**asked, **_values(viewer)})).all()
    events = [row for row in found if row.number is not None]
    if len(events) == rows:
        return events, Place(events[-1].seq, events[-1].number)
    if events or after == place.number:
        return events, Place(found[0].head, events[-1].number if events else after)
    return events, place


class Numbers:
    """How far readers of the whole log have come in the chains of cases, and what was told so far.

    Kept are the places behind the events that a reader read last and before them, for he may read
    them again: so a chain is counted once a reader and case, and from then on as it is read.
    """

    def __init__(self, *, most: int) -> None:
        self._places: OrderedDict[tuple[UUID | None, UUID], tuple[Place, Place]] = OrderedDict()
        self._most = most

    async def of(
        self, tx: Statements, events: Sequence[Logged], viewer: Actor, *, reader: UUID | None = None
    ) -> dict[tuple[UUID, int], int]:
        """The numbers of those events that the viewer is told, by case and place in its chain.

        ``events`` are all of some cases between two places of the log, told or not.
        """
        first: dict[UUID, int] = {}
        for event in events:
            first.setdefault(event.case_id, event.seq)
        before = await self._before(tx, first, viewer, reader)
        behind = dict(before)
        numbers: dict[tuple[UUID, int], int] = {}
        for event in events:
            number = behind[event.case_id].number
            if is_shown(event.type, json.loads(event.actor)["party"], viewer):
                number += 1
                numbers[event.case_id, event.seq] = number
            behind[event.case_id] = Place(event.seq, number)
        for case in first:
            self._places[reader, case] = behind[case], before[case]
            self._places.move_to_end((reader, case))
        while len(self._places) > self._most:
            self._places.popitem(last=False)
        return numbers

    async def _before(
        self, tx: Statements, first: Mapping[UUID, int], viewer: Actor, reader: UUID | None
    ) -> dict[UUID, Place]:
        """The place before each case's first event here; what lies behind a known is counted."""
        known = {case: self._known(reader, case, seq) for case, seq in first.items()}
        far = [case for case, place in known.items() if place.seq + 1 < first[case]]
        counts = {case: place.number for case, place in known.items()}
        if far:
            asked = {
                "case_ids": far,
                "seqs": [known[case].seq for case in far],
                "untils": [first[case] for case in far],
            }
            for row in await tx.execute(_BETWEEN, {**asked, **_values(viewer)}):
                counts[row.case_id] += row.number
        return {case: Place(seq - 1, counts[case]) for case, seq in first.items()}

    def _known(self, reader: UUID | None, case: UUID, seq: int) -> Place:
        places = self._places.get((reader, case), ())
        return next((place for place in places if place.seq < seq), BEGINNING)


def _values(viewer: Actor) -> dict[str, Any]:
    told = telling(viewer)
    return {
        "everything": told.everything,
        "types": sorted(told.types),
        "refusals": told.refusals,
        "own": viewer.party,
    }
