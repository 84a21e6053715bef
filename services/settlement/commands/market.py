"""Quotes in, the pooled price out; absences from the rota; firm quotes locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import BEIJING, business_day
from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.platform.act import Act
from services.settlement.domain import events, refusals
from services.settlement.domain.model import BankQuote, Conversion, Pair, PooledPrice
from services.settlement.domain.rules import pricing
from services.settlement.queries import market

_QUOTE = text(
    "INSERT INTO bank_quotes (quote_id, bank_bic, pair, bid, ask, mid, volume, quoted_at,"
    " valid_until) VALUES (:quote_id, :bank_bic, :pair, :bid, :ask, :mid, :volume, :quoted_at,"
    " :valid_until)"
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
_LOCK = text(
    "INSERT INTO firm_quotes (quote_id, party, pair, price_id, source, bank_bic, mid, rate,"
    " gives_minor, gives_currency, gets_minor, at_mid_minor, gets_currency, locked_at, expires_at)"
    " VALUES (:quote_id, :party, :pair, :price_id, :source, :bank_bic, :mid, :rate, :gives_minor,"
    " :gives_currency, :gets_minor, :at_mid_minor, :gets_currency, :locked_at, :expires_at)"
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

    A price that moved too far on too few banks' word is withheld: the pool has not formed, and
    what was published before stays in force until it runs out.
    """
    law, bic = await act.law(), act.actor.party_code
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
        "valid_until": min(quote.valid_until, act.at + market.post_ttl(law, act.at)),
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
    price = _priced(await market.live_quotes(act, quote.pair, law, act.at), quote.pair, law, act)
    if price is None:
        return Published(quote_id)
    withheld = await market.move_refusal(act, quote.pair, price, law, act.at)
    if withheld is not None:
        act.record(case, _withheld(quote.pair, price, withheld), step="withhold")
        return Published(quote_id, withheld=withheld)
    price_id, version = await _publish(act, quote.pair, price, law)
    return Published(quote_id, price_id, version, price)


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


def _withheld(pair: Pair, price: PooledPrice, why: Refusal) -> events.PooledPriceWithheld:
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
        "valid_until": min(act.at + market.post_ttl(law, act.at), day_close),
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


async def firm_quote_lock(act: Act, gives: Money, gets_currency: str) -> dict[str, Any]:
    """Lock the price for one sum of one party; returns the stored quote.

    The pooled price if one is in force, else the quote of the bank on duty. Raises Refused
    PAIR_UNKNOWN, AMOUNT_TOO_SMALL, QUOTE_UNAVAILABLE, PRICE_MOVED, BANK_UNAVAILABLE.
    """
    if gives.minor <= 0:
        raise Refused(refusals.AMOUNT_TOO_SMALL.at("/amount"))
    pair = pricing.pair_between(gives.currency, gets_currency)
    law, day = await act.law(), business_day(act.at)
    bank = (await market.duty(act, law, day, currency=gets_currency)).bank
    current = await market.current_price(act, pair, act.at)
    if current is not None:
        price, source, price_id = market.pooled(current), "POOLED", current.price_id
    else:
        price, source, price_id = await _rota_price(act, pair, bank.bic, law), "ROTA", None
    exchange = pricing.converted(gives, pair, price)
    if exchange.gets.minor <= 0:
        raise Refused(refusals.AMOUNT_TOO_SMALL.at("/amount"))
    quote_id = new_uuid()
    ttl = timedelta(seconds=law.integer("fx.quote_ttl_s", on=day))
    values = {
        "quote_id": quote_id,
        "party": act.actor.party,
        "pair": str(pair),
        "price_id": price_id,
        "source": source,
        "bank_bic": bank.bic,
        "mid": price.mid,
        "locked_at": act.at,
        "expires_at": act.at + ttl,
        **_exchange_values(exchange),
    }
    await act.execute(_LOCK, **values)
    event = events.FirmQuoteLocked(
        party=act.actor.party,
        gives=_body(gives),
        gets=_body(exchange.gets),
        rate=f"{exchange.rate:f}",
        bank_bic=bank.bic,
        source=source,
    )
    act.record(show("qte", quote_id), event, step="lock")
    return values


async def _rota_price(act: Act, pair: Pair, bic: str, law: PolicyBook) -> PooledPrice:
    quotes = await market.live_quotes(act, pair, law, act.at)
    price = _priced([q for q in quotes if q.bank_bic == bic], pair, law, act)
    if price is None:
        raise Refused(refusals.QUOTE_UNAVAILABLE.at())
    moved = await market.move_refusal(act, pair, price, law, act.at)
    if moved is not None:
        raise Refused(moved)
    return price


def _exchange_values(exchange: Conversion) -> dict[str, Any]:
    return {
        "rate": exchange.rate,
        "gives_minor": exchange.gives.minor,
        "gives_currency": exchange.gives.currency,
        "gets_minor": exchange.gets.minor,
        "at_mid_minor": exchange.at_mid.minor,
        "gets_currency": exchange.gets.currency,
    }


def _body(money: Money) -> MoneyBody:
    return MoneyBody(amount=money.amount, currency=money.currency)
