"""The pooled price: published of the quotes that count, ended, and followed when it runs out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import BEIJING, business_day, rfc3339
from services.kernel.identifiers import new_uuid, show
from services.kernel.pairs import Pair
from services.kernel.policy import PolicyBook
from services.market import queries
from services.market.domain import events
from services.market.domain.model import BankQuote, PooledPrice, Tier
from services.market.domain.rules import pricing
from services.platform.act import Act

# The price before ends where the next one begins: it does not come back when that has run out.
_PUBLISH = text(
    """
    WITH former AS (
        UPDATE pooled_prices SET ended_at = greatest(:valid_from, valid_from)
        WHERE pair = :pair AND valid_until > :valid_from AND ended_at IS NULL
    )
    INSERT INTO pooled_prices (price_id, pair, version, mid, bid, ask, used, dropped, valid_from,
        valid_until, quoted_since, volume, tier_volumes, tier_bids, tier_asks)
    SELECT :price_id, :pair, coalesce(max(version), 0) + 1, :mid, :bid, :ask,
        CAST(:used AS text[]), CAST(:dropped AS text[]), :valid_from, :valid_until,
        :quoted_since, :volume, CAST(:tier_volumes AS numeric[]), CAST(:tier_bids AS numeric[]),
        CAST(:tier_asks AS numeric[])
    FROM pooled_prices WHERE pair = :pair RETURNING version
    """
)
# Also one that was asked for later and had its turn earlier.
_END = text(
    """
    UPDATE pooled_prices SET ended_at = greatest(:at, valid_from)
    WHERE pair = :pair AND valid_until > :at AND ended_at IS NULL
    RETURNING price_id, version
    """
)


async def price_follow(act: Act, pair: Pair) -> bool:
    """Publish the price of the quotes that still count, where none is in force; whether it was.

    A price runs out with the first of the quotes behind it, so that it never deals for a bank that
    has gone; the banks that stay need not quote again for it. Nothing is published where a posting
    would have published nothing either: too far apart, or moved too far on too few banks' word.
    """
    await queries.pair_turn(act, pair)
    if await queries.current_price(act, pair, act.at) is not None:
        return False
    law = await act.law()
    price = priced(await queries.live_quotes(act, pair, act.at), pair, law, act)
    if price is None:
        return False
    if pricing.moved_too_far(price, await queries.move_limit(act, pair, law, act.at)) is not None:
        return False
    await price_publish(act, pair, price, law)
    return True


def priced(
    quotes: Sequence[BankQuote], pair: Pair, law: PolicyBook, act: Act
) -> PooledPrice | None:
    """The price of these quotes under the law of the day; None when there is none in them."""
    day = business_day(act.at)
    return pricing.pooled(
        quotes,
        pair,
        outlier=law.decimal("fx.outlier", on=day),
        half_spread=law.decimal("fx.half_spread", on=day),
        volume_times=law.decimal("fx.volume_times", on=day),
    )


async def price_end(act: Act, pair: Pair) -> None:
    """End the price in force: whoever stood behind it does so no longer."""
    for row in (await act.execute(_END, pair=str(pair), at=act.at)).all():
        ended = events.PooledPriceEnded(pair=str(pair), version=row.version)
        act.record(show("prc", row.price_id), ended, step="end")


async def price_publish(
    act: Act, pair: Pair, price: PooledPrice, law: PolicyBook
) -> tuple[UUID, int]:
    """Have a price be in force, and the one before end; its id and version."""
    day = business_day(act.at)
    price_id = new_uuid()
    day_close = datetime.combine(day + timedelta(days=1), datetime.min.time(), BEIJING)
    longest = min(act.at + queries.post_ttl(law, act.at), day_close)
    until = min(longest, price.stands_until)
    values: dict[str, Any] = {
        "price_id": price_id,
        "pair": str(pair),
        "volume": price.volume,
        "mid": price.mid,
        "bid": price.bid,
        "ask": price.ask,
        "used": list(price.used),
        "dropped": list(price.dropped),
        "valid_from": act.at,
        "valid_until": until,
        # A quote that was asked for later may have had its turn earlier.
        "quoted_since": min(price.quoted_since, act.at),
        **columns(price.tiers),
    }
    version = int((await act.execute(_PUBLISH, **values)).scalar_one())
    event = events.PooledPricePublished(
        pair=str(pair),
        version=version,
        mid=f"{price.mid:f}",
        bid=f"{price.bid:f}",
        ask=f"{price.ask:f}",
        used=price.used,
        dropped=price.dropped,
        volume=f"{price.volume:f}",
        valid_until=rfc3339(until),
        tiers=told_tiers(price.tiers),
        valid_from=values["valid_from"],
        quoted_since=values["quoted_since"],
    )
    act.record(show("prc", price_id), event, step="publish")
    return price_id, version


def columns(tiers: Sequence[Tier]) -> dict[str, list[Decimal] | None]:
    """Tiers as bind values, one list a column; what is one price has none."""
    many = len(tiers) > 1
    return {
        "tier_volumes": [t.up_to for t in tiers] if many else None,
        "tier_bids": [t.bid for t in tiers] if many else None,
        "tier_asks": [t.ask for t in tiers] if many else None,
    }


def told_tiers(tiers: Sequence[Tier]) -> tuple[events.TierQuoted, ...]:
    """Tiers as an event tells them; none of what is one price."""
    if len(tiers) < 2:
        return ()
    return tuple(
        events.TierQuoted(up_to=f"{t.up_to:f}", bid=f"{t.bid:f}", ask=f"{t.ask:f}") for t in tiers
    )
