"""Whether a book's period, and what is declared to go into its products, are what its events say.

Both are put right by a correction, which says what becomes of them; of which product and material,
the event by which it was asked for says.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.salted import as_text
from services.platform.database import Row, Statements

_RATES: Final = ("net", "loss_rate", "unit")
_PERIOD: Final = ("period_from", "period_to")
COMPARED: Final = {
    "books": (*_PERIOD, "ended_on"),
    "unit_consumptions": (*_RATES, "processing_rule"),
}
"""The columns of which this module compares what they say."""
_BOOKS: Final = text(
    "SELECT book_id, period_from, period_to, ended_on FROM v_books"
    " WHERE book_id = ANY(CAST(:books AS uuid[]))"
)
_CONSUMPTIONS: Final = text(
    "SELECT * FROM v_unit_consumptions WHERE book_id = ANY(CAST(:books AS uuid[]))"
)
_Good = tuple[str, str]
"""A product and a material."""


@dataclass(slots=True)
class _Said:
    """What the events of a book say of it."""

    book: dict[str, str | None] = field(default_factory=dict)
    consumptions: dict[_Good, dict[str, str]] = field(default_factory=dict)
    asked: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def hear(self, type_: str, body: Mapping[str, Any]) -> None:
        """What one event says."""
        match type_:
            case "BookOpened":
                self.book |= {**{name: body[name] for name in _PERIOD}, "ended_on": None}
            case "BookClosed" if "ended_on" not in body:
                del self.book["ended_on"]
            case "BookClosed":
                self.book["ended_on"] = body["ended_on"]
            case "ConsumptionDeclared":
                good = body["product_hs"], body["material_hs"]
                self.consumptions[good] = {
                    name: body[name] for name in (*_RATES, "processing_rule")
                }
            case "CorrectionAsked":
                self.asked[body["correction_id"]] = body
            case "BookCorrected":
                self._corrected(self.asked[body["correction_id"]], body["becomes"])

    def _corrected(self, asked: Mapping[str, Any], becomes: Mapping[str, str]) -> None:
        match asked["kind"]:
            case "PERIOD":
                self.book |= becomes
            case "CONSUMPTION":
                self.consumptions[asked["product_hs"], asked["material_hs"]] |= becomes
            case "MATERIAL":
                for good in [g for g in self.consumptions if g[1] == asked["material_hs"]]:
                    del self.consumptions[good]


async def books_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Books of another period, or of other rates, than their events say."""
    books = [case_id for case_id, (kind, _) in chains.items() if kind == "bok"]
    if not books:
        return
    rows = {row.book_id: row for row in await tx.execute(_BOOKS, {"books": books})}
    rates: dict[UUID, dict[_Good, Row]] = defaultdict(dict)
    for row in await tx.execute(_CONSUMPTIONS, {"books": books}):
        rates[row.book_id][row.product_hs, row.material_hs] = row
    for book_id in books:
        said = _Said()
        for event in chains[book_id][1]:
            said.hear(event.type, json.loads(event.body))
        if (book := rows.get(book_id)) is not None:
            found[book_id] += [
                f"books.{name} is not what the book's events say"
                for name, value in said.book.items()
                if as_text(getattr(book, name)) != value
            ]
        found[book_id] += _rates_differing(said.consumptions, rates[book_id])


def _rates_differing(
    said: Mapping[_Good, Mapping[str, str]], there: Mapping[_Good, Row]
) -> list[str]:
    found = []
    if said.keys() != there.keys():
        found.append("unit_consumptions has other rows than the book's events say")
    for good in said.keys() & there.keys():
        for name, value in said[good].items():
            kept = getattr(there[good], name)
            if kept != (Decimal(value) if isinstance(kept, Decimal) else value):
                found.append(f"unit_consumptions.{name} is not what the book's events say")
    return found
