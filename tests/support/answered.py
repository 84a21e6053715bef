"""What a bank's persons say by hand, where its system does not: two of them each time."""

from __future__ import annotations

from services.kernel.identifiers import case_uuid, show
from tests.support.harbour import Harbour
from tests.support.on_file import signatory_file


async def answered(harbour: Harbour, payment: str, *, code: str = "ACSP") -> str:
    """What two persons of a payment's bank said of it by hand."""
    window, case_id = harbour.window, case_uuid(payment)
    bic = await window.sql.fetchval(
        "SELECT bank_bic FROM settlement_instructions WHERE instruction_id = $1", case_id
    )
    for person in ("dealer-1", "dealer-2"):
        await signatory_file(window.sql, f"bank:{bic}", person, "answers")
    first, second = (
        window.parties.act_as("bank", f"bank:{bic}", subject=person)
        for person in ("dealer-1", "dealer-2")
    )
    said = {"instruction_id": payment, "code": code}
    answer_id = str((await first.post("/settlement/v1/answers", said))["answer_id"])
    await second.post(f"/settlement/v1/answers/{answer_id}/confirmation", {})
    return answer_id


async def on_duty_after_all(harbour: Harbour, bic: str, day: str) -> str:
    """The day on which a bank had no duty by two persons' word, taken back by two."""
    window, path = harbour.window, "/market/v1/rota/absences"
    for what in ("by-hand", "withdrawal-by-hand"):
        for person in ("rota-1", "rota-2"):
            await signatory_file(window.sql, f"bank:{bic}", person, "quotes")
            signatory = window.parties.act_as("bank", f"bank:{bic}", subject=person)
            await signatory.post(f"{path}/{what}", {"absent_on": day})
    absence = "SELECT absence_id FROM bank_absences WHERE bank_bic = $1 ORDER BY announced_at DESC"
    return show("abs", await window.sql.fetchval(f"{absence} LIMIT 1", bic))
