"""Money as an integer of minor units with its ISO 4217 currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Self

from iso4217 import Currency

from services.kernel.refusal import Refused
from services.kernel.refusals import AMOUNT_INVALID, AMOUNT_TOO_FINE, CURRENCY_UNKNOWN


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """Number of decimals of a currency (CNY 2, VND 0, MMK 2). Raises Refused CURRENCY_UNKNOWN."""
    try:
        places = Currency(currency).exponent
    except ValueError:
        places = None
    if places is None:
        raise Refused(CURRENCY_UNKNOWN.at())
    return int(places)


def half_up(value: Decimal, places: int) -> Decimal:
    """Round once, half up (the rounding of Chinese customs and of this system)."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def price_text(price: Decimal, currency: str) -> str:
    """A price for one unit as it is shown: with the decimals of its currency, or all that it has
    beyond them (7.00, 7.125)."""
    plain = price.normalize()
    places = max(exponent(currency), -int(plain.as_tuple().exponent))
    return f"{plain:.{places}f}"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """A sum of money. ``minor`` counts the smallest unit: Money(800000, "CNY") is 8,000.00 yuan."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, amount: str | Decimal, currency: str) -> Self:
        """From a decimal string. Decimals beyond the currency's are refused, never rounded away."""
        try:
            value = Decimal(amount)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            raise Refused(AMOUNT_INVALID.at())
        scaled = value.scaleb(exponent(currency))
        if scaled != scaled.to_integral_value():
            places = exponent(currency)
            raise Refused(AMOUNT_TOO_FINE.at(currency=currency, places=places))
        return cls(int(scaled), currency)

    @classmethod
    def rounded(cls, value: Decimal, currency: str) -> Self:
        """From an exact decimal in major units, rounded half up to the currency's decimals."""
        places = exponent(currency)
        return cls(int(half_up(value, places).scaleb(places)), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    @property
    def amount(self) -> str:
        """The amount as it is shown at the edge: '8000.00'."""
        return f"{self.decimal:f}"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor
