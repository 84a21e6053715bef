"""A bank's word by hand, where its system cannot send it: one person enters it, another confirms.

What is confirmed comes in as the bank's report does (``keeping.py``, ``receiving.py``): there is no
other way to book. Two signatories on file stand in place of the signature of the bank's system.

| state | act | who | becomes |
|---|---|---|---|
| | enter | a signatory of the payment's bank, while it waits for an answer | ENTERED |
| ENTERED | confirm | another signatory of the same bank | CONFIRMED: kept and carried out |
| ENTERED | withdraw | any signatory of the same bank | WITHDRAWN |
| ENTERED | the bank's own system answers | | ENTERED: no longer to be confirmed, only withdrawn |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import day_shown
from services.kernel.identifiers import new_uuid, show
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row
from services.platform.signatories import is_signatory
from services.platform.two_persons import require_another
from services.platform.vault import Vault
from services.settlement.commands import keeping, receiving
from services.settlement.commands.holding_anew import held_at_taking
from services.settlement.commands.offering import Writer
from services.settlement.commands.receiving import Received
from services.settlement.commands.signatories import ANSWERS, signatory_required
from services.settlement.commands.taking import TAKE, taken
from services.settlement.domain import events, refusals
from services.settlement.domain.messages import payment_status, reading
from services.settlement.domain.messages.payment_status import Status, StatusReport
from services.settlement.domain.rules.answering import two_say_it_by_hand
from services.settlement.domain.rules.answers import REJECTED_CODES
from services.settlement.domain.rules.screening import withheld
from services.settlement.domain.states import (
    CONFIRMATION,
    HAND_ANSWER,
    AnswerState,
    Disposition,
    InstructionState,
)
from services.settlement.queries import banking, hand_answers
from services.settlement.queries.banking import OfferedPayment, Sought

# Whoever answers has taken the message: its payer takes it back no more.
_ENTER = text(
    """
    WITH entered AS (
        INSERT INTO hand_answers (
            answer_id, bank_bic, message_ref, body, digest, by_file, statuses, entered_by,
            entered_at, state
        ) VALUES (
            CAST(:answer_id AS uuid), :bank_bic, :ref, CAST(:body AS bytea),
            CAST(:digest AS bytea), :by_file, CAST(:statuses AS jsonb), :person,
            CAST(:at AS timestamptz), 'ENTERED'
        )
    ), about AS (
        INSERT INTO hand_answer_payments (answer_id, instruction_id, waits)
        SELECT CAST(:answer_id AS uuid), p.id, true
        FROM unnest(CAST(:payments AS uuid[])) AS p (id)
    )
    UPDATE bank_messages SET fetched_at = coalesce(fetched_at, CAST(:at AS timestamptz))
    WHERE message_id = ANY(CAST(:messages AS uuid[]))
    """
)
_END = text(
    """
    WITH about AS (
        UPDATE hand_answer_payments SET waits = false WHERE answer_id = CAST(:answer_id AS uuid)
    )
    UPDATE hand_answers SET state = :state, ended_by = :person, ended_at = :at,
        report_id = CAST(:report_id AS uuid),
        statuses = coalesce(CAST(:statuses AS jsonb), statuses)
    WHERE answer_id = CAST(:answer_id AS uuid)
    """
)
_BY_FORM: Final = {
    Disposition.AMOUNT_DIFFERS: refusals.AMOUNT_DIFFERS.at("/amount"),
    Disposition.VALUED_BEFORE: refusals.VALUED_BEFORE.at("/value_on"),
    Disposition.REASON_UNKNOWN: refusals.REASON_UNKNOWN.at("/reason_code"),
}
"""What whoever fills in a form is told at once; of a file it is the bank's word, and kept so."""


class HeldAtTaking(Exception):
    """A payment that would be answered is held by now, for doubts that nobody has seen."""

    def __init__(self, doubts: tuple[str, ...]) -> None:
        super().__init__(*doubts)
        self.doubts = doubts


