"""What callers send to and get from the second market."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, Field

from services.kernel.events import MoneyBody
from services.kernel.fields import (
    CommodityCode,
    Currency,
    Identifier,
    Kilograms,
    Moment,
    Reference,
    Request,
    UnitPrice,
)
from services.kernel.identifiers import show
from services.kernel.money import Money, price_text
from services.platform.database import Row
from services.secondmarket.domain.states import PurchaseState


class OrderBody(Request):
    """An order: ``unit_price`` is per kilogram in ``currency``."""

    reference: Reference
    hs_code: CommodityCode
    wanted_kg: Kilograms
    unit_price: UnitPrice
    currency: Currency = "CNY"


class OrderAnswer(BaseModel):
    """The receipt of an order."""

    order_id: str
    reference: str


class OrderShown(BaseModel):
    """An order and how far it is filled."""

    order_id: str
    reference: str
    enterprise_code: str
    hs_code: str
    wanted_kg: Decimal
    bought_kg: Decimal
    unit_price: str
    currency: str
    filled: bool
    created_at: Moment
    cancelled_at: Moment | None = Field(description="since when nothing more is bought under it")

    @classmethod
    def of(cls, row: Row) -> OrderShown:
        """An order as it stands."""
        return cls(
            order_id=show("ord", row.order_id),
            reference=row.reference,
            enterprise_code=row.enterprise_code,
            hs_code=row.hs_code,
            wanted_kg=row.wanted_kg,
            bought_kg=row.bought_kg,
            unit_price=price_text(row.unit_price, row.currency),
            currency=row.currency,
            filled=row.bought_kg >= row.wanted_kg,
            created_at=row.created_at,
            cancelled_at=row.cancelled_at,
        )


class OrderOpen(BaseModel):
    """An open order as whoever may sell to it sees it."""

    order_id: str
    enterprise_code: str
    hs_code: str = Field(description="the commodity, or its first digits")
    left_kg: Decimal = Field(description="how much of it the factory still buys")
    unit_price: str
    currency: str
    offered_at: Moment | None = Field(description="since when the lot is offered to it")

    @classmethod
    def of(cls, row: Row) -> OrderOpen:
        """An order, what is left of it, and whether the lot asked about is offered to it."""
        return cls(
            order_id=show("ord", row.order_id),
            enterprise_code=row.enterprise_code,
            hs_code=row.hs_code,
            left_kg=row.left_kg,
            unit_price=price_text(row.unit_price, row.currency),
            currency=row.currency,
            offered_at=row.offered_at,
        )


class Sale(Request):
    """A lot and the order that it is sold to."""

    order_id: Identifier
    lot_id: Identifier


class OfferBody(Sale):
    """Agree to sell a whole lot to an order; ``unit_price`` is the order's, per kilogram."""

    unit_price: UnitPrice


class OfferAnswer(BaseModel):
    """What the residents' side agreed to, and what the lot brings at that price."""

    lot_id: str
    order_id: str
    enterprise_code: str
    unit_price: str
    price: MoneyBody


class OfferShown(BaseModel):
    """A lot that a factory may buy under an order, and what it brings."""

    lot_id: str
    reference: str
    order_id: str
    order_reference: str
    enterprise_code: str
    hs_code: str
    net_kg: Decimal
    unit_price: str
    price: MoneyBody
    offered_by: str
    offered_at: Moment

    @classmethod
    def of(cls, row: Row) -> OfferShown:
        """An offer as it stands, at the order's price and in its currency."""
        price = Money.rounded(row.net_kg * row.unit_price, row.order_currency)
        return cls(
            lot_id=show("lot", row.lot_id),
            reference=row.reference,
            order_id=show("ord", row.order_id),
            order_reference=row.order_reference,
            enterprise_code=row.enterprise_code,
            hs_code=row.hs_code,
            net_kg=row.net_kg,
            unit_price=price_text(row.unit_price, row.order_currency),
            price=MoneyBody.of(price),
            offered_by=row.offered_by,
            offered_at=row.offered_at,
        )


class PurchaseBody(Sale):
    """Buy a whole lot under an order."""


