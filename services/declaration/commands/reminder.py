"""Reminding the members of a lot that their shares are to be confirmed."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from services.declaration.domain import events, refusals
from services.declaration.domain.rules.reminder import reminded_every, reminded_lately
from services.declaration.domain.states import LotState
from services.kernel.identifiers import show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row

_REMINDED: Final = text(
    """
    SELECT max(e.occurred_at) AS reminded_at, count(*) AS times, (
        SELECT count(*) FROM tickets WHERE lot_id = :lot_id AND confirmed_at IS NULL
    ) AS unconfirmed
    FROM events AS e WHERE e.case_id = :lot_id AND e.type = 'MembersReminded'
    """
)


async def members_remind(act: Act, lot: Row) -> None:
    """Remind whoever has not confirmed; streams and webhooks bring it to them.

    Nobody is pressed by a hundred messages: so many minutes lie between two, by the law of the
    lot's day. Raises Refused VERSION_MISMATCH, STATE_CONFLICT, REMINDED_LATELY, POLICY_MISSING.
    """
    act.require_version(show("lot", lot.lot_id), lot.version)
    if lot.state != LotState.SUBMITTED:
        raise Refused(refusals.NOBODY_TO_REMIND.at(state=lot.state))
    found = (await act.execute(_REMINDED, lot_id=lot.lot_id)).one()
    day = lot.business_on
    every = reminded_every(await act.law(), on=day, port=lot.port)
    refuse_if_any(asked(day, reminded_lately, found.reminded_at, now=act.at, every=every))
    reminded = events.MembersReminded(unconfirmed=found.unconfirmed)
    act.record(show("lot", lot.lot_id), reminded, step=f"remind:{found.times + 1}")
