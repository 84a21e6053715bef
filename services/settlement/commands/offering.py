"""The paying bank's message, and the funds reserved with it: the bank sees nothing unreserved."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.business_days import calendars_between, next_business_day
from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.kernel.policy import PolicyBook
from services.kernel.rules.ledger import Kind, void_legs
from services.platform import ledger, payer_accounts
from services.platform.act import Act
from services.platform.ledger import legs_as_kept, legs_kept
from services.platform.vault import Vault
from services.settlement.domain import events
from services.settlement.domain.messages import credit_transfer, reading
from services.settlement.domain.messages.credit_transfer import Address, CreditTransfer, Party
from services.settlement.domain.messages.official import OfficialSchemas
from services.settlement.domain.model import CHINA, Payment
from services.settlement.domain.rules import reserving
from services.settlement.queries.payers import FiledPayer, filed_payer

_OFFER = text(
    f"""
    WITH message AS (
        INSERT INTO bank_messages (
            message_id, instruction_id, bank_bic, name, body, digest, sealed, offered_at,
            instruction_ref, uetr, settle_on
        ) VALUES (
            :message_id, :instruction_id, :bank_bic, :name, :body, :digest, :sealed, :at,
            :instruction_ref, CAST(:uetr AS uuid), :settle_on
        )
    )
    SELECT {ledger.BOOK}
    """
)


_OFFER_AGAIN = text(
    """
    UPDATE bank_messages SET body = :body, sealed = :sealed, digest = :digest,
        settle_on = :settle_on, offered_at = CAST(:at AS timestamptz), withdrawn_at = NULL,
        closed_at = NULL
    WHERE message_id = CAST(:message_id AS uuid)
    """
)
_RESERVED = text(
    f"""
    SELECT r.transaction_id, {legs_kept("r.transaction_id")} AS legs
    FROM ledger_transactions AS r WHERE r.case_id = :id AND r.kind = 'RESERVE'
    """
)

SEALED_BODY: Final = "bank_messages.body"
"""The context under which the vault seals a message with a resident's name in it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What a message is written with: the official schemas, and the keys to what is sealed."""

    official: OfficialSchemas
    vault: Vault


@dataclass(frozen=True, slots=True)
class BankMessage:
    """A payment's message, written and checked, not yet offered; ``body`` as it is kept."""

    message_id: UUID
    xml: bytes
    body: bytes
    instruction_ref: str
    uetr: str
    settle_on: date

    @property
    def is_sealed(self) -> bool:
        """Whether it is kept sealed."""
        return self.body != self.xml

    @property
    def digest(self) -> bytes:
        """Of what it says."""
        return hashlib.sha256(self.xml).digest()

    @property
    def kept(self) -> str:
        """The digest of it as it is kept: where that is sealed, the log binds it to its row."""
        return hashlib.sha256(self.body).hexdigest()


async def message_written(act: Act, payment: Payment, writer: Writer) -> BankMessage:
    """The payment's pacs.008 as of now. Raises Refused MESSAGE_INVALID, CALENDAR_MISSING."""
    filed = FiledPayer()
    if payment.payer_account is None:
        filed = await filed_payer(act, payment.buyer)
    return written(payment, filed, writer, act.at, await act.law())


