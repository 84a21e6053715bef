"""Reserve the funds, hand the bank its message, ask again when it stays silent."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import SYSTEM
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.platform import event_log
from services.platform.database import Row, Tx
from services.settlement.commands.examining import give_back
from services.settlement.commands.ledger import book as ledger_book
from services.settlement.domain import events
from services.settlement.domain.messages import credit_transfer, reading
from services.settlement.domain.messages.credit_transfer import CreditTransfer, Party
from services.settlement.domain.messages.official import OfficialSchemas
from services.settlement.domain.model import CHINA, Conversion
from services.settlement.domain.rules import ledger, rota
from services.settlement.domain.states import INSTRUCTION, InstructionState
from services.settlement.queries import instructions

_QUOTE = text("SELECT * FROM firm_quotes WHERE used_by = :instruction_id")
_MESSAGE = text(
    "INSERT INTO bank_messages (message_id, instruction_id, bank_bic, name, body, digest,"
    " offered_at) VALUES (:message_id, :instruction_id, :bank_bic, :name, :body, :digest, :at)"
)
_OFFERED = text(
    "UPDATE settlement_instructions SET state = :state, offered_at = :at, version = version + 1"
    " WHERE instruction_id = :id"
)
_REFUSED = text(
    "UPDATE settlement_instructions SET state = :state, held_for = CAST(:codes AS text[]),"
    " drawn_minor = 0, ended_at = :at, version = version + 1 WHERE instruction_id = :id"
)
_ASKED = text(
    "UPDATE bank_messages SET asked_count = asked_count + 1, asked_at = :at"
    " WHERE instruction_id = :id AND closed_at IS NULL"
)
_ESCALATED = text(
    "UPDATE settlement_instructions SET escalated_at = :at, version = version + 1"
    " WHERE instruction_id = :id AND escalated_at IS NULL"
)


async def offer(
    tx: Tx, case: str, *, official: OfficialSchemas, now: datetime
) -> tuple[InstructionState, Row]:
    """Reserve and offer in one transaction: the bank never sees what is not reserved.

    A case that cannot be offered (no calendar, a message that breaks its schema) is refused,
    and its drawn value given back.
    """
    row = await instructions.locked(tx, uuid_of(case, "stl"))
    if row.state != InstructionState.CLEARED:
        return InstructionState(row.state), row
    exchange = await _exchange(tx, row)
    message_id = new_uuid()
    try:
        xml = await _message(tx, row, message_id, exchange, now)
        official.check(reading.opened(xml))
    except Refused as refused:
        return await _refuse(tx, row, case, refused, now), row
    transaction_id = await ledger_book(
        tx, ledger.Kind.RESERVE, _legs(row, exchange), instruction_id=row.instruction_id, at=now
    )
    digest = hashlib.sha256(xml)
    values = {
        "message_id": message_id,
        "instruction_id": row.instruction_id,
        "bank_bic": row.bank_bic,
        "name": credit_transfer.NAME,
        "body": xml,
        "digest": digest.digest(),
        "at": now,
    }
    await tx.execute(_MESSAGE, values)
    state = INSTRUCTION.move(InstructionState(row.state), "offer")
    await tx.execute(_OFFERED, {"id": row.instruction_id, "state": state.value, "at": now})
    event = events.FundsReserved(
        transaction_id=show("led", transaction_id),
        message_id=show("msg", message_id),
        bank_bic=row.bank_bic,
        digest=digest.hexdigest(),
    )
    await event_log.append(tx, case=case, event=event, step="offer", actor=SYSTEM, at=now)
    return state, row


async def _refuse(tx: Tx, row: Row, case: str, refused: Refused, now: datetime) -> InstructionState:
    state = INSTRUCTION.move(InstructionState(row.state), "refuse")
    await give_back(tx, row)
    codes = list(refused.codes)
    values = {"id": row.instruction_id, "state": state.value, "codes": codes, "at": now}
    await tx.execute(_REFUSED, values)
    event = events.SettlementRefused(reasons=tuple(codes))
    await event_log.append(tx, case=case, event=event, step="offer", actor=SYSTEM, at=now)
    return state


async def _exchange(tx: Tx, row: Row) -> Conversion | None:
    """The conversion that the firm quote locked; never priced anew."""
    if row.firm_quote_id is None:
        return None
    quote = (await tx.execute(_QUOTE, {"instruction_id": row.instruction_id})).one()
    return Conversion(
        gives=Money(quote.gives_minor, quote.gives_currency),
        gets=Money(quote.gets_minor, quote.gets_currency),
        at_mid=Money(quote.at_mid_minor, quote.gets_currency),
        rate=quote.rate,
    )


def _legs(row: Row, exchange: Conversion | None) -> tuple[ledger.Leg, ...]:
    return ledger.reserve_legs(
        buyer=row.buyer,
        seller=row.seller_code,
        bank_bic=row.bank_bic,
        paid=Money(row.paid_minor, row.paid_currency),
        exchange=exchange,
    )


async def _message(
    tx: Tx,
    row: Row,
    message_id: UUID,
    exchange: Conversion | None,
    now: datetime,
) -> bytes:
    buyer = row.buyer.partition(":")[2].removeprefix("res_")
    transfer = CreditTransfer(
        message_ref=message_id.hex,
        instruction_ref=row.instruction_id.hex,
        uetr=credit_transfer.uetr_of(row.instruction_id),
        created_at=now,
        settle_on=rota.next_business_day(business_day(now)),
        paid=Money(row.paid_minor, row.paid_currency),
        debtor=Party(buyer, CHINA, buyer, row.bank_bic),
        creditor=Party(
            await instructions.seller_name(tx, row.seller_code),
            row.seller_country,
            row.seller_account,
            row.seller_bank_bic,
        ),
        purpose_code=row.purpose_code,
        remittance=f"{row.purpose_code} lot {row.lot_id.hex}",
        instructed=None if exchange is None else exchange.gives,
        rate=None if exchange is None else f"{exchange.rate.normalize():f}",
    )
    return credit_transfer.built(transfer)


async def ask_again(tx: Tx, case: str, attempt: int, *, now: datetime) -> None:
    """Record a status request; it shows in the bank's list until the case has ended."""
    row = await instructions.locked(tx, uuid_of(case, "stl"))
    step = f"ask:{attempt}"
    if INSTRUCTION.is_final(InstructionState(row.state)):
        return
    if await event_log.recorded(tx, case, step) is not None:
        return
    await tx.execute(_ASKED, {"id": row.instruction_id, "at": now})
    event = events.BankAskedAgain(attempt=attempt)
    await event_log.append(tx, case=case, event=event, step=step, actor=SYSTEM, at=now)


async def escalate(tx: Tx, case: str, *, promised_s: int, now: datetime) -> None:
    """Say visibly that the settlement is later than promised. Nothing else changes."""
    row = await instructions.locked(tx, uuid_of(case, "stl"))
    if INSTRUCTION.is_final(InstructionState(row.state)):
        return
    if await event_log.recorded(tx, case, "escalate") is not None:
        return
    await tx.execute(_ESCALATED, {"id": row.instruction_id, "at": now})
    event = events.SettlementEscalated(promised_s=promised_s)
    await event_log.append(tx, case=case, event=event, step="escalate", actor=SYSTEM, at=now)
