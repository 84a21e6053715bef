"""Drawing officers, examiners and bays: who may be drawn, and the draw kept to be recomputed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.rules.draw import (
    Officer,
    Purpose,
    RecordedDraw,
    drawn_order,
    eligible_officers,
    not_eligible_because,
)
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.draws.seeds import OpenSeed, SeedMissing

OFFICERS_TOO_FEW: Final = "OFFICERS_TOO_FEW"
SEED_MISSING: Final = "SEED_MISSING"

# A conflict names a party however its code is spelled.
_OFFICERS = text(
    """
    SELECT o.officer_id, o.port, o.skills, o.active,
        ARRAY(
            SELECT c.party FROM v_conflicts AS c
            WHERE c.officer_id = o.officer_id AND reach_key(c.party) IN (
                SELECT reach_key(p.party) FROM unnest(CAST(:parties AS text[])) AS p (party)
            )
        ) AS conflicts
    FROM v_officers AS o WHERE o.port = :port
    """
)
# Keeps nothing when the day was closed in between.
_KEEP = text(
    "SELECT case_draws_keep(:case_id, :draw_no, :seed_id, :subject, CAST(:draws AS jsonb))"
)


@dataclass(frozen=True, slots=True)
class Ballot:
    """What is drawn: how many of whom."""

    purpose: Purpose
    eligible: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Who of a port's officers may be drawn for a case, and why the others may not."""

    eligible: tuple[str, ...]
    others: Mapping[str, str]

    def beside(self, staying: Sequence[str]) -> tuple[str, ...]:
        """Who may be drawn to stand beside those who stay."""
        return tuple(officer for officer in self.eligible if officer not in staying)


NOBODY: Final = Pool((), {})


async def officers_for(tx: Statements, *, port: str, skill: str, parties: frozenset[str]) -> Pool:
    """The officers of a port, as far as they may be drawn for a case of these parties."""
    found = await tx.execute(_OFFICERS, {"port": port, "parties": sorted(parties)})
    officers = [
        Officer(
            show("ofc", o.officer_id), o.port, frozenset(o.skills), o.active, frozenset(o.conflicts)
        )
        for o in found
    ]
    # The statement kept only conflicts with this case.
    concerned = parties.union(*(o.conflicts for o in officers))
    why = {
        o.officer_id: not_eligible_because(o, port=port, skill=skill, parties=concerned)
        for o in officers
    }
    return Pool(
        eligible_officers(officers, port=port, skill=skill, parties=concerned),
        {officer: reason for officer, reason in sorted(why.items()) if reason is not None},
    )


async def draws_keep(
    act: Act, ballots: Sequence[Ballot], *, case: str, draw_no: int, seed: OpenSeed, subject: str
) -> list[tuple[str, ...]]:
    """Who is drawn in each ballot; kept with everything needed to recompute it.

    Raises SeedMissing when the seed's day was closed since it was read.
    """
    drawn = [
        drawn_order(seed.seed, ballot.purpose, subject, ballot.eligible)[: ballot.count]
        for ballot in ballots
    ]
    rows = [
        {"purpose": ballot.purpose.value, "eligible": ballot.eligible, "drawn": names}
        for ballot, names in zip(ballots, drawn, strict=True)
    ]
    kept = await act.execute(
        _KEEP,
        case_id=case,
        draw_no=draw_no,
        seed_id=seed.seed_id,
        subject=subject,
        draws=json.dumps(rows),
    )
    if not kept.scalar_one():
        raise SeedMissing(seed.port, seed.business_on)
    return drawn


def recorded_draw(row: Row) -> RecordedDraw:
    """A draw as the record and the published view hold it."""
    return RecordedDraw(
        purpose=Purpose(row.purpose),
        subject=row.subject,
        value=row.draw_value,
        rate=row.rate,
        selected=row.selected,
        eligible=tuple(row.eligible or ()),
        drawn=tuple(row.drawn or ()),
    )
