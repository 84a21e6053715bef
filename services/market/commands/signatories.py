"""Who says something by hand for a bank: a signatory whom it has on file for quotes."""

from __future__ import annotations

from services.kernel.refusal import Refused
from services.market.domain import refusals
from services.platform.act import Act
from services.platform.signatories import QUOTES, is_signatory


async def signatory_required(act: Act) -> None:
    """Raises Refused SIGNATORY_NOT_ON_FILE."""
    if not await is_signatory(act, act.actor, QUOTES):
        raise Refused(refusals.SIGNATORY_NOT_ON_FILE.at())
