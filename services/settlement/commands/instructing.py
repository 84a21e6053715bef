"""A party instructs: checked at once, committed with the signal that starts the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform import event_log, outbox
from services.platform.database import Row, Tx
from services.settlement.domain import events
from services.settlement.domain.model import LotFacts
from services.settlement.domain.refusals import refusal
from services.settlement.domain.rules import matching
from services.settlement.queries import instructions, market
from workflows.ports import declaration
from workflows.ports.declaration import SettlementRequestedSignal

_INSERT = text(
    "INSERT INTO settlement_instructions (instruction_id, client_reference, instructed_by, lot_id,"
    " buyer, seller_code, seller_bank_bic, seller_account, seller_country, bank_bic, amount_minor,"
    " currency, paid_minor, paid_currency, purpose_code, firm_quote_id, state, requested_at)"
    " VALUES (:instruction_id, :client_reference, :instructed_by, :lot_id, :buyer, :seller_code,"
    " :seller_bank_bic, :seller_account, :seller_country, :bank_bic, :amount_minor, :currency,"
    " :paid_minor, :paid_currency, :purpose_code, :firm_quote_id, 'REQUESTED', :at)"
)
_REFERENCE = text(
    "SELECT EXISTS (SELECT FROM settlement_instructions"
    " WHERE instructed_by = :party AND client_reference = :reference)"
)
# Of two instructions that race for one quote the second finds it used.
_USE_QUOTE = text(
    "UPDATE firm_quotes SET used_by = :instruction_id WHERE quote_id = :id AND used_by IS NULL"
    " RETURNING quote_id"
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """What a party asks for: pay the seller of this lot this amount, in this currency."""

    client_reference: str
    lot_id: str
    amount: Money
    pay_currency: str
    purpose_code: str | None
    firm_quote_id: str | None


class QuoteExpired(Exception):
    """The firm quote has run out; the caller locks a new one and offers it."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """What is paid, by which bank, under which quote."""

    paid: Money
    bank_bic: str
    quote_id: UUID | None


async def instruction_create(
    tx: Tx, wish: Instruction, *, actor: Actor, book: PolicyBook, now: datetime
) -> UUID:
    """Accept an instruction; its lot's case starts the settlement once this is committed.

    Raises Refused NOT_FOUND, PURPOSE_REQUIRED, NOT_RELEASED, DUPLICATE (W28), SELLER_UNKNOWN,
    QUOTE_REQUIRED, QUOTE_MISMATCH, QUOTE_USED, BANK_UNAVAILABLE; QuoteExpired (W27). An amount
    that does not match is not refused here: the case holds it.
    """
    lot = await _lot(tx, wish, actor)
    await _refuse_at_once(tx, wish, lot, actor)
    seller = await instructions.seller(tx, lot)
    terms = await _terms(tx, wish, actor, book, now)
    instruction_id = new_uuid()
    await tx.execute(_INSERT, _values(instruction_id, wish, lot, seller, terms, actor, now))
    if terms.quote_id is not None:
        values = {"id": terms.quote_id, "instruction_id": instruction_id}
        if (await tx.execute(_USE_QUOTE, values)).one_or_none() is None:
            raise Refused(refusal("QUOTE_USED", "/firm_quote_id"))
    await _announce(tx, instruction_id, wish, terms, actor, now)
    return instruction_id


async def _lot(tx: Tx, wish: Instruction, actor: Actor) -> LotFacts:
    lot = await instructions.lot(tx, uuid_of(wish.lot_id, "lot"))
    if lot is None or not matching.may_instruct(actor.party, lot):
        raise Refused(Refusal("NOT_FOUND", "No such lot of yours; check lot_id.", "/lot_id"))
    return lot


async def _refuse_at_once(tx: Tx, wish: Instruction, lot: LotFacts, actor: Actor) -> None:
    """Everything that a person can correct right now, in one answer."""
    lot_id = uuid_of(wish.lot_id, "lot")
    drawn = await instructions.drawdown(tx, lot_id, lot.value)
    claimed = await instructions.other_open(tx, lot_id, None)
    found = [
        matching.purpose_given(wish.purpose_code),
        matching.payable(lot) or matching.paid_once(drawn, other_open=claimed),
    ]
    reference = {"party": actor.party, "reference": wish.client_reference}
    if (await tx.execute(_REFERENCE, reference)).scalar_one():
        found.append(
            Refusal(
                "DUPLICATE_REFERENCE",
                "You used this reference for another instruction; look it up, or choose another.",
                "/client_reference",
            )
        )
    refuse_if_any(r for r in found if r is not None)


async def _terms(
    tx: Tx, wish: Instruction, actor: Actor, book: PolicyBook, now: datetime
) -> _Terms:
    if wish.firm_quote_id is None:
        if wish.pay_currency != wish.amount.currency:
            raise Refused(refusal("QUOTE_REQUIRED", "/firm_quote_id"))
        duty = await market.duty(tx, book, business_day(now), currency=wish.pay_currency)
        return _Terms(wish.amount, duty.bank.bic, None)
    quote_id = uuid_of(wish.firm_quote_id, "qte")
    quote = await market.firm_quote(tx, quote_id, party=actor.party)
    gives = Money(quote.gives_minor, quote.gives_currency)
    if gives != wish.amount or quote.gets_currency != wish.pay_currency:
        raise Refused(refusal("QUOTE_MISMATCH", "/firm_quote_id", locked=str(gives)))
    if quote.used_by is not None:
        raise Refused(refusal("QUOTE_USED", "/firm_quote_id"))
    if not matching.quote_live(quote.locked_at, quote.expires_at - quote.locked_at, now=now):
        raise QuoteExpired
    return _Terms(Money(quote.gets_minor, quote.gets_currency), quote.bank_bic, quote_id)


def _values(
    instruction_id: UUID,
    wish: Instruction,
    lot: LotFacts,
    seller: Row,
    terms: _Terms,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    return {
        "instruction_id": instruction_id,
        "client_reference": wish.client_reference,
        "instructed_by": actor.party,
        "lot_id": uuid_of(wish.lot_id, "lot"),
        "buyer": f"group:{lot.group_code}" if lot.group_code else lot.submitted_by,
        "seller_code": seller.seller_code,
        "seller_bank_bic": seller.bank_bic,
        "seller_account": seller.account,
        "seller_country": seller.country,
        "bank_bic": terms.bank_bic,
        "amount_minor": wish.amount.minor,
        "currency": wish.amount.currency,
        "paid_minor": terms.paid.minor,
        "paid_currency": terms.paid.currency,
        "purpose_code": wish.purpose_code,
        "firm_quote_id": terms.quote_id,
        "at": now,
    }


async def _announce(
    tx: Tx, instruction_id: UUID, wish: Instruction, terms: _Terms, actor: Actor, now: datetime
) -> None:
    case = show("stl", instruction_id)
    event = events.SettlementInstructed(
        lot_id=wish.lot_id,
        amount=MoneyBody(amount=wish.amount.amount, currency=wish.amount.currency),
        gets=MoneyBody(amount=terms.paid.amount, currency=terms.paid.currency),
        purpose_code=wish.purpose_code or "",
        bank_bic=terms.bank_bic,
        firm_quote_id=wish.firm_quote_id,
    )
    await event_log.append(tx, case=case, event=event, step="instruct", actor=actor, at=now)
    await outbox.signal(
        tx,
        workflow=declaration.RESIDENT_DECLARATION,
        case=wish.lot_id,
        queue=declaration.QUEUE,
        name="settlement_requested",
        message=SettlementRequestedSignal(lot_id=wish.lot_id, instruction_id=case),
    )
