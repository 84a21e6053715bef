"""Pooled pricing (抱团定价): one market price out of many banks' quotes (W25, W26)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median, median_low

from services.kernel.money import half_up
from services.kernel.pairs import Pair
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.market.domain import refusals
from services.market.domain.model import (
    BankQuote,
    LatestQuote,
    MoveLimit,
    PooledPrice,
    PriceMove,
    QuoteStanding,
    Standing,
    Tier,
)


@rule("MKT-01", source="pooled-pricing", in_force=date(2014, 4, 1))
def counts_until(quoted_at: datetime, own_end: datetime, *, ttl: timedelta) -> datetime:
    """A bank's latest quote counts until its own validity or the posting lifetime has passed.

    Said once, when it is posted; a quote that is withdrawn counts no longer either.
    """
    return min(own_end, quoted_at + ttl)


@rule("MKT-07", source="operator-order", in_force=date(2026, 1, 1))
def holds_long_enough(quoted_at: datetime, own_end: datetime, *, least_s: int) -> Refusal | None:
    """A quote holds for a least time: with the first of them the price ends that all have made.

    Who would deal no longer withdraws it, and the price is made anew at once.
    """
    if own_end >= quoted_at + timedelta(seconds=least_s):
        return None
    return refusals.QUOTE_TOO_SHORT.at("/valid_until", seconds=least_s)


@rule("MKT-04", source="operator-order", in_force=date(2026, 1, 1))
def weight(volume: Decimal, middle: Decimal, *, times: Decimal) -> Decimal:
    """A quote weighs by its volume, up to so many times that of the middle one: none decides alone.

    ``middle`` is the volume in the middle of the quotes pooled, the lower of two.
    """
    return min(volume, middle * times)


@rule("MKT-02", source="pooled-pricing", in_force=date(2014, 4, 1))
def pooled(
    quotes: Sequence[BankQuote],
    pair: Pair,
    *,
    outlier: Decimal,
    half_spread: Decimal,
    volume_times: Decimal,
) -> PooledPrice | None:
    """The pooled mid is weighted by volume over quotes within the outlier share of the median.

    Bid and ask stand the half spread below and above the exact mid; each rate is rounded
    half up once. A bank weighs by what it deals at its first price, whatever it quotes beyond.
    None when there is nothing to pool.
    """
    if not quotes:
        return None
    middle = median([q.mid for q in quotes])
    kept = [q for q in quotes if q.volume > 0 and is_near(q.mid, middle, outlier=outlier)]
    if not kept:
        return None
    usual = median_low([q.tier(0).up_to for q in kept])
    weights = [weight(q.tier(0).up_to, usual, times=volume_times) for q in kept]
    mid = _weighted([q.mid for q in kept], weights)
    sides = Tier(Decimal(0), mid * (1 - half_spread), mid * (1 + half_spread))
    tiers = tuple(deepened(kept, sides, pair.places))
    return PooledPrice(
        mid=half_up(mid, pair.places),
        bid=tiers[0].bid,
        ask=tiers[0].ask,
        used=tuple(sorted(q.bank_bic for q in kept)),
        dropped=tuple(sorted({q.bank_bic for q in quotes} - {q.bank_bic for q in kept})),
        volume=sum((q.volume for q in kept), Decimal(0)),
        stands_until=min(q.valid_until for q in kept),
        quoted_since=min(q.quoted_at for q in kept),
        tiers=tiers,
    )


def is_near(mid: Decimal, middle: Decimal, *, outlier: Decimal) -> bool:
    """Whether a quote stands within the outlier share of the median of all that count."""
    return abs(mid - middle) <= outlier * middle


def standings(
    quotes: Sequence[LatestQuote], *, at: datetime, outlier: Decimal
) -> list[QuoteStanding]:
    """Of each bank's latest quote, whether it is in the price of now, and if not, why it is not."""
    counting = [q.mid for q in quotes if q.counts(at)]
    middle = median(counting) if counting else None
    return [QuoteStanding(q, *_standing(q, middle, at=at, outlier=outlier)) for q in quotes]


def _standing(
    quote: LatestQuote, middle: Decimal | None, *, at: datetime, outlier: Decimal
) -> tuple[Standing, Decimal | None]:
    if quote.withdrawn:
        return Standing.WITHDRAWN, None
    if middle is None or not quote.counts(at):
        return Standing.ENDED, None
    off_bp = (quote.mid - middle) / middle * 10_000
    if not is_near(quote.mid, middle, outlier=outlier):
        return Standing.TOO_FAR, off_bp
    return Standing.IN if quote.volume > 0 else Standing.NO_VOLUME, off_bp


def _weighted(figures: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal:
    parts = (figure * w for figure, w in zip(figures, weights, strict=True))
    return sum(parts, Decimal(0)) / sum(weights)


@rule("MKT-05", source="operator-order", in_force=date(2026, 1, 1))
def deepened(quotes: Sequence[BankQuote], sides: Tier, places: int) -> Iterator[Tier]:
    """A tier of the market is that tier of all its banks: their volumes, and as much wider.

    Bid and ask stand as far outside the first ones, ``sides``, as the banks' own tiers do outside
    their first, weighted by what each deals in that tier, all of it: so no volume is dealt at what
    nobody quoted for it. Each is at least as wide as the one before.
    """
    lower = higher = Decimal(0)
    for level in range(max(len(q.tiers) or 1 for q in quotes)):
        pairs = [(q.tier(0), q.tier(level)) for q in quotes]
        volumes = [tier.up_to for _, tier in pairs]
        lower = max(lower, _weighted([first.bid - tier.bid for first, tier in pairs], volumes))
        higher = max(higher, _weighted([tier.ask - first.ask for first, tier in pairs], volumes))
        yield Tier(
            up_to=sum(volumes, Decimal(0)),
            bid=half_up(sides.bid - lower, places),
            ask=half_up(sides.ask + higher, places),
        )


@rule("MKT-06", source="operator-order", in_force=date(2026, 1, 1))
def tiers_near(tiers: Sequence[Tier], mid: Decimal, *, width: Decimal) -> list[Refusal]:
    """No tier stands further from the quote's mid than the share of it that is laid down.

    The market's tiers widen with each bank's: none makes large sums undealable for all.
    """
    room = mid * width
    return [
        refusals.TIER_TOO_WIDE.at(
            f"/tiers/{place}",
            lowest=f"{(mid - room).normalize():f}",
            highest=f"{(mid + room).normalize():f}",
        )
        for place, tier in enumerate(tiers)
        if tier.bid < mid - room or tier.ask > mid + room
    ]


@rule("MKT-03", source="operator-order", in_force=date(2026, 1, 1))
def move_agreed(move: PriceMove, *, max_bp: Decimal, banks: int, banks_min: int) -> bool:
    """A price far from the last one that the market stood behind needs more than one bank."""
    return move.basis_points <= max_bp or banks >= banks_min


def moved_too_far(price: PooledPrice, limit: MoveLimit) -> PriceMove | None:
    """The move that the banks behind a price are too few for; None when it may be dealt at."""
    if limit.last_mid is None:
        return None
    move, banks = PriceMove(limit.last_mid, price.mid), len(price.used)
    agreed = move_agreed(move, max_bp=limit.max_bp, banks=banks, banks_min=limit.banks_min)
    return None if agreed else move
