"""Webhooks: registered, replayed and removed by their party; claimed and settled by delivery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.platform.database import Row, Statements
from services.platform.tail import Position, newest
from services.platform.vault import Vault
from services.window.domain import refusals
from services.window.domain.rules.delivery import PER_PARTY_MAX, gives_up, wait_after
from services.window.domain.states import WEBHOOK, WebhookState
from services.window.queries import webhooks as queries

SEALED_FOR: Final = "webhooks.secret_sealed"
"""The context under which a webhook's secret is sealed."""

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('webhooks ' || :party, 0))")
_STANDING = text("SELECT count(*) FROM webhooks WHERE party = :party AND state <> 'REMOVED'")
_INSERT = text(
    """
    INSERT INTO webhooks (webhook_id, party, subject, role, port, url, secret_sealed, event_types,
        state, after_xid, after_number, due_at, leased_until, created_at)
    VALUES (:webhook_id, :party, :subject, :role, :port, :url, :secret_sealed,
        CAST(:event_types AS text[]), 'ACTIVE', :xid, :number, :at, :at, :at)
    RETURNING *
    """
)
_LOCK = text("SELECT FROM webhooks WHERE webhook_id = :webhook_id FOR UPDATE")
_REPLAY = text(
    """
    UPDATE webhooks SET state = 'ACTIVE', version = version + 1, after_xid = :xid,
        after_number = :number, attempts = 0, failing_since = NULL, last_error = NULL, due_at = :at
    WHERE webhook_id = :webhook_id RETURNING *
    """
)
_CHANGE_SECRET = text(
    """
    UPDATE webhooks SET secret_before_sealed = secret_sealed, secret_before_until = :until,
        secret_sealed = :secret_sealed
    WHERE webhook_id = :webhook_id RETURNING *
    """
)
_REMOVE = text(
    "UPDATE webhooks SET state = 'REMOVED', version = version + 1, secret_sealed = '',"
    " secret_before_sealed = NULL, secret_before_until = NULL"
    " WHERE webhook_id = :webhook_id RETURNING *"
)
# Whoever delivers owns the row until the lease ends: a process that dies gives it back by itself.
# How many is hidden from the planner, which would plan every call anew for it.
_CLAIM = text(
    """
    UPDATE webhooks SET leased_until = now() + :lease
    WHERE webhook_id IN (
        SELECT webhook_id FROM webhooks AS w
        WHERE w.state = 'ACTIVE' AND w.due_at <= now() AND w.leased_until <= now() AND EXISTS (
            SELECT FROM events AS e
            WHERE (e.xid, e.position) > (CAST(CAST(w.after_xid AS text) AS xid8), w.after_number)
                AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
        )
        ORDER BY w.due_at LIMIT (SELECT CAST(:most AS bigint)) FOR UPDATE SKIP LOCKED
    )
    RETURNING *
    """
)
_NEXT_DUE = text(
    "SELECT CAST(extract(epoch FROM min(greatest(due_at, leased_until)) - now()) AS float8)"
    " FROM webhooks WHERE state = 'ACTIVE' AND (due_at > now() OR leased_until > now())"
)
_SETTLE = text(
    """
    UPDATE webhooks SET after_xid = :xid, after_number = :number, state = :state,
        attempts = :attempts, failing_since = :failing_since, last_error = :error,
        last_delivered_at = coalesce(:delivered_at, last_delivered_at), due_at = :due_at,
        passed_over = passed_over + CAST(:passed AS integer),
        passed_xid = coalesce(:passed_xid, passed_xid),
        passed_number = coalesce(:passed_number, passed_number),
        leased_until = now()
    WHERE webhook_id = :webhook_id AND version = :version AND leased_until = :leased_until
        AND state = 'ACTIVE'
    """
)
# Replayed or removed meanwhile, what its party set stands; only the lease is given back.
_GIVE_BACK = text(
    "UPDATE webhooks SET leased_until = now()"
    " WHERE webhook_id = :webhook_id AND leased_until = :leased_until"
)


@dataclass
class Turn:
    """How far the delivery to one webhook came."""

    place: Position
    """Everything up to here was told, passed over, or is nothing to the webhook."""
    delivered: int = 0
    error: str | None = None
    asked_for: timedelta = timedelta(0)
    """How long the receiver that failed asks to be left alone."""
    passed_over: list[Position] = field(default_factory=list)
    """Events that it refused, while it took later ones."""


