"""Events of the market: pairs, rates and banks."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.kernel.events import Event


class TierQuoted(BaseModel):
    """Up to which volume of the base at which bid and ask."""

    model_config = ConfigDict(frozen=True)
    up_to: str
    bid: str
    ask: str


class BankQuotePosted(Event):
    """A bank quoted a pair."""

    bank_bic: str
    pair: str
    mid: str
    volume: str
    valid_until: str | None = None
    tiers: tuple[TierQuoted, ...] = ()
    """As the bank gave them; none of a quote at one price."""
    by_hand: bool = False
    """Whether a signatory entered it, not the bank's own system."""
    dealt: str | None = None
    """Salted digest of bid and ask, and of what the bank alone deals at (``quoted.py``)."""


class PooledPricePublished(Event):
    """A new version of the market's price."""

    pair: str
    version: int
    mid: str
    bid: str
    ask: str
    used: tuple[str, ...]
    dropped: tuple[str, ...]
    volume: str | None = None
    valid_until: str | None = None
    tiers: tuple[TierQuoted, ...] = ()
    """Up to which sum it is dealt at which bid and ask."""
    valid_from: datetime | None = None
    quoted_since: datetime | None = None
    """When the oldest of the quotes behind it was posted: what is locked since then counts."""


class PooledPriceWithheld(Event):
    """A price moved too far on too few banks' word; it was not published."""

    pair: str
    mid: str
    last_mid: str
    moved_bp: str
    max_bp: str
    used: tuple[str, ...]
    rules: tuple[str, ...] = ("MKT-03",)


class QuotesApart(Event):
    """No price is made of what banks quote: none stands near enough to the middle of all."""

    pair: str
    mids: dict[str, str]
    rules: tuple[str, ...] = ("MKT-02",)


class BankQuoteWithdrawn(Event):
    """A bank took its quote back; no price is made of it any more."""

    bank_bic: str
    pair: str
    by_hand: bool = False


class PooledPriceEnded(Event):
    """A published price ended before its time, and none has followed it."""

    pair: str
    version: int


class RotaAbsenceEntered(Event):
    """A signatory said that the bank will not do its rota duty on a day; another must too."""

    changes = False

    bank_bic: str
    absent_on: str


class RotaAbsenceAnnounced(Event):
    """A bank will not do its rota duty on a day; ``by_hand``: as two of its signatories say."""

    bank_bic: str
    absent_on: str
    by_hand: bool = False


class RotaAbsenceEnding(Event):
    """A signatory said that the bank will do its duty on the day after all; another must too."""

    changes = False

    bank_bic: str
    absent_on: str


class RotaAbsenceWithdrawn(Event):
    """The bank does its rota duty on the day after all."""

    bank_bic: str
    absent_on: str
    by_hand: bool = False
