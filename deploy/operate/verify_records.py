"""Whether what the tables say is what the log says: of each case its deciding columns.

A row may be changed by whoever reaches the database; its event may not without the chain breaking.
So each column that decides something is compared with the field of the event that it came from,
or, of many at once, with the salted digest that the event keeps. An event of a version that did not
say so yet vouches for nothing, and a table that stands here nowhere is named as not compared.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.declaration.domain.declared import COLUMNS, declared_digest
from services.kernel.identifiers import show
from services.platform.database import Row, Statements

Said = Mapping[str, Any]
"""An event's body."""


@dataclass(frozen=True, slots=True)
class Column:
    """A deciding column, and how its event says the same."""

    name: str
    field: str
    as_said: Callable[[Any, Said], Any]
    """The field's value as the column holds it, in the column's own text form."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A table's rows of one kind of case, read by a published view, each by its case.

    ``among``: where a case has several rows, the column that an event names too. ``says``: of each
    type of event the columns that it vouches for, until a later one says another thing of them;
    the first one is of the row itself.
    """

    table: str
    view: str
    key: str
    kind: str
    says: Mapping[str, tuple[Column, ...]]
    among: str | None = None


UNSAID: Final = object()
"""Of a column that an event leaves to the next one: until then nothing is vouched for."""


def plain(name: str, said: str | None = None) -> Column:
    """A column that is said as it is: text, a number, a list, yes or no."""
    return Column(name, said or name, lambda value, _: _text(value))


def amount(name: str, said: str | None = None) -> Column:
    """A decimal sum, said with its currency."""
    return Column(name, said or name, lambda value, _: _text(Decimal(value["amount"])))


def decimal(name: str, said: str | None = None) -> Column:
    """A weight or a rate, said as a decimal text."""
    return Column(
        name, said or name, lambda value, _: None if value is None else _text(Decimal(value))
    )


def own_id(name: str, said: str | None = None) -> Column:
    """An identifier, said with its prefix."""
    return Column(
        name, said or name, lambda value, _: None if value is None else str(UUID(hex=value[4:]))
    )


KEPT: Final = (
    Kept(
        "lots",
        "v_lots",
        "lot_id",
        "lot",
        {
            "LotSubmitted": (
                *map(plain, ("reference", "port", "business_on", "hs_code", "origin")),
                *map(plain, ("ticket_count", "manifest_no")),
                *map(decimal, ("net_kg", "gross_kg")),
                amount("value"),
            ),
            "LotSentToInspection": (plain("order_id"), plain("lane")),
            "LotReleased": (plain("lane"),),
        },
    ),
    Kept(
        "screenings",
        "v_screenings",
        "lot_id",
        "lot",
        {
            "LotScreened": (
                *map(plain, ("lane", "reasons", "credit_level")),
                *map(plain, ("rule_book_version", "policy_version")),
                *map(decimal, ("draw_value", "rate")),
                own_id("order_id"),
            )
        },
    ),
    Kept(
        "inspection_orders",
        "v_inspection_orders",
        "order_id",
        "ins",
        {
            "InspectionOrdered": (
                own_id("lot_id"),
                *map(plain, ("port", "perishable")),
            ),
            "InspectionStaffed": (plain("officers"), plain("bay")),
            "InspectionUnstaffed": (
                # Who stays, and in which bay, it does not say; the next draw does.
                Column("officers", "reason", lambda *_: UNSAID),
                Column("bay", "reason", lambda *_: UNSAID),
            ),
            "InspectionConcluded": tuple(map(plain, ("results", "disposal", "lot_move"))),
        },
    ),
    Kept(
        "findings",
        "v_findings",
        "order_id",
        "ins",
        {
            "FindingsRecorded": (
                *map(plain, ("author", "method", "results", "disposal")),
                decimal("found_kg"),
            ),
            "InspectionConcluded": (plain("signer"),),
        },
        among="round",
    ),
    Kept(
        "risk_rules",
        "v_risk_rules",
        "rule_id",
        "rul",
        {"RiskRuleProposed": tuple(map(plain, ("code", "lane", "expression", "effective_from")))},
    ),
    Kept(
        "risk_controls",
        "v_risk_controls",
        "control_id",
        "ctl",
        {"RiskControlSet": tuple(map(plain, ("kind", "value", "lane", "effective_from")))},
    ),
    Kept(
        "policy_parameters",
        "v_policy_history",
        "policy_id",
        "pol",
        {
            "PolicyProposed": tuple(
                map(plain, ("key", "scope", "value", "authority", "effective_from"))
            )
        },
    ),
    Kept(
        "settlement_instructions",
        "v_settlements",
        "instruction_id",
        "stl",
        {
            "SettlementInstructed": (
                own_id("lot_id"),
                amount("amount"),
                amount("paid", "gets"),
                plain("bank_bic"),
            )
        },
    ),
    Kept(
        "manifests",
        "v_manifests",
        "manifest_id",
        "man",
        {
            "ManifestLodged": (
                *map(plain, ("manifest_no", "port", "vehicle_plate", "carrier")),
                decimal("total_kg"),
            )
        },
    ),
)
"""What is compared. Lots besides by the digest of all that was declared (``declared.py``)."""

