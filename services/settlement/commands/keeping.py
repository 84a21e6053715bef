"""A bank's report is kept word for word, before anything is made of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel import canonical
from services.kernel.identifiers import new_uuid
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.acting import Acting
from services.platform.answers import answer_kept
from services.platform.database import Database, Statements
from services.settlement.domain import refusals
from services.settlement.domain.messages import payment_status, reading
from services.settlement.domain.messages.official import OfficialSchemas
from services.settlement.domain.messages.payment_status import StatusReport
from services.settlement.domain.messages.unwrapping import message_in
from services.settlement.queries import banking

_KEEP: Final = """
    INSERT INTO bank_reports (
        report_id, bank_bic, message_ref, sent_by, body, digest, received_at
    )
    SELECT CAST(:report_id AS uuid), :bank_bic, :ref, :sent_by, CAST(:body AS bytea),
        CAST(:digest AS bytea), CAST(:at AS timestamptz)
    {unless}
    ON CONFLICT (bank_bic, message_ref) DO NOTHING RETURNING report_id
    """
# A request that was answered before keeps nothing: what it is refused for is never carried out.
_REPORT = text(
    _KEEP.format(
        unless="WHERE NOT EXISTS"
        " (SELECT FROM stored_answers WHERE receipt = CAST(:receipt AS bytea))"
    )
)
# Within an act nothing was answered under its key: its last statement would undo it.
_BY_HAND = text(_KEEP.format(unless=""))
CREATED: Final = "/FIToFIPmtStsRpt/GrpHdr/CreDtTm"


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report as it is kept: what the bank said, under which id."""

    report_id: UUID
    said: StatusReport
    digest: bytes
    """SHA-256 of what the bank sent."""


def report_read(xml: bytes, *, bic: str, official: OfficialSchemas) -> StatusReport:
    """A bank's status report, as far as its own text says that it is one of this bank's.

    Raises Refused MESSAGE_UNSAFE, MESSAGE_TOO_LARGE, MESSAGE_INVALID, REASON_REQUIRED.
    """
    root = reading.opened(xml)
    said = payment_status.read(root)
    official.check(message_in(root).document)
    if not said.senders <= {canonical.bic(bic)}:
        raise Refused(reading.invalid("the sender is not the bank that signed the request"))
    return said


async def report_of_profile(tx: Statements, said: StatusReport, bic: str) -> None:
    """Raises Refused MESSAGE_INVALID for what the bank's profile of ISO 20022 forbids."""
    if said.in_zulu and not await banking.takes_zulu(tx, bic):
        raise Refused(reading.invalid("a time needs a numeric offset such as +08:00", CREATED))


async def report_keep(
    database: Database, xml: bytes, *, acting: Acting, official: OfficialSchemas
) -> KeptReport | Answer:
    """Keep a bank's status report before anything is made of it: it is there whatever follows.

    Under a key that was used before it is not kept, and the answer under that key is given. Raises
    Refused MESSAGE_UNSAFE, MESSAGE_TOO_LARGE, MESSAGE_INVALID, REASON_REQUIRED,
    MESSAGE_REFERENCE_REUSED.
    """
    bic = acting.actor.party_code
    said = report_read(xml, bic=bic, official=official)
    values = _values(xml, said, bic)
    made = {"sent_by": acting.actor.subject, "at": acting.at, "receipt": acting.receipt.digest}
    async with database.reading() as tx:
        await report_of_profile(tx, said, bic)
        if (await tx.execute(_REPORT, {**values, **made})).first() is not None:
            return KeptReport(values["report_id"], said, values["digest"])
        known = await report_known(tx, xml, said, bic)
        if known is None:
            return await answer_kept(tx, acting.receipt)
    return KeptReport(known, said, values["digest"])


async def report_keep_by_hand(act: Act, xml: bytes, said: StatusReport) -> KeptReport:
    """Keep a report that two persons of its bank have confirmed, in the act of the second.

    If the act is undone so is the report: nobody carries it out without the second person. One that
    the bank's own system sent meanwhile is that one. Raises Refused MESSAGE_REFERENCE_REUSED.
    """
    bic = act.actor.party_code
    values = _values(xml, said, bic)
    kept = await act.execute(_BY_HAND, {**values, "sent_by": act.actor.subject, "at": act.at})
    if kept.first() is not None:
        return KeptReport(values["report_id"], said, values["digest"])
    known = await report_known(act, xml, said, bic)
    if known is None:
        raise AssertionError("what a report collides with is on record")
    return KeptReport(known, said, values["digest"])


async def report_known(tx: Statements, xml: bytes, said: StatusReport, bic: str) -> UUID | None:
    """The report that the bank sent under this reference; None when there is none.

    Raises Refused MESSAGE_REFERENCE_REUSED when that is another one.
    """
    known = await banking.report_get(tx, bic, said.message_ref)
    if known is None:
        return None
    if bytes(known.digest) != hashlib.sha256(xml).digest():
        raise Refused(refusals.MESSAGE_REFERENCE_REUSED.at())
    found: UUID = known.report_id
    return found


def _values(xml: bytes, said: StatusReport, bic: str) -> dict[str, Any]:
    return {
        "report_id": new_uuid(),
        "bank_bic": bic,
        "ref": said.message_ref,
        "body": xml,
        "digest": hashlib.sha256(xml).digest(),
    }
