"""Whether what a book begins with, and what was counted at its end, is what its events say.

A receipt that comes after the count lies in the stock beside it (0148); of which material it is,
its own row says, which its event vouches for.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.platform.database import Row, Statements

COMPARED: Final = {"book_materials": ("opening_kg", "closing_kg", "unexplained_kg")}
"""The columns of which this module compares what they say."""
_MATERIALS: Final = text("""
    SELECT book_id, material_hs, opening_kg, closing_kg, unexplained_kg,
        opening_kg + received_kg - consumed_kg - scrap_beyond_kg
            - coalesce(closing_kg, 0) AS left_kg
    FROM v_book_materials WHERE book_id = ANY(CAST(:books AS uuid[]))
""")
_RECEIPTS: Final = text(
    "SELECT receipt_id, material_hs FROM v_receipts WHERE book_id = ANY(CAST(:books AS uuid[]))"
)


@dataclass(slots=True)
class _Said:
    """What the events of a book say of its stock."""

    of_receipt: Mapping[str, str]
    opening: dict[str, Decimal] = field(default_factory=dict)
    counted: dict[str, Decimal] | None = None
    materials: set[str] = field(default_factory=set)
    """What came in, or was there when it began."""
    declared: set[str] = field(default_factory=set)
    """Of what consumption was declared: a version before took it that had never come in."""

    def hear(self, type_: str, body: Mapping[str, Any]) -> None:
        """What one event says."""
        match type_:
            case "BookOpened":
                self.opening = _weights(body["opening_kg"])
                self.materials = set(self.opening)
            case "ConsumptionDeclared":
                self.declared.add(body["material_hs"])
            case "GoodsReceived" if material := self.of_receipt.get(body["receipt_id"]):
                self.materials.add(material)
                if self.counted is not None:
                    lies = self.counted.get(material, Decimal(0))
                    self.counted[material] = lies + Decimal(body["received_kg"])
            case "StockCounted":
                self.counted = _weights(body["closing_kg"])
            case "BookReopened":
                self.counted = None


def _weights(said: Mapping[str, str]) -> dict[str, Decimal]:
    return {material: Decimal(weight) for material, weight in said.items()}


async def stock_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Books that began with, or of which was counted, something else than their events say."""
    books = [case_id for case_id, (kind, _) in chains.items() if kind == "bok"]
    if not books:
        return
    there: dict[UUID, dict[str, Row]] = defaultdict(dict)
    for row in await tx.execute(_MATERIALS, {"books": books}):
        there[row.book_id][row.material_hs] = row
    receipts = await tx.execute(_RECEIPTS, {"books": books})
    of_receipt = {row.receipt_id: row.material_hs for row in receipts}
    for book_id in books:
        said = _Said(of_receipt)
        for event in chains[book_id][1]:
            said.hear(event.type, json.loads(event.body))
        found[book_id] += _differing(said, there[book_id])


def _differing(said: _Said, there: Mapping[str, Row]) -> Iterator[str]:
    if said.materials - there.keys():
        yield "book_materials has no row of what the book's events say"
    if there.keys() - said.materials - said.declared:
        yield "book_materials has a row of which the book's events say nothing"
    for material, row in there.items():
        if row.opening_kg != said.opening.get(material, 0):
            yield "book_materials.opening_kg is not what the book's events say"
        if row.closing_kg != (said.counted or {}).get(material):
            yield "book_materials.closing_kg is not what the book's events say"
        if row.unexplained_kg != row.left_kg:
            yield "book_materials.unexplained_kg is not what the weights beside it leave"
