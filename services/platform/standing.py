"""Where a case stands: outside it, as SQL for lists; and where it ended, to its own step."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text

from services.kernel.identifiers import case_uuid
from services.kernel.messages import Case, Standing
from services.kernel.states import StateTable
from services.platform.database import Database

_HEADER: Final = text("SELECT state FROM cases WHERE case_id = :case_id")


def state_told(table: StateTable[Any], row: str, *, outside: str, now: str = "now()") -> str:
    """SQL of the state that a reader is told of the owner's row ``row``.

    ``outside`` is SQL of whether the reader is; the same as ``StateTable.stands_outside``.
    """
    told = table.outside
    if told is None:
        return f"{row}.state"
    kept = "" if told.until is None else f" AND {row}.{told.until} > {now}"
    cases = (
        f" WHEN {outside} AND {row}.state = '{state}'{kept} THEN '{shown}'"
        for state, shown in told.stands_as.items()
    )
    return f"CASE{''.join(cases)} ELSE {row}.state END"


async def case_ended(database: Database, case: Case, table: StateTable[Any]) -> Standing | None:
    """Where a case ended, by its header, read without a lock; None of one that is open.

    No end is left again, and the last look of every case finds just this: one statement in the
    place of a transaction.
    """
    async with database.reading() as tx:
        found = await tx.execute(_HEADER, {"case_id": case_uuid(case.case_id)})
    state = found.scalar_one_or_none()
    if state is None or not table.is_final(state):
        return None
    return Standing(state=state, ended=True)
