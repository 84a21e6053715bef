"""Events of a case and the hash that links them."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.kernel.clock import utc_text
from services.kernel.money import Money

GENESIS: Final = bytes(32)
Digests = dict[str, dict[str, str]]
"""By register and name the salted digest of a record that was filed; empty of one that is gone."""


class Event(BaseModel):
    """Base of every event: a fact in the past tense. Ids, codes and sums only, no personal data.

    The class name is the event type. Readers ignore fields they do not know, so fields may be
    added with a default and are never renamed or removed. An event that carries a verdict names in
    ``rules`` the rules that it was given by.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    registry: ClassVar[dict[str, type[Event]]] = {}
    changes: ClassVar[bool] = True
    """Whether it changes its owner's case, whose version counts it; a note does not."""
    ends: ClassVar[bool] = False
    """Whether nothing more happens in the case after it."""
    unasked: ClassVar[bool] = False
    """Whether a step of the window's own may record it; any other is an act of a person's or a
    bank's, and always carries the receipt of their request."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__name__ in Event.registry:
            raise TypeError(f"event type {cls.__name__} is defined twice")
        Event.registry[cls.__name__] = cls

    def body(self) -> str:
        """The canonical JSON text that is stored and hashed: sorted keys, no blanks."""
        return canonical_json(self.model_dump(mode="json"))


class MoneyBody(BaseModel):
    """A sum in an event or an answer: {"amount": "8000.00", "currency": "CNY"}."""

    model_config = ConfigDict(frozen=True)
    amount: str
    currency: str

    @classmethod
    def of(cls, money: Money) -> MoneyBody:
        """A sum as it is said."""
        return cls(amount=money.amount, currency=money.currency)


def money_said(minor: int, currency: str) -> dict[str, str]:
    """A sum of minor units as an answer says it."""
    return MoneyBody.of(Money(minor, currency)).model_dump()


def canonical_json(value: Any) -> str:
    """One text per value: sorted keys, no blanks, UTF-8 kept as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link_hash(
    previous: bytes,
    *,
    case_id: UUID,
    seq: int,
    type_: str,
    step: str,
    actor: str,
    occurred_at: datetime,
    body: str,
) -> bytes:
    """SHA-256 over the previous hash and every field of the event, joined by U+001F.

    The database function ``append_event`` computes the same; ``tradewindow verify`` recomputes it.
    """
    fields = (str(case_id), str(seq), type_, step, actor, utc_text(occurred_at), body)
    return hashlib.sha256(previous + "\x1f".join(fields).encode()).digest()
