"""Acts of a bank's compliance on what does not match: a word, or money of goods that are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.money import Money
from tests.acts.asked import Asked, Builder
from tests.acts.market import KYAT_BANK, kyat_bank
from tests.acts.settlement import S, offered, signatory_filed
from tests.support.asleep import Asleep


def dispute_signed(*events: str, signed: int = 0) -> Builder:
    """A person of compliance says what is true of a status of another sum than was instructed.

    ``signed`` persons have said the same before.
    """

    async def asked(asleep: Asleep) -> Asked:
        waits = await offered(asleep)
        wrong = replace(waits, paid=Money(waits.paid.minor + 1, waits.paid.currency))
        bank, parties = f"bank:{KYAT_BANK}", asleep.harbour.window.parties
        client = await kyat_bank(asleep)
        await client.post(f"{S}/bank/statuses", wrong.report("ACSC"), "application/xml")
        reader = parties.act_as(
            "bank_compliance", bank, subject=await signatory_filed(asleep, bank)
        )
        (dispute,) = (await reader.get(f"{S}/disputes", instruction_id=waits.case))["items"]
        path = f"{S}/disputes/{dispute['dispute_id']}/resolution"
        body = {"finding": "RECORD_STANDS", "remark": "a mistype"}
        for _ in range(signed):
            await reader.post(path, body)
        return Asked(
            *("bank_compliance", bank, path),
            *(body, {**body, "remark": "another"}),
            events,
            subject=await signatory_filed(asleep, bank),
        )

    return asked


def money_found(*events: str, signed: int = 0) -> Builder:
    """A person of compliance says that the money of goods that were seized came back.

    ``signed`` persons have said the same before.
    """

    async def asked(asleep: Asleep) -> Asked:
        waits, bank = await offered(asleep), f"bank:{KYAT_BANK}"
        client = await kyat_bank(asleep)
        await client.post(f"{S}/bank/statuses", waits.report("ACSC"), "application/xml")
        lot = uuid_of(waits.lot_id, "lot")
        await asleep.sql.execute("UPDATE lots SET state = 'SEIZED' WHERE lot_id = $1", lot)
        await asleep.attended(waits.case)
        reader = asleep.harbour.window.parties.act_as(
            "bank_compliance", bank, subject=await signatory_filed(asleep, bank)
        )
        (dispute,) = (await reader.get(f"{S}/disputes", instruction_id=waits.case))["items"]
        path = f"{S}/disputes/{dispute['dispute_id']}/resolution"
        day = f"{business_day(datetime.now(UTC))}"
        body = {"finding": "RETURNED", "returned_on": day, "remark": "sent back"}
        for _ in range(signed):
            await reader.post(path, body)
        return Asked(
            *("bank_compliance", bank, path),
            *(body, {**body, "remark": "another"}),
            events,
            subject=await signatory_filed(asleep, bank),
        )

    return asked


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {S}/disputes/{{dispute_id}}/resolution": (
        dispute_signed("BankDisputeSigned"),
        dispute_signed("BankDisputeResolved", signed=1),
        money_found("BankDisputeSigned"),
        money_found("PaymentReturned", "BankDisputeResolved", signed=1),
    ),
}
