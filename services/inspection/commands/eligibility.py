"""Whether who decides on an order may still do so: asked at every act, not at the draw alone, and
of whoever reads which acts are open to him."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import text

from services.inspection.domain.model import skill_for
from services.kernel.identifiers import show, uuid_of
from services.kernel.lanes import Lane
from services.kernel.messages import Actor
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.officers import (
    ON_FILE,
    UNFIT,
    officer_values,
    refuse_if_unfit,
    refuse_unless_on_file,
)

UNFIT_FOR_LOT: Final = UNFIT.format(
    conflict="""
        EXISTS (
            SELECT FROM v_lot_parties AS p
            WHERE p.lot_id = :lot_id AND reach_key(p.party) = reach_key(c.party)
        )
    """
)
"""SQL of why an officer may not decide on a lot's order, for a statement that reads more
(``deciding``). Party to it is whoever has a part in the lot, as control reaches them."""
_SAID_AWAY_BY = text(
    """
    SELECT DISTINCT officer_id
    FROM v_pool_changes CROSS JOIN regexp_match(detail, '^AWAY (.+)/(.+)$') AS away
    WHERE port = :port AND officer_id = ANY(CAST(:officers AS uuid[])) AND what = 'DUTY'
        AND away[1] COLLATE "C" <= :today
        AND (away[2] = '..' OR away[2] COLLATE "C" > :today)
        AND filed_by = :subject
    """
)
_MAY = text(f"SELECT {ON_FILE} AS on_file, {UNFIT_FOR_LOT} AS unfit")


def deciding(actor: Actor, order: Row) -> dict[str, object]:
    """Bind values of who decides, on which lot, and what that takes."""
    skill = skill_for(Lane(order.lane)).value
    return {**officer_values(actor), "officer_skill": skill, "lot_id": order.lot_id}


async def fitness(tx: Statements, order: Row, actor: Actor) -> Row:
    """Whether an actor is ``on_file`` as an officer who is there, and why ``unfit`` to decide."""
    return (await tx.execute(_MAY, deciding(actor, order))).one()


async def said_away_by(
    tx: Statements, actor: Actor, officers: Sequence[str], *, today: date
) -> frozenset[str]:
    """Which officers of the own port the actor has said to be away today: in the place of such a
    one he asks for no draw."""
    values = {"officers": [uuid_of(officer, "ofc") for officer in officers], "port": actor.port}
    by = {"subject": actor.subject, "today": today.isoformat()}
    found = await tx.execute(_SAID_AWAY_BY, {**values, **by})
    return frozenset(show("ofc", row.officer_id) for row in found)


async def require_eligible(act: Act, order: Row) -> None:
    """Raises Refused OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE."""
    found = await fitness(act, order, act.actor)
    refuse_unless_on_file(found.on_file)
    refuse_if_unfit(found.unfit, skill_for(Lane(order.lane)))
