"""pacs.008.001.08: the customer credit transfer handed to the paying bank."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from pyiso20022.pacs import pacs_008_001_08 as iso
from xsdata.models.datatype import XmlDate, XmlDateTime

from services.kernel.bank_text import passes, plain
from services.kernel.clock import BEIJING
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.settlement.domain.messages.facets import message_of, text_of
from services.settlement.domain.messages.reading import Element, invalid

NAME: Final = "pacs.008.001.08"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{NAME}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a party lives, as far as its bank asks for it."""

    street: str
    town: str
    country: str


@dataclass(frozen=True, slots=True)
class Party:
    """Who pays or is paid: a plain name, a country, an account and the bank that keeps it."""

    name: str
    country: str
    account: str
    bank_bic: str
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """One payment as its message says it.

    ``message_ref`` and ``payment_ref`` are 32 hexadecimal characters, ``instruction_ref`` has the
    16 characters that correspondent banks pass on (CBPR+).
    """

    message_ref: str
    payment_ref: str
    instruction_ref: str
    uetr: str
    created_at: datetime
    settle_on: date
    paid: Money
    debtor: Party
    creditor: Party
    purpose_code: str
    remittance: str
    instructed: Money | None = None
    rate: str | None = None


def uetr_of(instruction: UUID) -> str:
    """The payment's end-to-end reference: shaped like a UUIDv4, the same for the same case."""
    digest = hashlib.sha256(b"uetr:" + instruction.bytes).digest()
    return str(UUID(bytes=digest[:16], version=4))


def instruction_ref_of(instruction: UUID) -> str:
    """The payment's 16 characters for ``InstrId``: capitals and digits, the same for the same case.

    Eighty bits of a digest; the record refuses a second payment under the same ones.
    """
    digest = hashlib.sha256(b"instr:" + instruction.bytes).digest()
    return base64.b32encode(digest[:10]).decode()


def offset_time(instant: datetime) -> XmlDateTime:
    """An instant with the numeric offset that CBPR+ asks for (+08:00, never Z)."""
    return XmlDateTime.from_datetime(instant.astimezone(BEIJING).replace(microsecond=0))


def _bank(bic: str) -> iso.BranchAndFinancialInstitutionIdentification6:
    return iso.BranchAndFinancialInstitutionIdentification6(
        fin_instn_id=iso.FinancialInstitutionIdentification18(bicfi=bic)
    )


def _party(party: Party) -> iso.PartyIdentification135:
    address = None
    if party.address is not None:
        address = iso.PostalAddress24(
            strt_nm=plain(party.address.street, 70) if party.address.street else None,
            twn_nm=plain(party.address.town, 35),
            ctry=party.address.country,
        )
    return iso.PartyIdentification135(
        nm=plain(party.name, 140), pstl_adr=address, ctry_of_res=party.country
    )


def _account(party: Party) -> iso.CashAccount38:
    if not passes(party.account):
        # A name may be simplified on its way, the number of an account never.
        raise Refused(invalid("an account number with characters that banks do not pass on"))
    other = iso.GenericAccountIdentification1(id=party.account)
    return iso.CashAccount38(id=iso.AccountIdentification4Choice(othr=other))


def _transaction(t: CreditTransfer) -> iso.CreditTransferTransaction39:
    instructed = None
    if t.instructed is not None:
        instructed = iso.ActiveOrHistoricCurrencyAndAmount(
            value=t.instructed.decimal, ccy=t.instructed.currency
        )
    return iso.CreditTransferTransaction39(
        pmt_id=iso.PaymentIdentification7(
            instr_id=t.instruction_ref,
            end_to_end_id=t.payment_ref,
            tx_id=t.payment_ref,
            uetr=t.uetr,
        ),
        intr_bk_sttlm_amt=iso.ActiveCurrencyAndAmount(value=t.paid.decimal, ccy=t.paid.currency),
        intr_bk_sttlm_dt=XmlDate.from_date(t.settle_on),
        instd_amt=instructed,
        xchg_rate=None if t.rate is None else Decimal(t.rate),
        chrg_br=iso.ChargeBearerType1Code.SHAR,
        instg_agt=_bank(t.debtor.bank_bic),
        instd_agt=_bank(t.creditor.bank_bic),
        dbtr=_party(t.debtor),
        dbtr_acct=_account(t.debtor),
        dbtr_agt=_bank(t.debtor.bank_bic),
        cdtr_agt=_bank(t.creditor.bank_bic),
        cdtr=_party(t.creditor),
        cdtr_acct=_account(t.creditor),
        purp=iso.Purpose2Choice(prtry=t.purpose_code),
        rmt_inf=iso.RemittanceInformation16(ustrd=[plain(t.remittance, 140)]),
    )


def built(t: CreditTransfer) -> bytes:
    """The message as XML, checked by facets before it is returned. Refuses MESSAGE_INVALID."""
    header = iso.GroupHeader93(
        msg_id=t.message_ref,
        cre_dt_tm=offset_time(t.created_at),
        nb_of_txs="1",
        sttlm_inf=iso.SettlementInstruction7(sttlm_mtd=iso.SettlementMethod1Code.INDA),
    )
    transfer = iso.FitoFicustomerCreditTransferV08(grp_hdr=header, cdt_trf_tx_inf=[_transaction(t)])
    return text_of(iso.Document(fito_ficstmr_cdt_trf=transfer), NAMESPACE)


def checked(root: Element) -> iso.Document:
    """A pacs.008 read back, whole. Refuses MESSAGE_INVALID."""
    return message_of(root, iso.Document)
