"""Whether each case's header says what its owner's own row says, and what its state table says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate.verify.states import stands_at
from services import manifests
from services.kernel.case_kinds import KindOfCase
from services.platform.database import Row, Statements

CASES: Final = manifests.case_kinds()


def _rows_of(kind: KindOfCase) -> str:
    view, _, key = kind.row.partition(".")
    return (
        f"SELECT {key} AS case_id, state FROM {view} WHERE {key} = ANY(CAST(:case_ids AS uuid[]))"
    )


_HEADERS: Final = text(
    f"""
    SELECT h.case_id, h.kind, h.state, h.holder, o.state AS owners,
        ARRAY(SELECT w.code FROM case_waits AS w WHERE w.case_id = h.case_id) AS waits
    FROM cases AS h
    LEFT JOIN ({" UNION ALL ".join(map(_rows_of, CASES.values()))}) AS o ON o.case_id = h.case_id
    WHERE h.case_id = ANY(CAST(:case_ids AS uuid[])) AND h.kind = ANY(CAST(:kinds AS text[]))
    """
)


async def differing_headers(
    tx: Statements, chains: Mapping[UUID, Sequence[Row]]
) -> dict[UUID, list[str]]:
    """Of these cases, those whose header does not hold, each with what differs."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in await tx.execute(_HEADERS, {"case_ids": list(chains), "kinds": list(CASES)}):
        kind = CASES[row.kind]
        found[row.case_id] += _differences(row, kind)
        stands = stands_at(kind, chains[row.case_id])
        if row.state is not None and stands and row.state not in stands:
            where = " or ".join(sorted(stands))
            found[row.case_id].append(f"it is {row.state}, and by its events it is {where}")
    return {case_id: what for case_id, what in found.items() if what}


def _differences(row: Row, kind: KindOfCase) -> list[str]:
    if row.state != row.owners:
        return [f"its header says {row.state}, its owner's row {row.owners}"]
    if row.state is None:
        return []
    found = []
    if row.holder != kind.states.holder_of(row.state, row.waits):
        found.append(f"its header is held by {row.holder}, not as the table of {row.state} says")
    left = sorted(set(row.waits) & set(_passed(kind, row.state)))
    if left:
        found.append(f"it is {row.state} and still waits for {', '.join(left)}")
    return found


def _passed(kind: KindOfCase, state: str) -> set[str]:
    """What is waited for no more in a state."""
    waits = {wait.code for wait in kind.states.waits(state)}
    return set(kind.states.passes(state)) - waits
