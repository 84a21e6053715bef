"""Quotes in, the pooled price out; absences from the rota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import BEIJING, business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.money import half_up
from services.kernel.pairs import Pair
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal
from services.kernel.refusals import PRICE_MOVED
from services.market import queries
from services.market.domain import events
from services.market.domain.model import BankQuote, MoveLimit, PooledPrice, PriceMove
from services.market.domain.rules import pricing
from services.platform.act import Act

_QUOTE = text(
    "INSERT INTO bank_quotes (quote_id, bank_bic, pair, bid, ask, mid, volume, quoted_at,"
    " valid_until, rota_mid, rota_bid, rota_ask, last_mid, moved_bp, max_bp) VALUES (:quote_id,"
    " :bank_bic, :pair, :bid, :ask, :mid, :volume, :quoted_at, :valid_until, :rota_mid, :rota_bid,"
    " :rota_ask, :last_mid, :moved_bp, :max_bp)"
)
_PUBLISH = text(
    "INSERT INTO pooled_prices (price_id, pair, version, mid, bid, ask, used, dropped, valid_from,"
    " valid_until) SELECT :price_id, :pair, coalesce(max(version), 0) + 1, :mid, :bid, :ask,"
    " CAST(:used AS text[]), CAST(:dropped AS text[]), :valid_from, :valid_until"
    " FROM pooled_prices WHERE pair = :pair RETURNING version"
)
_ABSENCE = text(
    "INSERT INTO bank_absences (absence_id, bank_bic, absent_on, announced_by, announced_at)"
    " VALUES (:absence_id, :bank_bic, :absent_on, :by, :at)"
    " ON CONFLICT (bank_bic, absent_on) DO NOTHING RETURNING absence_id"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as a bank posts it."""

    pair: Pair
    mid: Decimal
    volume: Decimal
    bid: Decimal | None
    ask: Decimal | None
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """What posting a quote led to: its own id, and the new pooled price, or why it is withheld."""

    quote_id: UUID
    price_id: UUID | None = None
    version: int | None = None
    price: PooledPrice | None = None
    withheld: Refusal | None = None


async def quote_post(act: Act, quote: Quote) -> Published:
    """Keep a bank's quote and publish the pooled price that follows from all live quotes.

    With the quote stands at what the bank alone deals on its day of duty. A price that moved too
    far on too few banks' word is withheld: the pool has not formed, and what was published before
    stays in force until it runs out.
    """
    law, bic = await act.law(), act.actor.party_code
    limit = await queries.move_limit(act, quote.pair, law, act.at)
    quote_id = new_uuid()
    values = {
        "quote_id": quote_id,
        "bank_bic": bic,
        "pair": str(quote.pair),
        "bid": quote.bid,
        "ask": quote.ask,
        "mid": quote.mid,
        "volume": quote.volume,
        "quoted_at": act.at,
        "valid_until": min(quote.valid_until, act.at + queries.post_ttl(law, act.at)),
        **_alone(act, quote, law, limit),
    }
    await act.execute(_QUOTE, **values)
    posted = events.BankQuotePosted(
        bank_bic=bic,
        pair=str(quote.pair),
        mid=f"{quote.mid:f}",
        volume=f"{quote.volume:f}",
    )
    case = show("qte", quote_id)
    act.record(case, posted, step="post")
    quotes = await queries.live_quotes(act, quote.pair, law, act.at)
    price = _priced(quotes, quote.pair, law, act)
    if price is None:
        return Published(quote_id)
    moved = pricing.moved_too_far(price, limit)
    if moved is not None:
        withheld = _withheld(moved, limit)
        act.record(case, _told_of(quote.pair, price, withheld), step="withhold")
        return Published(quote_id, withheld=withheld)
    price_id, version = await _publish(act, quote.pair, price, law)
    return Published(quote_id, price_id, version, price)


def _alone(act: Act, quote: Quote, law: PolicyBook, limit: MoveLimit) -> dict[str, Decimal | None]:
    """What the bank alone deals at, and by how much that moves the price too far, if it does."""
    own = BankQuote(act.actor.party_code, quote.mid, quote.volume, act.at, quote.valid_until)
    price = _priced([own], quote.pair, law, act)
    if price is None:
        raise AssertionError("a quote has a volume, so there is a price in it")
    moved = pricing.moved_too_far(price, limit)
    return {
        "rota_mid": price.mid,
        "rota_bid": price.bid,
        "rota_ask": price.ask,
        "last_mid": None if moved is None else moved.last_mid,
        "moved_bp": None if moved is None else half_up(moved.basis_points, 0),
        "max_bp": None if moved is None else limit.max_bp,
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
    )


def _withheld(moved: PriceMove, limit: MoveLimit) -> Refusal:
    """PRICE_MOVED, with its figures."""
    return PRICE_MOVED.at(
        mid=f"{moved.mid.normalize():f}",
        last_mid=f"{moved.last_mid.normalize():f}",
        moved_bp=f"{half_up(moved.basis_points, 0):f}",
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
    values = {
        "price_id": price_id,
        "pair": str(pair),
        "mid": price.mid,
        "bid": price.bid,
        "ask": price.ask,
        "used": list(price.used),
        "dropped": list(price.dropped),
        "valid_from": act.at,
        "valid_until": min(act.at + queries.post_ttl(law, act.at), day_close),
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
    )
    act.record(show("prc", price_id), event, step="publish")
    return price_id, version


async def absence_announce(act: Act, day: date) -> None:
    """Note that the caller's bank is absent on a day; the next bank then stands in."""
    values = {
        "absence_id": new_uuid(),
        "bank_bic": act.actor.party_code,
        "absent_on": day,
        "by": act.actor.subject,
        "at": act.at,
    }
    inserted = (await act.execute(_ABSENCE, **values)).scalar_one_or_none()
    if inserted is None:
        return
    event = events.RotaAbsenceAnnounced(bank_bic=act.actor.party_code, absent_on=day.isoformat())
    act.record(show("abs", inserted), event, step="announce")
