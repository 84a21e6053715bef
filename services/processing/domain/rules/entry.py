"""When something sent again is the entry that is in the book already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.processing.domain import refusals


@rule("PRC-09", source="mass-balance", in_force=date(2020, 1, 1))
def other_than_entered(
    entry_id: str, asked: Mapping[str, object], entered: Mapping[str, object]
) -> Iterator[Refusal]:
    """What is in the balance counts once: the factory's reference names one entry of its book.

    ``asked`` and ``entered`` by the fields of a request; the same again is no other entry.
    """
    for field, value in asked.items():
        if entered.get(field) != value:
            yield refusals.ENTERED_OTHERWISE.at(f"/{field}", entry_id=entry_id, field=field)
