"""pacs.002.001.10: a bank's status of payments that were offered to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pyiso20022.pacs import pacs_002_001_10 as iso

from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.settlement.domain import refusals
from services.settlement.domain.messages.credit_transfer import NAME as PACS_008
from services.settlement.domain.messages.credit_transfer import offset_time
from services.settlement.domain.messages.facets import message_of, text_of
from services.settlement.domain.messages.reading import Element, invalid, namespace_of
from services.settlement.domain.rules.answers import (
    KNOWN_CODES,
    REJECTED_CODES,
    SETTLED_CODES,
)

NAME: Final = "pacs.002.001.10"
NAMESPACE: Final = f"urn:iso:std:iso:20022:tech:xsd:{NAME}"
_OFFSET: Final = re.compile(r".*[+-][0-9]{2}:[0-9]{2}")
_CREATED: Final = f"{{{NAMESPACE}}}FIToFIPmtStsRpt/{{{NAMESPACE}}}GrpHdr/{{{NAMESPACE}}}CreDtTm"
STATUSES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Status:
    """What a bank says of one payment."""

    original_message: str
    original_instruction: str
    code: str
    amount: Money | None = None
    reason: str | None = None
    bank_reference: str | None = None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One pacs.002: its own reference, when the bank wrote it, a status for each payment."""

    message_ref: str
    created_at: datetime
    statuses: tuple[Status, ...]
    from_bic: str | None = None


def checked(root: Element) -> iso.Document:
    """A pacs.002 against its schema's facets only. Refuses MESSAGE_INVALID."""
    return message_of(root, iso.Document)


def read(root: Element) -> StatusReport:
    """The report in a checked message.

    Refuses MESSAGE_INVALID: against the schema's facets, and against this window's profile
    (contracts/iso20022/mapping.md): numeric offset, original message and instruction named,
    known status code, amount stated with a settled status. Refuses REASON_REQUIRED for every
    rejection without a reason.
    """
    if namespace_of(root) != NAMESPACE:
        raise Refused(invalid(f"not a {NAME} message"))
    report = checked(root).fito_fipmt_sts_rpt
    # Read as the bank wrote it: parsed, the offset +00:00 is no longer told from Z.
    if _OFFSET.fullmatch((root.findtext(_CREATED) or "").strip()) is None:
        raise Refused(invalid("CreDtTm needs a numeric offset such as +08:00"))
    if not report.tx_inf_and_sts or len(report.tx_inf_and_sts) > STATUSES_MAX:
        raise Refused(invalid(f"between 1 and {STATUSES_MAX} TxInfAndSts are needed"))
    sender = report.grp_hdr.instg_agt
    statuses = tuple(_status(t) for t in report.tx_inf_and_sts)
    refuse_if_any(_without_reason(statuses))
    return StatusReport(
        message_ref=report.grp_hdr.msg_id,
        created_at=report.grp_hdr.cre_dt_tm.to_datetime(),
        statuses=statuses,
        from_bic=None if sender is None else sender.fin_instn_id.bicfi,
    )


def _status(t: iso.PaymentTransaction110) -> Status:
    group, instruction, code = t.orgnl_grp_inf, t.orgnl_instr_id, t.tx_sts
    if group is None or instruction is None:
        raise Refused(invalid("OrgnlGrpInf/OrgnlMsgId and OrgnlInstrId must name the payment"))
    if not group.orgnl_msg_nm_id.startswith("pacs.008"):
        raise Refused(invalid("OrgnlMsgNmId must name pacs.008"))
    if code not in KNOWN_CODES:
        raise Refused(invalid("TxSts is not a status that this window knows"))
    stated = None if t.orgnl_tx_ref is None else t.orgnl_tx_ref.intr_bk_sttlm_amt
    if stated is None and code in SETTLED_CODES:
        raise Refused(invalid("a settled status must state OrgnlTxRef/IntrBkSttlmAmt"))
    return Status(
        original_message=group.orgnl_msg_id,
        original_instruction=instruction,
        code=code,
        amount=None if stated is None else Money.parse(stated.value, stated.ccy),
        reason=_reason(t),
        bank_reference=t.acct_svcr_ref,
    )


def _without_reason(statuses: Sequence[Status]) -> Iterator[Refusal]:
    """A payer whose payment is rejected must be able to read why."""
    for number, status in enumerate(statuses):
        if status.code in REJECTED_CODES and not (status.reason or "").strip():
            pointer = f"/FIToFIPmtStsRpt/TxInfAndSts/{number}/StsRsnInf/Rsn"
            yield refusals.REASON_REQUIRED.at(pointer)


def _reason(t: iso.PaymentTransaction110) -> str | None:
    for information in t.sts_rsn_inf:
        if information.rsn is not None:
            reason: str | None = information.rsn.cd or information.rsn.prtry
            return reason
    return None


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
        reasons.append(iso.StatusReasonInformation12(rsn=iso.StatusReason6Choice(cd=status.reason)))
    return iso.PaymentTransaction110(
        orgnl_grp_inf=iso.OriginalGroupInformation29(
            orgnl_msg_id=status.original_message, orgnl_msg_nm_id=PACS_008
        ),
        orgnl_instr_id=status.original_instruction,
        orgnl_end_to_end_id=status.original_instruction,
        tx_sts=status.code,
        sts_rsn_inf=reasons,
        acct_svcr_ref=status.bank_reference,
        orgnl_tx_ref=reference,
    )


def built(
    *, message_ref: str, created_at: datetime, from_bic: str, statuses: Iterable[Status]
) -> bytes:
    """A status report as a bank writes it: used by the sandbox's bank and the samples."""
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
