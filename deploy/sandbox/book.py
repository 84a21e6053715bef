"""The books of the sandbox's banks: a real mock-bank server, fed by pain.001.

What a payment came to is read from the server's own messages: pain.002 and camt.054.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import httpx2
import mockbank
from lxml import etree
from pyiso20022.pain import pain_001_001_09 as pain
from xsdata.models.datatype import XmlDate

from services.kernel.clock import BEIJING
from services.kernel.money import Money
from services.settlement.domain.messages.credit_transfer import offset_time
from services.settlement.domain.messages.facets import text_of

_PAIN_001: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_OPENING_MINOR: Final = 10**16
ACCOUNT_NUMBER: Final = 1


class Habit(StrEnum):
    """How a sandbox bank behaves."""

    ANSWER = "answer"
    REFUSE = "refuse"  # its clearing account holds nothing: AM04
    SILENT = "silent"  # takes the message and says nothing
    TWICE = "twice"  # sends every report a second time


@dataclass(frozen=True, slots=True)
class Order:
    """What a bank's book is told to pay."""

    reference: str
    money: Money
    creditor_name: str
    creditor_account: str
    creditor_bic: str


@dataclass(slots=True)
class Entry:
    """What the book has said of one payment: its pain.002 status, '' before there is one, and
    whether its account was debited."""

    status: str
    reason: str | None = None
    debited: bool = False
    reference: str | None = None


class Book:
    """The books of all sandbox banks: mock-bank's own server, on a loopback port."""

    def __init__(self, database: Path | None = None, *, day: date | None = None) -> None:
        opened = _weekday(day or datetime.now(BEIJING).date())
        self._server = mockbank.make_server(
            mockbank.Config(
                port=0,
                db_path=":memory:" if database is None else str(database),
                quiet=True,
                timezone="Asia/Shanghai",
                cutoff="23:59",
                clock=f"{opened.isoformat()}T09:00",
            )
        )
        host, port = self._server.server_address[:2]
        self.day = opened
        self._http = httpx2.AsyncClient(base_url=f"http://{host!s}:{port}", timeout=30)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self._entries: dict[str, Entry] = {}
        self._turn = asyncio.Lock()

    async def open_account(self, bic: str, currency: str) -> None:
        """A bank's clearing account in a currency; one that is there already stays."""
        account = {
            "id": f"{bic}-{currency}",
            "name": f"Clearing {bic}",
            "iban": _iban(bic, currency, ACCOUNT_NUMBER),
            "bic": bic,
            "currency": currency,
            "balance": _OPENING_MINOR,
        }
        answer = await self._http.post("/_mock/accounts", json=account)
        if answer.status_code not in (201, 400):
            answer.raise_for_status()

    async def behave(self, bic: str, currency: str, habit: Habit) -> None:
        """Let the clearing account refuse, stay silent, or pay."""
        change: dict[str, Any] = {"behaviour": "accept", "balance": _OPENING_MINOR}
        if habit is Habit.REFUSE:
            change = {"behaviour": "insufficient-funds", "balance": 0}
        elif habit is Habit.SILENT:
            change = {"behaviour": "silent"}
        answer = await self._http.patch(f"/_mock/accounts/{bic}-{currency}", json=change)
        answer.raise_for_status()

    async def knows(self, reference: str) -> bool:
        """Whether a payment was instructed already: the book is asked before it is told twice."""
        answer = await self._http.get(f"/_mock/payments/{reference}")
        return answer.status_code == 200

    async def investigate(self, reference: str) -> Entry | None:
        """What the book itself says of a payment whose report never came."""
        answer = await self._http.get(f"/_mock/payments/{reference}")
        if answer.status_code != 200:
            return None
        found = answer.json()
        if found["status"] != "accepted":
            return Entry("RJCT", found["reason"])
        return Entry("ACCP", debited=found["booked_at"] is not None)

    async def instruct(self, bic: str, order: Order) -> None:
        """Send one pain.001. Its pain.002 and camt.054 come by the mailbox."""
        body = _pain_001(bic, order, self.day)
        headers = {"Content-Type": "application/xml"}
        answer = await self._http.post("/payments", content=body, headers=headers)
        if answer.status_code not in (202, 422):
            answer.raise_for_status()

    async def collect(self) -> None:
        """Take the book's reports out of its mailbox, for all banks."""
        async with self._turn:
            answer = await self._http.get("/_mock/mailbox")
            answer.raise_for_status()
            for message in answer.json():
                self._read(message["type"], etree.fromstring(message["body"].encode()))

    def entry(self, reference: str) -> Entry | None:
        """What the reports collected so far say of a payment, None when they are silent.

        A debit without a pain.002 is a bank that stays silent: it has booked and says nothing.
        """
        found = self._entries.get(reference)
        return found if found is not None and found.status else None

    def _read(self, kind: str, root: etree._Element) -> None:
        if kind.startswith("pain.002"):
            whole = root.find(".//{*}OrgnlGrpInfAndSts")
            if whole is not None and whole.findtext("{*}GrpSts") == "RJCT":
                refused = whole.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd")
                # A file sent twice is no word on the payment, which the first one carried.
                if refused is not None and refused != "DUPL":
                    reference = whole.findtext("{*}OrgnlMsgId") or ""
                    self._entries.setdefault(reference, Entry("RJCT", refused))
            for status in root.iterfind(".//{*}TxInfAndSts"):
                reference = status.findtext("{*}OrgnlEndToEndId") or ""
                code = status.findtext("{*}TxSts") or ""
                reason = status.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd")
                known = self._entries.setdefault(reference, Entry(code))
                known.status, known.reason = code, reason
        elif kind.startswith("camt.054"):
            for booked in root.iterfind(".//{*}Ntry"):
                for named in booked.iterfind(".//{*}EndToEndId"):
                    known = self._entries.setdefault(named.text or "", Entry(""))
                    known.debited = booked.findtext("{*}CdtDbtInd") == "DBIT"
                    known.reference = booked.findtext("{*}AcctSvcrRef")

    async def close(self) -> None:
        """End the server."""
        await self._http.aclose()
        await asyncio.to_thread(self._server.shutdown)
        self._server.server_close()
        self._thread.join(5)


