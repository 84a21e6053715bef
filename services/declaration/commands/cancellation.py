"""Withdrawal of a lot before it is released, at its party's word."""

from __future__ import annotations

from sqlalchemy import text

from services.declaration.commands.lots import NO_SUCH_LOT, lot_lock, lot_move
from services.declaration.domain import events, refusals
from services.declaration.domain.states import LOT, LotState
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.database import Row

_ORDER = text("SELECT order_id, examined FROM v_inspection_orders WHERE lot_id = :lot_id")
_FOUND = refusals.FINDINGS_MADE.at()


async def lot_cancel(act: Act, lot_id: str, *, reason: str) -> None:
    """Withdraw a lot; quota and manifest weight are given back, its order's case ends the order.

    Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT: what officers have found is theirs
    to dispose of, and nobody withdraws smuggled goods.
    """
    lot = await lot_lock(act, lot_id)
    if not _is_party(lot, act.actor):
        raise Refused(NO_SUCH_LOT)
    act.require_version(lot.version)
    state = LOT.move(LotState(lot.state), "cancel")
    order = (await act.execute(_ORDER, lot_id=lot.lot_id)).one_or_none()
    if order is not None and order.examined:
        raise Refused(_FOUND)
    await lot_move(act, lot, state, events.LotCancelled(reason=reason), step="end")
    act.tell(lot_id)
    if order is not None:
        act.tell(show("ins", order.order_id))


def _is_party(lot: Row, actor: Actor) -> bool:
    return lot.submitted_by == actor.party or actor.is_party("group", lot.group_code or "")
