"""Who signs for a bank: an authorised signatory (有权签字人) whom the bank has on file."""

from __future__ import annotations

from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.signatories import ANSWERS, COMPLIANCE, is_signatory
from services.settlement.domain import refusals

__all__ = ["ANSWERS", "COMPLIANCE", "signatory_required"]


async def signatory_required(act: Act, duty: str) -> None:
    """Raises Refused SIGNATORY_NOT_ON_FILE unless the actor signs in this duty for the own bank."""
    if not await is_signatory(act, act.actor, duty):
        raise Refused(refusals.SIGNATORY_NOT_ON_FILE.at())
