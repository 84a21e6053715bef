"""Whether what is kept as a sum is the sum of what it was made of: a book's balances of what was
entered in it, a lot's drawn value of its payments, which
is at most what it was declared at, an order of what was bought under it.

The rows that are summed are vouched for by their own events; a balance that decides what may still
be made, paid or bought has none. One that is gone is missed while there is something to be summed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.platform.database import Row, Statements


@dataclass(frozen=True, slots=True)
class Balance:
    """A table of balances, by a published view: each column, and the view's sum of the same.

    ``missed``: SQL of the cases that have something to be summed up, and no balance of it; none
    where an event says the row itself.
    """

    table: str
    view: str
    key: str
    kind: str
    sums: Mapping[str, str]
    missed: str | None = None


BALANCES: Final = (
    Balance(
        "manifests",
        "v_manifest_weights",
        "manifest_id",
        "man",
        {"reserved_kg": "held_kg", "written_off_kg": "used_kg"},
    ),
    Balance(
        "book_materials",
        "v_book_materials",
        "book_id",
        "bok",
        {name: f"entered_{name}" for name in ("received_kg", "consumed_kg", "scrap_kg", "loss_kg")},
        missed="""SELECT r.book_id AS case_id FROM v_receipts AS r
            WHERE r.book_id = ANY(CAST(:case_ids AS uuid[])) AND NOT EXISTS (
                SELECT FROM v_book_materials AS m
                WHERE m.book_id = r.book_id AND m.material_hs = r.material_hs
            )""",
    ),
    Balance(
        "drawdowns",
        "v_drawdowns",
        "lot_id",
        "lot",
        {"reserved": "under_way", "paid": "settled", "released": "lot_value"},
        missed="""SELECT s.lot_id AS case_id FROM v_settlements AS s
            WHERE s.lot_id = ANY(CAST(:case_ids AS uuid[])) AND s.draws_on_its_lot
                AND NOT EXISTS (SELECT FROM v_drawdowns AS d WHERE d.lot_id = s.lot_id)""",
    ),
    Balance("factory_orders", "v_factory_orders", "order_id", "ord", {"bought_kg": "purchased_kg"}),
)
_ROWS: Final = [
    (
        one,
        text(
            f"SELECT {one.key} AS case_id, {', '.join(f'{a}, {b}' for a, b in one.sums.items())}"
            f" FROM {one.view} WHERE {one.key} = ANY(CAST(:case_ids AS uuid[]))"
            f" AND ({' OR '.join(f'{a} <> {b}' for a, b in one.sums.items())})"
        ),
    )
    for one in BALANCES
]
_MISSED: Final = [(one, text(one.missed)) for one in BALANCES if one.missed]


async def differing_sums(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]]
) -> dict[UUID, list[str]]:
    """Of these cases, those of which a balance is not the sum of its rows, and which column."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for one, statement in _ROWS:
        ours = [case_id for case_id, (kind, _) in chains.items() if kind == one.kind]
        if not ours:
            continue
        for row in await tx.execute(statement, {"case_ids": ours}):
            found[row.case_id] += [
                f"{one.table}.{kept} is not the sum of its rows"
                for kept, summed in one.sums.items()
                if getattr(row, kept) != getattr(row, summed)
            ]
    for one, statement in _MISSED:
        ours = [case_id for case_id, (kind, _) in chains.items() if kind == one.kind]
        for row in await tx.execute(statement, {"case_ids": ours}) if ours else ():
            found[row.case_id].append(f"{one.table} has no row of what is to be summed up")
    return found
