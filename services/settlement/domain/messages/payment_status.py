"""pacs.002: a bank's status of payments that were offered to it, read and built.

Read is every version from .03 on, each checked against its own schema's facets, and then only by
the elements that all of them share. Built is .10, which correspondent banks write (CBPR+).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from pyiso20022.pacs import pacs_002_001_10 as iso
from xsdata.models.datatype import XmlDate

from services.kernel import canonical
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.settlement.domain import refusals
from services.settlement.domain.messages import moments
from services.settlement.domain.messages.credit_transfer import NAME as PACS_008
from services.settlement.domain.messages.credit_transfer import offset_time
from services.settlement.domain.messages.facets import message_of, text_of
from services.settlement.domain.messages.reading import Element, invalid, namespace_of
from services.settlement.domain.messages.unwrapping import Message, message_in
from services.settlement.domain.rules.answers import (
    ACTS,
    GROUP_CODES,
    REJECTED_CODES,
    contradictory,
)

NAME: Final = "pacs.002.001.10"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{NAME}"
VERSIONS: Final = ("03", "04", "05", "07", "08", "09", "10", "11", "12", "13", "14", "15")
STATUSES_MAX: Final = 100
_FAMILY: Final = "pacs.002.001."
_REPORT: Final = "/FIToFIPmtStsRpt"
#: What is written where a reference must stand and none is known (a convention of ISO 20022).
_NO_REFERENCE: Final = "NOTPROVIDED"


@dataclass(frozen=True, slots=True)
class Status:
    """What a bank says of one payment, by whichever of its references it names it."""

    original_message: str | None
    original_instruction: str | None
    code: str
    amount: Money | None = None
    reason: str | None = None
    bank_reference: str | None = None
    original_end_to_end: str | None = None
    original_transaction: str | None = None
    uetr: str | None = None
    effective_on: date | None = None
    """The value date (``FctvIntrBkSttlmDt``): the day on which the money moves."""
    stated_on: date | None = None
    """The day that ``OrgnlTxRef`` repeats from the message, or states instead."""
    further_reasons: tuple[str, ...] = ()
    own_reasons: frozenset[str] = frozenset()
    """Those of its reasons that are the bank's own words (``Prtry``) and no codes of ISO's."""
    remarks: tuple[str, ...] = ()
    """What the bank adds in words (``AddtlInf``)."""
    clearing_reference: str | None = None
    charges: tuple[Money, ...] = ()
    of_group: bool = False
    """Whether it is said of the message, not of a payment by itself."""

    @property
    def coded_reasons(self) -> tuple[str, ...]:
        """Its reasons that are codes of ISO's external list."""
        given = (self.reason, *self.further_reasons)
        return tuple(r for r in given if r is not None and r not in self.own_reasons)

    @property
    def names(self) -> Mapping[str, str]:
        """Element → reference, of those by which the bank names the payment."""
        given = {
            "OrgnlMsgId": self.original_message,
            "OrgnlInstrId": self.original_instruction,
            "OrgnlEndToEndId": self.original_end_to_end,
            "OrgnlTxId": self.original_transaction,
            "OrgnlUETR": self.uetr,
        }
        return {name: said for name, said in given.items() if said is not None}

    def value_on(self, settles_on: date | None) -> date | None:
        """The value date that the bank gives; the day of our own message, repeated, is none."""
        stated = None if self.stated_on == settles_on else self.stated_on
        return self.effective_on or stated


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One pacs.002: its own reference, when the bank wrote it, a status for each payment."""

    message_ref: str
    created_at: datetime
    statuses: tuple[Status, ...]
    senders: frozenset[str] = frozenset()
    """BIC of every bank that the report says it comes from, as its head office."""
    in_zulu: bool = False
    """Whether its own time is written with Z."""


@dataclass(frozen=True, slots=True)
class _Part:
    """An element of the report with its pointer; reads by local names, whatever the version."""

    element: Element
    pointer: str

    def parts(self, name: str) -> list[_Part]:
        """The elements of this name in it."""
        found = self.element.findall(f"{{{namespace_of(self.element)}}}{name}")
        return [_Part(e, f"{self.pointer}/{name}/{n}") for n, e in enumerate(found)]

    def said(self, *path: str) -> str | None:
        """The text at the first place of this path; None where nothing is written."""
        space = namespace_of(self.element)
        text = self.element.findtext("/".join(f"{{{space}}}{step}" for step in path))
        return (text or "").strip() or None

    def reference(self, *path: str) -> str | None:
        """A reference; None as well where the bank says that it has none."""
        found = self.said(*path)
        return None if found == _NO_REFERENCE else found

    def money(self, *path: str) -> Money | None:
        """A sum with its currency. Refuses CURRENCY_UNKNOWN, AMOUNT_INVALID, and says where."""
        space = namespace_of(self.element)
        found = self.element.find("/".join(f"{{{space}}}{step}" for step in path))
        if found is None:
            return None
        try:
            return Money.parse((found.text or "").strip(), str(found.get("Ccy", "")))
        except Refused as refused:
            place = "/".join((self.pointer, *path))
            raise Refused(*(refusal.to(place) for refusal in refused.refusals)) from None

    def day(self, *path: str) -> date | None:
        """A day, also where it is written as an instant."""
        found = self.said(*path)
        return None if found is None else moments.day(found, "/".join((self.pointer, *path)))


@lru_cache(maxsize=len(VERSIONS))
def _kind(version: str) -> type[Any]:
    """The generated class of a version, loaded when the first bank writes in it."""
    module = importlib.import_module(f"pyiso20022.pacs.pacs_002_001_{version}")
    kind: type[Any] = module.Document
    return kind


def checked(root: Element) -> Any:
    """A pacs.002 against its own schema's facets only. Refuses MESSAGE_INVALID."""
    return message_of(root, _kind(_version(message_in(root))))


