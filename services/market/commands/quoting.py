"""Quotes in, the pooled price out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import BEIJING, business_day, rfc3339
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.pairs import Pair, pair_named
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import PRICE_MOVED
from services.kernel.rule import asked
from services.market import queries
from services.market.commands.signatories import signatory_required
from services.market.domain import events, refusals
from services.market.domain.model import BankQuote, MoveLimit, PooledPrice, PriceMove, Tier
from services.market.domain.quoted import dealt_digest
from services.market.domain.rules import pricing
from services.platform.act import Act

_QUOTE = text(
    "INSERT INTO bank_quotes (quote_id, bank_bic, pair, bid, ask, mid, volume, quoted_at,"
    " valid_until, rota_mid, rota_bid, rota_ask, last_mid, moved_bp, max_bp, tier_volumes,"
    " tier_bids, tier_asks, rota_bids, rota_asks) VALUES (:quote_id, :bank_bic, :pair, :bid, :ask,"
    " :mid, :volume, :quoted_at, :valid_until, :rota_mid, :rota_bid, :rota_ask, :last_mid,"
    " :moved_bp, :max_bp, :tier_volumes, :tier_bids, :tier_asks, :rota_bids, :rota_asks)"
    " RETURNING *"
)
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
_WITHDRAW = text("UPDATE bank_quotes SET withdrawn_at = :at WHERE quote_id = :id")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as a bank posts it."""

    pair: Pair
    mid: Decimal
    volume: Decimal
    bid: Decimal | None
    ask: Decimal | None
    valid_until: datetime
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What posting a quote led to: its own id, and the new pooled price, or why it is withheld."""

    quote_id: UUID
    price_id: UUID | None = None
    version: int | None = None
    price: PooledPrice | None = None
    withheld: Refusal | None = None


async def quote_post(act: Act, quote: Quote, *, by_hand: bool = False) -> Published:
    """Keep a bank's quote and publish the pooled price that follows from all that count.

    With the quote stands at what the bank alone deals on its day of duty. A price that moved too
    far on too few banks' word is withheld: the pool has not formed, and what was published before
    stays in force until it runs out. Quotes too far apart for any price end it: its banks stand
    behind it no longer. ``by_hand``: by a signatory and not by the bank's system, which signs.
    Refuses VOLUME_TOO_LARGE, TIER_TOO_WIDE, by hand SIGNATORY_NOT_ON_FILE.
    """
    if by_hand:
        await signatory_required(act)
    await queries.pair_turn(act, quote.pair)
    law, bic = await act.law(), act.actor.party_code
    _refuse_quote(quote, law, business_day(act.at))
    limit = await queries.move_limit(act, quote.pair, law, act.at)
    quote_id = new_uuid()
    ttl = queries.post_ttl(law, act.at)
    until = pricing.counts_until(act.at, quote.valid_until, ttl=ttl)
    values = {
        "quote_id": quote_id,
        "bank_bic": bic,
        "pair": str(quote.pair),
        "bid": quote.bid,
        "ask": quote.ask,
        "mid": quote.mid,
        "volume": quote.volume,
        "quoted_at": act.at,
        "valid_until": until,
        **_alone(act, quote, law, limit),
        **_columns(quote.tiers),
    }
    kept = (await act.execute(_QUOTE, **values)).one()
    posted = events.BankQuotePosted(
        bank_bic=bic,
        pair=str(quote.pair),
        mid=f"{quote.mid:f}",
        volume=f"{quote.volume:f}",
        valid_until=rfc3339(until),
        tiers=_told_tiers(quote.tiers),
        by_hand=by_hand,
        dealt=dealt_digest(show("qte", quote_id), dict(kept)),
    )
    act.record(show("qte", quote_id), posted, step="post")
    return await _pool(act, quote.pair, law, limit, quote_id)


def _refuse_quote(quote: Quote, law: PolicyBook, day: date) -> None:
    """Raises Refused VOLUME_TOO_LARGE or TIER_TOO_WIDE, of whichever tiers are."""
    most = law.decimal("fx.quote_volume_max", on=day, scope=quote.pair.base)
    if quote.volume > most:
        refusal = refusals.VOLUME_TOO_LARGE
        raise Refused(refusal.at("/volume", most=f"{most:f}", currency=quote.pair.base))
    if quote.tiers:
        width = law.decimal("fx.tier_width_max", on=day)
        refuse_if_any(asked(day, pricing.tiers_near, quote.tiers, quote.mid, width=width))


def _columns(tiers: Sequence[Tier]) -> dict[str, list[Decimal] | None]:
    """Tiers as bind values, one list a column; what is one price has none."""
    many = len(tiers) > 1
    return {
        "tier_volumes": [t.up_to for t in tiers] if many else None,
        "tier_bids": [t.bid for t in tiers] if many else None,
        "tier_asks": [t.ask for t in tiers] if many else None,
    }


def _told_tiers(tiers: Sequence[Tier]) -> tuple[events.TierQuoted, ...]:
    if len(tiers) < 2:
        return ()
    return tuple(
        events.TierQuoted(up_to=f"{t.up_to:f}", bid=f"{t.bid:f}", ask=f"{t.ask:f}") for t in tiers
    )


async def quote_withdraw(act: Act, quote_id: str, *, by_hand: bool = False) -> Published:
    """Take a bank's own quote back; the price is made anew of those that still count, or ends.

    No earlier quote of the bank counts again. Refuses NOT_FOUND, STATE_CONFLICT, by hand
    SIGNATORY_NOT_ON_FILE.
    """
    row = await queries.own_quote(act, uuid_of(quote_id, "qte"), act.actor.party_code)
    if by_hand:
        await signatory_required(act)
    pair = pair_named(row.pair)
    standing = await queries.live_quotes(act, pair, act.at)
    if not any((q.bank_bic, q.quoted_at) == (row.bank_bic, row.quoted_at) for q in standing):
        raise Refused(refusals.QUOTE_NOT_STANDING.at())
    await act.execute(_WITHDRAW, id=row.quote_id, at=act.at)
    event = events.BankQuoteWithdrawn(bank_bic=row.bank_bic, pair=row.pair, by_hand=by_hand)
    act.record(quote_id, event, step="withdraw")
    law = await act.law()
    limit = await queries.move_limit(act, pair, law, act.at)
    published = await _pool(act, pair, law, limit, row.quote_id)
    if published.price is None:
        await _end(act, pair)
    return published


async def _pool(
    act: Act, pair: Pair, law: PolicyBook, limit: MoveLimit, quote_id: UUID
) -> Published:
    """Publish the price that follows from the quotes that count, or say why there is none."""
    quotes, case = await queries.live_quotes(act, pair, act.at), show("qte", quote_id)
    price = _priced(quotes, pair, law, act)
    if price is None:
        if not quotes:
            return Published(quote_id)
        mids = {q.bank_bic: f"{q.mid.normalize():f}" for q in quotes}
        act.record(case, events.QuotesApart(pair=str(pair), mids=mids), step="part")
        await _end(act, pair)
        apart = refusals.QUOTES_APART.at(banks=sorted(mids)).by("MKT-02")
        return Published(quote_id, withheld=apart)
    moved = pricing.moved_too_far(price, limit)
    if moved is not None:
        withheld = _withheld(moved, limit)
        act.record(case, _told_of(pair, price, withheld), step="withhold")
        return Published(quote_id, withheld=withheld)
    price_id, version = await _publish(act, pair, price, law)
    return Published(quote_id, price_id, version, price)


async def _end(act: Act, pair: Pair) -> None:
    """End the price in force: whoever stood behind it does so no longer."""
    for row in (await act.execute(_END, pair=str(pair), at=act.at)).all():
        ended = events.PooledPriceEnded(pair=str(pair), version=row.version)
        act.record(show("prc", row.price_id), ended, step="end")


def _alone(act: Act, quote: Quote, law: PolicyBook, limit: MoveLimit) -> dict[str, Any]:
    """What the bank alone deals at, and by how much that moves the price too far, if it does."""
    bic, at = act.actor.party_code, act.at
    own = BankQuote(bic, quote.mid, quote.volume, at, quote.valid_until, quote.tiers)
    price = _priced([own], quote.pair, law, act)
    if price is None:
        raise AssertionError("a quote has a volume, so there is a price in it")
    moved = pricing.moved_too_far(price, limit)
    return {
        "rota_mid": price.mid,
        "rota_bid": price.bid,
        "rota_ask": price.ask,
        "last_mid": None if moved is None else moved.last_mid,
        "moved_bp": None if moved is None else moved.shown,
        "max_bp": None if moved is None else limit.max_bp,
        "rota_bids": _columns(price.tiers)["tier_bids"],
        "rota_asks": _columns(price.tiers)["tier_asks"],
    }


def _priced(
    quotes: Sequence[BankQuote], pair: Pair, law: PolicyBook, act: Act
) -> PooledPrice | None:
    day = business_day(act.at)
    return pricing.pooled(
        quotes,
        pair,
        outlier=law.decimal("fx.outlier", on=day),
        half_spread=law.decimal("fx.half_spread", on=day),
        volume_times=law.decimal("fx.volume_times", on=day),
    )


def _withheld(moved: PriceMove, limit: MoveLimit) -> Refusal:
    """PRICE_MOVED, with its figures."""
    return PRICE_MOVED.at(
        mid=f"{moved.mid.normalize():f}",
        last_mid=f"{moved.last_mid.normalize():f}",
        moved_bp=f"{moved.shown.normalize():f}",
        max_bp=f"{limit.max_bp:f}",
    )


def _told_of(pair: Pair, price: PooledPrice, why: Refusal) -> events.PooledPriceWithheld:
    return events.PooledPriceWithheld(
        pair=str(pair),
        mid=why.facts["mid"],
        last_mid=why.facts["last_mid"],
        moved_bp=why.facts["moved_bp"],
        max_bp=why.facts["max_bp"],
        used=price.used,
    )


async def _publish(act: Act, pair: Pair, price: PooledPrice, law: PolicyBook) -> tuple[UUID, int]:
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
        **_columns(price.tiers),
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
        tiers=_told_tiers(price.tiers),
        valid_from=values["valid_from"],
        quoted_since=values["quoted_since"],
    )
    act.record(show("prc", price_id), event, step="publish")
    return price_id, version
