"""A payment that its bank's persons have answered by hand."""

from __future__ import annotations

from services.kernel.identifiers import case_uuid
from tests.support.harbour import Harbour
from tests.support.on_file import signatory_file


async def answered(harbour: Harbour, payment: str) -> str:
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
    said = {"instruction_id": payment, "code": "ACSP"}
    answer_id = str((await first.post("/settlement/v1/answers", said))["answer_id"])
    await second.post(f"/settlement/v1/answers/{answer_id}/confirmation", {})
    return answer_id
