"""A dispute with a bank: two persons of its compliance find out what is true (四眼原则)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE, NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import actor_of
from services.settlement.commands.signatories import COMPLIANCE, signatory_required
from services.settlement.commands.standing import dispute_stand
from services.settlement.domain import events
from services.settlement.domain.rules.disputing import two_find_what_is_true
from services.settlement.domain.states import DISPUTE, Finding, InstructionState
from services.settlement.queries import disputes, instructions

_LOCK = text(
    f"SELECT d.*, {disputes.SAID} AS said FROM bank_disputes AS d"
    " WHERE d.dispute_id = :id FOR UPDATE"
)
_SIGN = text("""
    UPDATE bank_disputes SET finding = :finding, remark = :remark, signed_by = :person,
        signed_at = :at
    WHERE dispute_id = :id
""")
_RESOLVE = text("""
    WITH resolved AS (
        UPDATE bank_disputes SET resolved_by = :person, resolved_at = :at WHERE dispute_id = :id
    )
    SELECT EXISTS (
        SELECT FROM bank_disputes WHERE instruction_id = :instruction_id
            AND dispute_id <> :id AND resolved_at IS NULL
    )
""")


async def dispute_sign(act: Act, dispute_id: UUID, finding: Finding, remark: str) -> Row:
    """One person's word on a dispute; the same one by another person ends it, and books nothing.

    Who signed first may sign anew. Raises Refused NOT_FOUND, PRECONDITION_REQUIRED,
    VERSION_MISMATCH, STATE_CONFLICT (resolved before), SIGNATORY_NOT_ON_FILE, SAME_PERSON,
    FINDING_DIFFERS.
    """
    of = await disputes.instruction_of(act, dispute_id)
    if of is None:
        raise Refused(NOT_FOUND.at())
    payment = await instructions.locked(act, of)
    if not act.actor.is_party("bank", payment.bank_bic):
        raise Refused(NOT_FOUND.at())
    case, shown = show("stl", of), show("dsp", dispute_id)
    found = (await act.execute(_LOCK, id=dispute_id)).one()
    act.require_version(case, payment.version + found.said)
    if found.resolved_at is not None:
        raise Refused(DECIDED_BEFORE.at())
    await signatory_required(act, COMPLIANCE)
    if found.signed_by in (None, act.actor.subject) and finding != found.finding:
        await _signed(act, case, shown, found, finding, remark)
    else:
        await _resolved(act, case, shown, found, finding, InstructionState(payment.state))
    return await disputes.dispute(act, dispute_id)


async def _signed(
    act: Act, case: str, shown: str, found: Row, finding: Finding, remark: str
) -> None:
    person = act.actor.subject
    await act.execute(
        _SIGN, id=found.dispute_id, finding=finding.value, remark=remark, person=person, at=act.at
    )
    signed = events.BankDisputeSigned(dispute_id=shown, finding=finding.value, person=person)
    act.record(case, signed, step=_step(shown, act.at))


async def _resolved(
    act: Act, case: str, shown: str, found: Row, finding: Finding, state: InstructionState
) -> None:
    first = await actor_of(act, case, _step(shown, found.signed_at))
    refused = two_find_what_is_true(first, act.actor, signed=found.finding, finding=finding.value)
    if refused is not None:
        raise Refused(refused)
    values = {"id": found.dispute_id, "instruction_id": found.instruction_id}
    more = (await act.execute(_RESOLVE, **values, person=act.actor.subject, at=act.at)).scalar_one()
    resolved = events.BankDisputeResolved(
        dispute_id=shown,
        finding=finding.value,
        persons=(first.subject, act.actor.subject),
    )
    act.record(case, resolved, step=f"resolve:{shown}")
    if not more:
        act.headers.brought(case, DISPUTE.code)
        dispute_stand(act, case, state, open_=False)


def _step(shown: str, at: datetime) -> str:
    """The step of a first signature; who signs anew takes another."""
    return f"find:{shown}:{at.astimezone(UTC).isoformat()}"
