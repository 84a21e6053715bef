"""The work list: what waits for the caller, whichever service the case belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query

from services.kernel.fields import Instant
from services.kernel.mistakes import CURSOR_FOREIGN
from services.kernel.refusal import Refused
from services.platform.database import Row, Statements
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, encode_cursor, key_of
from services.window.api.cases import viewer_of
from services.window.api.services import WindowCall
from services.window.domain.model import Place
from services.window.domain.refusals import KIND_UNKNOWN
from services.window.domain.rules.desks import Whose, desks_of, known_of
from services.window.queries.to_second import (
    KINDS,
    OFFICES,
    levels_to_sign,
    of_own_bank,
    to_second,
)
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
    for what waits for its team, or for the whole port; any officer of a port reads which credit
    levels a colleague proposed, and persons of a bank what another of them entered by hand or
    wants ended. Officers of risk and of the law, and registrars, read what waits
    for another of them than whoever proposed it, and registrars which reports on the use of a name;
    an auditor that nothing is waited for. ``counts`` tell of all that waits for you, whatever the
    list is asked for; what another does, and you know of (``waits_for``), they do not.
    """
    wanted = Wanted(_prefix(call, kind), code, port, due_before, since_before)
    after = None if cursor is None else _place(cursor)
    async with call.services.database.reading() as tx:
        if call.actor.role in OFFICES:
            return await _to_second(tx, call, wanted, after, limit)
        return await _on_desks(tx, call, whose, wanted, after, limit)


async def _on_desks(
    tx: Statements,
    call: WindowCall,
    whose: Whose,
    wanted: Wanted,
    after: Place | None,
    limit: int,
) -> dict[str, Any]:
    """What waits in cases, on the caller's desks."""
    kinds, viewer = call.services.kinds, viewer_of(call)
    known = await colleagues(tx, call.actor) if call.actor.party_kind == "officer" else []
    desks = desks_of(call.actor, whose, known)
    rows = await work_list(tx, viewer, desks, wanted, after=after, rows=limit + 1)
    counts = await work_counts(tx, viewer, desks, known_of(kinds, call.actor))
    named = Counter({kinds[prefix].name: waiting for prefix, waiting in sorted(counts.items())})
    at_port = any(desk.name == f"officers:{call.actor.port}" for desk in desks)
    beside = list(await of_own_bank(tx, call.actor, call.caller.scopes, rows=COUNTED_MAX))
    if at_port and "accreditation:level:read" in call.caller.scopes:
        beside += await levels_to_sign(tx, call.actor, rows=COUNTED_MAX)
    if beside:
        named.update(row.kind for row in beside)
        follow = [row for row in beside if _is_wanted(row, wanted) and _follows(row, after)]
        rows = sorted([*rows, *follow], key=_placed)
    shown = [
        schemas.office_item(row, call.now, call.language)
        if row.kind in KINDS
        else schemas.work_item(row, kinds, call.now, call.language, call.actor)
        for row in rows[:limit]
    ]
    return _page(shown, named, rows, limit)


async def _to_second(
    tx: Statements, call: WindowCall, wanted: Wanted, after: Place | None, limit: int
) -> dict[str, Any]:
    """What waits for another person of the caller's office."""
    rows = await to_second(tx, call.actor, rows=COUNTED_MAX)
    found = [row for row in rows if _is_wanted(row, wanted)]
    if after is not None:
        place = _order(after.due_at, after.case_id)
        found = [row for row in found if _order(row.due_at, row.case_id) > place]
    shown = [schemas.office_item(row, call.now, call.language) for row in found[:limit]]
    return _page(shown, Counter(row.kind for row in rows), found, limit)


def _order(due_at: datetime | None, case_id: UUID) -> tuple[bool, datetime, UUID]:
    """What has a deadline comes first."""
    return due_at is None, due_at or _EPOCH, case_id


def _placed(row: Any) -> tuple[int, bool, datetime, UUID, str]:
    """Where a piece of work stands on a list of desks: own first, without a deadline last."""
    return row.rank, *_order(row.due_at, row.case_id), row.code


def _follows(row: Row, after: Place | None) -> bool:
    return after is None or _placed(row) > _placed(after)


def _is_wanted(row: Row, wanted: Wanted) -> bool:
    return (
        wanted.kind in (None, row.kind)
        and wanted.port in (None, row.port)
        and wanted.code in (None, row.code)
        and (wanted.due_before is None or (row.due_at or wanted.due_before) < wanted.due_before)
        and (wanted.since_before is None or row.since < wanted.since_before)
    )


def _page(
    shown: list[dict[str, Any]], counts: Mapping[str, int], rows: Sequence[Row], limit: int
) -> dict[str, Any]:
    return {
        "items": shown,
        "counts": [
            {
                "kind": kind,
                "count": min(waiting, COUNTED_MAX),
                "more": waiting >= COUNTED_MAX,
            }
            for kind, waiting in counts.items()
        ],
        "next_cursor": _cursor(rows[limit - 1]) if len(rows) > limit else None,
    }


def _prefix(call: WindowCall, name: str | None) -> str | None:
    """The kind of case of this name. Raises Refused REQUEST_INVALID for one there is not."""
    if name is None:
        return None
    prefixes = {kind.name: prefix for prefix, kind in call.services.kinds.items()}
    prefixes |= {kind: kind for kind in KINDS}
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
