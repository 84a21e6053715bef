"""What callers send to and get from the market: quotes, prices, the rota."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from services.kernel.clock import rfc3339
from services.kernel.fields import Day, Exact, Instant, Moment, Request
from services.kernel.identifiers import show
from services.kernel.pairs import PAIRS, Pair, pair_named
from services.kernel.refusal import Fact, Mistake, Refusal, Refused
from services.kernel.rules.rota import Duty
from services.market import queries
from services.market.commands.quoting import Published, Quote
from services.market.domain import refusals
from services.market.domain.model import QuoteStanding, Standing, Tier
from services.platform import problem
from services.platform.database import Row

Rate = Annotated[Exact, Field(gt=0, lt=10**9, decimal_places=6)]


Volume = Annotated[Exact, Field(gt=0, lt=10**15, decimal_places=2)]


class TierRequest(Request):
    """Up to which volume of the base currency the bank deals at which bid and ask."""

    up_to: Volume
    bid: Rate
    ask: Rate

    @model_validator(mode="after")
    def sides(self) -> Self:
        """The bid is at most the ask."""
        if self.bid > self.ask:
            raise Mistake(refusals.QUOTE_ORDER.at())
        return self


class QuoteRequest(Request):
    """A bank's quote: its mid, or bid and ask, for a volume of the base currency; or tiers."""

    pair: Annotated[str, Field(description=f"one of {', '.join(PAIRS)}")]
    mid: Rate | None = None
    bid: Rate | None = None
    ask: Rate | None = None
    volume: Volume
    tiers: Annotated[
        list[TierRequest] | None,
        Field(
            min_length=1,
            max_length=5,
            description="instead of one price; each for more than the one before at no better bid"
            " and ask, the last for the volume",
        ),
    ] = None
    valid_until: Instant | None = None

    @model_validator(mode="after")
    def says_a_price(self) -> Self:
        """Give the mid, or both sides; a mid lies between its sides. Or give tiers, and no more."""
        if self.tiers is not None:
            one_price = (self.mid, self.bid, self.ask) != (None, None, None)
            if one_price or self.tiers[-1].up_to != self.volume:
                raise Mistake(refusals.QUOTE_FORMS.at())
            return self
        if self.mid is None and (self.bid is None or self.ask is None):
            raise Mistake(refusals.QUOTE_SIDES.at())
        sides = [side for side in (self.bid, self.mid, self.ask) if side is not None]
        if sides != sorted(sides):
            raise Mistake(refusals.QUOTE_ORDER.at())
        return self

    @field_validator("tiers")
    @classmethod
    def each_for_more(cls, tiers: list[TierRequest] | None) -> list[TierRequest] | None:
        """Each tier is for more than the one before, and no better."""
        for number, (before, tier) in enumerate(pairwise(tiers or ()), start=2):
            if tier.up_to <= before.up_to or tier.bid > before.bid or tier.ask < before.ask:
                raise Mistake(refusals.TIER_ORDER.at(tier=number))
        return tiers

    @property
    def depth(self) -> list[Tier]:
        """What is quoted, tier by tier; one price is one tier, its mid standing for a side."""
        if self.tiers is not None:
            return [Tier(t.up_to, t.bid, t.ask) for t in self.tiers]
        mid = self.mid or Decimal(0)
        bid, ask = self.bid or mid, self.ask or mid
        return [Tier(self.volume, bid, ask)]


class AbsenceRequest(Request):
    """A day on which the bank does not do its rota duty."""

    absent_on: Day


class PriceWithheld(BaseModel):
    """Why a price was not published, PRICE_MOVED or QUOTES_APART: what to do, and the figures."""

    code: str
    detail: str
    facts: dict[str, Fact]


class QuoteAnswer(BaseModel):
    """A posted quote, and the pooled price that follows from it, or why none was published."""

    quote_id: str
    price_id: str | None
    version: int | None
    mid: str | None
    bid: str | None
    ask: str | None
    withheld: PriceWithheld | None = None


class TierShown(BaseModel):
    """Up to which sum of the base a price is dealt at which bid and ask."""

    up_to: str | None
    bid: str
    ask: str


