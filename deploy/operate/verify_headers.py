"""Whether each case's header says what its owner's own row says, and what its state table says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services import manifests
from services.kernel.case_kinds import KindOfCase
from services.platform.database import Row, Tx

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


async def differing_headers(tx: Tx, case_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Of these cases, those whose header does not hold, each with what differs."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for row in await tx.execute(_HEADERS, {"case_ids": list(case_ids), "kinds": list(CASES)}):
        found[row.case_id] += _differences(row, CASES[row.kind])
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