def written(
    payment: Payment, filed: FiledPayer, writer: Writer, at: datetime, law: PolicyBook
) -> BankMessage:
    """The payment's pacs.008. Raises Refused MESSAGE_INVALID, CALENDAR_MISSING.

    A payment has one message, which bears the payment's own number. Written anew, because the
    record was restored to a moment before it was, it has the same: its bank knows it again.
    """
    message_id = payment.instruction_id
    # Banks of both countries work on the day on which the money is to be there.
    day, country = business_day(at), payment.seller.country
    exchange = payment.exchange
    transfer = CreditTransfer(
        message_ref=message_id.hex,
        payment_ref=payment.instruction_id.hex,
        instruction_ref=credit_transfer.instruction_ref_of(payment.instruction_id),
        uetr=credit_transfer.uetr_of(payment.instruction_id),
        created_at=at,
        settle_on=next_business_day(day, *calendars_between(law, country, on=day)),
        paid=payment.paid,
        debtor=_debtor(payment, filed, writer.vault),
        creditor=Party(
            payment.seller.name,
            payment.seller.country,
            payment.seller.account,
            payment.seller.bank_bic,
        ),
        purpose_code=payment.purpose_code,
        remittance=f"{payment.purpose_code} lot {payment.lot_id.hex}",
        instructed=None if exchange is None else exchange.gives,
        rate=None if exchange is None else f"{exchange.rate.normalize():f}",
    )
    xml = credit_transfer.built(transfer)
    writer.official.check(reading.opened(xml))
    body = writer.vault.seal(xml, context=SEALED_BODY) if payment.is_a_persons else xml
    return BankMessage(
        message_id, xml, body, transfer.instruction_ref, transfer.uetr, transfer.settle_on
    )


def _debtor(payment: Payment, filed: FiledPayer, vault: Vault) -> Party:
    """Who pays, by the account on file at the paying bank; without one by the name and the town
    that are on file, as far as banks pass them on, and by the code in the place of the account.
    """
    if payment.payer_account is None:
        code = payment.buyer.partition(":")[2].removeprefix("res_")
        address = None if filed.town is None else Address("", filed.town, CHINA)
        return Party(filed.name or code, CHINA, code, payment.bank_bic, address)
    found = payer_accounts.opened(payment.payer_account, vault)
    address = Address(found.street, found.town, found.country)
    return Party(found.holder, CHINA, found.account, payment.bank_bic, address)


async def message_offer(act: Act, payment: Payment, message: BankMessage) -> None:
    """Reserve the sums in the ledger and put the message where its bank fetches it."""
    legs = reserving.reserve_legs(
        buyer=payment.buyer,
        seller=payment.seller.code,
        bank_bic=payment.bank_bic,
        paid=payment.paid,
        exchange=payment.exchange,
    )
    case = show("stl", payment.instruction_id)
    booked = ledger.booking(act, Kind.RESERVE, legs, case=case)
    await act.execute(
        _OFFER,
        message_id=message.message_id,
        instruction_id=payment.instruction_id,
        bank_bic=payment.bank_bic,
        name=credit_transfer.NAME,
        body=message.body,
        sealed=message.is_sealed,
        digest=message.digest,
        at=act.at,
        instruction_ref=message.instruction_ref,
        uetr=message.uetr,
        settle_on=message.settle_on,
        **booked,
    )
    reserved = events.FundsReserved(
        transaction_id=show("led", booked["led_id"]),
        message_id=show("msg", message.message_id),
        bank_bic=payment.bank_bic,
        digest=message.digest.hex(),
        kept=message.kept,
        legs=ledger.legs_digest(case, legs),
    )
    act.record(case, reserved, step="offer")


async def message_offer_again(act: Act, message: BankMessage) -> None:
    """Put the message of a payment that was held after it had been offered where its bank fetches
    it, as it is written now, for the sums that are reserved.
    """
    await act.execute(
        _OFFER_AGAIN,
        message_id=message.message_id,
        body=message.body,
        sealed=message.is_sealed,
        digest=message.digest,
        settle_on=message.settle_on,
        at=act.at,
    )


async def reservation_void(act: Act, case: str, instruction_id: UUID) -> str | None:
    """Make void what is reserved of a payment; by which transaction, None where nothing is."""
    reserved = (await act.execute(_RESERVED, id=instruction_id)).one_or_none()
    if reserved is None:
        return None
    legs = void_legs(legs_as_kept(reserved.legs))
    booked = await ledger.book(act, Kind.VOID, legs, case=case, resolves=reserved.transaction_id)
    return show("led", booked)
