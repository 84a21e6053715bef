"""A selected lot is withdrawn by two officers' word, before anything was found in it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from services.inspection.commands.eligibility import require_eligible
from services.inspection.commands.orders import WITHDRAW, order_lock, order_of, order_stand
from services.inspection.domain import refusals
from services.inspection.domain.events import InspectionWithdrawn, WithdrawalLetGo
from services.inspection.domain.model import Disposal
from services.inspection.domain.rules.findings import drawn_officer_only, signed_by_the_other
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import actor_as_kept

LOT_CANCELS: Final = "cancel"
"""What the lot's case does when two officers let it go."""
# Who said so last; a word is heard no more when whoever gave it is drawn no more.
_FIRST = text(
    "SELECT actor FROM events WHERE case_id = :order_id AND type = 'WithdrawalLetGo'"
    " ORDER BY seq DESC LIMIT 1"
)
_LET_GO = text(
    "UPDATE inspection_orders SET let_go_by = :officer, let_go_grounds = :grounds"
    " WHERE order_id = :order_id"
)
# Read after the lot's turn was taken: whoever recorded findings held it.
_FOUND = text("SELECT EXISTS (SELECT FROM inspection_orders WHERE lot_id = :lot_id AND round > 0)")
_EXAMINED: Final = refusals.EXAMINED.at()


async def order_let_go(act: Act, order_id: str, *, grounds: str) -> None:
    """Keep that a drawn officer lets the lot be withdrawn; the other one's word carries it out.

    Nothing may have been found in the lot, by whichever order: what officers have found is disposed
    of by their findings. Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, NOT_DRAWN,
    SAME_PERSON, OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE.
    """
    order = await order_lock(act, order_id)
    ORDER.move(OrderState(order.state), "let_go")
    if await is_examined(act, order):
        raise Refused(_EXAMINED)
    day, officer = business_day(act.at), act.actor.party_code
    refuse_if_any(asked(day, drawn_officer_only, order_of(order), officer))
    await require_eligible(act, order)
    if order.let_go_by not in order.officers:
        said = {"officer": officer, "grounds": grounds}
        await act.execute(_LET_GO, order_id=order.order_id, **said)
        act.record(order_id, WithdrawalLetGo(officer=officer), step=f"let_go:{order.draw_no}")
        return
    kept = (await act.execute(_FIRST, order_id=order.order_id)).scalar_one()
    first = actor_as_kept(kept)
    refuse_if_any(asked(day, signed_by_the_other, order_of(order), first, act.actor))
    await _withdrawn(act, order_id, order)


async def is_examined(tx: Statements, order: Row) -> bool:
    """Whether something was found in an order's lot, by whichever order."""
    return bool((await tx.execute(_FOUND, {"lot_id": order.lot_id})).scalar_one())


async def _withdrawn(act: Act, order_id: str, order: Row) -> None:
    withdrawn = {"disposal": Disposal.WITHDRAWN.value, "lot_move": LOT_CANCELS}
    await act.execute(WITHDRAW, order_id=order.order_id, at=act.at, **withdrawn)
    event = InspectionWithdrawn(
        lot_id=show("lot", order.lot_id),
        officers=(order.let_go_by, act.actor.party_code),
        rules=("INS-SELECTED", "INS-SECOND"),
    )
    act.record(order_id, event, step="withdraw")
    order_stand(act, order_id, order, OrderState.WITHDRAWN, drawn=())
    act.tell(event.lot_id)
    act.tell(order_id)
