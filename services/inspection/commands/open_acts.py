"""Which acts on an order are open to whoever reads it, by what they are refused for."""

from __future__ import annotations

from datetime import date

from services.inspection.commands.eligibility import fitness, said_away_by
from services.inspection.commands.orders import LOT_ENDED
from services.inspection.commands.withdrawal import is_examined
from services.inspection.domain.states import OrderState, Stands, acts_open
from services.kernel.messages import Actor
from services.platform.database import Row, Statements


async def acts_on(tx: Statements, order: Row, actor: Actor, *, today: date) -> list[str]:
    """Of an order that an officer of its port reads; who is away is offered none."""
    if actor.role != "officer":
        return []
    state, officer = OrderState(order.state), actor.party_code
    may = await fitness(tx, order, actor)
    told = {
        Stands.AWAY: not may.on_file,
        Stands.UNFIT: may.unfit is not None,
        Stands.NOT_DRAWN: officer not in order.officers,
        Stands.OWN_FINDINGS: officer == order.found_author,
        Stands.LET_GO: officer == order.let_go_by,
        Stands.LOT_ENDED: order.lot_state in LOT_ENDED,
    }
    stands = {one for one, holds in told.items() if holds}
    if "let_go" in acts_open(state, stands) and await is_examined(tx, order):
        stands.add(Stands.EXAMINED)
    absent = order.absent if "redraw" in acts_open(state, stands) else []
    if absent and await said_away_by(tx, actor, absent, today=today):
        stands.add(Stands.SAID_AWAY)
    return acts_open(state, stands)
