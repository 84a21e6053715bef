"""Legal parameters: proposed by one officer, decided by another, ended by a successor."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import DECIDED_BEFORE, PERIOD_EMPTY
from services.kernel.rule import asked
from services.law.domain import refusals
from services.law.domain.deciding import PolicyStands
from services.law.domain.events import PolicyApproved, PolicyDeclined, PolicyProposed
from services.law.domain.model import PolicyProposal
from services.law.domain.rules.policy import (
    Period,
    past_days_keep_their_law,
    predecessor,
    two_officers_change_the_law,
    value_is_exact,
    value_is_of_its_kind,
)
from services.law.domain.rules.reading import parameter_is_known, scope_is_known
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import actor_of, locked_version_of
from services.platform.filing import period_is_valid
from services.platform.officers import require_officer
from services.platform.two_persons import require_another

_PROPOSE = text("""
    INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
        effective_to, proposed_by, proposed_at)
    VALUES (:policy_id, :key, :scope, CAST(:value AS jsonb), :authority, :effective_from,
        :effective_to, :proposed_by, :at)
""")
# The one row of the version counter is the turnstile: approvals pass one at a time.
_TURN = text("SELECT version FROM policy_version FOR UPDATE")
_ROW = text(
    f"SELECT *, {locked_version_of('policy_id')} FROM policy_parameters"
    " WHERE policy_id = :policy_id FOR UPDATE"
)
_KEYS = text("SELECT DISTINCT key FROM policy_parameters WHERE approved_at IS NOT NULL")
_PORTS = text("SELECT port FROM v_ports")
_KNOWN = text("""
    SELECT value FROM policy_parameters WHERE key = :key AND approved_at IS NOT NULL
    ORDER BY approved_at DESC, policy_id
""")
_APPROVED = text("""
    SELECT policy_id, effective_from, effective_to FROM policy_parameters
    WHERE key = :key AND scope = :scope AND approved_at IS NOT NULL
""")
# The general value is what a scope was judged by that had none of its own.
_HELD = text("""
    SELECT min(greatest(effective_from, CAST(:since AS date))) FROM policy_parameters
    WHERE key = :key AND scope IN (:scope, '') AND approved_at IS NOT NULL
        AND effective_from < :today AND (effective_to IS NULL OR effective_to > :since)
        AND effective_from < coalesce(CAST(:until AS date), 'infinity')
""")
_CLOSE = text("UPDATE policy_parameters SET effective_to = :day WHERE policy_id = :policy_id")
_APPROVE = text("""
    UPDATE policy_parameters SET approved_by = :approved_by, approved_at = :at
    WHERE policy_id = :policy_id
""")
_DECLINE = text("""
    UPDATE policy_parameters SET declined_by = :by, declined_at = :at, declined_for = :grounds
    WHERE policy_id = :policy_id
