"""Whether the rows that an event vouches for by one salted digest are those that are there.

They are made at once and changed by nobody: which parties were found on screening lists, what each
ticket brought, what is reported of a payment, and who is advised of it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.salted import rows_digest
from services.platform.database import Row, Statements
from services.secondmarket.domain.incomes import INCOMES
from services.settlement.domain.worded import ADVICES, HITS, REPORTS


@dataclass(frozen=True, slots=True)
class Together:
    """A case's rows of a table, by a published view, and the events whose ``field`` says them all.

    One of a version that did not say so vouches for nothing.
    """

    table: str
    view: str
    key: str
    kind: str
    columns: Sequence[str]
    events: tuple[str, ...]
    field: str
    none_before: bool = True
    """Whether there are none before one of these; else nobody is asked who made the first."""


TOGETHER: Final = (
    Together(
        "screening_hits",
        "v_screening_hits",
        "instruction_id",
        "stl",
        HITS,
        ("SettlementHeld", "SettlementHeldAnew"),
        "hits",
    ),
    Together(
        "payment_reports",
        "v_payment_reports",
        "instruction_id",
        "stl",
        REPORTS,
        ("PaymentSettled", "PaymentReturned"),
        "reports",
    ),
    Together(
        "settlement_advices",
        "v_settlement_advices",
        "instruction_id",
        "stl",
        ADVICES,
        ("PaymentSettled", "PaymentRejected"),
        "advices",
    ),
    Together(
        "purchase_incomes",
        "v_purchase_incomes",
        "lot_id",
        "lot",
        INCOMES,
        ("LotBought",),
        "incomes",
        none_before=False,
    ),
)
_ROWS: Final = [
    (
        one,
        text(
            f"SELECT {one.key} AS case_id, {', '.join(one.columns)} FROM {one.view}"
            f" WHERE {one.key} = ANY(CAST(:case_ids AS uuid[]))"
        ),
    )
    for one in TOGETHER
]


async def together_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Of these cases those of which other rows are there than an event vouches for."""
    for one, statement in _ROWS:
        ours = {case_id: events for case_id, (kind, events) in chains.items() if kind == one.kind}
        if not ours:
            continue
        rows: dict[UUID, list[list[Any]]] = defaultdict(list)
        for row in await tx.execute(statement, {"case_ids": list(ours)}):
            rows[row.case_id].append([getattr(row, name) for name in one.columns])
        for case_id, events in ours.items():
            type_, said = _said(one, events)
            there = rows[case_id]
            if type_ is None and there and one.none_before:
                found[case_id].append(f"{one.table} has rows of which the log says nothing")
            elif said and said != rows_digest(show(one.kind, case_id), there):
                found[case_id].append(f"{one.table} has other rows than {type_} vouches for")


def _said(one: Together, events: Sequence[Row]) -> tuple[str | None, str | None]:
    """The last event that keeps a digest of such rows, and it; else the first that is of them."""
    first: str | None = None
    for event in reversed(events):
        if event.type in one.events:
            first = event.type
            said: str | None = json.loads(event.body).get(one.field)
            if said:
                return first, said
    return first, None
