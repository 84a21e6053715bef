"""A held payment: two persons of its bank's compliance let it go (四眼原则), one refuses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import Event, MoneyBody
from services.kernel.identifiers import uuid_of
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.settlement.commands import offering
from services.settlement.commands.drawdown import value_drawn
from services.settlement.commands.holding_anew import hold_anew, screened_anew
from services.settlement.commands.offering import Writer
from services.settlement.commands.signatories import COMPLIANCE, signatory_required
from services.settlement.commands.standing import answer_due, lot_unpaid, payment_stand
from services.settlement.domain import events, refusals
from services.settlement.domain.rules import matching
from services.settlement.domain.rules.doubts import rules_of
from services.settlement.domain.rules.screening import two_release
from services.settlement.domain.states import INSTRUCTION, InstructionState
from services.settlement.domain.worded import hits_digest
from services.settlement.queries import instructions
from services.settlement.queries.instructions import HeldFacts
from services.settlement.tables import RELEASED_VALUE

_SIGN = text(
    f"""
    WITH signed AS (
        INSERT INTO compliance_signatures (instruction_id, person, act, remark, signed_at)
        VALUES (CAST(:id AS uuid), :person, :act, :remark, CAST(:at AS timestamptz))
        ON CONFLICT (instruction_id, person, act) DO UPDATE SET remark = EXCLUDED.remark,
            signed_at = EXCLUDED.signed_at, lapsed_at = NULL
            WHERE compliance_signatures.lapsed_at IS NOT NULL
    ), drawn AS (
        {value_drawn("CAST(:drawn AS bigint)")}
    ), given_back AS (
        {RELEASED_VALUE.give_back("CAST(:given_back AS bigint)")}
    )
    UPDATE settlement_instructions SET state = :state, offered_at = :offered_at,
        ended_at = :ended_at,
        untold = untold + CASE WHEN hold_told_at IS NULL THEN CAST(:untold_anyway AS integer)
            ELSE CAST(:untold AS integer) END,
        drawn_minor = drawn_minor + CAST(:drawn AS bigint) - CAST(:given_back AS bigint)
    WHERE instruction_id = CAST(:id AS uuid) RETURNING *
    """
)
SIGNED_ALONE: Final = (events.SettlementReleaseSigned,)
CLEARED: Final = (events.SettlementCleared, events.FundsReserved)
CLEARED_AGAIN: Final = (events.SettlementCleared,)
"""What a first signature, and what a release, records of a case that nobody outside is told, also
of one whose funds are reserved: no version that is told outside ever counts it."""
#: What compliance must not wave through: it would pay what was never released.
_NEVER_RELEASED: Final = frozenset({"BACKGROUND_NOT_RELEASED", "BACKGROUND_VALUE_EXCEEDED"})


class HeldAnew(Exception):
    """A list has a name of the payment that nobody had seen; it is held for that, too, by now."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a person of compliance says of a held payment: release or refuse, and why."""

    act: str
    remark: str


async def compliance_sign(
    act: Act, case: str, signature: Signature, writer: Writer
) -> tuple[Row, int]:
    """One person's signature under a hold; the instruction then, and its version.

    The first signature of a release is recorded; the second, another person's of the same bank,
    draws the value, reserves the funds and offers the message, as far as that was not done before
    it was held. One refuses: what is reserved is void. Raises Refused
    NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, SIGNATORY_NOT_ON_FILE, SAME_PERSON,
    NAME_IN_QUESTION, NOT_RELEASABLE, MESSAGE_INVALID, CALENDAR_MISSING; HeldAnew, which is
    recorded, when the lists say more than anybody has seen.
    """
    held = await instructions.locked(act, uuid_of(case, "stl"))
    if not act.actor.is_party("bank", held.bank_bic):
        raise Refused(instructions.not_found())
    act.require_version(case, held.version)
    if held.state != InstructionState.HELD:
        raise Refused(INSTRUCTION.conflict(InstructionState(held.state), signature.act))
    await signatory_required(act, COMPLIANCE)
    facts = await instructions.held_facts(act, held)
    if signature.act == "refuse":
        row = await _refuse(act, case, held, facts, signature)
        return row, held.version + act.changes(case)
    _require_releasable(held, facts, business_day(act.at))
    seen = await _seen(act, case, held, facts, writer)
    if facts.first_signer is None:
        row = await _first_signature(act, case, held, facts, signature, seen)
    else:
        day = business_day(act.at)
        refuse_if_any(asked(day, two_release, facts.first_signer, act.actor))
        row = await _release(act, case, held, facts, signature, seen, writer)
    return row, held.version + act.changes(case)


