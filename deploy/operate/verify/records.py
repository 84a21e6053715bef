"""Whether what the tables say is what the log says: of each case its deciding columns.

A row may be changed by whoever reaches the database; its event may not without the chain breaking.
So each column that decides something is compared with the field of the event that it came from,
or, of many at once, with the salted digest that the event keeps (``verify/digests.py``). An event
of a version that did not say so yet vouches for nothing, and a table that stands here nowhere is
named as not compared (``verify/left.py``).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from deploy.operate.verify.bank_words import words_differing
from deploy.operate.verify.books import books_differing
from deploy.operate.verify.digests import declared_differing, instructed_differing
from deploy.operate.verify.documents import documents_differing
from deploy.operate.verify.enterprises import ENTERPRISES
from deploy.operate.verify.in_force import IN_FORCE
from deploy.operate.verify.kept import UNSAID, WHEN, WHO, Column, Kept
from deploy.operate.verify.ledger import ledger_differing, ledger_strays
from deploy.operate.verify.lots import LOTS
from deploy.operate.verify.payments import PAYMENTS
from deploy.operate.verify.prices import PRICES
from deploy.operate.verify.shares import shares_differing
from deploy.operate.verify.stock import stock_differing
from deploy.operate.verify.sums import differing_sums
from deploy.operate.verify.together import together_differing
from deploy.operate.verify.touches import PASSKEYS, differing_touches
from migrations.filed import filed_ids
from services.kernel.identifiers import show
from services.platform.database import Row, Statements

KEPT: Final = (*LOTS, *IN_FORCE, *PAYMENTS, *PRICES, *ENTERPRISES, PASSKEYS)
"""What is compared. Lots besides by the digest of all that was declared (``declared.py``), payments
by that of whom they pay and debit (``instructed.py``), phones' answers as a whole
(``verify/touches.py``)."""
_ROWS: Final = [
    (
        kept,
        text(
            f"SELECT {kept.key} AS case_id, CAST(to_jsonb(r) AS text) AS record"
            f" FROM {kept.view} AS r WHERE {kept.by or kept.key} = ANY(CAST(:ids AS uuid[]))"
        ),
    )
    for kept in KEPT
]
_UUID: Final = re.compile("[0-9a-f]{32}")
_CASELESS: Final = [
    (
        kept,
        text(
            f"SELECT r.{kept.key} AS case_id FROM {kept.view} AS r"
            f" WHERE r.{kept.key} <> ALL(CAST(:filed AS uuid[]))"
            f" AND NOT EXISTS (SELECT FROM cases AS c"
            f" WHERE c.case_id = r.{kept.key} AND c.kind = '{kept.kind}')"
            f" AND ({kept.beside or 'false'}) IS NOT TRUE ORDER BY r.{kept.key}"
        ),
    )
    for kept in KEPT
    if kept.spoken and kept.by is None
]


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
        ids = list(ours) if kept.by is None else _named(kept, ours.values())
        for row in await tx.execute(statement, {"ids": ids}):
            rows[row.case_id].append(json.loads(row.record, parse_float=Decimal))
        for case_id, events in ours.items():
            case = show(kept.kind, case_id)
            found[case_id] += _of_one_case(kept, case, events, rows[case_id])
    await declared_differing(tx, chains, found)
    await instructed_differing(tx, chains, found)
    for case_id, what in (await differing_sums(tx, chains)).items():
        found[case_id] += what
    await differing_touches(tx, chains, found)
    await together_differing(tx, chains, found)
    await documents_differing(tx, chains, found)
    await shares_differing(tx, chains, found)
    await books_differing(tx, chains, found)
    await stock_differing(tx, chains, found)
    await ledger_differing(tx, chains, found)
    await words_differing(tx, chains, found)
    return {case_id: what for case_id, what in found.items() if what}


def _named(kept: Kept, chains: Iterable[Sequence[Row]]) -> list[UUID]:
    """The rows that events name; what can be no row's name is named by none."""
    said = {
        str(json.loads(event.body).get(kept.by))
        for chain in chains
        for event in chain
        if event.type in kept.says
    }
    return [UUID(one) for one in said if _UUID.fullmatch(one)]


async def caseless_records(tx: Statements) -> AsyncIterator[str]:
    """Rows that put something in force and that nobody's case has: no act of a person made them.

    What a version of the window itself filed is known by its id.
    """
    for kept, statement in _CASELESS:
        for row in await tx.execute(statement, {"filed": sorted(filed_ids(kept.table))}):
            name = show(kept.kind, row.case_id)
            yield f"{name}: {kept.table} has a row of which the log has no case"
    async for stray in ledger_strays(tx):
        yield stray


def _of_one_case(
    kept: Kept, case: str, events: Sequence[Row], rows: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """What a case's rows say otherwise than its events."""
    said: dict[tuple[Any, str], tuple[str, Column, Any]] = {}
    opened: dict[Any, str] = {}
    gone: dict[Any, str] = {}
    named: set[Any] = set()
    for event in events:
        if event.type not in kept.says and event.type not in kept.gone:
            continue
        beside = {WHEN: event.occurred_at.isoformat(), WHO: event.actor}
        body = {**json.loads(event.body), **beside}
        which = kept.which_said(body)
        named.add(which)
        if which is UNSAID:
            continue
        if event.type in kept.gone:
            said = {key: one for key, one in said.items() if key[0] != which}
            opened.pop(which, None)
            gone[which] = event.type
            continue
        for column in kept.says[event.type]:
            # A version before did not say it.
            if column.field not in body or (column.of and body[column.field] is None):
                continue
            if kept.opening(event.type):
                opened.setdefault(which, event.type)
                gone.pop(which, None)
            before = said.get((which, column.name))
            value = column.said(body, UNSAID if before is None else before[2])
            if column.stays and before is not None and before[2] != value:
                yield f"{kept.table}.{column.name}: {before[0]} and {event.type} differ"
            said[which, column.name] = event.type, column, value
            if value is UNSAID:
                del said[which, column.name]
    rows = [row for row in rows if kept.is_row(row)]
    there = {kept.which(row): row for row in reversed(rows)}
    for (which, name), (type_, column, value) in said.items():
        if which in there and column.kept(there[which], case) != value:
            yield f"{kept.table}.{name} is not what {type_} says"
    for type_ in {gone[which] for which in gone.keys() & there.keys()}:
        yield f"{kept.table} has a row that {type_} says is gone"
    for type_ in {type_ for which, type_ in opened.items() if which not in there}:
        yield f"{kept.table} has no row of what {type_} says"
    # An event of a version before does not say which row it is of: it may be any of them.
    if kept.spoken and UNSAID not in named and (there.keys() - named or len(rows) > len(there)):
        yield f"{kept.table} has a row of which the log says nothing"
