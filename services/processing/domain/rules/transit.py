"""What becomes of goods between the gate and the factory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.processing.domain import refusals


@rule("PRC-10", source="mass-balance", in_force=date(2020, 1, 1))
def still_on_its_way(*, dispatched: bool, received: bool, lost: bool) -> Iterator[Refusal]:
    """A load left under seal, and ends once: the factory receives it, or it is written off."""
    if received:
        yield refusals.ALREADY_RECEIVED.at("/purchase_id")
    elif lost:
        yield refusals.GOODS_LOST.at("/purchase_id")
    elif not dispatched:
        yield refusals.NOT_DISPATCHED.at("/purchase_id")


@rule("PRC-11", source="mass-balance", in_force=date(2020, 1, 1))
def turned_up(*, received: bool, lost: bool) -> Iterator[Refusal]:
    """Only a load written off as lost is entered as found, and is then on its way again."""
    if received:
        yield refusals.ALREADY_RECEIVED.at("/purchase_id")
    elif not lost:
        yield refusals.NOT_LOST.at("/purchase_id")
