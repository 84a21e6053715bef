"""Answers about firm quotes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from services.kernel.clock import rfc3339
from services.kernel.events import MoneyBody, money_said
from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.kernel.money import Money


class FirmQuoteAnswer(BaseModel):
    """A price locked for one party and one sum, until it expires."""

    quote_id: str
    pair: str
    gives: MoneyBody
    gets: MoneyBody
    rate: str
    spread: MoneyBody
    bank_bic: str
    price_id: str | None
    source: str
    locked_at: Moment
    expires_at: Moment
    used_by: str | None = Field(default=None, description="the payment that was made at it")


def firm_quote_answer(quote: dict[str, Any]) -> dict[str, Any]:
    """A locked quote as it is shown."""
    gets = Money(quote["gets_minor"], quote["gets_currency"])
    price_id, used_by = quote["price_id"], quote.get("used_by")
    return {
        "quote_id": show("qte", quote["quote_id"]),
        "pair": quote["pair"],
        "gives": money_said(quote["gives_minor"], quote["gives_currency"]),
        "gets": money_said(gets.minor, gets.currency),
        "rate": f"{quote['rate'].normalize():f}",
        "spread": money_said(quote["at_mid_minor"] - gets.minor, gets.currency),
        "bank_bic": quote["bank_bic"],
        "price_id": None if price_id is None else show("prc", price_id),
        "source": quote["source"],
        "locked_at": rfc3339(quote["locked_at"]),
        "expires_at": rfc3339(quote["expires_at"]),
        "used_by": None if used_by is None else show("stl", used_by),
    }