class PurchaseAnswer(BaseModel):
    """What was bought, for how much, and what the residents earned by it together."""

    purchase_id: str
    order_id: str
    lot_id: str
    enterprise_code: str
    net_kg: str
    price: MoneyBody
    residents_income: MoneyBody
    tickets: int
    due_on: date | None


class PurchaseShown(BaseModel):
    """A purchase with its movement and its receipt."""

    purchase_id: str
    order_id: str
    lot_id: str
    enterprise_code: str
    hs_code: str
    net_kg: Decimal
    price: MoneyBody
    state: PurchaseState = Field(
        description="VOID: customs called the goods in before they left, and they never came; LOST:"
        " they left, and were written off as lost on their way"
    )
    bought_at: Moment
    due_on: date | None = Field(description="the last day on which it is to be received")
    overdue: bool
    overdue_days: int = Field(description="how many days ago its day was over, else 0")
    voided_at: Moment | None = Field(
        description="when it became void: of its order and of the year it takes nothing any more"
    )
    seal_no: str | None
    dispatched_at: Moment | None
    receipt_id: str | None
    book_id: str | None
    received_kg: Decimal | None
    received_at: Moment | None
    lost_at: Moment | None = Field(
        description="when an officer consented that the load is written off as lost on its way"
    )
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state; null but where one is read alone",
    )

    @classmethod
    def of(cls, row: Row, *, today: date) -> PurchaseShown:
        """A purchase as it stands, and how late it is on a day."""
        state = _state(row)
        waits = state in ("BOUGHT", "DISPATCHED") and row.due_on is not None
        late = max((today - row.due_on).days, 0) if waits else 0
        return cls(
            purchase_id=show("pur", row.purchase_id),
            order_id=show("ord", row.order_id),
            lot_id=show("lot", row.lot_id),
            enterprise_code=row.enterprise_code,
            hs_code=row.hs_code,
            net_kg=row.net_kg,
            price=_money(row.price_minor, row.currency),
            state=state,
            bought_at=row.bought_at,
            due_on=row.due_on,
            overdue=late > 0,
            overdue_days=late,
            voided_at=row.voided_at,
            seal_no=row.seal_no,
            dispatched_at=row.dispatched_at,
            receipt_id=None if row.receipt_id is None else show("rcp", row.receipt_id),
            book_id=None if row.book_id is None else show("bok", row.book_id),
            received_kg=row.received_kg,
            received_at=row.received_at,
            lost_at=row.lost_at,
        )


def _state(row: Row) -> PurchaseState:
    if row.voided_at is not None:
        return "VOID"
    if row.lost_at is not None:
        return "LOST"
    if row.receipt_id is not None:
        return "RECEIVED"
    return "BOUGHT" if row.dispatched_at is None else "DISPATCHED"


def _money(minor: int, currency: str) -> MoneyBody:
    return MoneyBody.of(Money(minor, currency))


class SaleShown(BaseModel):
    """The purchase of a lot as whoever sold it sees it: by whom, for how much, when."""

    purchase_id: str
    order_id: str
    lot_id: str
    enterprise_code: str
    net_kg: Decimal
    price: MoneyBody
    bought_at: Moment

    @classmethod
    def of(cls, row: Row) -> SaleShown:
        """A purchase, without what becomes of the goods."""
        return cls(
            purchase_id=show("pur", row.purchase_id),
            order_id=show("ord", row.order_id),
            lot_id=show("lot", row.lot_id),
            enterprise_code=row.enterprise_code,
            net_kg=row.net_kg,
            price=_money(row.price_minor, row.currency),
            bought_at=row.bought_at,
        )


class IncomeShown(BaseModel):
    """What one ticket brought its resident."""

    ticket_id: str
    lot_id: str
    net_kg: Decimal
    proceeds: MoneyBody
    cost: MoneyBody
    income: MoneyBody
    bought_at: Moment

    @classmethod
    def of(cls, row: Row) -> IncomeShown:
        """What was paid for a ticket's share, less what it was declared for."""
        return cls(
            ticket_id=show("tkt", row.ticket_id),
            lot_id=show("lot", row.lot_id),
            net_kg=row.net_kg,
            proceeds=_money(row.proceeds_minor, row.currency),
            cost=_money(row.cost_minor, row.currency),
            income=_money(row.proceeds_minor - row.cost_minor, row.currency),
            bought_at=row.bought_at,
        )
