"""The work list: what waits for the caller, whichever service the case belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query

from services.kernel.fields import Instant
from services.kernel.mistakes import CURSOR_FOREIGN
from services.kernel.refusal import Refused
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, encode_cursor, key_of
from services.window.api.cases import viewer_of
from services.window.api.services import WindowCall
from services.window.domain.model import Place
from services.window.domain.refusals import KIND_UNKNOWN
from services.window.domain.rules.desks import Whose, desks_of
from services.window.queries.work import (
    COUNTED_MAX,
    Wanted,
    colleagues,
    work_counts,
    work_list,
)
from services.window.schemas import work as schemas

router = APIRouter(prefix="/window/v1", tags=["work"])
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Code = Annotated[str | None, Query(max_length=40, pattern="^[A-Z][A-Z_]*$")]


@router.get("/work", response_model=schemas.WorkPage)
async def work_get(
    call: Annotated[WindowCall, allow("window:work:read")],
    whose: Whose = Whose.MINE,
    kind: Annotated[str | None, Query(max_length=40, description="kind of case")] = None,
    code: Code = None,
    port: Annotated[str | None, Query(max_length=32)] = None,
    due_before: Annotated[Instant | None, Query(description="due before")] = None,
    since_before: Annotated[Instant | None, Query(description="waiting since before")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What waits for you now: your own desk first, soonest due first, then longest there.

    A piece of work enters the list, and leaves it, with the act that makes it so. Customs may ask
    for what waits for its team, or for the whole port. ``counts`` tell of all that waits for you,
    whatever the list is asked for.
    """
    kinds = call.services.kinds
    viewer = viewer_of(call)
    wanted = Wanted(_prefix(call, kind), code, port, due_before, since_before)
    after = None if cursor is None else _place(cursor)
    async with call.services.database.reading() as tx:
        known = await colleagues(tx, call.actor) if call.actor.party_kind == "officer" else []
        desks = desks_of(call.actor, whose, known)
        rows = await work_list(tx, viewer, desks, wanted, after=after, rows=limit + 1)
        counts = await work_counts(tx, viewer, desks)
    kept = rows[:limit]
    return {
        "items": [schemas.work_item(row, kinds, call.now, call.language) for row in kept],
        "counts": [
            {
                "kind": kinds[prefix].name,
                "count": min(waiting, COUNTED_MAX),
                "more": waiting >= COUNTED_MAX,
            }
            for prefix, waiting in sorted(counts.items())
        ],
        "next_cursor": _cursor(kept[-1]) if len(rows) > limit else None,
    }


def _prefix(call: WindowCall, name: str | None) -> str | None:
    """The kind of case of this name. Raises Refused REQUEST_INVALID for one there is not."""
    if name is None:
        return None
    prefixes = {kind.name: prefix for prefix, kind in call.services.kinds.items()}
    if name not in prefixes:
        raise Refused(KIND_UNKNOWN.at("/query/kind", known=sorted(prefixes)))
    return prefixes[name]


def _cursor(row: Any) -> str:
    due_us = "" if row.due_at is None else (row.due_at - _EPOCH) // timedelta(microseconds=1)
    return encode_cursor(f"{row.rank}|{due_us}|{row.case_id.hex}|{row.code}")


def _place(cursor: str) -> Place:
    """Where a page begins. Raises Refused REQUEST_INVALID."""
    try:
        rank, due_us, case, code = key_of(cursor).split("|")
        due_at = None if due_us == "" else _EPOCH + timedelta(microseconds=int(due_us))
        return Place(int(rank), due_at, UUID(hex=case), code)
    except (ValueError, OverflowError):
        raise Refused(CURSOR_FOREIGN.at("/query/cursor")) from None