def _version(message: Message) -> str:
    version = message.name.removeprefix(_FAMILY)
    if not message.name.startswith(_FAMILY) or version not in VERSIONS:
        last = f"{_FAMILY}{VERSIONS[-1]}"
        raise Refused(invalid(f"not a message of {_FAMILY}{VERSIONS[0]} to {last}"))
    return version


def read(root: Element) -> StatusReport:
    """The report in a message, bare, under a business application header or in an envelope.

    Refuses MESSAGE_INVALID: against its schema's facets, and where it says too little: its time
    needs an offset, every status a reference and a known code. Refuses REASON_REQUIRED for every
    rejection without a reason.
    """
    message = message_in(root)
    message_of(message.document, _kind(_version(message)))
    report = _Part(message.document[0], _REPORT)
    groups = report.parts("OrgnlGrpInfAndSts")
    transactions = report.parts("TxInfAndSts")
    if len(groups) + len(transactions) > STATUSES_MAX:
        raise Refused(invalid(f"more than {STATUSES_MAX} statuses", f"{_REPORT}/TxInfAndSts"))
    statuses = tuple(_statuses(groups, transactions))
    if not statuses:
        raise Refused(invalid("no TxInfAndSts and no GrpSts says anything", _REPORT))
    created = report.said("GrpHdr", "CreDtTm") or ""
    return StatusReport(
        message_ref=report.said("GrpHdr", "MsgId") or "",
        created_at=moments.instant(created, f"{_REPORT}/GrpHdr/CreDtTm"),
        statuses=statuses,
        senders=frozenset(_senders(message, report, transactions)),
        in_zulu=moments.is_zulu(created),
    )


def _senders(message: Message, report: _Part, transactions: Sequence[_Part]) -> Iterator[str]:
    """Who says it: by the header, by the report's own head, by each status (CBPR+)."""
    if message.from_bic is not None:
        yield message.from_bic
    places = [(report, ("GrpHdr", "InstgAgt")), *((t, ("InstgAgt",)) for t in transactions)]
    for part, path in places:
        # Versions before .04 write BIC, the later ones BICFI.
        for element in ("BICFI", "BIC"):
            if (found := part.said(*path, "FinInstnId", element)) is not None:
                yield canonical.bic(found)