def _weekday(day: date) -> date:
    """The day, or the Friday before a weekend: a book opens on a day on which it settles."""
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def _iban(bic: str, currency: str, number: int) -> str:
    """An account number of the book's own shape, with valid check digits (ISO 13616)."""
    bban = f"{bic[:4]}{currency}{number:08d}"
    digits = "".join(str(int(c, 36)) for c in f"{bban}CN00")
    return f"CN{98 - int(digits) % 97:02d}{bban}"


def _agent(bic: str) -> pain.BranchAndFinancialInstitutionIdentification6:
    return pain.BranchAndFinancialInstitutionIdentification6(
        fin_instn_id=pain.FinancialInstitutionIdentification18(bicfi=bic)
    )


def _pain_001(bic: str, order: Order, day: date) -> bytes:
    amount = pain.ActiveOrHistoricCurrencyAndAmount(
        value=order.money.decimal, ccy=order.money.currency
    )
    account = pain.GenericAccountIdentification1(id=order.creditor_account)
    transfer = pain.CreditTransferTransaction34(
        pmt_id=pain.PaymentIdentification6(instr_id=order.reference, end_to_end_id=order.reference),
        amt=pain.AmountType4Choice(instd_amt=amount),
        cdtr_agt=_agent(order.creditor_bic),
        cdtr=pain.PartyIdentification135(nm=order.creditor_name),
        cdtr_acct=pain.CashAccount38(id=pain.AccountIdentification4Choice(othr=account)),
    )
    iban = _iban(bic, order.money.currency, ACCOUNT_NUMBER)
    batch = pain.PaymentInstruction30(
        pmt_inf_id=order.reference,
        pmt_mtd=pain.PaymentMethod3Code.TRF,
        reqd_exctn_dt=pain.DateAndDateTime2Choice(dt=XmlDate.from_date(day)),
        dbtr=pain.PartyIdentification135(nm=f"Clearing {bic}"),
        dbtr_acct=pain.CashAccount38(id=pain.AccountIdentification4Choice(iban=iban)),
        dbtr_agt=_agent(bic),
        cdt_trf_tx_inf=[transfer],
    )
    header = pain.GroupHeader85(
        msg_id=order.reference,
        cre_dt_tm=offset_time(datetime.now(UTC)),
        nb_of_txs="1",
        initg_pty=pain.PartyIdentification135(nm="Tradewindow sandbox"),
    )
    initiation = pain.CustomerCreditTransferInitiationV09(grp_hdr=header, pmt_inf=[batch])
    return text_of(pain.Document(cstmr_cdt_trf_initn=initiation), _PAIN_001)
