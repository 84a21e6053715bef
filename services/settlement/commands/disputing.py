"""A dispute with a bank: two persons of its compliance find out what is true (四眼原则)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import DECIDED_BEFORE, NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.two_persons import require_another
from services.settlement.commands.goods_gone import payment_return
from services.settlement.commands.signatories import COMPLIANCE, signatory_required
from services.settlement.commands.standing import dispute_stand
from services.settlement.domain import events
from services.settlement.domain.rules.disputing import (
    Found,
    finding_of_what_it_is_about,
    returned_on_a_day,
    two_find_what_is_true,
)
from services.settlement.domain.states import (
    DISPUTE,
    GOODS_GONE,
    HELD_DISPUTE,
    INSTRUCTION,
    Disposition,
    Finding,
    InstructionState,
)
from services.settlement.queries import disputes, instructions

_LOCK = text(
    f"SELECT d.*, {disputes.SAID} AS said, {disputes.UNTOLD} AS untold FROM bank_disputes AS d"
    " WHERE d.dispute_id = :id FOR UPDATE"
)
_SIGN = text("""
    UPDATE bank_disputes SET finding = :finding, returned_on = :returned_on, remark = :remark,
        signed_by = :person, signed_at = :at
    WHERE dispute_id = :id
""")
_RESOLVE = text(f"""
    WITH resolved AS (
        UPDATE bank_disputes SET resolved_by = :person, resolved_at = :at WHERE dispute_id = :id
    )
    SELECT d.disposition, {disputes.UNTOLD} AS untold FROM bank_disputes AS d
    WHERE d.instruction_id = :instruction_id AND d.dispute_id <> :id AND d.resolved_at IS NULL
""")


async def dispute_sign(act: Act, dispute_id: UUID, said: Found, remark: str) -> tuple[Row, int]:
    """One person's word on a dispute; the same one by another person ends it. The dispute, and the
    version that it has then.

    Of goods that never come, money that came back is booked by it; nothing else is. Who signed
    first may sign anew. Raises Refused NOT_FOUND, PRECONDITION_REQUIRED, VERSION_MISMATCH,
    STATE_CONFLICT (resolved before, or its bank has not said yet what became of the payment),
    SIGNATORY_NOT_ON_FILE, FINDING_UNFIT, RETURN_DAY_UNFIT, SAME_PERSON, FINDING_DIFFERS.
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
    _require_fit(payment, found, said, today=business_day(act.at))
    signed = None if found.finding is None else Found(Finding(found.finding), found.returned_on)
    if found.signed_by in (None, act.actor.subject) and said != signed:
        await _signed(act, case, shown, found, said, remark)
    else:
        await _resolved(act, shown, payment, found, said)
    row = await disputes.dispute_get(act, dispute_id)
    return row, row.version + 1 + act.changes(case)


def _require_fit(payment: Row, found: Row, said: Found, *, today: date) -> None:
    state, goods_gone = InstructionState(payment.state), found.disposition == Disposition.GOODS_GONE
    if goods_gone and not INSTRUCTION.is_final(state):
        raise Refused(INSTRUCTION.conflict(state, "resolve"))
    refuse_if_any(asked(today, finding_of_what_it_is_about, said, state, goods_gone=goods_gone))
    paid_on = payment.value_on or business_day(payment.ended_at or payment.requested_at)
    refuse_if_any(asked(today, returned_on_a_day, said, paid_on=paid_on, today=today))


async def _signed(act: Act, case: str, shown: str, found: Row, said: Found, remark: str) -> None:
    person, finding = act.actor.subject, said.finding.value
    word = {"finding": finding, "returned_on": said.returned_on, "remark": remark}
    await act.execute(_SIGN, id=found.dispute_id, **word, person=person, at=act.at)
    signed = events.BankDisputeSigned(
        dispute_id=shown, finding=finding, person=person, returned_on=said.returned_on
    )
    act.record(case, signed, step=_step(shown, act.at))


async def _resolved(act: Act, shown: str, payment: Row, found: Row, said: Found) -> None:
    case = show("stl", payment.instruction_id)
    step, signed = _step(shown, found.signed_at), Found(Finding(found.finding), found.returned_on)
    first = await require_another(act, case, step, two_find_what_is_true, signed=signed, found=said)
    values = {"id": found.dispute_id, "instruction_id": found.instruction_id}
    rows = await act.execute(_RESOLVE, **values, person=act.actor.subject, at=act.at)
    others = {_waited_for(other) for other in rows}
    if said.returned_on is not None:
        await payment_return(act, payment, found.dispute_id, said.returned_on)
    resolved = (events.HeldAnswerResolved if found.untold else events.BankDisputeResolved)(
        dispute_id=shown,
        finding=said.finding.value,
        persons=(first.subject, act.actor.subject),
    )
    act.record(case, resolved, step=f"resolve:{shown}")
    if (code := _waited_for(found)) not in others:
        act.headers.brought(case, code)
    if not others - {HELD_DISPUTE.code}:
        dispute_stand(act, case, InstructionState(payment.state), open_=False)


def _waited_for(dispute: Row) -> str:
    """What a payment waits for while such a dispute about it is open."""
    if dispute.untold:
        return HELD_DISPUTE.code
    return GOODS_GONE.code if dispute.disposition == Disposition.GOODS_GONE else DISPUTE.code


def _step(shown: str, at: datetime) -> str:
    """The step of a first signature; who signs anew takes another."""
    return f"find:{shown}:{at.astimezone(UTC).isoformat()}"
