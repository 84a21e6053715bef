"""A bank's report comes in: kept word for word, each status passed on to its case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.platform import event_log, outbox
from services.platform.database import Row, Tx
from services.settlement.domain import events
from services.settlement.domain.messages import payment_status, reading
from services.settlement.domain.messages.official import OfficialSchemas
from services.settlement.domain.messages.payment_status import Status, StatusReport
from services.settlement.domain.refusals import refusal
from services.settlement.domain.rules import answers
from services.settlement.domain.states import Disposition
from services.settlement.queries import banking
from workflows.ports.settlement import QUEUE, RMB_SETTLEMENT, BankStatusSignal

_REPORT = text(
    "INSERT INTO bank_reports (report_id, bank_bic, message_ref, body, digest, received_at)"
    " VALUES (:report_id, :bank_bic, :ref, :body, :digest, :at)"
)
_STATUS = text(
    "INSERT INTO bank_statuses (report_id, line_no, message_id, instruction_id, original_message,"
    " code, amount_minor, currency, reason, bank_reference, disposition) VALUES (:report_id,"
    " :line_no, :message_id, :instruction_id, :original_message, :code, :amount_minor, :currency,"
    " :reason, :bank_reference, :disposition)"
)
_FETCHED = text(
    "UPDATE bank_messages SET fetched_at = :at WHERE message_id = :id AND fetched_at IS NULL"
)
_DISPUTED = text(
    "UPDATE settlement_instructions SET escalated_at = coalesce(escalated_at, :at),"
    " version = version + 1 WHERE instruction_id = :id"
)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one status of a report."""

    original_instruction: str
    code: str
    disposition: Disposition
    contradicts: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """A report as kept: its id and what became of each status in it."""

    report_id: UUID
    statuses: tuple[Received, ...]


async def report_receive(
    tx: Tx, xml: bytes, *, actor: Actor, official: OfficialSchemas, now: datetime
) -> ReceivedReport:
    """Keep a bank's status report and pass each status on to the case that waits for it.

    The same word again is kept but changes nothing; while its case is open the case is told of
    it once more. Raises Refused MESSAGE_UNSAFE, MESSAGE_TOO_LARGE,
    MESSAGE_INVALID, REASON_REQUIRED, MESSAGE_REFERENCE_REUSED.
    """
    root = reading.opened(xml)
    report = payment_status.read(root)
    official.check(root)
    bic = actor.party_code
    if report.from_bic is not None and report.from_bic != bic:
        raise Refused(reading.invalid("InstgAgt is not the bank that signed the request"))
    digest = hashlib.sha256(xml).digest()
    known = await banking.report(tx, bic, report.message_ref)
    if known is not None:
        return await _again(tx, known, digest)
    report_id = new_uuid()
    values = {
        "report_id": report_id,
        "bank_bic": bic,
        "ref": report.message_ref,
        "body": xml,
        "digest": digest,
        "at": now,
    }
    await tx.execute(_REPORT, values)
    received = await _receive_each(tx, report, report_id, actor, now)
    return ReceivedReport(report_id, received)


async def _again(tx: Tx, known: Row, digest: bytes) -> ReceivedReport:
    if bytes(known.digest) != digest:
        raise Refused(refusal("MESSAGE_REFERENCE_REUSED"))
    rows = await banking.statuses(tx, known.report_id)
    for row in rows:
        if row.message_id is not None:
            await _remind(tx, row.message_id, row.code)
    repeated = tuple(
        Received(
            r.instruction_id.hex if r.instruction_id else "",
            r.code,
            Disposition.REPEATED
            if r.disposition == Disposition.RECORDED
            else Disposition(r.disposition),
        )
        for r in rows
    )
    return ReceivedReport(known.report_id, repeated)


