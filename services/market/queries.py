"""What the market knows: quotes that count, pooled prices, and what a new one is measured by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import BEIJING, business_day
from services.kernel.pairs import PAIRS, Pair
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.market.domain.model import BankQuote, LatestQuote, MoveLimit, Tier
from services.platform.database import Row, Statements
from services.platform.event_log import who_took

SLOT: Final = timedelta(minutes=5)
"""How far apart at least the points of a day's course are."""

# Each bank's latest quote, if it still counts: one that has ended, or that its bank has withdrawn,
# lets no earlier one count again.
_QUOTES = text(
    """
    SELECT q.* FROM bank_quotes AS q
    WHERE q.pair = :pair AND q.valid_until > :now AND q.withdrawn_at IS NULL
        AND NOT EXISTS (
            SELECT FROM bank_quotes AS n
            WHERE n.pair = q.pair AND n.bank_bic = q.bank_bic AND n.quoted_at >= q.quoted_at
                AND (n.quoted_at, n.quote_id) > (q.quoted_at, q.quote_id)
        )
    """
)
# One after the other, so that each sees the quotes and the price that the one before left.
_IN_TURN: Final = (
    "CAST(pg_advisory_xact_lock(hashtextextended('quotes', hashtext({pair}))) AS text)"
)
_TURN = text(f"SELECT {_IN_TURN.format(pair='CAST(:pair AS text)')}")
_TURN_OF = text(
    f"SELECT {_IN_TURN.format(pair='pair')} FROM bank_quotes"
    " WHERE quote_id = :id AND bank_bic = :bic"
)
_ABSENCES_TURN = text(
    "SELECT CAST(pg_advisory_xact_lock(hashtextextended('absences', hashtext(:day))) AS text)"
)
_ABSENCE = text("SELECT * FROM bank_absences WHERE bank_bic = :bic AND absent_on = :day FOR UPDATE")
_FIRST_WORD: Final = who_took(
    case="a.absence_id",
    step="CASE a.state WHEN 'ENTERED' THEN 'enter:' WHEN 'ENDING' THEN 'end:' END || a.round",
)
_ABSENCES = text(
    f"SELECT a.absence_id, a.absent_on, a.state, {_FIRST_WORD} AS first_word"
    " FROM bank_absences AS a WHERE a.bank_bic = :bic"
    " AND a.absent_on >= :day AND a.state <> 'ENDED' ORDER BY a.absent_on LIMIT 200"
)
_QUOTE = text("SELECT * FROM bank_quotes WHERE quote_id = :id AND bank_bic = :bic FOR UPDATE")
_CURRENT = text(
    "SELECT * FROM pooled_prices WHERE pair = :pair AND valid_from <= :now AND valid_until > :now"
    " AND (ended_at IS NULL OR ended_at > :now) ORDER BY version DESC LIMIT 1"
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
# Of each slot of the day the price that stood last in it: a chart has no more points than that.
_COURSE = text(
    """
    SELECT * FROM (
        SELECT DISTINCT ON (date_bin(CAST(:slot AS interval), valid_from, :begins)) *
        FROM pooled_prices
        WHERE pair = :pair AND valid_until >= :begins AND valid_from >= :begins
            AND valid_from < :ends
        ORDER BY date_bin(CAST(:slot AS interval), valid_from, :begins), version DESC
    ) AS p
    ORDER BY version
    """
)
_LATEST = text(
    """
    SELECT DISTINCT ON (bank_bic) quote_id, bank_bic, mid, volume, quoted_at, valid_until,
        withdrawn_at IS NOT NULL AS withdrawn
    FROM bank_quotes WHERE pair = :pair AND quoted_at >= :begins
    ORDER BY bank_bic, quoted_at DESC, quote_id DESC
    """
)
_PRICE = text("SELECT * FROM pooled_prices WHERE price_id = :id")
# The price of a day ends with it, whatever counts still: the next one opens with its first quote.
_STANDING = text(
    """
    SELECT n.pair, p.ends
    FROM unnest(CAST(:pairs AS text[])) AS n (pair)
    LEFT JOIN LATERAL (
        SELECT least(c.valid_until, c.ended_at) AS ends FROM pooled_prices AS c
        WHERE c.pair = n.pair AND c.valid_from <= :now AND c.valid_until > :now
            AND (c.ended_at IS NULL OR c.ended_at > :now)
        ORDER BY c.version DESC LIMIT 1
    ) AS p ON true
    WHERE EXISTS (
        SELECT FROM bank_quotes AS q
        WHERE q.pair = n.pair AND q.quoted_at >= :begins AND q.valid_until > :now
            AND q.withdrawn_at IS NULL
    )
    """
)


async def live_quotes(tx: Statements, pair: Pair, now: datetime) -> list[BankQuote]:
    """Each bank's latest quote that still counts."""
    rows = await tx.execute(_QUOTES, {"pair": str(pair), "now": now})
    return [
        BankQuote(r.bank_bic, r.mid, r.volume, r.quoted_at, r.valid_until, tiers_of(r))
        for r in rows
    ]


def tiers_of(row: Row) -> tuple[Tier, ...]:
    """The tiers of a quote or a price; none of what is one price."""
    if row.tier_volumes is None:
        return ()
    return tuple(map(Tier, row.tier_volumes, row.tier_bids, row.tier_asks))


async def pair_turn(tx: Statements, pair: Pair) -> None:
    """Until this transaction ends, nobody else posts or withdraws a quote of this pair."""
    await tx.execute(_TURN, {"pair": str(pair)})


async def own_quote(tx: Statements, quote_id: UUID, bic: str) -> Row:
    """A bank's own quote, in the turn of its pair and locked. Raises Refused NOT_FOUND."""
    await tx.execute(_TURN_OF, {"id": quote_id, "bic": bic})
    row = (await tx.execute(_QUOTE, {"id": quote_id, "bic": bic})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


def post_ttl(law: PolicyBook, now: datetime) -> timedelta:
    """How long a posted quote, and the price made of it, count at most."""
    return timedelta(minutes=law.integer("fx.post_ttl_min", on=business_day(now)))


async def current_price(tx: Statements, pair: Pair, now: datetime) -> Row | None:
    """The pooled price in force, None when there is none."""
    return (await tx.execute(_CURRENT, {"pair": str(pair), "now": now})).one_or_none()


async def move_limit(tx: Statements, pair: Pair, law: PolicyBook, now: datetime) -> MoveLimit:
    """How far a new price may stand from the last one that the market stood behind."""
    day, scope = business_day(now), f"{pair.base}-{pair.quoted}"
    banks_min = law.integer("fx.price_move_banks", on=day, scope=scope)
    values = {
        "pair": str(pair),
        "now": now,
        "day_begins": datetime.combine(day, datetime.min.time(), BEIJING),
        "banks_min": banks_min,
    }
    last_mid: Decimal | None = (await tx.execute(_STOOD_BEHIND, values)).scalar_one_or_none()
    return MoveLimit(
        last_mid=last_mid,
        max_bp=law.decimal("fx.price_move_max_bp", on=day, scope=scope),
        banks_min=banks_min,
    )


async def price(tx: Statements, price_id: UUID) -> Row:
    """A published price, whether still in force or not. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_PRICE, {"id": price_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


async def standing_prices(tx: Statements, now: datetime) -> list[tuple[Pair, datetime | None]]:
    """Of each pair that was quoted today and may be still: until when its price stands; None where
    there is none in force."""
    begins = _bounds(business_day(now))["begins"]
    rows = await tx.execute(_STANDING, {"pairs": list(PAIRS), "now": now, "begins": begins})
    return [(PAIRS[r.pair], r.ends) for r in rows]


async def course(tx: Statements, pair: Pair, day: date) -> Sequence[Row]:
    """The pooled prices that a day's course is drawn of, at most one for each slot."""
    keys = {"pair": str(pair), "slot": SLOT, **_bounds(day)}
    return (await tx.execute(_COURSE, keys)).all()


async def latest_quotes(tx: Statements, pair: Pair, day: date) -> list[LatestQuote]:
    """The latest quote of a day of each bank that quoted any."""
    rows = await tx.execute(_LATEST, {"pair": str(pair), "begins": _bounds(day)["begins"]})
    return [
        LatestQuote(
            *(r.bank_bic, r.mid, r.volume, r.quoted_at, r.valid_until, r.withdrawn),
            quote_id=r.quote_id,
        )
        for r in rows
    ]


def _bounds(day: date) -> dict[str, datetime]:
    """When a Beijing day begins and ends."""
    begins = datetime.combine(day, datetime.min.time(), BEIJING)
    return {"begins": begins, "ends": begins + timedelta(days=1)}


async def absence_in_turn(tx: Statements, bic: str, day: date) -> Row | None:
    """What a bank has said of its duty on a day, once nobody else is saying anything of that day;
    None when it has said nothing."""
    await tx.execute(_ABSENCES_TURN, {"day": day.isoformat()})
    return (await tx.execute(_ABSENCE, {"bic": bic, "day": day})).one_or_none()


async def absences(tx: Statements, bic: str, *, since: date) -> Sequence[Row]:
    """The days from one on of which a bank has said that it does no duty, as far as it stands;
    of one that waits for a second word who said the first."""
    return (await tx.execute(_ABSENCES, {"bic": bic, "day": since})).all()