@dataclass(frozen=True, slots=True)
class Word:
    """What a person of the bank says in a form of one payment; ``amount`` in what is paid."""

    instruction_id: UUID
    code: str
    amount: Decimal | None = None
    reason_code: str | None = None
    reason_text: str | None = None
    bank_reference: str | None = None
    value_on: date | None = None


async def word_enter(act: Act, word: Word, writer: Writer) -> Row:
    """One person says of one payment what became of it; the answer, which waits for another.

    Raises Refused SIGNATORY_NOT_ON_FILE, NOT_FOUND, STATE_CONFLICT (waits for no answer, or has one
    already), REASON_REQUIRED, REASON_UNKNOWN, AMOUNT_INVALID, AMOUNT_DIFFERS, VALUED_BEFORE,
    MESSAGE_INVALID; HeldAtTaking, which is recorded.
    """
    await signatory_required(act, ANSWERS)
    answer_id, bic = new_uuid(), act.actor.party_code
    one = Sought([word.instruction_id], [], [])
    payments = await banking.payments_lock(act, receiving.NO_REPORT, one, bic=bic)
    if not payments:
        raise Refused(NOT_FOUND.at("/instruction_id"))
    xml = _written(word, payments[0], answer_id, act)
    said = keeping.report_read(xml, bic=bic, official=writer.official)
    return await _entered(act, answer_id, xml, said, payments, writer.vault, by_file=False)


async def file_enter(act: Act, xml: bytes, writer: Writer) -> Row:
    """One person hands in the bank's own pacs.002; the answer, which waits for another.

    Raises Refused SIGNATORY_NOT_ON_FILE, UNKNOWN_REFERENCE, STATE_CONFLICT, MESSAGE_UNSAFE,
    MESSAGE_TOO_LARGE, MESSAGE_INVALID, REASON_REQUIRED, MESSAGE_REFERENCE_REUSED; HeldAtTaking,
    which is recorded.
    """
    await signatory_required(act, ANSWERS)
    bic = act.actor.party_code
    said = keeping.report_read(xml, bic=bic, official=writer.official)
    await keeping.report_of_profile(act, said, bic)
    await keeping.report_known(act, xml, said, bic)
    sought = banking.sought(said.statuses)
    payments = await banking.payments_lock(act, receiving.NO_REPORT, sought, bic=bic)
    return await _entered(act, new_uuid(), xml, said, payments, writer.vault, by_file=True)


async def answer_confirm(act: Act, answer_id: UUID, vault: Vault) -> Row:
    """Another person's word on what was entered: it is the bank's report now, and carried out.

    Raises Refused NOT_FOUND, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT (it has
    ended, is not what was entered, or something else would become of it now than the second person
    read), SIGNATORY_NOT_ON_FILE (also of whoever entered it), SAME_PERSON,
    MESSAGE_REFERENCE_REUSED.
    """
    found, said, payments = await _locked(act, answer_id)
    shown, cases = show("ans", answer_id), [show("stl", one) for one in found.payments]
    act.require_version(shown, hand_answers.version_of(found))
    state = HAND_ANSWER.move(AnswerState(found.state), "confirm")
    await signatory_required(act, ANSWERS)
    first = await require_another(act, shown, "enter", two_say_it_by_hand)
    if not await is_signatory(act, first, ANSWERS):
        raise Refused(refusals.ENTERED_BY_NOBODY_ON_FILE.at())
    await _require_as_read(act, found, said, payments)
    kept = await keeping.report_keep_by_hand(act, bytes(found.body), said)
    confirmed = events.BankAnswerConfirmed(
        answer_id=shown,
        report_id=kept.report_id.hex,
        digest=bytes(found.digest).hex(),
        persons=(first.subject, act.actor.subject),
    )
    # Before what follows from it: the log is read in this order.
    act.record(shown, confirmed, step="confirm")
    for case in cases:
        act.headers.brought(case, CONFIRMATION.code)
        act.record(case, confirmed, step=f"confirm:{shown}")
    report = await receiving.report_carry_out(act, kept, vault)
    became = [_as_kept(one) for one in report.statuses]
    return await _ended(act, answer_id, state, report_id=kept.report_id, statuses=became)


