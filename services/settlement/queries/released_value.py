"""A lot's released value: what was drawn on it, and what may be paid of it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.questioned import QUESTIONED, question_of
from services.settlement.domain.model import Drawdown, LotFacts
from services.settlement.domain.rules import matching
from services.settlement.tables import OPEN

LOT: Final = """
    l.lot_id, l.port, l.state, l.direction, l.seller, l.group_code, l.submitted_by, l.value_minor,
    l.currency, l.seller_bank_bic, l.business_on, d.released_minor,
    d.reserved_minor + d.paid_minor AS drawn_minor,
    (
        SELECT 'enterprise:' || enterprise_code FROM v_purchases WHERE lot_id = l.lot_id LIMIT 1
    ) AS bought_by,
    {questioned}
""".format(questioned=QUESTIONED.format(lot="l.lot_id"))
DRAWN_ON: Final = "v_lots AS l LEFT JOIN drawdowns AS d ON d.lot_id = l.lot_id"
"""SQL of a lot as settlement sees it, and of the tables that this is read from."""
CLAIMED: Final = (
    f"EXISTS (SELECT FROM settlement_instructions AS i WHERE i.lot_id = l.lot_id AND i.{OPEN})"
)
"""SQL of whether a payment of the lot is under way."""
_PAYABLE = text(f"SELECT {LOT}, {CLAIMED} AS claimed FROM {DRAWN_ON} WHERE l.lot_id = :lot_id")


@dataclass(frozen=True, slots=True)
class Payable:
    """What nothing has been paid against of a lot's value, and why a payment would be refused."""

    lot_id: str
    value: Money
    left: Money
    refused_for: tuple[Refusal, ...]


async def payable_get(tx: Statements, lot_id: UUID, actor: Actor, day: date) -> Payable:
    """To whoever may have the lot paid, by the rules by which a payment of the day is refused.

    Raises Refused NOT_FOUND.
    """
    row = (await tx.execute(_PAYABLE, {"lot_id": lot_id})).one_or_none()
    if row is None or not matching.may_instruct(actor.party, lot_of(row)):
        raise Refused(NOT_FOUND.at())
    lot, drawdown = lot_of(row), drawdown_of(row)
    refused_for = matching.not_paid_now(day, lot, drawdown, other_open=row.claimed)
    return Payable(lot.lot_id, lot.value, drawdown.left, tuple(refused_for))


def lot_of(row: Row) -> LotFacts:
    """The lot, of a row that has ``LOT``."""
    return LotFacts(
        lot_id=show("lot", row.lot_id),
        port=row.port,
        state=row.state,
        direction=row.direction,
        seller=row.seller,
        group_code=row.group_code,
        submitted_by=row.submitted_by,
        value=Money(row.value_minor, row.currency),
        seller_bank_bic=row.seller_bank_bic,
        business_on=row.business_on,
        bought_by=row.bought_by,
        question=question_of(row),
    )


def drawdown_of(row: Row) -> Drawdown:
    """How much of the lot's value has been drawn; nothing yet when it was never drawn on."""
    if row.released_minor is None:
        return Drawdown(Money(row.value_minor, row.currency), Money(0, row.currency))
    return Drawdown(Money(row.released_minor, row.currency), Money(row.drawn_minor, row.currency))
