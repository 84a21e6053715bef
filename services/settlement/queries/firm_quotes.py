"""Firm quotes, and the price that one is locked at: the market's, as it stands on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.pairs import Pair
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered

# The pooled price if one is in force, else that of the bank on duty. One turn a pair: who locks in
# it waits, so that together they lock no more than is quoted; what is locked is read after that.
_DEALT_AT = text(
    """
    WITH dealt AS MATERIALIZED (
        SELECT * FROM v_prices WHERE pair = :pair AND valid_from <= :now AND valid_until > :now
            AND (source = 'POOLED' OR bank_bic = :bank)
        ORDER BY source, version DESC NULLS LAST LIMIT 1
    )
    SELECT *, CAST(pg_advisory_xact_lock(hashtextextended('firm_quotes', hashtext(pair))) AS text)
        AS turn
    FROM dealt
    """
)
_FIRM: Final = "SELECT * FROM firm_quotes WHERE quote_id = :id AND party = :party"
_LIST = Filtered(
    """
    SELECT * FROM firm_quotes
    WHERE party = :party AND ASKED(quote_id < :after)
        AND ASKED(usable: (used_by IS NULL AND expires_at > :now) = :usable)
    ORDER BY quote_id DESC LIMIT :limit
    """
)
_READ, _LOCK = text(_FIRM), text(f"{_FIRM} FOR UPDATE")


async def dealt_at(tx: Statements, pair: Pair, bic: str, now: datetime) -> Row | None:
    """At what a pair is dealt now, if the bank is on duty, in the turn of who locks in that pair.

    None when nobody quotes it.
    """
    values = {"pair": str(pair), "bank": bic, "now": now}
    return (await tx.execute(_DEALT_AT, values)).one_or_none()


async def firm_quote(tx: Statements, quote_id: UUID, *, party: str, lock: bool = False) -> Row:
    """A party's own firm quote; locked, it is used by one instruction. Raises Refused NOT_FOUND."""
    values = {"id": quote_id, "party": party}
    row = (await tx.execute(_LOCK if lock else _READ, values)).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


async def page_rows(tx: Statements, *, party: str, **filters: object) -> Sequence[Row]:
    """A party's own firm quotes, the newest first, as many as ``limit`` says."""
    return (await tx.execute(_LIST, {"party": party, **filters})).all()
