"""Confirming shares: the identity of every member before anything is screened."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.declaration.domain import events
from services.declaration.domain.rules.release_clock import release_clock
from services.declaration.domain.states import LOT, LotState
from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused
from services.platform import outbox
from services.platform.database import Row, Tx
from services.platform.event_log import APPEND, Entry
from services.platform.policy import PolicyCache
from workflows.ports.declaration import (
    QUEUE,
    RESIDENT_DECLARATION,
    IdentityConfirmedSignal,
    LotCase,
)

_CONFIRM = text(
    """
    WITH confirmed AS (
        UPDATE tickets AS t SET confirmed_at = :at
        WHERE t.lot_id = :lot_id AND t.confirmed_at IS NULL
            AND (
                t.resident_id = :resident_id
                OR (:by_mandate AND EXISTS (
                    SELECT FROM v_memberships AS m
                    WHERE m.group_code = :group_code AND m.resident_id = t.resident_id
                        AND m.joined_on <= :day AND (m.left_on IS NULL OR :day < m.left_on)
                        AND m.mandated_from <= :day
                        AND (m.mandated_to IS NULL OR :day < m.mandated_to)
                ))
            )
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM confirmed) AS confirmed,
        (SELECT count(*) FROM tickets WHERE lot_id = :lot_id AND confirmed_at IS NULL)
        - (SELECT count(*) FROM confirmed) AS unconfirmed
    """
)
_CONFIRMED = text(
    f"""
    WITH lot AS (
        UPDATE lots SET state = :state, clock_started_at = :started, release_due_at = :due
        WHERE lot_id = :lot_id
    ), message AS ({outbox.INSERT})
    SELECT {APPEND} AS version
    """
)


async def shares_confirm(
    tx: Tx,
    lot: Row,
    *,
    resident_id: UUID | None,
    by_mandate: bool,
    actor: Actor,
    policy: PolicyCache,
    now: datetime,
    step: str,
) -> int:
    """Confirm the own share, or all shares of members who mandated the clerk; returns what is left.

    A mandate counts on the Beijing day of the confirmation, from the day it is given to the day
    before its end, and only while its giver is a member of the group.
    With the last one the lot's identity is confirmed, its release clock starts and its case goes
    on. Raises Refused NOTHING_TO_CONFIRM, STATE_CONFLICT.
    """
    lot_id = show("lot", lot.lot_id)
    LOT.move(LotState(lot.state), "confirm")
    counted = (
        await tx.execute(
            _CONFIRM,
            {
                "lot_id": lot.lot_id,
                "at": now,
                "day": business_day(now),
                "resident_id": resident_id,
                "by_mandate": by_mandate,
                "group_code": lot.group_code,
            },
        )
    ).one()
    if counted.confirmed == 0:
        raise Refused(
            Refusal(
                "NOTHING_TO_CONFIRM",
                "No open share here is yours or mandated to you; members confirm their own.",
            )
        )
    event = events.SharesConfirmed(
        tickets=counted.confirmed, unconfirmed=counted.unconfirmed, by_mandate=by_mandate
    )
    await tx.execute(text(f"SELECT {APPEND}"), Entry(lot_id, event, step, actor, now).parameters())
    if counted.unconfirmed == 0:
        await _identity_confirmed(tx, lot, policy=policy, actor=actor, now=now)
    return int(counted.unconfirmed)


async def _identity_confirmed(
    tx: Tx, lot: Row, *, policy: PolicyCache, actor: Actor, now: datetime
) -> None:
    lot_id = show("lot", lot.lot_id)
    clock = release_clock(
        arrived_at=lot.entered_at,
        information_complete_at=now,
        perishable=lot.perishable,
        book=await policy.book(tx),
        port=lot.port,
    )
    event = events.IdentityConfirmed(clock_started_at=clock.started_at, release_due_at=clock.due_at)
    await tx.execute(
        _CONFIRMED,
        {
            "lot_id": lot.lot_id,
            "state": LotState.IDENTITY_OK.value,
            "started": clock.started_at,
            "due": clock.due_at,
            **Entry(lot_id, event, "identity", actor, now).parameters(),
            **outbox.parameters(
                workflow=RESIDENT_DECLARATION,
                case=lot_id,
                queue=QUEUE,
                start=LotCase(lot_id=lot_id),
                signal="identity_confirmed",
                message=IdentityConfirmedSignal(lot_id=lot_id, release_due_at=clock.due_at),
            ),
        },
    )
