"""Webhooks as their party reads them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered

_WEBHOOKS = Filtered(
    """
    SELECT * FROM webhooks
    WHERE party = :party AND state <> 'REMOVED'
        AND ASKED(webhook_id > :after)
    ORDER BY webhook_id LIMIT :rows
    """
)
_WEBHOOK = text("SELECT * FROM webhooks WHERE webhook_id = :webhook_id AND party = :party")


async def webhook_list(
    tx: Statements, actor: Actor, *, after: UUID | None, rows: int
) -> Sequence[Row]:
    """The party's standing webhooks, oldest first."""
    values = {"party": actor.party, "after": after, "rows": rows}
    return (await tx.execute(_WEBHOOKS, values)).all()


async def webhook_get(tx: Statements, actor: Actor, webhook_id: UUID) -> Row:
    """One webhook of the party, removed ones too. Raises Refused NOT_FOUND."""
    found = await tx.execute(_WEBHOOK, {"webhook_id": webhook_id, "party": actor.party})
    row = found.one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
