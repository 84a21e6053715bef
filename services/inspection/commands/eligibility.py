"""Whether who decides on an order may still do so: asked at every act, not at the draw alone."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from services.inspection.domain.model import skill_for
from services.kernel.lanes import Lane
from services.platform.act import Act
from services.platform.database import Row
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
            SELECT FROM v_lots AS l WHERE l.lot_id = :lot_id AND c.party IN (
                l.submitted_by, 'group:' || l.group_code, 'seller:' || l.seller
            )
        ) OR EXISTS (
            SELECT FROM v_tickets AS t WHERE t.lot_id = :lot_id
                AND c.party = 'resident:res_' || replace(CAST(t.resident_id AS text), '-', '')
        )
    """
)
"""SQL of why an officer may not decide on a lot's order, for a statement that reads more
(``deciding``). Party to it is whoever the lot is of, the residents with a share included."""
_MAY = text(f"SELECT {ON_FILE} AS on_file, {UNFIT_FOR_LOT} AS unfit")


def deciding(act: Act, order: Row) -> dict[str, object]:
    """Bind values of who decides, on which lot, and what that takes."""
    skill = skill_for(Lane(order.lane)).value
    return {**officer_values(act.actor), "officer_skill": skill, "lot_id": order.lot_id}


async def require_eligible(act: Act, order: Row) -> None:
    """Raises Refused OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE."""
    found = (await act.execute(_MAY, deciding(act, order))).one()
    refuse_unless_on_file(found.on_file)
    refuse_if_unfit(found.unfit, skill_for(Lane(order.lane)))
