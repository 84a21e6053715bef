"""Quotes in, the pooled price out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day, rfc3339
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.pairs import Pair, pair_named
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import PRICE_MOVED
from services.kernel.rule import asked
from services.market import queries
from services.market.commands.pooling import (
    columns,
    price_end,
    price_publish,
    priced,
    told_tiers,
)
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
    Refuses VOLUME_TOO_LARGE, QUOTE_TOO_SHORT, TIER_TOO_WIDE, by hand SIGNATORY_NOT_ON_FILE.
    """
    if by_hand:
        await signatory_required(act)
    await queries.pair_turn(act, quote.pair)
    law, bic = await act.law(), act.actor.party_code
    _refuse_quote(quote, law, act.at)
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
        **columns(quote.tiers),
    }
    kept = (await act.execute(_QUOTE, **values)).one()
    posted = events.BankQuotePosted(
        bank_bic=bic,
        pair=str(quote.pair),
        mid=f"{quote.mid:f}",
        volume=f"{quote.volume:f}",
        valid_until=rfc3339(until),
        tiers=told_tiers(quote.tiers),
        by_hand=by_hand,
        dealt=dealt_digest(show("qte", quote_id), dict(kept)),
    )
    act.record(show("qte", quote_id), posted, step="post")
    return await _pool(act, quote.pair, law, limit, quote_id)


def _refuse_quote(quote: Quote, law: PolicyBook, at: datetime) -> None:
    """Raises Refused VOLUME_TOO_LARGE, QUOTE_TOO_SHORT or TIER_TOO_WIDE, of whichever tiers are."""
    day = business_day(at)
    most = law.decimal("fx.quote_volume_max", on=day, scope=quote.pair.base)
    if quote.volume > most:
        refusal = refusals.VOLUME_TOO_LARGE
        raise Refused(refusal.at("/volume", most=f"{most:f}", currency=quote.pair.base))
    least_s = law.integer("fx.quote_holds_min_s", on=day)
    refuse_if_any(asked(day, pricing.holds_long_enough, at, quote.valid_until, least_s=least_s))
    if quote.tiers:
        width = law.decimal("fx.tier_width_max", on=day)
        refuse_if_any(asked(day, pricing.tiers_near, quote.tiers, quote.mid, width=width))


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
        await price_end(act, pair)
    return published


def _alone(act: Act, quote: Quote, law: PolicyBook, limit: MoveLimit) -> dict[str, Any]:
    """What the bank alone deals at, and by how much that moves the price too far, if it does."""
    bic, at = act.actor.party_code, act.at
    own = BankQuote(bic, quote.mid, quote.volume, at, quote.valid_until, quote.tiers)
    price = priced([own], quote.pair, law, act)
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
        "rota_bids": columns(price.tiers)["tier_bids"],
        "rota_asks": columns(price.tiers)["tier_asks"],
    }


async def _pool(
    act: Act, pair: Pair, law: PolicyBook, limit: MoveLimit, quote_id: UUID
) -> Published:
    """Publish the price that follows from the quotes that count, or say why there is none."""
    quotes, case = await queries.live_quotes(act, pair, act.at), show("qte", quote_id)
    price = priced(quotes, pair, law, act)
    if price is None:
        if not quotes:
            return Published(quote_id)
        mids = {q.bank_bic: f"{q.mid.normalize():f}" for q in quotes}
        act.record(case, events.QuotesApart(pair=str(pair), mids=mids), step="part")
        await price_end(act, pair)
        apart = refusals.QUOTES_APART.at(banks=sorted(mids)).by("MKT-02")
        return Published(quote_id, withheld=apart)
    moved = pricing.moved_too_far(price, limit)
    if moved is not None:
        withheld = _withheld(moved, limit)
        act.record(case, _told_of(pair, price, withheld), step="withhold")
        return Published(quote_id, withheld=withheld)
    price_id, version = await price_publish(act, pair, price, law)
    return Published(quote_id, price_id, version, price)


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