_ROWS: Final = [
    (
        kept,
        text(
            f"SELECT {kept.key} AS case_id, CAST(to_jsonb(r) AS text) AS record"
            f" FROM {kept.view} AS r WHERE {kept.key} = ANY(CAST(:case_ids AS uuid[]))"
        ),
    )
    for kept in KEPT
]
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


async def differing_records(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]]
) -> dict[UUID, list[str]]:
    """Of these cases (kind and events), those of which a table says otherwise, and what."""
    found: dict[UUID, list[str]] = defaultdict(list)
    for kept, statement in _ROWS:
        ours = {c: events for c, (kind, events) in chains.items() if kind == kept.kind}
        if not ours:
            continue
        rows: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        for row in await tx.execute(statement, {"case_ids": list(ours)}):
            rows[row.case_id].append(json.loads(row.record, parse_float=Decimal))
        for case_id, events in ours.items():
            found[case_id] += _of_one_case(kept, events, rows[case_id])
    await _declared(tx, chains, found)
    return {case_id: what for case_id, what in found.items() if what}


def _of_one_case(
    kept: Kept, events: Sequence[Row], rows: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """What a case's rows say otherwise than its events."""
    said: dict[tuple[Any, str], tuple[str, Any]] = {}
    for event in events:
        if event.type not in kept.says:
            continue
        body = json.loads(event.body)
        which = body.get(kept.among) if kept.among else None
        for column in kept.says[event.type]:
            # A version before did not say it.
            if column.field in body:
                value = column.as_said(body[column.field], body)
                said[which, column.name] = event.type, value
                if value is UNSAID:
                    del said[which, column.name]
    opening = next(iter(kept.says))
    missing = set()
    for (which, name), (type_, value) in said.items():
        there = [row for row in rows if kept.among is None or row[kept.among] == which]
        if not there:
            if type_ == opening:
                missing.add(f"{kept.table} has no row of what {type_} says")
        elif _text(there[0][name]) != value:
            yield f"{kept.table}.{name} is not what {type_} says"
    yield from sorted(missing)


async def _declared(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Lots whose declared columns or tickets have another digest than their event keeps."""
    kept: dict[UUID, str] = {}
    for case_id, (kind, events) in chains.items():
        for event in events if kind == "lot" else ():
            if '"declared"' in event.body and (said := json.loads(event.body).get("declared")):
                kept[case_id] = said
    if not kept:
        return
    for lot in await tx.execute(_DECLARED, {"case_ids": list(kept)}):
        columns = {name: getattr(lot, name) for name in COLUMNS}
        digest = declared_digest(show("lot", lot.lot_id), columns, lot.shares or ())
        if digest != kept.pop(lot.lot_id):
            what = "lots or tickets say otherwise than was declared: their digest is another one"
            found[lot.lot_id].append(what)
    for case_id in kept:
        found[case_id].append("lots has no row of what was declared")


def _text(value: Any) -> Any:
    """Values of a row and of a body in one form: decimals without trailing zeros."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return f"{Decimal(value).normalize():f}"
    if isinstance(value, list | tuple):
        return [_text(one) for one in value]
    if isinstance(value, dict):
        return {name: _text(one) for name, one in value.items()}
    return str(value)


def not_compared(tables: Sequence[str]) -> list[str]:
    """The tables of which no column is compared with the log."""
    return sorted(set(tables) - {kept.table for kept in KEPT} - {"tickets"})
