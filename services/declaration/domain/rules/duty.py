"""Import taxes of one line, each rounded half up to the cent once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from services.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Taxes:
    """Duty (关税), consumption tax (消费税) and value-added tax (增值税) of one line."""

    duty: Money
    consumption: Money
    vat: Money

    @property
    def total(self) -> Money:
        """What is due together."""
        return self.duty + self.consumption + self.vat


def import_taxes(
    value: Money, *, duty: Decimal, vat: Decimal, consumption: Decimal = Decimal(0)
) -> Taxes:
    """duty = V·d; CT = (V + duty) / (1 - c) · c; VAT = (V + duty + CT) · v (W7, W8)."""
    duty_due = value.times(duty)
    dutiable = value + duty_due
    consumption_due = dutiable.times(consumption / (1 - consumption))
    vat_due = (dutiable + consumption_due).times(vat)
    return Taxes(duty_due, consumption_due, vat_due)


def best_duty_rate(*, mfn: Decimal, preferential: Decimal | None) -> Decimal:
    """The lower of the two: a preference never costs more than no preference (W7)."""
    return mfn if preferential is None else min(mfn, preferential)


def excess_over_quota(value: Money, quota_left: Money) -> Money:
    """What of a declaration lies above the day's quota; zero when it fits (W3)."""
    return Money(max(0, value.minor - quota_left.minor), value.currency)