def _statuses(groups: Sequence[_Part], transactions: Sequence[_Part]) -> Iterator[Status]:
    """A status for each payment: of a group, where no transaction under it speaks for itself.

    A message of ours carries one payment, so the status of its group is its own. Where both are
    given and contradict, both are said. A group without a name is the heading of the transactions
    under it and says nothing beside them.
    """
    group_of = {g.reference("OrgnlMsgId"): g for g in groups}
    alone = groups[0] if len(groups) == 1 else None
    spoken: list[tuple[_Part | None, Status]] = []
    found, without_reason = [], []
    for transaction in transactions:
        named = transaction.reference("OrgnlGrpInf", "OrgnlMsgId")
        group = alone if named is None else group_of.get(named)
        status = _transaction_status(transaction, group)
        found.append((transaction, status))
        spoken.append((group, status))
    for group in groups:
        if group.said("GrpSts") in (None, *GROUP_CODES):
            continue
        status = _group_status(group)
        besides = [s for under, s in spoken if under is group]
        if speaks_beside(status, besides):
            if not status.names:
                raise Refused(invalid("names no payment; give its OrgnlMsgId", group.pointer))
            found.append((group, status))
    for part, status in found:
        if status.code in REJECTED_CODES and status.reason is None:
            without_reason.append(_without_reason(part))
    refuse_if_any(without_reason)
    return iter(status for _, status in found)


def speaks_beside(status: Status, besides: Sequence[Status]) -> bool:
    """Whether a group's status stands beside those of its payment by itself: none, or it
    contradicts one of them.
    """
    return not besides or any(contradictory((status.code, s.code)) for s in besides)


def _without_reason(part: _Part) -> Refusal:
    """A payer whose payment is rejected must be able to read why."""
    return refusals.REASON_REQUIRED.at(f"{part.pointer}/StsRsnInf/Rsn")


def _transaction_status(part: _Part, group: _Part | None) -> Status:
    said = part.said("TxSts")
    holds = part if said is not None or group is None else group
    of_group = None if group is None else group.reference("OrgnlMsgId")
    status = Status(
        original_message=part.reference("OrgnlGrpInf", "OrgnlMsgId") or of_group,
        original_instruction=part.reference("OrgnlInstrId"),
        code=_code(said or holds.said("GrpSts"), f"{part.pointer}/TxSts"),
        amount=part.money("OrgnlTxRef", "IntrBkSttlmAmt"),
        bank_reference=part.said("AcctSvcrRef"),
        original_end_to_end=part.reference("OrgnlEndToEndId"),
        original_transaction=part.reference("OrgnlTxId"),
        uetr=part.reference("OrgnlUETR"),
        effective_on=part.day("FctvIntrBkSttlmDt", "Dt")
        or part.day("FctvIntrBkSttlmDt", "DtTm")
        or part.day("FctvIntrBkSttlmDt"),
        stated_on=_stated_on(part),
        clearing_reference=part.said("ClrSysRef"),
        charges=tuple(
            charge for c in part.parts("ChrgsInf") if (charge := c.money("Amt")) is not None
        ),
        **_grounds(part if part.parts("StsRsnInf") or group is None else group),
    )
    _require_original(part.said("OrgnlGrpInf", "OrgnlMsgNmId") or _original_of(group), part)
    if not status.names:
        raise Refused(invalid("names no payment; give its OrgnlUETR or OrgnlInstrId", part.pointer))
    return status


def _group_status(part: _Part) -> Status:
    _require_original(_original_of(part), part)
    return Status(
        original_message=part.reference("OrgnlMsgId"),
        original_instruction=None,
        code=_code(part.said("GrpSts"), f"{part.pointer}/GrpSts"),
        of_group=True,
        **_grounds(part),
    )


