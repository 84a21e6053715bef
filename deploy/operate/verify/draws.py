"""Whether every draw is what its case and its seed say, and every revealed one what its seed makes.

A revealed draw is computed again. Of one whose seed is still secret the log says at least among
whom it was, who was drawn and under which seed, and of a seed what was committed to.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.rules.draw import RevealedSeed, differences
from services.platform.database import Row, Statements, Tx
from services.platform.draws.ballots import recorded_draw

_DRAWS: Final = text(
    "SELECT * FROM v_revealed_draws ORDER BY business_on, port, round, purpose, subject"
)
_KEPT: Final = text(
    "SELECT case_id, draw_no, purpose, seed_id, eligible, drawn FROM v_case_draws"
    " WHERE case_id = ANY(CAST(:names AS text[]))"
)
_COMMITTED: Final = text(
    "SELECT seed_id, port, CAST(business_on AS text) AS business_on, round, commitment"
    " FROM v_commitments WHERE seed_id = ANY(CAST(:seeds AS uuid[]))"
)
_SECRET: Final = text("SELECT count(*) FROM v_commitments WHERE NOT is_revealed")
_DRAWING: Final = {"InspectionStaffed": "officers", "ExaminersDrawn": "examiners"}
"""Events that say who was drawn, with the purpose of that draw."""
_BAY: Final = "bay"


async def differing_draws(tx: Tx) -> AsyncIterator[tuple[str, str | None]]:
    """Each draw, with nothing beside it; and of each that differs, or of its seed, what does."""
    async for row in tx.each(_DRAWS):
        where = f"draw of {row.port} on {row.business_on}, round {row.round}"
        if row.purpose is not None:
            yield where, None
        for what in differences(_revealed(row)):
            yield where, what


async def secret_seeds(tx: Statements) -> int:
    """How many seeds are secret yet: what was drawn under them nobody can compute."""
    return int((await tx.execute(_SECRET)).scalar_one())


async def draws_unlike_the_log(
    tx: Statements, cases: Mapping[UUID, tuple[str, Sequence[Row]]]
) -> dict[UUID, list[str]]:
    """Of some cases with their kind and events, what of their draws and seeds is not what the
    events say."""
    drawing = {
        show(kind, case_id): (case_id, events)
        for case_id, (kind, events) in cases.items()
        if any(event.type in _DRAWING for event in events)
    }
    seeds = [case_id for case_id, (kind, _) in cases.items() if kind == "sed"]
    found: dict[UUID, list[str]] = {}
    kept: dict[tuple[str, int], dict[str, Row]] = defaultdict(dict)
    if drawing:
        for row in await tx.execute(_KEPT, {"names": sorted(drawing)}):
            kept[row.case_id, row.draw_no][row.purpose] = row
    for name, (case_id, events) in drawing.items():
        for event in events:
            if event.type in _DRAWING:
                said = json.loads(event.body)
                if "attempt" not in said:  # of a version that did not say by which draw
                    continue
                rows = kept[name, said["attempt"]]
                found.setdefault(case_id, []).extend(_unlike(event.type, said, rows))
    if seeds:
        committed = {row.seed_id: row for row in await tx.execute(_COMMITTED, {"seeds": seeds})}
        for seed_id in seeds:
            found[seed_id] = list(_another_seed(cases[seed_id][1], committed.get(seed_id)))
    return found


def _unlike(type_: str, said: Mapping[str, Any], rows: Mapping[str, Row]) -> Iterator[str]:
    draw = f"of draw {said['attempt']}"
    persons, bay = rows.get(_DRAWING[type_]), rows.get(_BAY)
    if persons is None or (said.get("bays") and bay is None):
        yield f"case_draws has no row {draw}, which {type_} says"
        return
    same = {
        "seed_id": show("sed", persons.seed_id) == said["seed_id"],
        "drawn": [*said.get("staying", ()), *persons.drawn] == list(said["officers"]),
        # Of before that was said, nothing vouches for it.
        "eligible": sorted(persons.eligible) == sorted(said.get("eligible") or persons.eligible),
    }
    if bay is not None and said.get("bays"):
        same["drawn"] = same["drawn"] and list(bay.drawn) == [said["bay"]]
        same["eligible"] = same["eligible"] and sorted(bay.eligible) == sorted(said["bays"])
    for column, is_same in same.items():
        if not is_same:
            yield f"case_draws.{column} {draw} says otherwise than {type_}"


def _another_seed(events: Sequence[Row], row: Row | None) -> Iterator[str]:
    for event in events:
        if event.type == "DrawSeedCommitted":
            if row is None:
                yield "draw_seeds has no row, which DrawSeedCommitted says"
                return
            said = json.loads(event.body)
            for column in ("port", "business_on", "round", "commitment"):
                if said[column] != getattr(row, column):
                    yield f"draw_seeds.{column} says otherwise than DrawSeedCommitted"


def _revealed(row: Row) -> RevealedSeed:
    """One row of the view as a seed with at most one draw: a seed without draws is checked too."""
    draws = () if row.purpose is None else (recorded_draw(row),)
    return RevealedSeed(
        seed_id=show("sed", row.seed_id),
        port=row.port,
        business_on=row.business_on,
        round=row.round,
        commitment=row.commitment,
        seed=row.seed,
        draws=draws,
    )
