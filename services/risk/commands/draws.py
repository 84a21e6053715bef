"""Closing a draw day: its seed is published, and nothing is drawn under it any more."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_YOURS
from services.platform.act import Act
from services.platform.database import Row
from services.platform.draws.seeds import GUARD, SeedKeeper
from services.platform.officers import require_officer
from services.risk.domain import refusals
from services.risk.domain.events import DrawSeedClosed, DrawSeedRevealed

_LOCK = text(
    "SELECT CAST(pg_advisory_xact_lock("
    + GUARD.format(port="port", day="business_on")
    + ") AS text) FROM draw_seeds WHERE seed_id = :seed_id"
)
# The moment of closing is when nothing is drawn any more, not when it was asked for.
_SEED = text(
    "SELECT *, clock_timestamp() AS read_at FROM draw_seeds WHERE seed_id = :seed_id FOR UPDATE"
)
_REVEAL = text(
    "UPDATE draw_seeds SET closed_by = :closed_by, closed_at = :at, revealed = :seed"
    " WHERE seed_id = :seed_id"
)


async def seed_reveal(act: Act, keeper: SeedKeeper, seed_id: UUID) -> Row:
    """Close a port's day and publish its seed; waits for draws in flight, then ends drawing.

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, STATE_CONFLICT when it is closed already,
    FORBIDDEN for another port's officer.
    """
    await act.execute(_LOCK, seed_id=seed_id)
    row = await act.found(_SEED, seed_id=seed_id)
    await require_officer(act)
    if act.actor.port != row.port:
        raise Refused(NOT_YOURS.at())
    if row.closed_at is not None:
        raise Refused(refusals.DRAW_DAY_CLOSED.at())
    seed = keeper.opened(seed_id, row.sealed)
    act.at = row.read_at
    closed = {"closed_by": act.actor.party, "at": act.at, "seed": seed}
    await act.execute(_REVEAL, seed_id=seed_id, **closed)
    case = show("sed", seed_id)
    event = DrawSeedClosed(port=row.port, business_on=row.business_on, round=row.round)
    act.record(case, event, step="close")
    act.record(case, DrawSeedRevealed(seed=seed.hex()), step="reveal")
    shown: Row = (await act.execute(_SEED, seed_id=seed_id)).one()
    return shown
