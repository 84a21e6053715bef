"""Races that an act loses: to a constraint, to a lock, to itself under the same key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from asyncpg import PostgresError

from services.kernel import refusals
from services.kernel.messages import Answer, Receipt
from services.kernel.mistakes import UNFIT
from services.kernel.refusal import Refused
from services.platform.answers import answered
from services.platform.database import Database

log = structlog.get_logger()

_LOST_A_RACE: Final = {
    "23505",  # unique violation: somebody was first; fresh facts say so properly
    "23P01",  # exclusion violation: somebody's period was there first
    "23514",  # check violation: the last guard under a race
    "23503",  # foreign key: a row went away in between
    "40001",  # serialization failure
    "40P01",  # deadlock: one of the two may go on
}
_LOCK_NOT_HAD: Final = "55P03"
_UNFIT_CLASS: Final = "22"
"""SQLSTATE class of values that do not fit: no repetition mends them."""
_ATTEMPTS: Final = 8


async def as_often_as_races_are_lost(
    database: Database, receipt: Receipt, attempt: Callable[[], Awaitable[Answer]]
) -> Answer:
    """The answer of an attempt, which is made again on fresh facts when it lost a race.

    A repetition of a request that has been answered meanwhile is given that answer. Raises Refused
    IN_PROGRESS when a lock was not had in time.
    """
    for number in range(1, _ATTEMPTS + 1):
        try:
            return await attempt()
        except PostgresError as error:
            state = error.sqlstate or ""
            if state == _LOCK_NOT_HAD:
                raise Refused(refusals.IN_PROGRESS.at()) from error
            if state.startswith(_UNFIT_CLASS):
                log.error("bug", error=type(error).__name__, sqlstate=state)
                raise Refused(UNFIT.at()) from None
            if state not in _LOST_A_RACE or number == _ATTEMPTS:
                raise
        async with database.reading() as tx:
            before = await answered(tx, receipt)
        if before is not None:
            return before
    raise AssertionError("unreachable")
