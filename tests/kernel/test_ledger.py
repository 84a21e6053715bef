"""Legs of two-phase double entry: what is reserved is posted or taken back, and sums to zero."""

from __future__ import annotations

from dataclasses import replace

from services.kernel.money import Money
from services.kernel.rules.ledger import Layer, Leg, balanced, post_legs, void_legs

ONE = Leg("buyer:x", Money(1, "CNY"), Layer.PENDING, "payment")
RESERVED = (ONE, Leg("seller:y", Money(-1, "CNY"), Layer.PENDING, "payment"))


def test_what_is_reserved_is_posted_or_taken_back() -> None:
    assert [leg.money.minor for leg in void_legs(RESERVED)] == [-1, 1]
    layers = [(leg.layer, leg.money.minor) for leg in post_legs(RESERVED)]
    assert layers == [("PENDING", -1), ("PENDING", 1), ("POSTED", 1), ("POSTED", -1)]
    assert all(map(balanced, (RESERVED, void_legs(RESERVED), post_legs(RESERVED))))


def test_an_unbalanced_transaction_is_seen() -> None:
    assert not balanced([ONE])
    assert not balanced([ONE, replace(ONE, money=Money(-1, "VND"))])
    assert not balanced([ONE, replace(ONE, money=Money(-1, "CNY"), layer=Layer.POSTED)])
