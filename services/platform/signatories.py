"""Who signs for a bank: an authorised signatory (有权签字人) whom the bank has on file."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from services.kernel.messages import Actor
from services.platform.database import Statements

COMPLIANCE: Final = "compliance"
"""The duty of who releases or refuses a payment that is held."""
ANSWERS: Final = "answers"
"""The duty of who says by hand what became of a payment."""
QUOTES: Final = "quotes"
"""The duty of who quotes by hand."""

_ON_FILE = text(
    "SELECT EXISTS (SELECT FROM v_signatories"
    " WHERE party = :party AND subject = :subject AND duty = :duty AND active)"
)


async def is_signatory(tx: Statements, actor: Actor, duty: str) -> bool:
    """Whether the actor signs in this duty for the own party.

    A token says who somebody is, the register whether the bank lets that person sign.
    """
    values = {"party": actor.party, "subject": actor.subject, "duty": duty}
    return bool((await tx.execute(_ON_FILE, values)).scalar_one())
