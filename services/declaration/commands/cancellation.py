"""Withdrawal of a lot before it is released, at its party's word."""

from __future__ import annotations

from sqlalchemy import text

from services.declaration.commands.lots import NO_SUCH_LOT, lot_lock, lot_move
from services.declaration.domain import events
from services.declaration.domain.rules.selection import selected_is_not_withdrawn
from services.declaration.domain.states import LOT, LotState
from services.kernel.clock import business_day
from services.kernel.messages import Actor
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row

# By its orders, or by an officer who called it in before screening could ask for one.
_SELECTED = text(
    "SELECT EXISTS (SELECT FROM v_inspection_orders WHERE lot_id = :lot_id)"
    " OR EXISTS (SELECT FROM v_call_ins WHERE lot_id = :lot_id)"
)


async def lot_cancel(act: Act, lot_id: str, *, reason: str) -> None:
    """Withdraw a lot that nobody has selected; quota and manifest weight are given back.

    Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, SELECTED.
    """
    lot = await lot_lock(act, lot_id)
    if not _is_party(lot, act.actor):
        raise Refused(NO_SUCH_LOT)
    act.require_version(lot_id, lot.version)
    state = LOT.move(LotState(lot.state), "cancel")
    selected = (await act.execute(_SELECTED, lot_id=lot.lot_id)).scalar_one()
    refuse_if_any(asked(business_day(act.at), selected_is_not_withdrawn, selected=selected))
    await lot_move(act, lot, state, events.LotCancelled(reason=reason), step="end")
    act.tell(lot_id)


def _is_party(lot: Row, actor: Actor) -> bool:
    return lot.submitted_by == actor.party or actor.is_party("group", lot.group_code or "")
