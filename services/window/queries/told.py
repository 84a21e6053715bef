"""Events as one viewer is told them, numbered among those that he is told.

The log's own numbers would show by their gaps that something happened inside a case: that a payment
was looked at, a finding written, a suspension proposed. So whatever leaves is numbered anew for the
kind of viewer, the same each time: the log only grows, and what is told of it never shrinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.platform.database import Row, Statements
from services.platform.tail import Logged
from services.window.domain.rules.disclosure import telling

_TOLD: Final = """(
    :everything OR {e}.type = ANY(CAST(:types AS text[])) OR (
        {e}.type = 'ActRefused' AND CASE CAST(:refusals AS text)
            WHEN 'ALL' THEN true
            WHEN 'CUSTOMS' THEN CAST({e}.actor AS jsonb) ->> 'party' NOT LIKE 'bank:%'
        END
        OR {e}.type = 'ActRefused' AND CAST({e}.actor AS jsonb) ->> 'party' = :own
    )
)"""
_EVENTS: Final = text(
    f"""
    SELECT * FROM (
        SELECT e.case_id, e.seq, e.type, e.step, e.actor, e.body, e.occurred_at, e.prev_hash,
            e.hash, row_number() OVER (ORDER BY e.seq) AS number
        FROM events AS e WHERE e.case_id = :case_id AND {_TOLD.format(e="e")}
    ) AS told
    WHERE number > :after ORDER BY number LIMIT :rows
    """
)
_NUMBERS: Final = text(
    f"""
    SELECT asked.case_id, asked.seq, (
        SELECT count(*) FROM events AS e
        WHERE e.case_id = asked.case_id AND e.seq <= asked.seq AND {_TOLD.format(e="e")}
    ) AS number
    FROM unnest(CAST(:case_ids AS uuid[]), CAST(:seqs AS integer[])) AS asked (case_id, seq)
    """
)


_COUNT: Final = text(
    f"SELECT count(*) FROM events AS e WHERE e.case_id = :case_id AND {_TOLD.format(e='e')}"
)


_OF_AN_ENTERPRISE: Final = text("SELECT told_version FROM v_accreditations WHERE aeo_id = :case_id")


async def version_of(tx: Statements, case: Row, viewer: Actor) -> int:
    """The version of a case as a viewer is told it: of an accreditation its owner's, who is asked
    by it; else how many of its events the viewer is told."""
    if case.kind != "aeo":
        told = await tx.execute(_COUNT, {"case_id": case.case_id, **_values(viewer)})
    else:
        told = await tx.execute(_OF_AN_ENTERPRISE, {"case_id": case.case_id})
    version = told.scalar_one_or_none()
    return int(case.version if version is None else version)


async def events_of(
    tx: Statements, case_id: UUID, viewer: Actor, *, after: int, rows: int
) -> Sequence[Row]:
    """What the viewer is told of a case after a number, in the order of its chain."""
    asked = {"case_id": case_id, "after": after, "rows": rows}
    return (await tx.execute(_EVENTS, {**asked, **_values(viewer)})).all()


async def numbers_of(
    tx: Statements, events: Sequence[Logged], viewer: Actor
) -> dict[tuple[UUID, int], int]:
    """The numbers of events that the viewer is told, by case and place in its chain."""
    if not events:
        return {}
    asked = {"case_ids": [e.case_id for e in events], "seqs": [e.seq for e in events]}
    rows = await tx.execute(_NUMBERS, {**asked, **_values(viewer)})
    return {(row.case_id, row.seq): row.number for row in rows}


def _values(viewer: Actor) -> dict[str, Any]:
    told = telling(viewer)
    return {
        "everything": told.everything,
        "types": sorted(told.types),
        "refusals": told.refusals,
        "own": viewer.party,
    }
