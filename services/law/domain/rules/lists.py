"""Who files the law's lists (codes, restrictions, origins), and for which days."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.refusals import PAST_KEPT
from services.kernel.rule import rule
from services.kernel.second_person import second_person


@rule("POL-08", source="operator-order", in_force=date(2026, 1, 1))
def two_file_the_lists(proposer: Actor, second: Actor) -> Refusal | None:
    """What the law lists is filed by one of the registrar's office and confirmed by another."""
    return second_person(proposer, second, one_body=True)


@rule("POL-09", source="operator-order", in_force=date(2026, 1, 1))
def past_days_keep_their_lists(place: int, *, today: date, held: bool) -> Refusal | None:
    """What the law lists begins on the day it is confirmed or later, where a list held before.

    ``held`` is whether the row would change what was listed on a day before today; where nothing
    was listed nothing was judged by it, and the list may be filed for those days.
    """
    return PAST_KEPT.at(f"/rows/{place}", today=today) if held else None
