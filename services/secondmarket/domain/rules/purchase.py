"""Buying a released lot from its residents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.kernel.money import Money
from services.kernel.questioned import Question
from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_RELEASED
from services.kernel.rule import rule
from services.secondmarket.domain import refusals


@dataclass(frozen=True, slots=True)
class Order:
    """A factory's order, as far as a purchase looks at it."""

    hs_code: str
    wanted_kg: Decimal
    bought_kg: Decimal
    currency: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot, as far as a purchase looks at it."""

    state: str
    purpose: str
    hs_code: str
    net_kg: Decimal
    currency: str
    sold: bool


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the factory is filed to process of this commodity this year."""

    yearly_kg: Decimal
    used_kg: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """One resident's ticket in the lot."""

    ticket: str
    net_kg: Decimal
    cost: Money


_FOR_SALE = ("RELEASED", "GATE_OUT")


@rule("SMK-01", source="landing-processing", in_force=date(2020, 1, 1))
def purchase_refusals(
    order: Order, lot: Lot, capacity: Capacity | None, *, offered: bool
) -> list[Refusal]:
    """A filed factory buys a whole released lot of its commodity, once, within its capacity.

    The residents' agreement is asked for last: what cannot be sold needs none.
    """
    found = [*sale_refusals(order, lot), *_capacity_refusals(lot, capacity)]
    if found or offered:
        return found
    return [refusals.NOT_OFFERED.at("/lot_id")]


def may_sell(party: str, group_code: str | None, submitted_by: str) -> bool:
    """Who agrees for the residents: the lot's group, else the resident who declared it alone."""
    return party == (submitted_by if group_code is None else f"group:{group_code}")


@rule("SMK-02", source="group-model", in_force=date(2020, 1, 1))
def price_agreed(named: Decimal, ordered: Decimal) -> Refusal | None:
    """Both sides have written the same price per kilogram.

    Groups have sold for their members since 2019; to factories since there are such purchases.
    """
    if named == ordered:
        return None
    return refusals.PRICE_DIFFERS.at("/unit_price", unit_price=f"{ordered.normalize():f}")


def sale_refusals(order: Order, lot: Lot) -> list[Refusal]:
    """Everything that keeps a lot from being sold to an order, whoever asks."""
    found = []
    if lot.sold:
        found.append(refusals.ALREADY_SOLD.at("/lot_id"))
    elif lot.state not in _FOR_SALE:
        found.append(NOT_RELEASED.at("/lot_id", state=lot.state))
    if lot.purpose == "OWN_USE":
        found.append(refusals.OWN_USE.at("/lot_id"))
    if not lot.hs_code.startswith(order.hs_code):
        found.append(
            refusals.COMMODITY_MISMATCH.at("/lot_id", ordered=order.hs_code, lot=lot.hs_code)
        )
    if lot.currency != order.currency:
        found.append(refusals.CURRENCY_MISMATCH.at("/lot_id", currency=lot.currency))
    if order.cancelled:
        found.append(refusals.ORDER_CANCELLED.at("/order_id"))
    elif order.bought_kg >= order.wanted_kg:
        found.append(order_filled())
    return found


@rule("SMK-04", source="operator-order", in_force=date(1996, 4, 1))
def nobody_in_question_sells(question: Question | None) -> Refusal | None:
    """No lot is sold while it is found out whether a name in it was used by its bearer.

    A lot is sold as a whole: each resident sells the own goods, and nobody those of another.
    """
    return None if question is None else question.refusal


@rule("SMK-05", source="hit-list", in_force=date(1996, 4, 1))
def nothing_keeps_the_goods_in(*, kept_in: bool) -> Refusal | None:
    """No lot is sold that is still inside and that customs keeps in, whoever it is kept in for.

    A factory is a party of the lot that it buys, and a control reaches it as one. It reads no more
    than that the goods are kept in.
    """
    return refusals.KEPT_IN.at("/lot_id") if kept_in else None


@rule("SMK-06", source="hit-list", in_force=date(1996, 4, 1))
def nobody_under_control_buys_what_has_left(*, kept_off: bool) -> Refusal | None:
    """Goods that have left are neither offered nor sold to a factory under control.

    No inspection can answer the control any more: asked of every offer and of every purchase, and
    until the control is lifted or ends. Nobody reads more than that customs does not let it be.
    """
    return refusals.KEPT_OFF.at("/lot_id") if kept_off else None


def order_filled() -> Refusal:
    """The refusal of a lot for which an order has nothing left."""
    return refusals.ORDER_FILLED.at("/order_id")


def _capacity_refusals(lot: Lot, capacity: Capacity | None) -> list[Refusal]:
    if capacity is None:
        return [not_filed(lot.hs_code)]
    if capacity.used_kg + lot.net_kg <= capacity.yearly_kg:
        return []
    return [refusals.CAPACITY_EXCEEDED.at("/lot_id", left_kg=capacity.yearly_kg - capacity.used_kg)]


def not_filed(hs_code: str) -> Refusal:
    """The refusal of an enterprise that is not filed for a commodity today."""
    return refusals.NOT_FILED_FOR.at(hs_code=hs_code)


@rule("SMK-03", source="landing-processing", in_force=date(2020, 1, 1))
def proceeds(total: Money, shares: Sequence[Share]) -> list[Money]:
    """The price of a lot is split over its tickets by weight; the parts add up exactly.

    Each part is cut to the smallest unit; what is left goes, one unit each, to the largest
    remainders, earlier tickets first.
    """
    weight = sum((s.net_kg for s in shares), Decimal(0))
    exact = [Decimal(total.minor) * s.net_kg / weight for s in shares]
    cut = [int(part) for part in exact]
    left = total.minor - sum(cut)
    by_remainder = sorted(range(len(shares)), key=lambda i: (cut[i] - exact[i], i))
    for index in by_remainder[:left]:
        cut[index] += 1
    return [Money(minor, total.currency) for minor in cut]
