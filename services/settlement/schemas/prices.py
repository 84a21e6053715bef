"""Answers about quotes, prices, the rota and firm quotes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from services.kernel.clock import rfc3339
from services.kernel.identifiers import show
from services.kernel.money import Money
from services.kernel.refusal import Fact, Refusal
from services.platform import problem
from services.platform.database import Row
from services.settlement.commands.market import Published
from services.settlement.domain.rules.rota import Duty
from services.settlement.schemas.answers import MoneyAnswer, money


class PriceWithheld(BaseModel):
    """Why a price was not published: PRICE_MOVED, what to do, and the figures."""

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
    valid_from: str
    valid_until: str


class DutyAnswer(BaseModel):
    """The bank that stands behind the price on a day."""

    day: str
    serves_on: str = Field(description="the business day whose turn it is")
    bank_bic: str
    turn_bic: str
    stands_in: bool


class FirmQuoteAnswer(BaseModel):
    """A price locked for one party and one sum, until it expires."""

    quote_id: str
    pair: str
    gives: MoneyAnswer
    gets: MoneyAnswer
    rate: str
    spread: MoneyAnswer
    bank_bic: str
    price_id: str | None
    source: str
    locked_at: str
    expires_at: str


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
        "valid_from": rfc3339(row.valid_from),
        "valid_until": rfc3339(row.valid_until),
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


def firm_quote_answer(quote: dict[str, Any]) -> dict[str, Any]:
    """A locked quote as it is shown."""
    gets = Money(quote["gets_minor"], quote["gets_currency"])
    price_id = quote["price_id"]
    return {
        "quote_id": show("qte", quote["quote_id"]),
        "pair": quote["pair"],
        "gives": money(quote["gives_minor"], quote["gives_currency"]),
        "gets": money(gets.minor, gets.currency),
        "rate": _rate(quote["rate"]),
        "spread": money(quote["at_mid_minor"] - gets.minor, gets.currency),
        "bank_bic": quote["bank_bic"],
        "price_id": None if price_id is None else show("prc", price_id),
        "source": quote["source"],
        "locked_at": rfc3339(quote["locked_at"]),
        "expires_at": rfc3339(quote["expires_at"]),
    }