async def webhook_register(
    tx: Statements,
    *,
    url: str,
    secret: bytes,
    event_types: Sequence[str] | None,
    since: Position | None,
    vault: Vault,
    actor: Actor,
    at: datetime,
) -> Row:
    """Deliver to an address what happens to the actor's cases, from now or from a place on.

    Raises Refused WEBHOOK_LIMIT when the party has as many as it may.
    """
    await tx.execute(_ONE_AT_A_TIME, {"party": actor.party})
    if (await tx.execute(_STANDING, {"party": actor.party})).scalar_one() >= PER_PARTY_MAX:
        raise Refused(refusals.WEBHOOK_LIMIT.at(most=PER_PARTY_MAX))
    place = await newest(tx) if since is None else await _reached(tx, since)
    values = {
        "webhook_id": new_uuid(),
        "party": actor.party,
        "subject": actor.subject,
        "role": actor.role,
        "port": actor.port,
        "url": url,
        "secret_sealed": vault.seal(secret, context=SEALED_FOR),
        "event_types": None if event_types is None else sorted(set(event_types)),
        "xid": place.xid,
        "number": place.number,
        "at": at,
    }
    return (await tx.execute(_INSERT, values)).one()


async def webhook_replay(
    tx: Statements, webhook_id: UUID, *, since: Position, actor: Actor, at: datetime
) -> Row:
    """Deliver again what happened after a place in the log; a suspended webhook goes on with it."""
    await _lock_for(tx, webhook_id, "replay", actor)
    since = await _reached(tx, since)
    values = {"webhook_id": webhook_id, "xid": since.xid, "number": since.number, "at": at}
    return (await tx.execute(_REPLAY, values)).one()


async def webhook_secret_change(
    tx: Statements, webhook_id: UUID, *, secret: bytes, until: datetime, vault: Vault, actor: Actor
) -> Row:
    """Sign with another secret from now on, and with the one before besides until then."""
    await _lock_for(tx, webhook_id, "change_secret", actor)
    values = {
        "webhook_id": webhook_id,
        "secret_sealed": vault.seal(secret, context=SEALED_FOR),
        "until": until,
    }
    return (await tx.execute(_CHANGE_SECRET, values)).one()


async def webhook_remove(tx: Statements, webhook_id: UUID, *, actor: Actor) -> Row:
    """Deliver nothing more, and forget the secret."""
    await _lock_for(tx, webhook_id, "remove", actor)
    return (await tx.execute(_REMOVE, {"webhook_id": webhook_id})).one()


async def _reached(tx: Statements, place: Position) -> Position:
    """The place itself. Raises Refused when the log has not come so far: nothing would be told."""
    if place.xid > (await newest(tx)).xid:
        raise Refused(refusals.PLACE_TO_COME.at("/since"))
    return place


async def _lock_for(tx: Statements, webhook_id: UUID, act: str, actor: Actor) -> None:
    await tx.execute(_LOCK, {"webhook_id": webhook_id})
    row = await queries.webhook_get(tx, actor, webhook_id)
    WEBHOOK.move(WebhookState(row.state), act)


async def webhooks_claim(tx: Statements, *, most: int, lease: timedelta) -> Sequence[Row]:
    """Webhooks with something to deliver, each to one process until its lease ends."""
    return (await tx.execute(_CLAIM, {"most": most, "lease": lease})).all()


async def next_due_s(tx: Statements) -> float | None:
    """In how many seconds a webhook that failed is tried again; None when none did."""
    found: float | None = (await tx.execute(_NEXT_DUE)).scalar_one()
    return found


async def webhook_settle(tx: Statements, row: Row, *, turn: Turn, now: datetime) -> None:
    """Keep how far delivery came; after a failure, when to try again or that nobody will."""
    delivered, error = turn.delivered, turn.error
    failing_since = None if error is None else now if delivered else row.failing_since or now
    attempts = 0 if error is None else 1 if delivered else row.attempts + 1
    state = WebhookState.ACTIVE
    if error is not None and gives_up(error, failing_since=failing_since or now, now=now):
        state = WEBHOOK.move(state, "give_up")
    await tx.execute(
        _SETTLE,
        {
            "webhook_id": row.webhook_id,
            "leased_until": row.leased_until,
            "version": row.version,
            "xid": turn.place.xid,
            "number": turn.place.number,
            "passed": len(turn.passed_over),
            "passed_xid": turn.passed_over[-1].xid if turn.passed_over else None,
            "passed_number": turn.passed_over[-1].number if turn.passed_over else None,
            "state": state.value,
            "attempts": attempts,
            "failing_since": failing_since,
            "error": error,
            "delivered_at": now if delivered else None,
            "due_at": now if error is None else now + max(wait_after(attempts), turn.asked_for),
        },
    )
    await webhook_give_back(tx, row)


async def webhook_give_back(tx: Statements, row: Row) -> None:
    """End the lease of a webhook that was claimed, unless another process has it by now."""
    lease = {"webhook_id": row.webhook_id, "leased_until": row.leased_until}
    await tx.execute(_GIVE_BACK, lease)
