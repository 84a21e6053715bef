"""Values of the market: what banks quote, the price that is pooled of it, and how far it moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to which volume, in the base currency, a pair is dealt at which bid and ask."""

    up_to: Decimal
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class BankQuote:
    """One bank's price for a pair: the mid rate it will deal around, for up to ``volume``.

    Its tiers stand each further from the mid than the one before; one without any is one tier.
    """

    bank_bic: str
    mid: Decimal
    volume: Decimal
    quoted_at: datetime
    valid_until: datetime
    tiers: tuple[Tier, ...] = ()

    def tier(self, level: int) -> Tier:
        """Its tier at a level, counted from nought; beyond its last it stays at that."""
        tiers = self.tiers or (Tier(self.volume, self.mid, self.mid),)
        return tiers[min(level, len(tiers) - 1)]


class Standing(StrEnum):
    """Where a bank's latest quote stands to the price of now."""

    IN = "IN"
    TOO_FAR = "TOO_FAR"
    """Further from the median of all that count than a quote may stand."""
    NO_VOLUME = "NO_VOLUME"
    ENDED = "ENDED"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class LatestQuote:
    """The latest that a bank quoted today, whether it counts still or not."""

    bank_bic: str
    mid: Decimal
    volume: Decimal
    quoted_at: datetime
    valid_until: datetime
    withdrawn: bool
    quote_id: UUID | None = None

    def counts(self, at: datetime) -> bool:
        """Whether a price is made of it at a moment."""
        return not self.withdrawn and self.valid_until > at


@dataclass(frozen=True, slots=True)
class QuoteStanding:
    """A bank's latest quote and where it stands; ``off_bp`` is how far it is off the median, in
    basis points, of one that counts."""

    quote: LatestQuote
    standing: Standing
    off_bp: Decimal | None


@dataclass(frozen=True, slots=True)
class PooledPrice:
    """The market's price: weighted mid, bid (the bank buys the base) and ask (it sells it)."""

    mid: Decimal
    bid: Decimal
    ask: Decimal
    used: tuple[str, ...]
    dropped: tuple[str, ...]
    volume: Decimal
    """What the banks used quote together, in the base currency."""
    stands_until: datetime
    """When the first of their quotes ends."""
    quoted_since: datetime
    """When the oldest of their quotes was posted: what is locked since counts against them."""
    tiers: tuple[Tier, ...]
    """Up to which sum at which bid and ask: the first has those above, the last the volume."""


@dataclass(frozen=True, slots=True)
class PriceMove:
    """How far a price stands from the last one that the market stood behind."""

    last_mid: Decimal
    mid: Decimal

    @property
    def basis_points(self) -> Decimal:
        """The move in hundredths of a percent of the last price, up or down."""
        return abs(self.mid - self.last_mid) / self.last_mid * 10_000

    @property
    def shown(self) -> Decimal:
        """The same as it is shown: never less than it is, so that it shows what it exceeds."""
        return self.basis_points.quantize(Decimal("0.0001"), rounding=ROUND_UP)


@dataclass(frozen=True, slots=True)
class MoveLimit:
    """How far a price may stand from the last one that the market stood behind, if there is one.

    Beyond ``max_bp`` hundredths of a percent so many banks must stand behind it.
    """

    last_mid: Decimal | None
    max_bp: Decimal
    banks_min: int
