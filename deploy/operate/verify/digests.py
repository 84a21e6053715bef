"""Whether what an event vouches for by a salted digest alone is what the tables say: what a lot was
declared as, and whom a payment pays and debits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.declaration.domain.declared import (
    COLUMNS,
    DESCRIBED,
    declared_digest,
    described_digest,
)
from services.kernel.identifiers import show
from services.platform.database import Row, Statements
from services.settlement.domain.instructed import COLUMNS as INSTRUCTED
from services.settlement.domain.instructed import instructed_digest

_DECLARED: Final = text(
    """
    SELECT l.*, (
        SELECT array_agg(ARRAY[t.line_no::text, t.resident_id::text, t.net_kg::text,
            t.value_minor::text] ORDER BY t.line_no)
        FROM v_tickets AS t WHERE t.lot_id = l.lot_id
    ) AS shares
    FROM v_lots AS l WHERE l.lot_id = ANY(CAST(:case_ids AS uuid[]))
    """
)

_INSTRUCTED: Final = text(
    """
    SELECT i.*, l.seller_code IS NULL OR (i.seller_code, i.seller_account, i.seller_bank_bic)
        = (l.seller_code, l.seller_account, l.seller_account_bic) AS pays_whom_it_is_bound_to
    FROM v_settlements_as_instructed AS i LEFT JOIN v_lots AS l ON l.lot_id = i.lot_id
    WHERE i.instruction_id = ANY(CAST(:case_ids AS uuid[]))
    """
)


async def declared_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Lots whose declared columns or tickets have another digest than their event keeps."""
    kept = {c: events for c, (kind, events) in chains.items() if kind == "lot"}
    declared = {c: said for c, events in kept.items() if (said := _last(events, "declared"))}
    described = {c: said for c, events in kept.items() if (said := _last(events, "described"))}
    if not declared:
        return
    for lot in await tx.execute(_DECLARED, {"case_ids": list(declared)}):
        row = {name: getattr(lot, name) for name in (*COLUMNS, *DESCRIBED)}
        lot_id = show("lot", lot.lot_id)
        if declared_digest(lot_id, row, lot.shares or ()) != declared.pop(lot.lot_id):
            what = "lots or tickets say otherwise than was declared: their digest is another one"
            found[lot.lot_id].append(what)
        said = described.get(lot.lot_id)
        if said is not None and said != described_digest(lot_id, row):
            what = "lots describes goods, way or truck otherwise than was declared"
            found[lot.lot_id].append(what)
    for case_id in declared:
        found[case_id].append("lots has no row of what was declared")


def _last(events: Sequence[Row], field: str) -> str | None:
    """The digest that the last event keeps of what was declared, if it keeps one."""
    said: str | None = None
    for event in events:
        if event.type in ("LotSubmitted", "LotAmended"):
            said = json.loads(event.body).get(field)
    return said


async def instructed_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Payments to or from another account than their event vouches for, or than the seller's that
    their lot is bound to.
    """
    kept: dict[UUID, str | None] = {}
    for case_id, (kind, events) in chains.items():
        for event in events if kind == "stl" else ():
            if event.type == "SettlementInstructed":
                kept[case_id] = json.loads(event.body).get("accounts")
    if not kept:
        return
    for row in await tx.execute(_INSTRUCTED, {"case_ids": list(kept)}):
        said, case = kept[row.instruction_id], show("stl", row.instruction_id)
        columns = {name: getattr(row, name) for name in INSTRUCTED}
        if said and said != instructed_digest(case, columns, row.payer_account_digest):
            what = "settlement_instructions pays or debits another account than was instructed"
            found[row.instruction_id].append(what)
        if not row.pays_whom_it_is_bound_to:
            what = "settlement_instructions pays another account than its lot is bound to"
            found[row.instruction_id].append(what)
