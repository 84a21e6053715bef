"""What a member says of the own name: a share refused, the name frozen or free again."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.declaration.commands.lots import lot_lock, lot_move, share_read
from services.declaration.commands.touches import Phones, Touch, share_touched
from services.declaration.domain import events, refusals
from services.declaration.domain.states import LOT, LotState
from services.declaration.domain.touch import Answer
from services.kernel.identifiers import new_id, show
from services.kernel.refusal import Refused
from services.platform.act import Act

_REFUSE: Final = text(
    "UPDATE tickets SET refused_at = :at WHERE lot_id = :lot_id AND resident_id = :resident_id"
    " RETURNING line_no"
)
# Two at once meet at the index: one name has one open freeze.
_FREEZE: Final = text(
    "INSERT INTO name_freezes (resident_id, frozen_at) VALUES (:resident_id, :at)"
    " ON CONFLICT DO NOTHING RETURNING frozen_at"
)
_THAW: Final = text(
    "UPDATE name_freezes SET thawed_at = :at WHERE resident_id = :resident_id"
    " AND thawed_at IS NULL RETURNING thawed_at"
)
_IN_QUESTION: Final = text(
    "SELECT EXISTS (SELECT FROM name_reports"
    " WHERE resident_id = :resident_id AND decided_at IS NULL)"
)


async def share_refuse(
    act: Act, lot_id: str, *, resident_id: UUID, phones: Phones, touch: Touch | None = None
) -> None:
    """Refuse the own share, or take back its confirmation, while the lot waits for its members.

    A lot is atomic: without the share its tickets do not add up, so it is withdrawn whole, and
    everybody's quota and the manifest's weight are given back at once. Nobody needs a phone to say
    no; where one says it (``touch``), its answer is kept. Raises Refused NOT_FOUND,
    PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT (every member has confirmed, and it is
    being examined), and as ``share_touched`` does.
    """
    lot = await lot_lock(act, lot_id)
    await share_read(act, lot)
    state = LOT.move(LotState(lot.state), "decline")
    touched = None
    if touch is not None:
        touched = await share_touched(act, phones, touch, lot, resident_id, Answer.NO)
    values = {"lot_id": lot.lot_id, "resident_id": resident_id, "at": act.at}
    refused = (await act.execute(_REFUSE, values)).all()
    event = events.ShareRefused(tickets=len(refused), touch=touched)
    await lot_move(act, lot, state, event, step="end")
    act.tell(lot_id)


async def name_freeze(act: Act, resident_id: UUID, *, frozen: bool) -> datetime | None:
    """Let nobody declare in the own name from now on, or again; since when it is frozen.

    What is declared already is refused share by share; while it is found out whether a use was
    oneself, the name stays frozen. Raises Refused STATE_CONFLICT.
    """
    statement = _FREEZE if frozen else _THAW
    if not frozen and (await act.execute(_IN_QUESTION, resident_id=resident_id)).scalar_one():
        raise Refused(refusals.NAME_IN_QUESTION.at("/frozen"))
    if (await act.execute(statement, resident_id=resident_id, at=act.at)).first() is None:
        already = refusals.NAME_FROZEN_ALREADY if frozen else refusals.NAME_NOT_FROZEN
        raise Refused(already.at("/frozen"))
    said = events.NameFrozen if frozen else events.NameThawed
    act.record(new_id("imp"), said(resident_id=show("res", resident_id)), step="file")
    return act.at if frozen else None


async def name_kept_frozen(act: Act, resident_id: UUID) -> None:
    """Freeze a name, unless its bearer has frozen it already."""
    if (await act.execute(_FREEZE, resident_id=resident_id, at=act.at)).first() is not None:
        event = events.NameFrozen(resident_id=show("res", resident_id))
        act.record(new_id("imp"), event, step="file")
