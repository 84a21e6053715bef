"""Legal parameters: proposed by one officer, approved by another, ended by a successor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE, NOT_FOUND, PERIOD_EMPTY
from services.law.domain import refusals
from services.law.domain.events import PolicyApproved, PolicyProposed
from services.law.domain.model import PolicyProposal
from services.law.domain.rules.policy import (
    Period,
    predecessor,
    two_officers_change_the_law,
    value_is_exact,
    value_is_of_its_kind,
)
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import actor_of, locked_version_of
from services.platform.filing import period_is_valid
from services.platform.officers import require_officer

_PROPOSE = text("""
    INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
        effective_to, proposed_by, proposed_at)
    VALUES (:policy_id, :key, :scope, CAST(:value AS jsonb), :authority, :effective_from,
        :effective_to, :proposed_by, :at)
""")
# The one row of the version counter is the turnstile: approvals pass one at a time.
_TURN = text("SELECT version FROM policy_version FOR UPDATE")
_PROPOSAL = text(
    f"SELECT *, {locked_version_of('policy_id')} FROM policy_parameters"
    " WHERE policy_id = :policy_id FOR UPDATE"
)
_KNOWN = text("""
    SELECT value FROM policy_parameters WHERE key = :key AND approved_at IS NOT NULL
    ORDER BY approved_at DESC, policy_id
""")
_APPROVED = text("""
    SELECT policy_id, effective_from, effective_to FROM policy_parameters
    WHERE key = :key AND scope = :scope AND approved_at IS NOT NULL
""")
_CLOSE = text("UPDATE policy_parameters SET effective_to = :day WHERE policy_id = :policy_id")
_APPROVE = text("""
    UPDATE policy_parameters SET approved_by = :approved_by, approved_at = :at
    WHERE policy_id = :policy_id
""")


async def policy_propose(act: Act, proposal: PolicyProposal) -> dict[str, Any]:
    """Propose a legal parameter; nothing changes until another officer approves it.

    Refuses OFFICER_NOT_ON_FILE, PERIOD_INVALID, POLICY_VALUE_INVALID.
    """
    if not period_is_valid(proposal.effective_from, proposal.effective_to):
        raise Refused(PERIOD_EMPTY.at("/effective_to"))
    if not value_is_exact(proposal.value):
        raise Refused(refusals.POLICY_VALUE_INVALID.at("/value"))
    known = (await act.execute(_KNOWN, key=proposal.key)).scalars()
    if (differs := value_is_of_its_kind(proposal.key, proposal.value, known)) is not None:
        raise Refused(differs)
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
    (approved before), SAME_PERSON, POLICY_OVERLAP.
    """
    await act.execute(_TURN)
    proposal = (await act.execute(_PROPOSAL, policy_id=policy_id)).one_or_none()
    if proposal is None:
        raise Refused(NOT_FOUND.at())
    await require_officer(act)
    case = show("pol", policy_id)
    act.require_version(case, proposal.version)
    await _refuse_approval(act, case, proposal)
    names = {"key": proposal.key, "scope": proposal.scope}
    approved = [Period(*row) for row in (await act.execute(_APPROVED, **names)).all()]
    ended, refusal = predecessor(
        approved, effective_from=proposal.effective_from, effective_to=proposal.effective_to
    )
    if refusal is not None:
        raise Refused(refusal)
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


async def _refuse_approval(act: Act, case: str, proposal: Row) -> None:
    if proposal.approved_at is not None:
        raise Refused(DECIDED_BEFORE.at())
    proposer = await actor_of(act, case, "propose")
    refusal = two_officers_change_the_law(proposer, act.actor)
    if refusal is not None:
        raise Refused(refusal)
