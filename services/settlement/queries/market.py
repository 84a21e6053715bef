"""What the market knows: quotes, pooled prices, firm quotes, the rota."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import BEIJING, business_day
from services.kernel.money import half_up
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.settlement.domain import refusals
from services.settlement.domain.model import Bank, BankQuote, Pair, PooledPrice, PriceMove
from services.settlement.domain.rules import pricing, rota

_QUOTES = text(
    "SELECT DISTINCT ON (bank_bic) bank_bic, mid, volume, quoted_at, valid_until"
    " FROM bank_quotes WHERE pair = :pair AND quoted_at > :since"
    " ORDER BY bank_bic, quoted_at DESC, quote_id DESC"
)
_CURRENT = text(
    "SELECT * FROM pooled_prices WHERE pair = :pair AND valid_from <= :now AND valid_until > :now"
    " ORDER BY version DESC LIMIT 1"
)
# What a new price is measured by: today's lone quotes do not count, or a bank could walk the price
# away in small steps; before any other price there is, the first one does, which is of today then.
_STOOD_BEHIND = text(
    """
    SELECT mid FROM (
        (
            SELECT 1 AS choice, mid FROM pooled_prices
            WHERE pair = :pair AND valid_from <= :now
                AND (valid_from < :day_begins OR cardinality(used) >= :banks_min)
            ORDER BY version DESC LIMIT 1
        )
        UNION ALL
        (
            SELECT 2, mid FROM pooled_prices
            WHERE pair = :pair AND valid_from <= :now ORDER BY version LIMIT 1
        )
    ) AS p
    ORDER BY choice LIMIT 1
    """
)
_PRICE = text("SELECT * FROM pooled_prices WHERE price_id = :id")
_BANKS = text(
    "SELECT b.bic, b.rota_order, b.currencies, EXISTS (SELECT FROM bank_absences AS a"
    " WHERE a.bank_bic = b.bic AND a.absent_on = :day) AS absent"
    " FROM v_banks AS b WHERE b.rota_order IS NOT NULL"
)
_FIRM: Final = "SELECT * FROM firm_quotes WHERE quote_id = :id AND party = :party"
_FIRM_READ, _FIRM_LOCK = text(_FIRM), text(f"{_FIRM} FOR UPDATE")


async def live_quotes(
    tx: Statements, pair: Pair, book: PolicyBook, now: datetime
) -> list[BankQuote]:
    """Each bank's latest quote that still counts."""
    ttl = post_ttl(book, now)
    rows = await tx.execute(_QUOTES, {"pair": str(pair), "since": now - ttl})
    quotes = [BankQuote(r.bank_bic, r.mid, r.volume, r.quoted_at, r.valid_until) for r in rows]
    return pricing.live(quotes, now=now, ttl=ttl)


def post_ttl(book: PolicyBook, now: datetime) -> timedelta:
    """How long a posted quote and the price made of it count."""
    return timedelta(minutes=book.integer("fx.post_ttl_min", on=business_day(now)))


async def current_price(tx: Statements, pair: Pair, now: datetime) -> Row | None:
    """The pooled price in force, None when there is none."""
    return (await tx.execute(_CURRENT, {"pair": str(pair), "now": now})).one_or_none()


async def move_refusal(
    tx: Statements, pair: Pair, price: PooledPrice, book: PolicyBook, now: datetime
) -> Refusal | None:
    """Why a price may not be used: PRICE_MOVED, with its figures; None when it may."""
    day, scope = business_day(now), f"{pair.base}-{pair.quoted}"
    max_bp = book.decimal("fx.price_move_max_bp", on=day, scope=scope)
    banks_min = book.integer("fx.price_move_banks", on=day, scope=scope)
    values = {
        "pair": str(pair),
        "now": now,
        "day_begins": datetime.combine(day, datetime.min.time(), BEIJING),
        "banks_min": banks_min,
    }
    last_mid = (await tx.execute(_STOOD_BEHIND, values)).scalar_one_or_none()
    if last_mid is None:
        return None
    move = PriceMove(last_mid, price.mid)
    if pricing.move_agreed(move, max_bp=max_bp, banks=len(price.used), banks_min=banks_min):
        return None
    return refusals.PRICE_MOVED.at(
        mid=f"{price.mid.normalize():f}",
        last_mid=f"{last_mid.normalize():f}",
        moved_bp=f"{half_up(move.basis_points, 0):f}",
        max_bp=f"{max_bp:f}",
    )


async def price(tx: Statements, price_id: UUID) -> Row:
    """A published price, whether still in force or not. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_PRICE, {"id": price_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


def pooled(row: Row) -> PooledPrice:
    """A stored price as a value."""
    return PooledPrice(row.mid, row.bid, row.ask, tuple(row.used), tuple(row.dropped))


async def duty(
    tx: Statements, book: PolicyBook, day: date, *, currency: str | None = None
) -> rota.Duty:
    """The bank that stands behind the price on a day. Raises Refused BANK_UNAVAILABLE."""
    serves_on = rota.next_business_day(day)
    rows = (await tx.execute(_BANKS, {"day": serves_on})).all()
    return rota.on_duty(
        [Bank(r.bic, r.rota_order, tuple(r.currencies)) for r in rows],
        starts_on=date.fromisoformat(str(book.get("fx.rota_start_on", on=day))),
        day=day,
        absent=[r.bic for r in rows if r.absent],
        currency=currency,
    )


async def firm_quote(tx: Statements, quote_id: UUID, *, party: str, lock: bool = False) -> Row:
    """A party's own firm quote; locked, it is used by one instruction. Raises Refused NOT_FOUND."""
    values = {"id": quote_id, "party": party}
    row = (await tx.execute(_FIRM_LOCK if lock else _FIRM_READ, values)).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
