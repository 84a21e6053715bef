"""A party instructs: checked whole, then offered to the bank or held, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import DUPLICATE_REFERENCE, NOT_FOUND, SELLER_UNKNOWN
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import lot_turn
from services.platform.rota import duty
from services.platform.visibility import customs
from services.settlement.commands import offering
from services.settlement.commands.drawdown import value_drawn
from services.settlement.commands.examining import Examined, payment_examine
from services.settlement.commands.offering import Writer
from services.settlement.commands.standing import answer_due, lot_claimed, payment_stand
from services.settlement.domain import events, refusals
from services.settlement.domain.instructed import instructed_digest, sealed_digest
from services.settlement.domain.model import Conversion, Payment
from services.settlement.domain.rules import matching, screening
from services.settlement.domain.rules.doubts import rules_of
from services.settlement.domain.states import InstructionState
from services.settlement.domain.worded import hits_digest
from services.settlement.queries import firm_quotes, instructions
from services.settlement.queries.instructions import PaymentFacts

# Value is drawn in the lot's turn; the check of the account is the last guard.
_INSTRUCT = text(
    f"""
    WITH quote AS (
        UPDATE firm_quotes SET used_by = :instruction_id WHERE quote_id = :firm_quote_id
    ), drawn AS (
        {value_drawn("CAST(:drawn_minor AS bigint)")}
    ), made AS (
        INSERT INTO settlement_instructions (
            instruction_id, client_reference, instructed_by, lot_id, buyer, seller_code,
            seller_bank_bic, seller_account, seller_country, bank_bic, amount_minor, currency,
            paid_minor, paid_currency, purpose_code, firm_quote_id, payer_account, state, held_for,
            drawn_minor, requested_at, offered_at, promised_at, hold_told_at
        ) VALUES (
            :instruction_id, :client_reference, :instructed_by, CAST(:lot_id AS uuid), :buyer,
            :seller_code, :seller_bank_bic, :seller_account, :seller_country, :bank_bic,
            :amount_minor, :currency, :paid_minor, :paid_currency, :purpose_code, :firm_quote_id,
            CAST(:payer_account AS bytea), :state, CAST(:held_for AS text[]),
            CAST(:drawn_minor AS bigint), :at, :offered_at,
            CAST(:promised_at AS timestamptz), CAST(:hold_told_at AS timestamptz)
        ) RETURNING *
    ), hit AS (
        INSERT INTO screening_hits (instruction_id, role, list_name, reference, reason, found_at)
        SELECT CAST(:instruction_id AS uuid), role, list_name, reference, reason,
            CAST(:at AS timestamptz)
        FROM unnest(
            CAST(:hit_roles AS text[]), CAST(:hit_lists AS text[]), CAST(:hit_references AS text[]),
            CAST(:hit_reasons AS text[])
        ) AS h (role, list_name, reference, reason)
    )
    SELECT * FROM made
    """
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
    quote_id: UUID | None = None
    exchange: Conversion | None = None


async def instruction_create(act: Act, wish: Instruction, writer: Writer) -> Row:
    """The instruction, OFFERED to its bank with the funds reserved, or HELD for its compliance.

    What the payer can mend is refused, and nothing is left of it. Raises Refused NOT_FOUND,
    PURPOSE_REQUIRED, NOT_RELEASED, NAME_IN_QUESTION, DUPLICATE (W28), DUPLICATE_REFERENCE,
    SELLER_UNKNOWN, QUOTE_REQUIRED, QUOTE_MISMATCH, QUOTE_USED, BANK_UNAVAILABLE, POLICY_MISSING,
    CALENDAR_MISSING, MESSAGE_INVALID; QuoteExpired (W27). An amount that differs is held.
    """
    lot_id = uuid_of(wish.lot_id, "lot")
    await lot_turn(act, lot_id)
    facts = await instructions.payment_facts(
        act, lot_id, party=act.actor.party, reference=wish.client_reference
    )
    if facts is None or not matching.may_instruct(act.actor.party, facts.lot):
        raise Refused(NOT_FOUND.at("/lot_id"))
    act.policy_version = facts.policy_version
    refuse_if_any(_at_once(wish, facts, business_day(act.at)))
    terms = await _terms(act, wish)
    payment = _payment(wish, lot_id, facts, terms)
    message = await offering.message_written(act, payment, writer)
    found = await payment_examine(act, payment, facts, writer.vault)
    values = _values(act, wish, facts, terms, payment, found)
    row: Row = (await act.execute(_INSTRUCT, **values, **await _kept_back(act, found))).one()
    _record(act, wish, payment, found, row)
    await _stand(act, wish, facts, payment, found)
    if not found.doubts:
        await offering.message_offer(act, payment, message)
    return row


def _at_once(wish: Instruction, facts: PaymentFacts, day: date) -> Iterator[Refusal]:
    """Everything that a person can correct right now, in one answer, by the rules of the day."""
    yield from asked(day, matching.purpose_given, wish.purpose_code)
    yield from matching.not_paid_now(day, facts.lot, facts.drawdown, other_open=facts.claimed)
    if facts.seller is None:
        yield SELLER_UNKNOWN.at("/lot_id")
    if facts.same_reference is not None:
        yield DUPLICATE_REFERENCE.at(
            "/client_reference", instruction_id=show("stl", facts.same_reference)
        )


async def _terms(act: Act, wish: Instruction) -> _Terms:
    if wish.firm_quote_id is None:
        if wish.pay_currency != wish.amount.currency:
            raise Refused(refusals.QUOTE_REQUIRED.at("/firm_quote_id"))
        law, day = await act.law(), business_day(act.at)
        on_duty = await duty(act, law, day, currency=wish.pay_currency)
        return _Terms(wish.amount, on_duty.bank.bic)
    quote_id = uuid_of(wish.firm_quote_id, "qte")
    quote = await firm_quotes.firm_quote(act, quote_id, party=act.actor.party, lock=True)
    exchange = instructions.conversion(quote)
    if exchange.gives != wish.amount or quote.gets_currency != wish.pay_currency:
        raise Refused(refusals.QUOTE_MISMATCH.at("/firm_quote_id", locked=exchange.gives))
    if quote.used_by is not None:
        raise Refused(refusals.QUOTE_USED.at("/firm_quote_id"))
    if not matching.quote_live(quote.locked_at, quote.expires_at - quote.locked_at, now=act.at):
        raise QuoteExpired
    return _Terms(exchange.gets, quote.bank_bic, quote_id, exchange)


def _payment(wish: Instruction, lot_id: UUID, facts: PaymentFacts, terms: _Terms) -> Payment:
    lot, seller = facts.lot, facts.seller
    if seller is None:
        raise Refused(SELLER_UNKNOWN.at("/lot_id"))
    return Payment(
        instruction_id=new_uuid(),
        lot_id=lot_id,
        buyer=f"group:{lot.group_code}" if lot.group_code else lot.submitted_by,
        seller=seller,
        bank_bic=terms.bank_bic,
        amount=wish.amount,
        paid=terms.paid,
        purpose_code=wish.purpose_code or "",
        exchange=terms.exchange,
        payer_account=facts.payer_accounts.get(terms.bank_bic),
    )


def _values(
    act: Act,
    wish: Instruction,
    facts: PaymentFacts,
    terms: _Terms,
    payment: Payment,
    found: Examined,
) -> dict[str, Any]:
    state = InstructionState.HELD if found.doubts else InstructionState.OFFERED
    return {
        "instruction_id": payment.instruction_id,
        "client_reference": wish.client_reference,
        "instructed_by": act.actor.party,
        "lot_id": payment.lot_id,
        "lot_currency": facts.lot.value.currency,
        "released_minor": facts.lot.value.minor,
        "buyer": payment.buyer,
        "seller_code": payment.seller.code,
        "seller_bank_bic": payment.seller.bank_bic,
        "seller_account": payment.seller.account,
        "seller_country": payment.seller.country,
        "bank_bic": payment.bank_bic,
        "amount_minor": payment.amount.minor,
        "currency": payment.amount.currency,
        "paid_minor": payment.paid.minor,
        "paid_currency": payment.paid.currency,
        "purpose_code": payment.purpose_code,
        "firm_quote_id": terms.quote_id,
        "payer_account": payment.payer_account,
        "state": state.value,
        "held_for": list(found.doubts),
        "drawn_minor": payment.amount.minor if found.fits else 0,
        "at": act.at,
        "offered_at": None if found.doubts else act.at,
        "hit_roles": [hit.role for hit in found.hits],
        "hit_lists": [hit.list_name for hit in found.hits],
        "hit_references": [hit.reference for hit in found.hits],
        "hit_reasons": [hit.reason for hit in found.hits],
    }


async def _kept_back(act: Act, found: Examined) -> dict[str, Any]:
    """Until when a hold is kept back from the payer: one that a hit alone is the ground of. What is
    promised of it is what is promised of a payment that was offered at once."""
    kept_back = screening.kept_back(found.doubts)
    told_openly = bool(found.doubts) and not kept_back
    promised_at = None if told_openly else await answer_due(act)
    if not kept_back:
        return {"promised_at": promised_at, "hold_told_at": None}
    seconds = (await act.law()).integer("settle.hold_told_after_s", on=business_day(act.at))
    return {"promised_at": promised_at, "hold_told_at": act.at + timedelta(seconds=seconds)}


def _record(act: Act, wish: Instruction, payment: Payment, found: Examined, row: Row) -> None:
    case, amount = show("stl", payment.instruction_id), MoneyBody.of(payment.amount)
    instructed = events.SettlementInstructed(
        lot_id=wish.lot_id,
        amount=amount,
        gets=MoneyBody.of(payment.paid),
        purpose_code=payment.purpose_code,
        bank_bic=payment.bank_bic,
        firm_quote_id=wish.firm_quote_id,
        accounts=instructed_digest(case, dict(row), sealed_digest(row.payer_account)),
    )
    act.record(case, instructed, step="instruct")
    act.open_case(case, CaseType="settlement", CaseState="HELD" if found.doubts else "OFFERED")
    if found.fits:
        drawn = events.ReleasedValueDrawnDown(lot_id=wish.lot_id, amount=amount)
        act.record(case, drawn, step="draw_down")
    if found.doubts:
        held = events.SettlementHeld(
            reasons=found.doubts,
            rules=rules_of(found.doubts),
            hits=hits_digest(case, found.hits),
            told_at=row.hold_told_at,
        )
        act.record(case, held, step="hold")


async def _stand(
    act: Act, wish: Instruction, facts: PaymentFacts, payment: Payment, found: Examined
) -> None:
    """On the bank's desk, or its compliance's; the lot's side is not waited for meanwhile."""
    lot, case = facts.lot, show("stl", payment.instruction_id)
    bank = f"bank:{payment.bank_bic}"
    readers = (act.actor.party, lot.submitted_by, lot.side, bank, customs(lot.port))
    header = Header(
        reference=wish.client_reference,
        port=lot.port,
        lot=lot.lot_id,
        readers=tuple(dict.fromkeys(readers)),
    )
    state = InstructionState.HELD if found.doubts else InstructionState.OFFERED
    due_at = None if found.doubts else await answer_due(act)
    payment_stand(act, case, payment.bank_bic, state, due_at=due_at, header=header)
    act.headers.link(case, lot.lot_id)
    lot_claimed(act, lot.lot_id)