async def _receive_each(
    tx: Tx, report: StatusReport, report_id: UUID, actor: Actor, now: datetime
) -> tuple[Received, ...]:
    received: dict[int, Received] = {}
    # Cases are locked in one order, so that two reports never wait for each other crosswise.
    ordered = sorted(enumerate(report.statuses, 1), key=lambda s: s[1].original_instruction)
    for line_no, status in ordered:
        message = await banking.offered(
            tx,
            message=status.original_message,
            instruction=status.original_instruction,
            bic=actor.party_code,
        )
        facts = None if message is None else message.facts
        found = answers.disposition(status.code, status.amount, facts)
        await tx.execute(_STATUS, _status_values(report_id, line_no, status, message, found))
        contradicts = False
        if message is not None:
            contradicts = found is Disposition.LATE and answers.contradicts(
                status.code, message.facts.state
            )
            await _pass_on(tx, message, status, found, contradicts, report_id, line_no, actor, now)
        received[line_no] = Received(status.original_instruction, status.code, found, contradicts)
    return tuple(received[line_no] for line_no in sorted(received))


def _status_values(
    report_id: UUID,
    line_no: int,
    status: Status,
    message: banking.OfferedMessage | None,
    found: Disposition,
) -> dict[str, Any]:
    amount = status.amount
    return {
        "report_id": report_id,
        "line_no": line_no,
        "message_id": None if message is None else message.message_id,
        "instruction_id": None if message is None else message.instruction_id,
        "original_message": status.original_message,
        "code": status.code,
        "amount_minor": None if amount is None else amount.minor,
        "currency": None if amount is None else amount.currency,
        "reason": status.reason,
        "bank_reference": status.bank_reference,
        "disposition": found.value,
    }


async def _pass_on(
    tx: Tx,
    message: banking.OfferedMessage,
    status: Status,
    found: Disposition,
    contradicts: bool,
    report_id: UUID,
    line_no: int,
    actor: Actor,
    now: datetime,
) -> None:
    case = show("stl", message.instruction_id)
    if found is Disposition.RECORDED:
        await _signal(tx, case, report_id, line_no)
    elif found is Disposition.REPEATED:
        await _remind(tx, message.message_id, status.code)
    elif found is Disposition.AMOUNT_DIFFERS or contradicts:
        await dispute(tx, case, status.code, found, report_id, line_no, actor, now)


async def _remind(tx: Tx, message_id: UUID, code: str) -> None:
    """Pass a repeated word on once more while its case is open: the first signal may be lost.

    The case is told of the status recorded first, which it carries out once however often told.
    """
    first = await banking.recorded_while_open(tx, message_id, code)
    if first is not None:
        await _signal(tx, show("stl", first.instruction_id), first.report_id, first.line_no)


async def _signal(tx: Tx, case: str, report_id: UUID, line_no: int) -> None:
    await outbox.signal(
        tx,
        workflow=RMB_SETTLEMENT,
        case=case,
        queue=QUEUE,
        name="bank_answered",
        message=BankStatusSignal(instruction_id=case, report_id=report_id.hex, line_no=line_no),
    )


async def dispute(
    tx: Tx,
    case: str,
    code: str,
    found: Disposition,
    report_id: UUID,
    line_no: int,
    actor: Actor,
    now: datetime,
) -> None:
    """A person must look at what the bank said; the ledger does not move by it."""
    await tx.execute(_DISPUTED, {"id": uuid_of(case, "stl"), "at": now})
    event = events.BankStatusDisputed(code=code, report_id=report_id.hex, disposition=found.value)
    step = f"dispute:{report_id.hex}:{line_no}"
    await event_log.append(tx, case=case, event=event, step=step, actor=actor, at=now)


async def message_fetch(tx: Tx, message_id: UUID, bic: str, *, now: datetime) -> bytes:
    """A message offered to this bank, noted as fetched. Raises Refused NOT_FOUND."""
    xml = await banking.body(tx, message_id, bic)
    await tx.execute(_FETCHED, {"id": message_id, "at": now})
    return xml
