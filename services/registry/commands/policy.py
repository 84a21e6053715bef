"""Legal parameters: proposed by one officer, approved by another, ended by a successor."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor, Answer
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log
from services.platform.database import Row, Tx
from services.registry.domain import refusals
from services.registry.domain.events import PolicyApproved, PolicyProposed
from services.registry.domain.model import PolicyProposal, period_is_valid
from services.registry.domain.rules.policy import (
    Period,
    predecessor,
    two_officers_change_the_law,
    value_is_exact,
)

_PROPOSE = text("""
    INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
        effective_to, proposed_by, proposed_at)
    VALUES (:policy_id, :key, :scope, CAST(:value AS jsonb), :authority, :effective_from,
        :effective_to, :proposed_by, :at)
""")
# The one row of the version counter is the turnstile: approvals pass one at a time.
_TURN = text("SELECT version FROM policy_version FOR UPDATE")
_PROPOSAL = text("SELECT * FROM policy_parameters WHERE policy_id = :policy_id FOR UPDATE")
_APPROVED = text("""
    SELECT policy_id, effective_from, effective_to FROM policy_parameters
    WHERE key = :key AND scope = :scope AND approved_at IS NOT NULL
""")
_CLOSE = text("UPDATE policy_parameters SET effective_to = :day WHERE policy_id = :policy_id")
_APPROVE = text("""
    UPDATE policy_parameters SET approved_by = :approved_by, approved_at = :at
    WHERE policy_id = :policy_id
""")


async def policy_propose(tx: Tx, proposal: PolicyProposal, *, actor: Actor, at: datetime) -> Answer:
    """Propose a legal parameter; nothing changes until another officer approves it.

    Refuses PERIOD_INVALID, POLICY_VALUE_INVALID.
    """
    if not period_is_valid(proposal.effective_from, proposal.effective_to):
        raise Refused(
            Refusal(
                refusals.PERIOD_INVALID,
                "The period ends before it covers a single day; the end is exclusive.",
                "/effective_to",
            )
        )
    if not value_is_exact(proposal.value):
        raise Refused(
            Refusal(
                refusals.POLICY_VALUE_INVALID,
                "Write decimals as strings ('0.003'), so that the value is exact.",
                "/value",
            )
        )
    policy_id = new_uuid()
    values = proposal.model_dump()
    values |= {"value": canonical_json(proposal.value), "policy_id": policy_id}
    await tx.execute(_PROPOSE, {**values, "proposed_by": actor.subject, "at": at})
    case = show("pol", policy_id)
    event = PolicyProposed(**proposal.model_dump())
    await event_log.append(tx, case=case, event=event, step="propose", actor=actor, at=at)
    return Answer(status=201, body={"policy_id": case, "state": "PROPOSED"})


async def policy_approve(tx: Tx, policy_id: UUID, *, actor: Actor, at: datetime) -> Answer:
    """Approve a proposal; it ends the open period of its predecessor on its own first day.

    Refuses NOT_FOUND, STATE_CONFLICT (approved before), FOUR_EYES, POLICY_OVERLAP.
    """
    await tx.execute(_TURN)
    proposal = (await tx.execute(_PROPOSAL, {"policy_id": policy_id})).one_or_none()
    if proposal is None:
        raise Refused(Refusal("NOT_FOUND", "No such policy proposal; list the proposals."))
    _refuse_approval(proposal, actor)
    names = {"key": proposal.key, "scope": proposal.scope}
    approved = [Period(*row) for row in (await tx.execute(_APPROVED, names)).all()]
    ended, refusal = predecessor(
        approved, effective_from=proposal.effective_from, effective_to=proposal.effective_to
    )
    if refusal is not None:
        raise Refused(refusal)
    if ended is not None:
        await tx.execute(_CLOSE, {"day": proposal.effective_from, "policy_id": ended})
    decided = {"policy_id": policy_id, "approved_by": actor.subject, "at": at}
    await tx.execute(_APPROVE, decided)
    case = show("pol", policy_id)
    event = PolicyApproved(
        **names,
        effective_from=proposal.effective_from,
        closed=None if ended is None else show("pol", ended),
    )
    await event_log.append(tx, case=case, event=event, step="approve", actor=actor, at=at)
    return Answer(status=200, body={"policy_id": case, "state": "APPROVED"})


def _refuse_approval(proposal: Row, actor: Actor) -> None:
    if proposal.approved_at is not None:
        raise Refused(
            Refusal("STATE_CONFLICT", "This proposal was approved before; there is nothing to do.")
        )
    if not two_officers_change_the_law(proposal.proposed_by, actor.subject):
        raise Refused(
            Refusal(
                refusals.FOUR_EYES,
                "You proposed this parameter; another policy officer must approve it.",
            )
        )
