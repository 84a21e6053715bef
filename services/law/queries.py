"""Reads of the law."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import commodity_code
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.filtered import Filtered

_LINE: Final = """
    SELECT hs_code, name_zh, name_en, perishable, processing_rule, processes, sample,
        effective_from, effective_to
    FROM commodities
"""
_COMMODITIES = text(f"""
    {_LINE}
    WHERE hs_code > :after AND (effective_from IS NULL OR effective_from <= :day)
        AND (effective_to IS NULL OR effective_to > :day)
    ORDER BY hs_code LIMIT :rows
""")
_COMMODITY = text(f"{_LINE} WHERE hs_code = :code ORDER BY effective_from NULLS FIRST")
_NAMED = text(f"""
    {_LINE} WHERE hs_code = ANY(CAST(:codes AS text[])) ORDER BY hs_code, effective_from NULLS FIRST
""")
_RESTRICTIONS = Filtered("""
    SELECT kind, hs_prefix, effective_from, effective_to, authority, sample
    FROM goods_restrictions
    WHERE ASKED(kind = :kind)
        AND effective_from <= :day AND (effective_to IS NULL OR effective_to > :day)
    ORDER BY kind, hs_prefix
""")
_FILING_SHOWN: Final = f"""
    filing_id, kind, count, state, proposed_at, decided_at, {version_of("filing_id")}
"""
_FILINGS = Filtered(f"""
    SELECT {_FILING_SHOWN} FROM law_filings
    WHERE ASKED(state = :state)
        AND ASKED(filing_id > :after)
    ORDER BY filing_id LIMIT :rows
""")
_FILING = text(f"SELECT {_FILING_SHOWN}, rows FROM law_filings WHERE filing_id = :filing_id")
_STATE: Final = """CASE WHEN declined_at IS NOT NULL THEN 'DECLINED'
        WHEN revoked_at IS NOT NULL THEN 'REVOKED' WHEN approved_at IS NULL THEN 'PROPOSED'
        WHEN revocation_asked_by IS NOT NULL THEN 'REVOCATION_PROPOSED' ELSE 'APPROVED' END"""
_SHOWN: Final = f"""
    SELECT policy_id, key, scope, value::text AS value, authority, effective_from, effective_to,
        proposed_by, proposed_at, approved_by, approved_at, {_STATE} AS state, declined_by,
        declined_at, declined_for, revocation_asked_by, revocation_grounds, revocation_no,
        revoked_by, revoked_at, {version_of("policy_id")}
    FROM policy_parameters
"""
_POLICY_ROW = text(f"{_SHOWN} WHERE policy_id = :policy_id")
_POLICY = Filtered(f"""
    {_SHOWN}
    WHERE approved_at IS NOT NULL AND effective_from <= :day
        AND (effective_to IS NULL OR effective_to > :day)
        AND ASKED(key = :key)
        AND ASKED(policy_id > :after)
    ORDER BY policy_id LIMIT :rows
""")
_PROPOSALS = Filtered(f"""
    {_SHOWN}
    WHERE {_STATE} = :state AND ASKED(policy_id > :after)
    ORDER BY policy_id LIMIT :rows
""")


async def commodity_list(tx: Statements, *, on: date, after: str, rows: int) -> list[Row]:
    """The commodity codes that are lines on a day, in their order."""
    return (await tx.execute(_COMMODITIES, {"after": after, "day": on, "rows": rows})).all()


async def commodity_get(tx: Statements, code: str, *, on: date | None, today: date) -> Row:
    """One commodity by its code, however that is spelled, as it is on a day.

    Without a day it is what holds today, or is to hold first, or held last. Raises Refused
    NOT_FOUND.
    """
    periods = (await tx.execute(_COMMODITY, {"code": commodity_code(code)})).all()
    day = on or today
    left = _not_ended(periods, day)
    begun = [one for one in left if one.effective_from is None or one.effective_from <= day]
    shown = begun or ([] if on else left or periods[-1:])
    if not shown:
        raise Refused(NOT_FOUND.at())
    return shown[0]


async def commodity_names(tx: Statements, codes: Iterable[str], *, today: date) -> list[Row]:
    """These codes by name, in their order, each as the line that it is today, or is to be first,
    or was at last; without those that are no line."""
    asked = list(dict.fromkeys(map(commodity_code, codes)))
    found: dict[str, list[Row]] = {}
    for row in await tx.execute(_NAMED, {"codes": asked}):
        found.setdefault(row.hs_code, []).append(row)
    return [(_not_ended(periods, today) or periods[-1:])[0] for periods in found.values()]


def _not_ended(periods: Iterable[Row], day: date) -> list[Row]:
    """Of periods in their order, those that have not ended on a day: the first of them holds, or
    is to hold next."""
    return [one for one in periods if one.effective_to is None or one.effective_to > day]


async def goods_restriction_list(tx: Statements, *, on: date, kind: str | None) -> list[Row]:
    """The restrictions in force on a day."""
    return (await tx.execute(_RESTRICTIONS, {"day": on, "kind": kind})).all()


async def policy_list(
    tx: Statements, *, on: date, key: str | None, after: UUID | None, rows: int
) -> list[Row]:
    """The legal parameters in force on a day, each with its authority."""
    values = {"day": on, "key": key, "after": after, "rows": rows}
    return (await tx.execute(_POLICY, values)).all()


async def proposal_list(tx: Statements, *, state: str, after: UUID | None, rows: int) -> list[Row]:
    """What was proposed and stands there, a decision waited for or taken."""
    return (await tx.execute(_PROPOSALS, {"state": state, "after": after, "rows": rows})).all()


async def policy_get(tx: Statements, policy_id: UUID) -> Row:
    """A legal parameter, in force or proposed. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_POLICY_ROW, {"policy_id": policy_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


async def filing_list(
    tx: Statements, *, state: str | None, after: UUID | None, rows: int
) -> list[Row]:
    """Filings of the law's lists, oldest first."""
    return (await tx.execute(_FILINGS, {"state": state, "after": after, "rows": rows})).all()


async def filing_get(tx: Statements, filing_id: UUID) -> Row:
    """A filing of one of the lists, with its rows. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_FILING, {"filing_id": filing_id})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
