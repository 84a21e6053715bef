"""Drawing officers, examiners and bays: who may be drawn, and the draw kept to be recomputed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.inspection.commands.seeds import OpenSeed
from services.inspection.domain.model import Officer, Skill
from services.inspection.domain.rules.draw import Purpose, drawn_order, eligible_officers
from services.kernel.identifiers import show
from services.platform.act import Act

OFFICERS_TOO_FEW: Final = "OFFICERS_TOO_FEW"

# A conflict of interest with any resident who has a share of the lot counts as well.
_OFFICERS = text(
    """
    SELECT o.officer_id, o.port, o.skills, o.active,
        ARRAY(
            SELECT c.party FROM v_conflicts AS c
            WHERE c.officer_id = o.officer_id AND (
                c.party = ANY(CAST(:parties AS text[])) OR EXISTS (
                    SELECT FROM v_tickets AS t
                    WHERE t.lot_id = :lot_id AND c.party = 'resident:res_'
                        || replace(CAST(t.resident_id AS text), '-', '')
                )
            )
        ) AS conflicts
    FROM v_officers AS o WHERE o.port = :port
    """
)
_KEEP = text(
    """
    INSERT INTO case_draws (case_id, draw_no, purpose, seed_id, subject, eligible, drawn, drawn_at)
    SELECT :case_id, :draw_no, d.purpose, :seed_id, :subject,
        ARRAY(SELECT jsonb_array_elements_text(d.eligible)),
        ARRAY(SELECT jsonb_array_elements_text(d.drawn)), clock_timestamp()
    FROM jsonb_to_recordset(CAST(:draws AS jsonb)) AS d (purpose text, eligible jsonb, drawn jsonb)
    """
)


@dataclass(frozen=True, slots=True)
class Ballot:
    """What is drawn: how many of whom."""

    purpose: Purpose
    eligible: tuple[str, ...]
    count: int


async def officers_for(
    act: Act, *, port: str, skill: Skill, parties: frozenset[str], lot_id: UUID | None = None
) -> tuple[str, ...]:
    """The officers of a port who may be drawn for a case of these parties."""
    found = await act.execute(_OFFICERS, port=port, parties=sorted(parties), lot_id=lot_id)
    officers = [
        Officer(
            show("ofc", o.officer_id), o.port, frozenset(o.skills), o.active, frozenset(o.conflicts)
        )
        for o in found
    ]
    # The statement kept only conflicts with this case, a resident's share of it included.
    concerned = parties.union(*(o.conflicts for o in officers))
    return eligible_officers(officers, port=port, skill=skill, parties=concerned)


async def draws_keep(
    act: Act, ballots: Sequence[Ballot], *, case: str, draw_no: int, seed: OpenSeed, subject: str
) -> list[tuple[str, ...]]:
    """Who is drawn in each ballot; kept with everything needed to recompute it."""
    drawn = [
        drawn_order(seed.seed, ballot.purpose, subject, ballot.eligible)[: ballot.count]
        for ballot in ballots
    ]
    rows = [
        {"purpose": ballot.purpose.value, "eligible": ballot.eligible, "drawn": names}
        for ballot, names in zip(ballots, drawn, strict=True)
    ]
    await act.execute(
        _KEEP,
        case_id=case,
        draw_no=draw_no,
        seed_id=seed.seed_id,
        subject=subject,
        draws=json.dumps(rows),
    )
    return drawn
