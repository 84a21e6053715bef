"""What the law lists takes two: one person proposes rows, and another confirms their filing."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import DECIDED_BEFORE
from services.kernel.rule import asked
from services.law.commands import goods
from services.law.domain import events
from services.law.domain.model import Commodity, GoodsRestriction, PortOrigin
from services.law.domain.rules.lists import two_file_the_lists
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import actor_of, locked_version_of
from services.platform.filing import plain

Line = PortOrigin | GoodsRestriction | Commodity

_PROPOSE: Final = text("""
    INSERT INTO law_filings (filing_id, kind, rows, count, proposed_at, state)
    VALUES (:filing_id, :kind, :rows, :count, :at, 'PROPOSED')
""")
_LOCK: Final = text(
    f"SELECT *, {locked_version_of('filing_id')} FROM law_filings"
    " WHERE filing_id = :filing_id FOR UPDATE"
)
_DECIDE: Final = text(
    "UPDATE law_filings SET state = :state, decided_at = :at WHERE filing_id = :filing_id"
)


@dataclass(frozen=True, slots=True)
class List:
    """One of the law's lists: its name, how a row is read and how rows are filed."""

    name: str
    read: Callable[[dict[str, Any]], Line]
    file: Callable[[Act, Sequence[Any], str | None], Awaitable[dict[str, Any]]]


LISTS: Final[Mapping[type[Line], List]] = {
    PortOrigin: List("port_origins", PortOrigin.model_validate, goods.port_origins_file),
    GoodsRestriction: List(
        "goods_restrictions", GoodsRestriction.model_validate, goods.goods_restrictions_file
    ),
    Commodity: List("commodities", Commodity.model_validate, goods.commodities_file),
}
_BY_NAME: Final = {one.name: one for one in LISTS.values()}


class _Undone(Exception):
    """What was filed for a trial is to leave nothing."""


async def filing_propose(act: Act, rows: Sequence[Line]) -> dict[str, Any]:
    """Propose rows of a list; nothing is judged by them until another person confirms.

    What their filing would be refused for they are refused for at once: DUPLICATE_ROW,
    PERIOD_INVALID, NOT_FILED_YET (port), PERIOD_OVERLAP.
    """
    listed = LISTS[type(rows[0])]
    try:
        async with act.savepoint():
            await listed.file(act, rows, None)
            raise _Undone
    except _Undone:
        pass
    filing_id, written = new_uuid(), canonical_json(plain(rows))
    kept = {"kind": listed.name, "count": len(rows)}
    await act.execute(_PROPOSE, filing_id=filing_id, rows=written, at=act.at, **kept)
    case, content = show("imp", filing_id), sha256(written.encode()).hexdigest()
    act.record(case, events.LawListProposed(**kept, content=content), step="propose")
    return {"filing_id": case, "kind": listed.name, "filed": 0, "proposed": len(rows)}


async def filing_decide(act: Act, filing_id: UUID, *, confirm: bool) -> dict[str, Any]:
    """Confirm a proposal, which files it on this day's facts, or turn it down.

    Whoever proposed may take it back. Refuses NOT_FOUND, PRECONDITION_REQUIRED, VERSION_MISMATCH,
    STATE_CONFLICT (decided before), SAME_PERSON, and what the filing refuses.
    """
    filing = await act.found(_LOCK, filing_id=filing_id)
    case = show("imp", filing_id)
    act.require_version(case, filing.version)
    if not _waits(filing):
        raise Refused(DECIDED_BEFORE.at())
    if confirm:
        refuse_if_any(await _against(act, filing, act.actor, today=business_day(act.at)))
        listed = _BY_NAME[filing.kind]
        await listed.file(act, [listed.read(row) for row in json.loads(filing.rows)], case)
    state = "CONFIRMED" if confirm else "TURNED_DOWN"
    await act.execute(_DECIDE, filing_id=filing_id, state=state, at=act.at)
    said = events.LawListConfirmed if confirm else events.LawListTurnedDown
    act.record(case, said(kind=filing.kind), step="decide")
    return {
        **dict(filing),
        "filing_id": case,
        "state": state,
        "version": filing.version + act.changes(case),
        "decided_at": act.at,
    }


async def acts_on(tx: Statements, filing: Row, actor: Actor, *, today: date) -> list[str]:
    """Which acts on a proposal are open to whoever reads it; the own one is taken back alone."""
    if actor.role != "registrar" or not _waits(filing):
        return []
    against = await _against(tx, filing, actor, today=today)
    return ["turn_down"] if against else ["confirm", "turn_down"]


def _waits(filing: Row) -> bool:
    return bool(filing.state == "PROPOSED")


async def _against(tx: Statements, filing: Row, actor: Actor, *, today: date) -> list[Refusal]:
    """Why a proposal is another person's to confirm."""
    proposer = await actor_of(tx, show("imp", filing.filing_id), "propose")
    return asked(today, two_file_the_lists, proposer, actor)
