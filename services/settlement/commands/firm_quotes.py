"""Firm quotes: a price locked for one sum of one party, until it expires (W27)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show
from services.kernel.money import Money
from services.kernel.pairs import Pair, pair_between
from services.kernel.refusal import Refused
from services.kernel.refusals import PRICE_MOVED, QUOTE_UNAVAILABLE
from services.platform.act import Act
from services.platform.database import Row
from services.platform.rota import banks_on_rota, duty_of
from services.settlement.domain import events, refusals
from services.settlement.domain.model import Conversion, Price
from services.settlement.domain.rules.exchange import converted
from services.settlement.queries import firm_quotes

# What is locked of a pair, used or not yet expired, since the oldest of the quotes behind its price
# counts against what is quoted, at whichever version of the price it was, or with the bank on duty:
# a sum is dealt in the first tier that takes it beside that, whoever has it cut into parts, and
# nothing is written beyond the last. A bank that is dealt with alone has only its own counted.
_LOCK = text(
    """
    WITH locked AS (
        SELECT coalesce(sum(CASE WHEN f.gives_currency = :base THEN f.gives_minor
            ELSE f.gets_minor END), 0) AS base_minor
        FROM firm_quotes AS f
        WHERE f.pair = :pair AND f.locked_at >= :since AND (f.expires_at > :locked_at
            OR f.used_by IS NOT NULL)
            AND (CAST(:price_id AS uuid) IS NOT NULL OR f.bank_bic = :bank_bic)
    ), fitting AS (
        SELECT t.* FROM locked, unnest(CAST(:rates AS numeric[]), CAST(:gets AS bigint[]),
            CAST(:bases AS bigint[]), CAST(:most AS bigint[]))
            WITH ORDINALITY AS t (rate, gets_minor, base_minor, most_minor, tier)
        WHERE t.most_minor IS NULL OR locked.base_minor + t.base_minor <= t.most_minor
        ORDER BY t.tier LIMIT 1
    ), kept AS (
        INSERT INTO firm_quotes (quote_id, party, pair, price_id, source, bank_bic, mid, rate,
            gives_minor, gives_currency, gets_minor, at_mid_minor, gets_currency, locked_at,
            expires_at)
        SELECT :quote_id, :party, :pair, :price_id, :source, :bank_bic, :mid, rate, :gives_minor,
            :gives_currency, gets_minor, :at_mid_minor, :gets_currency, :locked_at, :expires_at
        FROM fitting
    )
    SELECT locked.base_minor, fitting.tier FROM locked LEFT JOIN fitting ON true
    """
)


async def firm_quote_lock(act: Act, gives: Money, gets_currency: str) -> dict[str, Any]:
    """Lock the price for one sum of one party; returns the stored quote.

    The pooled price if one is in force, else the quote of the bank on duty, in the tier that covers
    the sum; never more than is quoted at it, nor for longer than it stands. Raises Refused
    PAIR_UNKNOWN, AMOUNT_TOO_SMALL, QUOTE_UNAVAILABLE, PRICE_MOVED, BANK_UNAVAILABLE,
    VOLUME_EXCEEDED.
    """
    if gives.minor <= 0:
        raise Refused(refusals.AMOUNT_TOO_SMALL.at("/amount"))
    pair = pair_between(gives.currency, gets_currency, "/pay_currency")
    day = business_day(act.at)
    banks = await banks_on_rota(act, day)
    if banks:
        act.policy_version = banks[0].policy_version
    law = await act.law()
    bank = duty_of(banks, law, day, currency=gets_currency).bank
    price = await _price(act, pair, bank.bic)
    quote_id = new_uuid()
    ttl = timedelta(seconds=law.integer("fx.quote_ttl_s", on=day))
    values = {
        "quote_id": quote_id,
        "party": act.actor.party,
        "pair": str(pair),
        "price_id": price.price_id,
        "source": price.source,
        "bank_bic": bank.bic,
        "mid": price.mid,
        "locked_at": act.at,
        "expires_at": min(act.at + ttl, price.valid_until),
    }
    exchange = await _keep(act, values, gives, pair, price)
    values |= _exchange_values(exchange)
    event = events.FirmQuoteLocked(
        party=act.actor.party,
        gives=MoneyBody.of(gives),
        gets=MoneyBody.of(exchange.gets),
        rate=f"{exchange.rate:f}",
        bank_bic=bank.bic,
        source=price.source,
        at_mid=MoneyBody.of(exchange.at_mid),
        expires_at=values["expires_at"],
    )
    act.record(show("qte", quote_id), event, step="lock")
    return values


async def _keep(
    act: Act, values: dict[str, Any], gives: Money, pair: Pair, price: Row
) -> Conversion:
    """Keep a quote in the first tier that takes its sum; returns what that comes to.

    Raises Refused AMOUNT_TOO_SMALL, VOLUME_EXCEEDED.
    """
    tiers = [
        converted(gives, pair, Price(price.mid, bid, ask))
        for bid, ask in zip(price.tier_bids, price.tier_asks, strict=True)
    ]
    if min(tier.gets.minor for tier in tiers) <= 0:
        raise Refused(refusals.AMOUNT_TOO_SMALL.at("/amount"))
    bases = [gives if gives.currency == pair.base else tier.gets for tier in tiers]
    # A price of before its volume was kept says none.
    most = [None if v is None else Money.rounded(v, pair.base) for v in price.tier_volumes]
    offered = {
        "base": pair.base,
        "since": price.quoted_since,
        "gives_minor": gives.minor,
        "gives_currency": gives.currency,
        "at_mid_minor": tiers[0].at_mid.minor,
        "gets_currency": tiers[0].gets.currency,
        "rates": [tier.rate for tier in tiers],
        "gets": [tier.gets.minor for tier in tiers],
        "bases": [base.minor for base in bases],
        "most": [None if sum_ is None else sum_.minor for sum_ in most],
    }
    locked = (await act.execute(_LOCK, **values, **offered)).one()
    if locked.tier is None and most[-1] is not None:
        left = Money(max(most[-1].minor - locked.base_minor, 0), pair.base)
        raise Refused(refusals.VOLUME_EXCEEDED.at("/amount", left=left, quoted=most[-1]))
    dealt: int = locked.tier
    return tiers[dealt - 1]


async def _price(act: Act, pair: Pair, bic: str) -> Row:
    """What the pair is dealt at. Raises Refused QUOTE_UNAVAILABLE, PRICE_MOVED."""
    price = await firm_quotes.dealt_at(act, pair, bic, act.at)
    if price is None:
        raise Refused(QUOTE_UNAVAILABLE.at())
    if price.last_mid is not None:
        figures = {name: _plain(price[name]) for name in ("mid", "last_mid", "moved_bp", "max_bp")}
        raise Refused(PRICE_MOVED.at(**figures))
    return price


def _plain(figure: Decimal) -> str:
    return f"{figure.normalize():f}"


def _exchange_values(exchange: Conversion) -> dict[str, Any]:
    return {
        "rate": exchange.rate,
        "gives_minor": exchange.gives.minor,
        "gives_currency": exchange.gives.currency,
        "gets_minor": exchange.gets.minor,
        "at_mid_minor": exchange.at_mid.minor,
        "gets_currency": exchange.gets.currency,
    }
