"""Secret seeds: committed before the first draw, revealed when their day is closed."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.inspection.domain import refusals
from services.inspection.domain.events import (
    DrawSeedClosed,
    DrawSeedCommitted,
    DrawSeedRevealed,
)
from services.inspection.domain.rules.draw import SEED_BYTES, commitment
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND, NOT_YOURS
from services.platform.act import Act
from services.platform.database import Row
from services.platform.officers import require_officer
from services.platform.vault import Vault

CONTEXT: Final = "draw_seeds.sealed"
_REMEMBERED: Final = 64

GUARD: Final = "hashtextextended('draw|' || {port} || '|' || {day}, 0)"
"""Advisory lock of one port's day: shared by draws, exclusive to closing. A row lock would make
the seed's row hot; this one lives in memory."""

_OPEN = text(
    "SELECT seed_id, sealed, CAST(pg_advisory_xact_lock_shared("
    + GUARD.format(port="CAST(:port AS text)", day="CAST(:day AS date)")
    + ") AS text) FROM draw_seeds WHERE port = :port AND business_on = :day"
    " AND closed_at IS NULL"
)
_STILL_OPEN = text("SELECT 1 FROM draw_seeds WHERE seed_id = :seed_id AND closed_at IS NULL")
_COMMIT = text(
    "INSERT INTO draw_seeds (seed_id, port, business_on, round, commitment, sealed, committed_at)"
    " SELECT CAST(:seed_id AS uuid), CAST(:port AS text), CAST(:day AS date),"
    " coalesce(max(round), 0) + 1, CAST(:commitment AS bytea), CAST(:sealed AS bytea),"
    " clock_timestamp()"
    " FROM draw_seeds WHERE port = :port AND business_on = :day"
    " ON CONFLICT DO NOTHING RETURNING round, committed_at"
)
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


class SeedMissing(Exception):
    """No open seed for a port's day; one must be committed in a transaction of its own first."""

    def __init__(self, port: str, business_on: date) -> None:
        super().__init__(f"no open draw seed for {port} on {business_on}")
        self.port = port
        self.business_on = business_on


@dataclass(frozen=True, slots=True)
class OpenSeed:
    """A seed that may be drawn under in this transaction."""

    seed_id: UUID
    seed: bytes


class SeedKeeper:
    """Opens sealed seeds, remembering the few that a day needs."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self._opened: OrderedDict[UUID, bytes] = OrderedDict()

    def opened(self, seed_id: UUID, sealed: bytes) -> OpenSeed:
        """The seed behind its sealed form."""
        if seed_id not in self._opened:
            self._opened[seed_id] = self.vault.open(bytes(sealed), context=CONTEXT)
            if len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)
        return OpenSeed(seed_id, self._opened[seed_id])


async def seed_for_draw(act: Act, keeper: SeedKeeper, *, port: str, day: date) -> OpenSeed:
    """The open seed of a port's day, held open until this transaction ends. Raises SeedMissing."""
    found = (await act.execute(_OPEN, port=port, day=day)).one_or_none()
    if found is None:
        raise SeedMissing(port, day)
    # The lock may have been waited for while the day was closed: look again under it.
    if (await act.execute(_STILL_OPEN, seed_id=found.seed_id)).first() is None:
        raise SeedMissing(port, day)
    return keeper.opened(found.seed_id, found.sealed)


async def seed_commit(act: Act, keeper: SeedKeeper, *, port: str, day: date) -> None:
    """Make sure of an open seed for a port's day; of parallel callers one makes it."""
    seed, seed_id = secrets.token_bytes(SEED_BYTES), new_uuid()
    values = {
        "seed_id": seed_id,
        "port": port,
        "day": day,
        "commitment": commitment(seed),
        "sealed": keeper.vault.seal(seed, context=CONTEXT),
    }
    made = (await act.execute(_COMMIT, **values)).one_or_none()
    if made is None:
        return
    event = DrawSeedCommitted(
        port=port, business_on=day, round=made.round, commitment=commitment(seed).hex()
    )
    act.at = made.committed_at
    act.record(show("sed", seed_id), event, step="commit")


async def seed_reveal(act: Act, keeper: SeedKeeper, seed_id: UUID) -> Row:
    """Close a port's day and publish its seed; waits for draws in flight, then ends drawing.

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, STATE_CONFLICT when it is closed already,
    FORBIDDEN for another port's officer.
    """
    await act.execute(_LOCK, seed_id=seed_id)
    row = (await act.execute(_SEED, seed_id=seed_id)).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    await require_officer(act)
    if act.actor.port != row.port:
        raise Refused(NOT_YOURS.at())
    if row.closed_at is not None:
        raise Refused(refusals.DRAW_DAY_CLOSED.at())
    seed = keeper.opened(seed_id, row.sealed).seed
    act.at = row.read_at
    closed = {"closed_by": act.actor.party, "at": act.at, "seed": seed}
    await act.execute(_REVEAL, seed_id=seed_id, **closed)
    case = show("sed", seed_id)
    event = DrawSeedClosed(port=row.port, business_on=row.business_on, round=row.round)
    act.record(case, event, step="close")
    act.record(case, DrawSeedRevealed(seed=seed.hex()), step="reveal")
    shown: Row = (await act.execute(_SEED, seed_id=seed_id)).one()
    return shown