async def answer_withdraw(act: Act, answer_id: UUID) -> Row:
    """What was entered is taken back by a person of the bank, who may be whoever entered it.

    Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, SIGNATORY_NOT_ON_FILE.
    """
    found, _, _ = await _locked(act, answer_id)
    shown, cases = show("ans", answer_id), [show("stl", one) for one in found.payments]
    act.require_version(shown, hand_answers.version_of(found))
    state = HAND_ANSWER.move(AnswerState(found.state), "withdraw")
    await signatory_required(act, ANSWERS)
    withdrawn = events.BankAnswerWithdrawn(answer_id=shown, person=act.actor.subject)
    act.record(shown, withdrawn, step="withdraw")
    for case in cases:
        act.headers.brought(case, CONFIRMATION.code)
        act.record(case, withdrawn, step=f"withdraw:{shown}")
    return await _ended(act, answer_id, state)


async def _require_as_read(
    act: Act, found: Row, said: StatusReport, payments: Sequence[OfferedPayment]
) -> None:
    """Raises Refused STATE_CONFLICT unless an answer is the one that was entered, by the log, and
    the same would become of it now as its second person reads in it.
    """
    digest = hashlib.sha256(bytes(found.body)).hexdigest()
    if (
        not digest
        == bytes(found.digest).hex()
        == await hand_answers.digest_entered(act, found.answer_id)
    ):
        raise Refused(refusals.ANSWER_DIFFERS.at())
    expected = await receiving.report_expected(act, said, payments)
    if [_as_kept(one) for one in expected] != found.statuses:
        raise Refused(refusals.ANSWER_STALE.at())


async def _locked(act: Act, answer_id: UUID) -> tuple[Row, StatusReport, Sequence[OfferedPayment]]:
    """An answer with what it says and of which payments, locked after their turns as everywhere."""
    row = await hand_answers.visible(act, answer_id, act.actor)
    said = payment_status.read(reading.opened(bytes(row.body)))
    sought = banking.sought(said.statuses)
    payments = await banking.payments_lock(act, receiving.NO_REPORT, sought, bic=row.bank_bic)
    return await hand_answers.visible(act, answer_id, act.actor, locked=True), said, payments


def _written(word: Word, payment: OfferedPayment, answer_id: UUID, act: Act) -> bytes:
    """The pacs.002 that says what a form says. Raises Refused REASON_REQUIRED, AMOUNT_INVALID."""
    reason = word.reason_code or word.reason_text
    if reason is None and word.code in REJECTED_CODES:
        raise Refused(refusals.REASON_MISSING.at("/reason_code"))
    amount = None
    if word.amount is not None:
        amount = Money.parse(word.amount, payment.paid.currency)
    numbers = payment.numbers
    status = Status(
        original_message=numbers.message,
        original_instruction=numbers.instruction,
        code=word.code,
        amount=amount,
        reason=reason,
        own_reasons=frozenset() if word.reason_code or reason is None else frozenset({reason}),
        bank_reference=word.bank_reference,
        original_end_to_end=numbers.payment,
        uetr=numbers.uetr,
        effective_on=word.value_on,
    )
    return payment_status.built(
        message_ref=answer_id.hex,
        created_at=act.at,
        from_bic=act.actor.party_code,
        statuses=[status],
    )