""")


async def policy_propose(act: Act, proposal: PolicyProposal) -> dict[str, Any]:
    """Propose a legal parameter; nothing changes until another officer approves it.

    Refuses OFFICER_NOT_ON_FILE, PERIOD_INVALID, POLICY_KEY_UNKNOWN, POLICY_SCOPE_UNKNOWN,
    POLICY_PAST, POLICY_VALUE_INVALID.
    """
    if not period_is_valid(proposal.effective_from, proposal.effective_to):
        raise Refused(PERIOD_EMPTY.at("/effective_to"))
    await _refuse_unread(act, proposal)
    await _refuse_past(act, proposal)
    if not value_is_exact(proposal.value):
        raise Refused(refusals.POLICY_VALUE_INVALID.at("/value"))
    known = (await act.execute(_KNOWN, key=proposal.key)).scalars()
    today = business_day(act.at)
    refuse_if_any(asked(today, value_is_of_its_kind, proposal.key, proposal.value, known))
    policy_id = new_uuid()
    values = {**proposal.model_dump(), "value": canonical_json(proposal.value)}
    named = {"policy_id": policy_id, "proposed_by": act.actor.subject}
    # Every row of the law raises its version, and so waits for its turn.
    await act.execute(_PROPOSE, at=act.at, **values, **named)
    await require_officer(act)
    case = show("pol", policy_id)
    act.record(case, PolicyProposed(**proposal.model_dump()), step="propose")
    return {"policy_id": case, "state": "PROPOSED", "version": 1}


async def policy_approve(act: Act, policy_id: UUID) -> dict[str, Any]:
    """Approve a proposal; it ends the open period of its predecessor on its own first day.

    Refuses NOT_FOUND, OFFICER_NOT_ON_FILE, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT
    (decided before), SAME_PERSON, POLICY_PAST, POLICY_OVERLAP.
    """
    proposal = await policy_lock(act, policy_id)
    case = show("pol", policy_id)
    act.require_version(case, proposal.version)
    await _refuse_decision(act, case, proposal)
    ended, refusal = await becoming_law(act, proposal, today=business_day(act.at))
    if refusal is not None:
        raise Refused(refusal)
    names = {"key": proposal.key, "scope": proposal.scope}
    if ended is not None:
        await act.execute(_CLOSE, day=proposal.effective_from, policy_id=ended)
    await act.execute(_APPROVE, policy_id=policy_id, approved_by=act.actor.subject, at=act.at)
    event = PolicyApproved(
        **names,
        effective_from=proposal.effective_from,
        closed=None if ended is None else show("pol", ended),
    )
    act.record(case, event, step="approve")
    return {"policy_id": case, "state": "APPROVED", "version": proposal.version + 1}


async def policy_decline(act: Act, policy_id: UUID, *, grounds: str) -> dict[str, Any]:
    """Decline a proposal; it is kept with the grounds, and waits no more.

    Refuses NOT_FOUND, OFFICER_NOT_ON_FILE, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT
    (decided before), SAME_PERSON.
    """
    proposal = await policy_lock(act, policy_id)
    case = show("pol", policy_id)
    act.require_version(case, proposal.version)
    await _refuse_decision(act, case, proposal)
    said = {"by": act.actor.subject, "at": act.at, "grounds": grounds}
    await act.execute(_DECLINE, policy_id=policy_id, **said)
    act.record(case, PolicyDeclined(key=proposal.key, scope=proposal.scope), step="decline")
    return {"policy_id": case, "state": "DECLINED", "version": proposal.version + 1}


def policy_stands(row: Row) -> PolicyStands:
    """How a legal parameter stands."""
    return PolicyStands(
        approved=row.approved_at is not None,
        ended=row.declined_at is not None or row.revoked_at is not None,
        revocation_asked=row.revocation_asked_by is not None,
    )


async def becoming_law(
    tx: Statements, proposal: Row, *, today: date
) -> tuple[UUID | None, Refusal | None]:
    """Which open period a proposal would end, or why it cannot become law as it stands today:
    POLICY_PAST, POLICY_OVERLAP."""
    for past in await _is_past(tx, proposal, today=today):
        return None, past
    names = {"key": proposal.key, "scope": proposal.scope}
    approved = [Period(*row) for row in (await tx.execute(_APPROVED, names)).all()]
    return predecessor(
        approved, effective_from=proposal.effective_from, effective_to=proposal.effective_to
    )


async def policy_lock(act: Act, policy_id: UUID) -> Row:
    """A parameter, locked in the law's own turn. Refuses NOT_FOUND, OFFICER_NOT_ON_FILE."""
    await act.execute(_TURN)
    row = await act.found(_ROW, policy_id=policy_id)
    await require_officer(act)
    return row


async def not_the_second(
    tx: Statements, case: str, step: str, actor: Actor, *, today: date
) -> list[Refusal]:
    """Why somebody is no second officer to whoever took that step of the case."""
    return asked(today, two_officers_change_the_law, await actor_of(tx, case, step), actor)


async def _refuse_decision(act: Act, case: str, proposal: Row) -> None:
    if policy_stands(proposal).decided:
        raise Refused(DECIDED_BEFORE.at())
    await require_another(act, case, "propose", two_officers_change_the_law)


async def _refuse_past(act: Act, proposal: PolicyProposal) -> None:
    """Refuses POLICY_PAST, when it is proposed; when it is approved, ``becoming_law`` does."""
    refuse_if_any(await _is_past(act, proposal, today=business_day(act.at)))


async def _is_past(tx: Statements, proposal: PolicyProposal | Row, *, today: date) -> list[Refusal]:
    since = proposal.effective_from
    if since >= today:
        return []
    named = {"key": proposal.key, "scope": proposal.scope, "until": proposal.effective_to}
    held = await tx.execute(_HELD, {"since": since, "today": today, **named})
    held_over = held.scalar_one()
    return asked(today, past_days_keep_their_law, since, today=today, held=held_over)


async def _refuse_unread(act: Act, proposal: PolicyProposal) -> None:
    """Refuses POLICY_KEY_UNKNOWN, POLICY_SCOPE_UNKNOWN."""
    today, keys = business_day(act.at), set((await act.execute(_KEYS)).scalars())
    refuse_if_any(asked(today, parameter_is_known, proposal.key, keys))
    if proposal.scope:
        ports = set((await act.execute(_PORTS)).scalars())
        refuse_if_any(asked(today, scope_is_known, proposal.key, proposal.scope, ports))
