"""Unit consumption (单耗) and the mass balance of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.processing.domain import refusals

_GRAM: Final = Decimal("0.001")
_RATE: Final = Decimal("1E-10")


@rule("PRC-01", source="unit-consumption", in_force=date(2007, 3, 1))
def unit_consumption(net: Decimal, loss_rate: Decimal) -> Decimal:
    """Unit consumption is net consumption divided by one less the process loss rate (W23).

    Both in kilograms of material per kilogram of product (净耗, 工艺损耗率).
    """
    return (net / (1 - loss_rate)).quantize(_RATE, rounding=ROUND_HALF_UP)


@rule("PRC-12", source="unit-consumption", in_force=date(2007, 3, 1))
def declared_before_production(*, begun: bool, place: str = "") -> Refusal | None:
    """Unit consumption is declared before products are made by it, and stands from then on."""
    return refusals.PRODUCTION_BEGUN.at(place) if begun else None


@rule("PRC-13", source="mass-balance", in_force=date(2020, 1, 1))
def never_came_in(*, used: bool, opening_kg: Decimal) -> Refusal | None:
    """Only a material of which nothing came in, and none was used, is taken out of a book again."""
    return refusals.MATERIAL_USED.at("/material_hs") if used or opening_kg > 0 else None


@rule("PRC-07", source="unit-consumption", in_force=date(2007, 3, 1))
def scrap_beyond_loss(scrap_kg: Decimal, loss_kg: Decimal) -> Decimal:
    """Scrap up to the declared process loss is in unit consumption; only what is beyond counts.

    ``loss_kg`` is the loss in what products have used so far.
    """
    return max(scrap_kg - loss_kg, Decimal(0))


def consumed(product_kg: Decimal, unit: Decimal) -> Decimal:
    """Material written off for a product, to the gram, half up."""
    return (product_kg * unit).quantize(_GRAM, rounding=ROUND_HALF_UP)


def lost(consumed_kg: Decimal, loss_rate: Decimal) -> Decimal:
    """What of a write-off is declared process loss (工艺损耗), to the gram, half up."""
    return (consumed_kg * loss_rate).quantize(_GRAM, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Balance:
    """One commodity in one period, in kilograms."""

    opening_kg: Decimal
    received_kg: Decimal
    consumed_kg: Decimal
    """Unit consumption times products (单耗 x 产品)."""
    scrap_kg: Decimal
    closing_kg: Decimal = Decimal(0)
    loss_kg: Decimal = Decimal(0)
    """What of ``consumed_kg`` is declared process loss."""

    @property
    def available_kg(self) -> Decimal:
        """What was there to be used."""
        return self.opening_kg + self.received_kg

    @property
    def put_in_kg(self) -> Decimal:
        """What went into production."""
        return self.available_kg - self.closing_kg

    @property
    def unexplained_kg(self) -> Decimal:
        """What neither products nor scrap nor the count explain; negative: more than came in."""
        return self.remaining_kg - self.closing_kg

    @property
    def remaining_kg(self) -> Decimal:
        """What the entries leave in the book; negative: more was used than it holds."""
        return self.available_kg - self.consumed_kg - self.scrap_beyond_loss_kg

    @property
    def scrap_beyond_loss_kg(self) -> Decimal:
        """Scrap that unit consumption does not hold already."""
        return scrap_beyond_loss(self.scrap_kg, self.loss_kg)

    @property
    def overdrawn_rate(self) -> Decimal:
        """How far products have used more than the book holds, as a share of that."""
        return _share(max(-self.remaining_kg, Decimal(0)), self.available_kg)

    @property
    def unexplained_rate(self) -> Decimal:
        """The unexplained share of what was there."""
        return _share(self.unexplained_kg, self.available_kg)

    @property
    def yield_deviation(self) -> Decimal:
        """Products against what the material put in should have given: -0.02 is 2 % too little."""
        return _share(self.consumed_kg - self.put_in_kg, self.put_in_kg)


_SHARE_MAX: Final = Decimal(10) ** 9
"""Nobody reads more from a share; what is written down has room for it."""


def _share(part: Decimal, whole: Decimal) -> Decimal:
    if whole == 0:
        return Decimal(0) if part == 0 else Decimal(1).copy_sign(part)
    return max(-_SHARE_MAX, min(_SHARE_MAX, part / whole))


@rule("PRC-02", source="mass-balance", in_force=date(2020, 1, 1))
def yield_is_within(balance: Balance, tolerance: Decimal) -> bool:
    """Products stay within the tolerance of what unit consumption makes of the material put in."""
    return abs(balance.yield_deviation) <= tolerance


@rule("PRC-06", source="mass-balance", in_force=date(2020, 1, 1))
def material_suffices(balance: Balance) -> bool:
    """Products use no more of a material than the book holds, unless the factory says how."""
    return balance.remaining_kg >= 0


@rule("PRC-03", source="mass-balance", in_force=date(2020, 1, 1))
def balance_is_explained(balance: Balance, tolerance: Decimal) -> bool:
    """At closing no more than the tolerated share of a commodity is unexplained."""
    return abs(balance.unexplained_rate) <= tolerance


@rule("PRC-04", source="mass-balance", in_force=date(2020, 1, 1))
def receipt_is_within(bought_kg: Decimal, received_kg: Decimal, tolerance: Decimal) -> bool:
    """The weight received stays within the tolerance of the weight bought."""
    return abs(_share(received_kg - bought_kg, bought_kg)) <= tolerance