class PriceAnswer(BaseModel):
    """A published pooled price: bid is what one gets for the base, ask what one pays for it."""

    price_id: str
    pair: str
    version: int
    mid: str
    bid: str
    ask: str
    used: list[str]
    dropped: list[str]
    volume: str | None = Field(description="what the banks used quote together, in the base")
    tiers: list[TierShown] = Field(
        description="up to which sum, with what is locked at the price already, at which bid and"
        " ask"
    )
    valid_from: str
    valid_until: str = Field(description="or sooner, when another version or a withdrawal ended it")


class PublicPrice(BaseModel):
    """The pooled price in force as everybody reads it: not who quoted what."""

    mid: str
    bid: str
    ask: str
    valid_from: str
    valid_until: str


class CoursePoint(BaseModel):
    """The pooled price that stood last in some minutes of a day."""

    at: str
    version: int
    mid: str
    bid: str
    ask: str
    used: list[str]
    dropped: list[str]


class CourseAnswer(BaseModel):
    """A day's course of a pair's pooled price, the oldest first."""

    pair: str
    day: str
    items: list[CoursePoint]


class StandingShown(BaseModel):
    """Where a bank's latest quote of today stands to the price of now."""

    bank_bic: str
    standing: Standing
    off_bp: str | None = Field(
        description="how far it is off the median, basis points; null of one that counts no more"
    )
    quoted_at: Moment
    valid_until: str
    quote_id: str | None = Field(default=None, description="of your own bank's quote alone")


class StandingAnswer(BaseModel):
    """Who is in a pair's price, and who is not and why."""

    pair: str
    limit_bp: str = Field(description="so far off the median a quote may stand, basis points")
    items: list[StandingShown]


class DutyAnswer(BaseModel):
    """The bank that stands behind the price on a day."""

    day: str
    serves_on: str = Field(description="the business day whose turn it is")
    bank_bic: str
    turn_bic: str
    stands_in: bool


class AbsenceAnswer(DutyAnswer):
    """Who is on duty on the day, and how far the bank's own absence is said (``absence``)."""

    absence: Literal["ENTERED", "STANDING", "ENDING", "ENDED"] = Field(
        description="ENTERED and ENDING wait for a second signatory; the first does not count yet,"
        " the other counts still"
    )


class AbsenceShown(BaseModel):
    """A day of which your bank has said that it does no duty."""

    absence_id: str
    absent_on: str
    state: Literal["ENTERED", "STANDING", "ENDING"]
    acts: list[Literal["announce", "withdraw"]] = Field(
        description="the acts that are open to you in this state"
    )


class AbsencesAnswer(BaseModel):
    """From today on, by day."""

    items: list[AbsenceShown]


class BoardPair(BaseModel):
    """A pair's price now, and the bank on duty for the currency that is quoted; null where there
    is none."""

    pair: str
    currency: str
    price: PublicPrice | None
    duty: DutyAnswer | None


class BoardAnswer(BaseModel):
    """Today's joint prices and rota, by currency."""

    day: str
    items: list[BoardPair]


