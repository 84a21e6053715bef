"""Confirming shares: the identity of every member before anything is screened."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from services.declaration.commands.lots import clock_of, share_read
from services.declaration.commands.touches import Phones, Touch, share_touched, touch_required
from services.declaration.domain import events, refusals
from services.declaration.domain.rules.release_clock import release_clock
from services.declaration.domain.rules.share_time import share_answered_in_time
from services.declaration.domain.states import LOT, LotState
from services.declaration.domain.touch import Answer, Consent
from services.declaration.queries.lots import MANDATED
from services.kernel.clock import business_day
from services.kernel.header import Header
from services.kernel.identifiers import show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_YOURS
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row

_CONFIRM = text(
    f"""
    WITH confirmed AS (
        UPDATE tickets AS t SET confirmed_at = :at
        WHERE t.lot_id = :lot_id AND t.confirmed_at IS NULL
            AND (
                t.resident_id = (SELECT CAST(:resident_id AS uuid))
                OR ((SELECT CAST(:by_mandate AS boolean)) AND {MANDATED})
            )
        RETURNING line_no
    )
    SELECT (SELECT count(*) FROM confirmed) AS confirmed,
        ARRAY(SELECT line_no FROM confirmed ORDER BY line_no) AS lines,
        (SELECT count(*) FROM tickets WHERE lot_id = :lot_id AND confirmed_at IS NULL)
        - (SELECT count(*) FROM confirmed) AS unconfirmed
    """
)
_IDENTITY_OK = text(
    "UPDATE lots SET state = 'IDENTITY_OK', clock_started_at = :started, release_due_at = :due"
    " WHERE lot_id = :lot_id"
)


async def shares_confirm(
    act: Act,
    lot: Row,
    *,
    resident_id: UUID | None,
    by_mandate: bool,
    phones: Phones,
    touch: Touch | None = None,
) -> None:
    """Confirm the own share, or all shares of members who mandated the clerk.

    A mandate counts on the Beijing day of the confirmation, from the day it is given to the day
    before its end, only while its giver is a member of the group and has not frozen the own name.
    With the last share the lot's identity is confirmed, its release clock starts and its case goes
    on. By ``touch`` a resident's phone says yes to exactly this version, and its answer is kept.
    Raises Refused PRECONDITION_REQUIRED, VERSION_MISMATCH, NOTHING_TO_CONFIRM, SHARES_LAPSED,
    STATE_CONFLICT, TOUCH_DEMANDED, and as ``share_touched`` does.
    """
    await share_read(act, lot)
    lot_id = show("lot", lot.lot_id)
    LOT.move(LotState(lot.state), "confirm")
    today = business_day(act.at)
    refuse_if_any(asked(today, share_answered_in_time, lot.shares_due_at, now=act.at))
    touched = None
    if resident_id is not None:
        await touch_required(act, lot.port, touched=touch is not None)
    if touch is not None:
        if resident_id is None:
            raise Refused(NOT_YOURS.at("/touch"))
        touched = await share_touched(act, phones, touch, lot, resident_id, Answer.YES)
    counted = (
        await act.execute(
            _CONFIRM,
            lot_id=lot.lot_id,
            at=act.at,
            day=today,
            resident_id=resident_id,
            by_mandate=by_mandate,
            group_code=lot.group_code,
        )
    ).one()
    if counted.confirmed == 0:
        raise Refused(_NOTHING)
    event = events.SharesConfirmed(
        tickets=counted.confirmed,
        unconfirmed=counted.unconfirmed,
        by_mandate=by_mandate,
        lines=tuple(counted.lines) if counted.unconfirmed else (),
        consent=_consent(by_mandate, touched),
        touch=touched,
    )
    # So many shares were open before, and each is confirmed once: no other step has this name.
    step = f"confirm:{counted.confirmed + counted.unconfirmed}"
    act.record(lot_id, event, step=step)
    if counted.unconfirmed == 0:
        await _identity_confirmed(act, lot)


def _consent(by_mandate: bool, touched: str | None) -> Consent:
    if by_mandate:
        return Consent.MANDATE
    return Consent.SESSION if touched is None else Consent.PASSKEY


async def _identity_confirmed(act: Act, lot: Row) -> None:
    clock = release_clock(
        arrived_at=lot.entered_at,
        information_complete_at=act.at,
        perishable=lot.perishable,
        book=await act.law(),
        port=lot.port,
    )
    due = {"started": clock.started_at, "due": clock.due_at}
    await act.execute(_IDENTITY_OK, lot_id=lot.lot_id, **due)
    event = events.IdentityConfirmed(clock_started_at=clock.started_at, release_due_at=clock.due_at)
    lot_id = show("lot", lot.lot_id)
    act.record(lot_id, event, step="identity")
    header = Header(clock=clock_of(clock))
    act.headers.stand(lot_id, LOT, LotState.IDENTITY_OK, header=header)
    act.tell(lot_id)


_NOTHING = refusals.NOTHING_TO_CONFIRM.at()