async def _seen(act: Act, case: str, held: Row, facts: HeldFacts, writer: Writer) -> str:
    """The digest of what the lists say, all of which was on record for whoever signs.

    Raises HeldAnew, recorded, when there is more.
    """
    seen = await screened_anew(act, facts, writer.vault)
    if seen.doubts:
        await hold_anew(act, case, held, facts, seen)
        raise HeldAnew
    return hits_digest(case, seen.known)


async def _first_signature(
    act: Act, case: str, held: Row, facts: HeldFacts, signature: Signature, seen: str
) -> Row:
    state = InstructionState.HELD
    row = await _signed(act, held, facts, signature, state, untold=SIGNED_ALONE)
    signed = events.SettlementReleaseSigned(person=act.actor.subject, hits=seen)
    act.record(case, signed, step=f"sign:{facts.held_anew}" if facts.held_anew else "sign")
    return row


async def _release(
    act: Act,
    case: str,
    held: Row,
    facts: HeldFacts,
    signature: Signature,
    seen: str,
    writer: Writer,
) -> Row:
    payment, first = facts.payment, facts.first_signer
    message = await offering.message_written(act, payment, writer)
    draws = 0 if held.drawn_minor else payment.amount.minor
    state = INSTRUCTION.move(InstructionState.HELD, "release")
    untold = CLEARED_AGAIN if facts.was_offered else CLEARED
    row = await _signed(act, held, facts, signature, state, drawn=draws, untold=untold)
    anew: dict[str, str] = {}
    if facts.was_offered:
        await offering.message_offer_again(act, message)
        anew = {"digest": message.digest.hex(), "kept": message.kept}
    signers = [one.subject for one in (first, act.actor) if one is not None]
    cleared = events.SettlementCleared(released_by=tuple(signers), hits=seen, **anew)
    act.record(case, cleared, step=f"clear:{facts.held_anew}" if facts.was_offered else "clear")
    if draws:
        amount = MoneyBody.of(payment.amount)
        drawn = events.ReleasedValueDrawnDown(lot_id=facts.lot.lot_id, amount=amount)
        act.record(case, drawn, step="draw_down")
    if not facts.was_offered:
        await offering.message_offer(act, payment, message)
    payment_stand(act, case, held.bank_bic, state, due_at=await answer_due(act))
    act.tell(case)
    return row


async def _refuse(act: Act, case: str, held: Row, facts: HeldFacts, signature: Signature) -> Row:
    state = INSTRUCTION.move(InstructionState.HELD, "refuse")
    row = await _signed(act, held, facts, signature, state, given_back=held.drawn_minor)
    doubts = tuple(held.held_for)
    void = await offering.reservation_void(act, case, held.instruction_id)
    refused = events.SettlementRefused(
        reasons=doubts,
        rules=rules_of(doubts),
        refused_by=act.actor.subject,
        transaction_id=void,
    )
    act.record(case, refused, step="refuse")
    payment_stand(act, case, held.bank_bic, state, disputed=facts.disputed)
    lot_unpaid(act, facts.lot.lot_id, facts.lot.side, state=facts.lot.state)
    act.tell(case)
    return row


def _require_releasable(held: Row, facts: HeldFacts, day: date) -> None:
    """Raises Refused NAME_IN_QUESTION; NOT_RELEASABLE for what was never released, is not left to
    be paid, or goes to or comes from another account than was instructed.
    """
    refuse_if_any(asked(day, matching.nobody_in_question_is_paid_for, facts.lot))
    if not facts.as_instructed:
        raise Refused(refusals.ACCOUNTS_DIFFER.at())
    left = bool(held.drawn_minor) or facts.drawdown.gives(facts.payment.amount)
    unpayable = asked(day, matching.payable, facts.lot)
    if _NEVER_RELEASED.intersection(held.held_for) or unpayable or not left:
        raise Refused(refusals.NOT_RELEASABLE.at())


async def _signed(
    act: Act,
    held: Row,
    facts: HeldFacts,
    signature: Signature,
    state: InstructionState,
    *,
    drawn: int = 0,
    given_back: int = 0,
    untold: tuple[type[Event], ...] = (),
) -> Row:
    values: dict[str, Any] = {
        "id": held.instruction_id,
        "person": act.actor.subject,
        "act": signature.act,
        "remark": signature.remark,
        "at": act.at,
        "lot_id": held.lot_id,
        "lot_currency": facts.lot.value.currency,
        "released_minor": facts.lot.value.minor,
        "drawn": drawn,
        "given_back": given_back,
        "untold": len(untold),
        # To whoever is told that it is held one first signature is like the other: he counts one.
        "untold_anyway": len(untold) if untold is SIGNED_ALONE and facts.was_signed else 0,
        "state": state.value,
        "offered_at": act.at if state is InstructionState.OFFERED else None,
        "ended_at": act.at if INSTRUCTION.is_final(state) else None,
    }
    row: Row = (await act.execute(_SIGN, **values)).one()
    return row
