"""Whether what the tables say is what the log says: of each case its deciding columns.

A row may be changed by whoever reaches the database; its event may not without the chain breaking.
So each column that decides something is compared with the field of the event that it came from,
or, of many at once, with the salted digest that the event keeps. An event of a version that did not
say so yet vouches for nothing, and a table that stands here nowhere is named as not compared.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate import verify_cases
from deploy.operate.kept import (
    UNSAID,
    Column,
    Kept,
    amount,
    as_text,
    becomes,
    decimal,
    own_id,
    plain,
    was,
)
from deploy.operate.verify_documents import COMPARED, documents_differing
from deploy.operate.verify_registers import REGISTERS
from deploy.operate.verify_sums import BALANCES, differing_sums
from deploy.operate.verify_touches import PASSKEYS, differing_touches
from migrations.filed import filed_ids
from services.declaration.domain.declared import COLUMNS, declared_digest
from services.kernel.canonical import plate_key
from services.kernel.identifiers import show
from services.platform.database import Row, Statements
from services.settlement.domain.instructed import COLUMNS as INSTRUCTED
from services.settlement.domain.instructed import instructed_digest

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
            "LotAmended": (*map(decimal, ("net_kg", "gross_kg")), amount("value")),
            "LotSentToInspection": (plain("order_id"), plain("lane")),
            "LotReleased": (plain("lane"),),
        },
    ),
    Kept(
        "lot_amendments",
        "v_lots_as_declared",
        "lot_id",
        "lot",
        {
            "LotAmended": (
                was("plate_key", "vehicle_plate", plate_key),
                was("foreign_plate_key", "foreign_plate", plate_key),
                was("seller_code"),
                was("seller_bank_bic"),
            )
        },
        among="former_version",
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
                *map(plain, ("port", "lane", "perishable")),
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
        {
            "RiskRuleProposed": (
                *map(plain, ("code", "lane", "expression", "effective_from")),
                becomes("state", "PROPOSED", by="code"),
                becomes("retired", False, by="code"),
            ),
            "RiskRuleApproved": (becomes("state", "APPROVED", by="code"),),
            "RiskRuleRejected": (becomes("state", "REJECTED", by="code"),),
            "RiskRuleRetired": (becomes("retired", True, by="code"),),
        },
        cased=True,
    ),
    Kept(
        "risk_controls",
        "v_risk_controls",
        "control_id",
        "ctl",
        {
            "RiskControlSet": (
                *map(plain, ("kind", "value", "lane", "effective_from", "effective_to")),
                becomes("lifted_at", False, by="kind"),
            ),
            "RiskControlLifted": (becomes("lifted_at", True, by="book_version"),),
        },
        cased=True,
    ),
    Kept(
        "policy_parameters",
        "v_policy_history",
        "policy_id",
        "pol",
        {
            "PolicyProposed": (
                *map(plain, ("key", "scope", "value", "authority", "effective_from")),
                becomes("approved_at", False, by="key"),
                becomes("declined_at", False, by="key"),
                becomes("revoked_at", False, by="key"),
            ),
            "PolicyApproved": (becomes("approved_at", True, by="key"),),
            "PolicyDeclined": (becomes("declined_at", True, by="key"),),
            "PolicyRevoked": (
                becomes("approved_at", False, by="key"),
                becomes("revoked_at", True, by="key"),
            ),
        },
        cased=True,
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
    *verify_cases.CASES,
    PASSKEYS,
)
"""What is compared. Lots besides by the digest of all that was declared (``declared.py``), payments
by that of whom they pay and debit (``instructed.py``), phones' answers as a whole
(``verify_touches.py``)."""

IN_PART: Final = (
    *verify_cases.IN_PART,
    "policy_parameters.effective_to",
    "risk_rules.effective_to",
    "policy_parameters that a version of the window filed",
)
"""Of these tables what the log says nothing of, or says in the case of whatever took its place."""

_BESIDE: Final = {"tickets", "quota_days", "port_tickets", "touches"}
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
_CASELESS: Final = [
    (
        kept,
        text(
            f"SELECT r.{kept.key} AS case_id FROM {kept.view} AS r"
            f" WHERE r.{kept.key} <> ALL(CAST(:filed AS uuid[]))"
            f" AND NOT EXISTS (SELECT FROM cases AS c WHERE c.case_id = r.{kept.key})"
            f" ORDER BY r.{kept.key}"
        ),
    )
    for kept in KEPT
    if kept.cased
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

_INSTRUCTED: Final = text(
    """
    SELECT i.*, l.seller_code IS NULL OR (i.seller_code, i.seller_account, i.seller_bank_bic)
        = (l.seller_code, l.seller_account, l.seller_account_bic) AS pays_whom_it_is_bound_to
    FROM v_settlements_as_instructed AS i LEFT JOIN v_lots AS l ON l.lot_id = i.lot_id
    WHERE i.instruction_id = ANY(CAST(:case_ids AS uuid[]))
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
    await _instructed(tx, chains, found)
    for case_id, what in (await differing_sums(tx, chains)).items():
        found[case_id] += what
    await differing_touches(tx, chains, found)
    await documents_differing(tx, chains, found)
    return {case_id: what for case_id, what in found.items() if what}


async def caseless_records(tx: Statements) -> AsyncIterator[str]:
    """Rows that put something in force and that nobody's case has: no act of a person made them.

    The legal parameters that a version of the window itself filed are known by their ids.
    """
    for kept, statement in _CASELESS:
        for row in await tx.execute(statement, {"filed": sorted(filed_ids(kept.table))}):
            name = show(kept.kind, row.case_id)
            yield f"{name}: {kept.table} has a row of which the log has no case"


def _of_one_case(
    kept: Kept, events: Sequence[Row], rows: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """What a case's rows say otherwise than its events."""
    said: dict[tuple[Any, str], tuple[str, Column, Any]] = {}
    for event in events:
        if event.type not in kept.says:
            continue
        body = json.loads(event.body)
        which = body.get(kept.among) if kept.among else None
        for column in kept.says[event.type]:
            # A version before did not say it.
            if column.field in body:
                value = column.as_said(body[column.field], body)
                before = said.get((which, column.name))
                if column.stays and before is not None and before[2] != value:
                    yield f"{kept.table}.{column.name}: {before[0]} and {event.type} differ"
                said[which, column.name] = event.type, column, value
                if value is UNSAID:
                    del said[which, column.name]
    opening = next(iter(kept.says))
    missing = set()
    for (which, name), (type_, column, value) in said.items():
        there = [row for row in rows if kept.among is None or row[kept.among] == which]
        if not there:
            if type_ == opening:
                missing.add(f"{kept.table} has no row of what {type_} says")
        elif as_text(column.as_kept(there[0][name])) != value:
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


async def _instructed(
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


def not_compared(tables: Sequence[str]) -> list[str]:
    """The tables of which no column is compared with the log, and what is not of the others."""
    compared = {*_BESIDE, *COMPARED, *REGISTERS, *(one.table for one in (*KEPT, *BALANCES))}
    return sorted({*tables, *IN_PART} - compared)
