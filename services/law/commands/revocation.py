"""An approved legal parameter that has not begun is revoked by two officers, and never begins."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.rule import asked
from services.law.commands.policy import policy_lock, policy_stands
from services.law.domain import refusals
from services.law.domain.events import PolicyKept, PolicyRevocationProposed, PolicyRevoked
from services.law.domain.rules.policy import (
    only_what_has_not_begun_is_revoked,
    two_officers_change_the_law,
)
from services.platform.act import Act
from services.platform.database import Row
from services.platform.two_persons import require_another

_ASK = text("""
    UPDATE policy_parameters SET revocation_asked_by = :by, revocation_grounds = :grounds,
        revocation_no = revocation_no + 1
    WHERE policy_id = :policy_id RETURNING revocation_no
""")
_KEEP = text("""
    UPDATE policy_parameters SET revocation_asked_by = NULL, revocation_grounds = NULL
    WHERE policy_id = :policy_id
""")
# Without its approval it is nothing that is read, and its days are free for another.
_REVOKE = text("""
    UPDATE policy_parameters SET revoked_by = :by, revoked_at = :at, approved_by = NULL,
        approved_at = NULL
    WHERE policy_id = :policy_id
""")
# What ended on that day because it was ended, by this one or by one revoked before, not what was
# approved with that end: it holds on until the next one begins.
_RESTORE = text("""
    UPDATE policy_parameters AS p SET effective_to = (
        SELECT min(n.effective_from) FROM policy_parameters AS n
        WHERE n.key = p.key AND n.scope = p.scope AND n.approved_at IS NOT NULL
            AND n.effective_from > :day)
    WHERE p.key = :key AND p.scope = :scope AND p.approved_at IS NOT NULL
        AND p.effective_to = :day AND EXISTS (
            SELECT FROM policy_parameters AS s JOIN events AS e ON e.case_id = s.policy_id
            WHERE s.key = p.key AND s.scope = p.scope AND e.type = 'PolicyApproved'
                AND CAST(e.body AS jsonb) ->> 'closed'
                    = 'pol_' || replace(CAST(p.policy_id AS text), '-', ''))
    RETURNING p.policy_id, p.effective_to
""")


async def revocation_propose(act: Act, policy_id: UUID, *, grounds: str) -> dict[str, Any]:
    """Want an approved parameter never to begin; another policy officer decides.

    Refuses NOT_FOUND, OFFICER_NOT_ON_FILE, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT,
    REVOCATION_PENDING.
    """
    row = await policy_lock(act, policy_id)
    act.require_version(show("pol", policy_id), row.version)
    stands = policy_stands(row)
    if not stands.approved:
        raise Refused(refusals.POLICY_NOT_APPROVED.at())
    _refuse_begun(row, business_day(act.at))
    if stands.revocation_asked:
        raise Refused(refusals.REVOCATION_PENDING.at())
    wish = {"by": act.actor.subject, "grounds": grounds}
    number = (await act.execute(_ASK, policy_id=policy_id, **wish)).scalar_one()
    case = show("pol", policy_id)
    event = PolicyRevocationProposed(
        key=row.key, scope=row.scope, effective_from=row.effective_from
    )
    act.record(case, event, step=f"revoke:{number}")
    return {"policy_id": case, "state": "REVOCATION_PROPOSED", "version": row.version + 1}


async def revocation_decide(act: Act, policy_id: UUID, *, approve: bool) -> dict[str, Any]:
    """Revoke a parameter as another policy officer proposed, or keep it.

    Once it has begun it can only be kept. What it was to end holds on until the next one begins.
    Refuses NOT_FOUND, OFFICER_NOT_ON_FILE, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT,
    SAME_PERSON.
    """
    row = await policy_lock(act, policy_id)
    act.require_version(show("pol", policy_id), row.version)
    if not policy_stands(row).waits_for_its_revocation:
        raise Refused(refusals.NO_REVOCATION.at())
    case = show("pol", policy_id)
    await require_another(act, case, asking_step(row), two_officers_change_the_law)
    step = f"revoked:{row.revocation_no}"
    names = {"key": row.key, "scope": row.scope}
    if not approve:
        await act.execute(_KEEP, policy_id=policy_id)
        act.record(case, PolicyKept(**names), step=step)
        return {"policy_id": case, "state": "APPROVED", "version": row.version + 1}
    _refuse_begun(row, business_day(act.at))
    await act.execute(_REVOKE, policy_id=policy_id, by=act.actor.subject, at=act.at)
    restored = (await act.execute(_RESTORE, day=row.effective_from, **names)).one_or_none()
    event = PolicyRevoked(
        **names,
        effective_from=row.effective_from,
        restored=None if restored is None else show("pol", restored.policy_id),
        restored_to=None if restored is None else restored.effective_to,
    )
    act.record(case, event, step=step)
    return {"policy_id": case, "state": "REVOKED", "version": row.version + 1}


def asking_step(row: Row) -> str:
    """The step by which the revocation that waits was proposed."""
    return f"revoke:{row.revocation_no}"


def _refuse_begun(row: Row, today: date) -> None:
    begins = row.effective_from
    refuse_if_any(asked(today, only_what_has_not_begun_is_revoked, begins, today=today))