async def _entered(
    act: Act,
    answer_id: UUID,
    xml: bytes,
    said: StatusReport,
    payments: Sequence[OfferedPayment],
    vault: Vault,
    *,
    by_file: bool,
) -> Row:
    expected = await receiving.report_expected(act, said, payments)
    about = {one.payment for one in expected if one.payment is not None}
    waiting = await hand_answers.answered_already(act, sorted(about))
    named = {payment.instruction_id: payment for payment in payments}
    refuse_if_any(
        refusal
        for number, one in enumerate(expected)
        if (refusal := _unfit(one, number, named, waiting, by_file=by_file)) is not None
    )
    shown, digest = show("ans", answer_id), hashlib.sha256(xml).digest()
    ours = [payment for payment in payments if payment.instruction_id in about]
    await _screened(act, ours, vault)
    await act.execute(
        _ENTER,
        answer_id=answer_id,
        bank_bic=act.actor.party_code,
        ref=said.message_ref,
        body=xml,
        digest=digest,
        by_file=by_file,
        statuses=json.dumps([_as_kept(one) for one in expected]),
        person=act.actor.subject,
        at=act.at,
        payments=[payment.instruction_id for payment in ours],
        messages=[payment.message_id for payment in ours],
    )
    entered = events.BankAnswerEntered(
        answer_id=shown, person=act.actor.subject, digest=digest.hex(), by_file=by_file
    )
    act.record(shown, entered, step="enter")
    for payment in ours:
        if payment.row.fetched_at is None:
            act.record(payment.case, taken(payment.message_id, by_hand=True), step=TAKE)
        act.record(payment.case, entered, step=f"enter:{shown}")
        act.headers.wait(payment.case, CONFIRMATION.code, [f"bank:{payment.row.bank_bic}"])
    return await hand_answers.visible(act, answer_id, act.actor)


async def _screened(act: Act, payments: Sequence[OfferedPayment], vault: Vault) -> None:
    """Whoever answers takes the message. Raises HeldAtTaking where one is held for what is new."""
    due = [payment.row for payment in payments if payment.row.screening_due]
    doubts = [doubt for row in due for doubt in await held_at_taking(act, row, vault)]
    if doubts:
        raise HeldAtTaking(tuple(doubts))


def _unfit(
    one: Received,
    number: int,
    named: Mapping[UUID, OfferedPayment],
    waiting: set[UUID],
    *,
    by_file: bool,
) -> Refusal | None:
    """Why nothing can be entered so: whoever enters it can mend it before another looks at it."""
    place = f"/statuses/{number}" if by_file else ""
    if one.differing:
        return refusals.REFERENCES_DIFFER.at(place, differing=", ".join(one.differing))
    if one.payment is None:
        return refusals.UNKNOWN_REFERENCE.at(place)
    if named[one.payment].state is InstructionState.HELD:
        return withheld(named[one.payment].row.held_for, place)
    if not named[one.payment].row.goes_out:
        return banking.why_it_rests(named[one.payment].row, place)
    if not named[one.payment].is_open:
        return refusals.ANSWERED.at(place)
    if one.payment in waiting:
        return refusals.ANSWER_WAITS.at(place)
    return None if by_file else _BY_FORM.get(one.disposition)


def _as_kept(one: Received) -> dict[str, Any]:
    """A status as it is shown to whoever confirms it, and what becomes of it."""
    said = one.status
    amount = said.amount
    value_on = said.effective_on or said.stated_on
    return {
        "instruction_id": None if one.payment is None else show("stl", one.payment),
        "code": said.code,
        "amount": None
        if amount is None
        else {"amount": amount.amount, "currency": amount.currency},
        "reason": said.reason,
        "bank_reference": said.bank_reference,
        "value_on": day_shown(value_on),
        "disposition": one.disposition.value,
    }


async def _ended(
    act: Act,
    answer_id: UUID,
    state: AnswerState,
    *,
    report_id: UUID | None = None,
    statuses: Sequence[dict[str, Any]] | None = None,
) -> Row:
    await act.execute(
        _END,
        answer_id=answer_id,
        state=state.value,
        person=act.actor.subject,
        at=act.at,
        report_id=report_id,
        statuses=None if statuses is None else json.dumps(list(statuses)),
    )
    return await hand_answers.visible(act, answer_id, act.actor)
