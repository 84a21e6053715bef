"""Who signs for a bank: an authorised signatory (有权签字人) whom the bank has on file."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from services.kernel.refusal import Refused
from services.platform.act import Act
from services.settlement.domain import refusals

COMPLIANCE: Final = "compliance"
"""The duty of who releases or refuses a payment that is held."""

_ON_FILE = text(
    "SELECT EXISTS (SELECT FROM v_signatories"
    " WHERE party = :party AND subject = :subject AND duty = :duty AND active)"
)


async def signatory_required(act: Act, duty: str) -> None:
    """Raises Refused SIGNATORY_NOT_ON_FILE unless the actor signs in this duty for the own party.

    A token says who somebody is, the register whether the bank lets that person sign.
    """
    values = {"party": act.actor.party, "subject": act.actor.subject, "duty": duty}
    if not (await act.execute(_ON_FILE, **values)).scalar_one():
        raise Refused(refusals.SIGNATORY_NOT_ON_FILE.at())
