"""Facts of the second market: ids, codes, weights and sums only."""

from __future__ import annotations

from datetime import date

from services.kernel.events import Event, MoneyBody


class OrderCreated(Event):
    """A factory ordered a commodity."""

    enterprise_code: str
    hs_code: str
    wanted_kg: str
    unit_price: str
    currency: str


class OrderCancelled(Event):
    """A factory took its order back, whole or what was left of it."""

    enterprise_code: str
    bought_kg: str
    left_kg: str
    offers: int
    """How many lots were offered to it and lapse."""


class LotOfferLapsed(Event):
    """A factory took its order back before it had bought; the lot may be offered to another."""

    lot_id: str
    order_id: str


class LotOffered(Event):
    """The residents' side agreed to sell a whole lot to an order at its price."""

    lot_id: str
    order_id: str
    enterprise_code: str
    unit_price: str
    price: MoneyBody


class LotOfferWithdrawn(Event):
    """The residents' side took its offer back before the order had bought."""

    lot_id: str
    order_id: str


class LotBought(Event):
    """A factory bought a whole lot from its residents; on the lot's and on the order's chain."""

    purchase_id: str
    order_id: str
    lot_id: str
    enterprise_code: str
    net_kg: str
    price: MoneyBody
    residents_income: MoneyBody
    """Price less what the residents declared as value: what they earned together."""
    tickets: int
    due_on: date | None = None
    """The last day on which the factory is to receive it."""
    hs_prefix: str | None = None
    """The filed code under which it counts against the factory's year."""
    incomes: str | None = None
    """Salted digest of what each ticket brings (``incomes.py``)."""


class PurchaseVoided(Event):
    """A bought lot ended inside, so that its goods never come; on the lot's and the order's chain.

    Its weight is given back to the order and to the factory's year.
    """

    unasked = True

    purchase_id: str
    order_id: str
    lot_id: str
    enterprise_code: str
    net_kg: str