def _original_of(group: _Part | None) -> str | None:
    return None if group is None else group.said("OrgnlMsgNmId")


def _require_original(name: str | None, part: _Part) -> None:
    if name is not None and not name.lower().startswith("pacs.008"):
        raise Refused(invalid("OrgnlMsgNmId must name pacs.008", part.pointer))


def _code(said: str | None, pointer: str) -> str:
    if said is None or said not in ACTS:
        known = ", ".join(sorted(ACTS))
        raise Refused(invalid(f"not a status that ISO 20022 knows; known are {known}", pointer))
    return said


def _stated_on(part: _Part) -> date | None:
    """The day that the bank repeats of the message, or states in its place; the later of both."""
    days = [
        part.day("OrgnlTxRef", *path)
        for path in (("IntrBkSttlmDt",), ("ReqdExctnDt",), ("ReqdExctnDt", "Dt"))
    ]
    return max((day for day in days if day is not None), default=None)


def _grounds(part: _Part) -> dict[str, Any]:
    """Why, as a bank gives it: a first reason, further ones, and words beside them."""
    reasons, remarks = list[str](), list[str]()
    own, coded = set[str](), set[str]()
    for information in part.parts("StsRsnInf"):
        code = information.said("Rsn", "Cd")
        reason = code or information.said("Rsn", "Prtry")
        if reason is not None:
            reasons.append(reason)
            (own if code is None else coded).add(reason)
        remarks += [
            w for r in information.parts("AddtlInf") if (w := (r.element.text or "").strip())
        ]
    return {
        "reason": reasons[0] if reasons else None,
        "further_reasons": tuple(reasons[1:]),
        "own_reasons": frozenset(own - coded),
        "remarks": tuple(remarks),
    }


def _transaction(status: Status) -> iso.PaymentTransaction110:
    amount = status.amount
    reference = None
    if amount is not None:
        reference = iso.OriginalTransactionReference28(
            intr_bk_sttlm_amt=iso.ActiveOrHistoricCurrencyAndAmount(
                value=amount.decimal, ccy=amount.currency
            )
        )
    reasons = []
    if status.reason is not None:
        own = status.reason in status.own_reasons
        choice = {"prtry" if own else "cd": status.reason}
        reasons.append(iso.StatusReasonInformation12(rsn=iso.StatusReason6Choice(**choice)))
    group = None
    if status.original_message is not None:
        group = iso.OriginalGroupInformation29(
            orgnl_msg_id=status.original_message, orgnl_msg_nm_id=PACS_008
        )
    moves_on = None
    if status.effective_on is not None:
        moves_on = iso.DateAndDateTime2Choice(dt=XmlDate.from_date(status.effective_on))
    return iso.PaymentTransaction110(
        orgnl_grp_inf=group,
        orgnl_instr_id=status.original_instruction,
        orgnl_end_to_end_id=status.original_end_to_end,
        orgnl_tx_id=status.original_transaction,
        orgnl_uetr=status.uetr,
        tx_sts=status.code,
        sts_rsn_inf=reasons,
        acct_svcr_ref=status.bank_reference,
        fctv_intr_bk_sttlm_dt=moves_on,
        orgnl_tx_ref=reference,
    )


def built(
    *, message_ref: str, created_at: datetime, from_bic: str, statuses: Iterable[Status]
) -> bytes:
    """A status report as a bank writes it: entered by hand, by the sandbox's bank, in samples."""
    agent = iso.BranchAndFinancialInstitutionIdentification6(
        fin_instn_id=iso.FinancialInstitutionIdentification18(bicfi=from_bic)
    )
    report = iso.FitoFipaymentStatusReportV10(
        grp_hdr=iso.GroupHeader91(
            msg_id=message_ref, cre_dt_tm=offset_time(created_at), instg_agt=agent
        ),
        tx_inf_and_sts=[_transaction(status) for status in statuses],
    )
    return text_of(iso.Document(fito_fipmt_sts_rpt=report), NAMESPACE)
