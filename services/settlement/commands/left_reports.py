"""Reports that were kept and not carried out, because a process died in between: they are now.

A bank may take no answer for an answer, and what it said is on record: nobody need say it again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from services.kernel.identifiers import new_uuid
from services.kernel.messages import Actor, Answer, Receipt
from services.platform import telemetry
from services.platform.act import Act
from services.platform.acting import Acting, act_once
from services.platform.database import Database, DatabaseUnreachable, Row
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from services.settlement.commands.keeping import KeptReport
from services.settlement.commands.receiving import report_carry_out
from services.settlement.domain.messages import payment_status, reading
from services.settlement.queries import banking

UNDER_WAY: Final = timedelta(seconds=30)
"""So long a report is left to the request that brought it."""
_AT_ONCE: Final = 100

log = structlog.get_logger()


async def left_reports_carry_out(
    database: Database, policies: PolicyCache, vault: Vault, *, under_way: timedelta = UNDER_WAY
) -> int:
    """Carry out the oldest reports that were left, each in an act of its bank's; how many were.

    What comes of each is what would have come of it in the request that brought it: the vault is
    for who is screened. Beside the bank that sends one again, or another process, each is carried
    out once. One that cannot be carried out holds up no other.
    """
    before = datetime.now(UTC) - under_way
    async with database.reading() as tx:
        left = await banking.reports_left(tx, before=before, rows=_AT_ONCE)
    done = 0
    for row in left:
        try:
            done += await _carried_out(database, policies, vault, row)
        except DatabaseUnreachable:
            raise
        except Exception as error:
            where = telemetry.where(error)
            report = row.report_id.hex
            log.error("report_left", report=report, error=type(error).__name__, where=where)
    return done


async def _carried_out(database: Database, policies: PolicyCache, vault: Vault, row: Row) -> bool:
    said = payment_status.read(reading.opened(bytes(row.body)))
    kept = KeptReport(row.report_id, said, bytes(row.digest))

    async def work(act: Act) -> Answer:
        await report_carry_out(act, kept, vault)
        return Answer(status=200, body={"report_id": row.report_id.hex})

    return (await act_once(database, policies, _acting(row), work)).accepted


def _acting(row: Row) -> Acting:
    """Its bank, by whoever sent it; under a key of each try's own, that a refusal ends no other."""
    actor = Actor(subject=row.sent_by, party=f"bank:{row.bank_bic}", role="bank")
    receipt = Receipt(
        subject=actor.subject,
        party=actor.party,
        key=f"report:{row.report_id.hex}:{new_uuid().hex}",
        fingerprint=bytes(row.digest).hex(),
    )
    return Acting(actor, datetime.now(UTC), receipt)