def _rate(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _why(refusal: Refusal) -> dict[str, Any]:
    """Why a price was withheld; it points nowhere, for nothing in the request is wrong."""
    return {name: part for name, part in problem.kept(refusal).items() if name != "pointer"}


def quote_answer(published: Published) -> dict[str, Any]:
    """What posting a quote led to."""
    price, why = published.price, published.withheld
    return {
        "quote_id": show("qte", published.quote_id),
        "price_id": None if published.price_id is None else show("prc", published.price_id),
        "version": published.version,
        "mid": None if price is None else _rate(price.mid),
        "bid": None if price is None else _rate(price.bid),
        "ask": None if price is None else _rate(price.ask),
        "withheld": None if why is None else _why(why),
    }


def _tiers(row: Row) -> list[dict[str, str | None]]:
    """A price's tiers as they are shown; one price is one, up to its volume if known."""
    if row.volume is None:
        return [{"up_to": None, "bid": _rate(row.bid), "ask": _rate(row.ask)}]
    tiers = queries.tiers_of(row) or (Tier(row.volume, row.bid, row.ask),)
    return [{"up_to": f"{t.up_to:f}", "bid": _rate(t.bid), "ask": _rate(t.ask)} for t in tiers]


def price_answer(row: Row) -> dict[str, Any]:
    """A stored price as it is shown."""
    return {
        "price_id": show("prc", row.price_id),
        "pair": row.pair,
        "version": row.version,
        "mid": _rate(row.mid),
        "bid": _rate(row.bid),
        "ask": _rate(row.ask),
        "used": list(row.used),
        "dropped": list(row.dropped),
        "volume": None if row.volume is None else f"{row.volume:f}",
        "tiers": _tiers(row),
        "valid_from": rfc3339(row.valid_from),
        "valid_until": rfc3339(row.ended_at or row.valid_until),
    }


def board_pair(pair: Pair, price: Row | None, day: date, duty: Duty | None) -> dict[str, Any]:
    """A pair as the public board has it."""
    said = None if price is None else price_answer(price)
    return {
        "pair": str(pair),
        "currency": pair.quoted,
        "price": None if said is None else {name: said[name] for name in PublicPrice.model_fields},
        "duty": None if duty is None else duty_answer(day, duty),
    }


def course_answer(pair: Pair, day: date, rows: Sequence[Row]) -> dict[str, Any]:
    """A day's course as it is shown."""
    items = [{"at": said["valid_from"], **said} for said in map(price_answer, rows)]
    return {"pair": str(pair), "day": day.isoformat(), "items": items}


def standing_answer(
    pair: Pair, outlier: Decimal, found: Sequence[QuoteStanding], *, own: str | None = None
) -> dict[str, Any]:
    """Each bank's standing, those that are in first; the number of the ``own`` bank's quote."""
    return {
        "pair": str(pair),
        "limit_bp": _tenth(outlier * 10_000),
        "items": [
            {
                "bank_bic": one.quote.bank_bic,
                "standing": one.standing,
                "off_bp": None if one.off_bp is None else _tenth(one.off_bp),
                "quoted_at": rfc3339(one.quote.quoted_at),
                "valid_until": rfc3339(one.quote.valid_until),
                "quote_id": _own_quote(one, own),
            }
            for one in sorted(found, key=_place)
        ],
    }


def _own_quote(one: QuoteStanding, own: str | None) -> str | None:
    quote = one.quote
    return show("qte", quote.quote_id) if quote.bank_bic == own and quote.quote_id else None


def _place(one: QuoteStanding) -> tuple[bool, str]:
    return one.standing is not Standing.IN, one.quote.bank_bic


def _tenth(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.1')):f}"


def absence_shown(row: Row, acts: Sequence[str]) -> dict[str, Any]:
    """A day without duty, as its own bank reads it."""
    return {
        "absence_id": show("abs", row.absence_id),
        "absent_on": row.absent_on.isoformat(),
        "state": row.state,
        "acts": list(acts),
    }


def duty_answer(day: date, duty: Duty) -> dict[str, Any]:
    """Whose turn it is and who does it."""
    return {
        "day": day.isoformat(),
        "serves_on": duty.serves_on.isoformat(),
        "bank_bic": duty.bank.bic,
        "turn_bic": duty.turn.bic,
        "stands_in": duty.stands_in,
    }


def quote(body: QuoteRequest, now: datetime) -> Quote:
    """A bank's quote as the market takes it. Raises Refused PAIR_UNKNOWN, REQUEST_INVALID."""
    if body.valid_until is not None and body.valid_until <= now:
        raise Refused(refusals.QUOTE_ENDED.at("/valid_until"))
    tiers, alone = body.depth, body.mid is None
    return Quote(
        pair=pair_named(body.pair),
        mid=(tiers[0].bid + tiers[0].ask) / 2 if body.mid is None else body.mid,
        volume=tiers[-1].up_to,
        bid=tiers[0].bid if alone else body.bid,
        ask=tiers[0].ask if alone else body.ask,
        valid_until=body.valid_until or now + timedelta(days=1),
        tiers=tuple(tiers) if len(tiers) > 1 else (),
    )
