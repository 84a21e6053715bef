"""Secret seeds: committed to before the first draw, open for draws until their day is closed."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid
from services.kernel.messages import Case
from services.kernel.rules.draw import SEED_BYTES, commitment
from services.platform.act import Act
from services.platform.acting import step
from services.platform.database import Database
from services.platform.event_log import actor_to_keep
from services.platform.policy import PolicyCache
from services.platform.vault import Vault

R = TypeVar("R")
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
_COMMIT = text("SELECT draw_seed_commit(:seed_id, :port, :day, :commitment, :sealed, :actor)")


class SeedMissing(Exception):
    """No open seed for a port's day; one must be committed in a transaction of its own first."""

    def __init__(self, port: str, business_on: date) -> None:
        super().__init__(f"no open draw seed for {port} on {business_on}")
        self.port = port
        self.business_on = business_on


@dataclass(frozen=True, slots=True)
class OpenSeed:
    """A seed that may be drawn under in this transaction, and the port and day that it is for."""

    seed_id: UUID
    seed: bytes
    port: str
    business_on: date


class SeedKeeper:
    """Opens sealed seeds, remembering the few that a day needs."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault
        self._opened: OrderedDict[UUID, bytes] = OrderedDict()

    def opened(self, seed_id: UUID, sealed: bytes) -> bytes:
        """The seed behind its sealed form."""
        if seed_id not in self._opened:
            self._opened[seed_id] = self.vault.open(bytes(sealed), context=CONTEXT)
            if len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)
        return self._opened[seed_id]


async def seed_for_draw(act: Act, keeper: SeedKeeper, *, port: str, day: date) -> OpenSeed:
    """The seed of a port's day, held open until this transaction ends. Raises SeedMissing.

    The lock may have been waited for while the day was closed: what is drawn is kept by a later
    statement, and only under a seed that is open still (``draws_keep``).
    """
    found = (await act.execute(_OPEN, port=port, day=day)).one_or_none()
    if found is None:
        raise SeedMissing(port, day)
    return OpenSeed(found.seed_id, keeper.opened(found.seed_id, found.sealed), port, day)


async def seed_commit(act: Act, keeper: SeedKeeper, *, port: str, day: date) -> None:
    """Make sure of an open seed for a port's day; of parallel callers one makes it.

    There is none for a day after tomorrow (Beijing), nor for a port that is not active.
    """
    seed = secrets.token_bytes(SEED_BYTES)
    begun = await act.execute(
        _COMMIT,
        seed_id=new_uuid(),
        port=port,
        day=day,
        commitment=commitment(seed),
        sealed=keeper.vault.seal(seed, context=CONTEXT),
        actor=actor_to_keep(act.actor, act.receipt),
    )
    if begun.scalar_one() is not None:
        act.recorded_beside()


class Drawing:
    """With what a service takes the window's own steps that draw: role, law, opened seeds."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self.policies = PolicyCache()
        self.seeds = SeedKeeper(vault)

    async def take(self, case: Case, work: Callable[[Act], Awaitable[R]]) -> R:
        """Take a step; where it lacks a draw seed, commit to one first, in a step of its own."""
        while True:
            try:
                async with step(self.database, self.policies, case.at) as act:
                    return await work(act)
            except SeedMissing as missing:
                async with step(self.database, self.policies, None) as act:
                    port, day = missing.port, missing.business_on
                    await seed_commit(act, self.seeds, port=port, day=day)
