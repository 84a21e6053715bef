"""How records are filed: all rows in one statement, every reason of a refusal in one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import TextClause, text

from services.kernel.canonical import number_key, party_key
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_id
from services.kernel.refusal import Reason, Refusal, Value
from services.platform.act import Act
from services.registry.domain import refusals
from services.registry.domain.events import RecordsFiled
from services.registry.domain.model import Record, period_is_valid

Rows = Sequence[Mapping[str, Any]]


async def rows_file(
    act: Act, statement: TextClause, rows: Rows, *, kind: str, **also: Any
) -> dict[str, Any]:
    """Write all rows by one statement over a JSON array, and the event that says so; its receipt.

    The number of statements does not depend on the number of rows.
    """
    await act.execute(statement, rows=canonical_json(list(rows)), **also)
    filing_id = new_id("imp")
    act.record(filing_id, RecordsFiled(kind=kind, count=len(rows)), step="file")
    return {"filing_id": filing_id, "kind": kind, "filed": len(rows)}


def plain(records: Iterable[Record]) -> list[dict[str, Any]]:
    """The records as JSON values."""
    return [record.model_dump(mode="json") for record in records]


def duplicates(keys: Sequence[object]) -> list[Refusal]:
    """DUPLICATE_ROW for every row whose key an earlier row of the same filing has."""
    often = {key for key, count in Counter(keys).items() if count > 1}
    seen: set[object] = set()
    found = []
    for index, key in enumerate(keys):
        if key in often and key in seen:
            found.append(refusals.DUPLICATE_ROW.at(f"/rows/{index}"))
        seen.add(key)
    return found


def invalid_periods(
    periods: Iterable[tuple[date | datetime, date | datetime | None]], field: str
) -> list[Refusal]:
    """PERIOD_INVALID for every period that ends on or before the day it begins."""
    return [
        refusals.PERIOD_EMPTY.at(f"/rows/{index}/{field}")
        for index, (begins, ends) in enumerate(periods)
        if not period_is_valid(begins, ends)
    ]


def failing(
    values: Sequence[str],
    holds: Callable[[str], bool],
    reason: Reason,
    *,
    field: str,
    **places: Value,
) -> list[Refusal]:
    """One refusal for every row whose value breaks a rule. Never repeats the value."""
    return [
        reason.at(f"/rows/{index}/{field}", **places)
        for index, value in enumerate(values)
        if not holds(value)
    ]


_KNOWN = {
    "ports": text("SELECT port FROM ports WHERE port = ANY(:values)"),
    "enterprises": text(
        "SELECT enterprise_code FROM enterprises WHERE enterprise_code = ANY(:values)"
    ),
    "officers": text("SELECT badge_no FROM officers WHERE badge_no = ANY(:values)"),
    "banks": text("SELECT bic FROM banks WHERE bic = ANY(:values)"),
}


_GROUPS_FILED = text("SELECT code_key, group_code AS code FROM groups WHERE code_key = ANY(:keys)")


async def groups_filed(act: Act, codes: Sequence[str]) -> tuple[list[str], list[Refusal]]:
    """The groups' codes as they are filed, and NOT_FILED_YET for every row whose group is not."""
    keys = [number_key(code) for code in codes]
    rows = await act.execute(_GROUPS_FILED, keys=sorted(set(keys)))
    filed = {row.code_key: row.code for row in rows}
    missing = failing(
        keys,
        filed.__contains__,
        reason=refusals.NOT_FILED_YET,
        field="group_code",
        kind="groups",
    )
    return [filed.get(key, code) for key, code in zip(keys, codes, strict=True)], missing


_PARTIES_FILED = text("""
    SELECT 'group:' || code_key AS key, 'group:' || group_code AS party FROM groups
    WHERE 'group:' || code_key = ANY(:keys)
    UNION ALL
    SELECT 'enterprise:' || lower(enterprise_code), 'enterprise:' || enterprise_code
    FROM enterprises WHERE 'enterprise:' || lower(enterprise_code) = ANY(:keys)
    UNION ALL
    SELECT 'bank:' || lower(bic), 'bank:' || bic FROM banks WHERE 'bank:' || lower(bic) = ANY(:keys)
    UNION ALL
    SELECT 'resident:res' || replace(CAST(resident_id AS text), '-', ''),
        'resident:res_' || replace(CAST(resident_id AS text), '-', '')
    FROM residents
    WHERE 'resident:res' || replace(CAST(resident_id AS text), '-', '') = ANY(:keys)
""")


async def parties_filed(act: Act, parties: Sequence[str]) -> list[str]:
    """The parties as their tokens name them; who is not filed stays as written."""
    keys = [party_key(party) for party in parties]
    rows = await act.execute(_PARTIES_FILED, keys=sorted(set(keys)))
    filed = {row.key: row.party for row in rows}
    return [filed.get(key, party) for key, party in zip(keys, parties, strict=True)]


async def unknown(act: Act, kind: str, values: Sequence[str], field: str) -> list[Refusal]:
    """NOT_FILED_YET for every row that refers to something nobody has filed."""
    found = await act.execute(_KNOWN[kind], values=sorted(set(values)))
    known = set(found.scalars())
    return failing(
        values,
        known.__contains__,
        refusals.NOT_FILED_YET,
        field=field,
        kind=kind,
    )
