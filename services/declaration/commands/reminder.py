"""Reminding the members of a lot that their shares are to be confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import text

from services.declaration.domain import events, refusals
from services.declaration.domain.states import LOT, LotState
from services.kernel.identifiers import show
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.database import Row

_REMINDED: Final = text(
    """
    SELECT
        (
            SELECT max(occurred_at) FROM events
            WHERE case_id = :lot_id AND type = 'MembersReminded'
        ) AS reminded_at,
        (
            SELECT count(*) FROM events WHERE case_id = :lot_id AND type = 'MembersReminded'
        ) AS times,
        (
            SELECT count(*) FROM tickets WHERE lot_id = :lot_id AND confirmed_at IS NULL
        ) AS unconfirmed
    """
)


async def members_remind(act: Act, lot: Row) -> None:
    """Remind whoever has not confirmed; streams and webhooks bring it to them.

    Nobody is pressed by a hundred messages: so many minutes lie between two, by the law of the
    lot's day. Raises Refused VERSION_MISMATCH, STATE_CONFLICT, REMINDED_LATELY, POLICY_MISSING.
    """
    act.require_version(lot.version)
    LOT.move(LotState(lot.state), "confirm")
    found = (await act.execute(_REMINDED, lot_id=lot.lot_id)).one()
    law = await act.law()
    minutes = law.integer("hushi.reminder_every_min", on=lot.business_on, scope=lot.port)
    if found.reminded_at is not None:
        again_at = found.reminded_at + timedelta(minutes=minutes)
        if act.at < again_at:
            raise Refused(refusals.REMINDED_LATELY.at(again_at=again_at))
    reminded = events.MembersReminded(unconfirmed=found.unconfirmed)
    act.record(show("lot", lot.lot_id), reminded, step=f"remind:{found.times + 1}")
