"""Who took a step of a case, as the case's log tells it."""

from __future__ import annotations

from sqlalchemy import text

from services.kernel.identifiers import case_uuid
from services.kernel.messages import Actor
from services.platform.database import Tx

_ACTOR = text("SELECT actor FROM events WHERE case_id = :case_id AND step = :step")


async def author_of(tx: Tx, case: str, step: str) -> Actor:
    """The actor of a step that was taken: subject and party, of which a row keeps only one."""
    found = await tx.execute(_ACTOR, {"case_id": case_uuid(case), "step": step})
    return Actor.model_validate_json(found.scalar_one())
