"""Reads of the law."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import commodity_code
from services.kernel.identifiers import show
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.pagination import decode_cursor, key_of, page

_COMMODITIES = text("""
    SELECT hs_code, name_zh, name_en, perishable, processing_rule, processes, sample,
        effective_from, effective_to
    FROM commodities WHERE hs_code > :after ORDER BY hs_code LIMIT :rows
""")
_COMMODITY = text("SELECT * FROM commodities WHERE hs_code = :code")
_RESTRICTIONS = text("""
    SELECT kind, hs_prefix, effective_from, effective_to, authority, sample
    FROM goods_restrictions
    WHERE (CAST(:kind AS text) IS NULL OR kind = :kind)
        AND effective_from <= :day AND (effective_to IS NULL OR effective_to > :day)
    ORDER BY kind, hs_prefix
""")
_FILING_SHOWN: Final = f"""
    filing_id, kind, count, state, proposed_at, decided_at, {version_of("filing_id")}
"""
_FILINGS = text(f"""
    SELECT {_FILING_SHOWN} FROM law_filings
    WHERE (CAST(:state AS text) IS NULL OR state = :state)
        AND (CAST(:after AS uuid) IS NULL OR filing_id > :after)
    ORDER BY filing_id LIMIT :rows
""")
_FILING = text(f"SELECT {_FILING_SHOWN}, rows FROM law_filings WHERE filing_id = :filing_id")
_STATE: Final = """CASE WHEN declined_at IS NOT NULL THEN 'DECLINED'
        WHEN revoked_at IS NOT NULL THEN 'REVOKED' WHEN approved_at IS NULL THEN 'PROPOSED'
        WHEN revocation_asked_by IS NOT NULL THEN 'REVOCATION_PROPOSED' ELSE 'APPROVED' END"""
_SHOWN: Final = f"""
    SELECT policy_id, key, scope, value::text AS value, authority, effective_from, effective_to,
        proposed_by, proposed_at, approved_by, approved_at, {_STATE} AS state, declined_by,
        declined_at, declined_for, revocation_asked_by, revocation_grounds, revoked_by,
        revoked_at, {version_of("policy_id")}
    FROM policy_parameters
"""
_POLICY_ROW = text(f"{_SHOWN} WHERE policy_id = :policy_id")
_POLICY = text(f"""
    {_SHOWN}
    WHERE approved_at IS NOT NULL AND effective_from <= :day
        AND (effective_to IS NULL OR effective_to > :day)
        AND (CAST(:key AS text) IS NULL OR key = :key)
        AND (CAST(:after AS uuid) IS NULL OR policy_id > :after)
    ORDER BY policy_id LIMIT :rows
""")
_PROPOSALS = text(f"""
    {_SHOWN}
    WHERE {_STATE} = :state AND (CAST(:after AS uuid) IS NULL OR policy_id > :after)
    ORDER BY policy_id LIMIT :rows
""")


async def commodity_list(tx: Statements, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of commodity codes in their order."""
    rows = (await tx.execute(_COMMODITIES, {"after": key_of(cursor), "rows": limit + 1})).all()
    return page(rows, limit=limit, key=lambda row: row.hs_code, show=dict)


async def commodity_get(tx: Statements, code: str) -> dict[str, Any]:
    """One commodity by its code, however that is spelled. Raises Refused NOT_FOUND."""
    found = await tx.execute(_COMMODITY, {"code": commodity_code(code)})
    row = found.one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return dict(row)


async def goods_restriction_list(
    tx: Statements, *, on: date, kind: str | None
) -> list[Mapping[str, Any]]:
    """The restrictions in force on a day."""
    rows = (await tx.execute(_RESTRICTIONS, {"day": on, "kind": kind})).all()
    return [dict(row) for row in rows]


async def policy_list(
    tx: Statements, *, on: date, key: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """The legal parameters in force on a day, each with its authority."""
    values = {"day": on, "key": key, "after": decode_cursor(cursor), "rows": limit + 1}
    rows = (await tx.execute(_POLICY, values)).all()
    return page(rows, limit=limit, key=lambda r: r.policy_id, show=_policy)


async def proposal_list(
    tx: Statements, *, state: str, limit: int, cursor: str | None
) -> dict[str, Any]:
    """What was proposed and stands there, a decision waited for or taken."""
    values = {"state": state, "after": decode_cursor(cursor), "rows": limit + 1}
    rows = (await tx.execute(_PROPOSALS, values)).all()
    return page(rows, limit=limit, key=lambda r: r.policy_id, show=_policy)


async def policy_get(tx: Statements, policy_id: UUID) -> dict[str, Any]:
    """A legal parameter, in force or proposed. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_POLICY_ROW, {"policy_id": policy_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return _policy(row)


async def filing_list(
    tx: Statements, *, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Filings of the law's lists, oldest first."""
    values = {"state": state, "after": decode_cursor(cursor), "rows": limit + 1}
    rows = (await tx.execute(_FILINGS, values)).all()
    return page(rows, limit=limit, key=lambda r: r.filing_id, show=_filing)


async def filing_get(tx: Statements, filing_id: UUID) -> dict[str, Any]:
    """A filing of one of the lists, with its rows. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_FILING, {"filing_id": filing_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return {**_filing(row), "rows": json.loads(row.rows)}


def _filing(row: Row) -> dict[str, Any]:
    return {**dict(row), "filing_id": show("imp", row.filing_id)}


def _policy(row: Row) -> dict[str, Any]:
    return {
        "policy_id": show("pol", row.policy_id),
        "version": row.version,
        "key": row.key,
        "scope": row.scope,
        "value": json.loads(row.value),
        "authority": row.authority,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "proposed_by": row.proposed_by,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_by,
        "approved_at": row.approved_at,
        "state": row.state,
        "declined_by": row.declined_by,
        "declined_at": row.declined_at,
        "declined_for": row.declined_for,
        "revocation_asked_by": row.revocation_asked_by,
        "revocation_grounds": row.revocation_grounds,
        "revoked_by": row.revoked_by,
        "revoked_at": row.revoked_at,
    }
