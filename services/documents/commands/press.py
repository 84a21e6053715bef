"""With what a process makes papers: the operator's seal, and the address that is printed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.documents.domain import refusals
from services.documents.domain.contents import PDF, Content
from services.kernel.refusal import Refused
from services.platform.settings import Settings, SettingsError

if TYPE_CHECKING:
    from services.documents.commands.signing import Seal
    from services.documents.commands.typesetting import Sheet

CHECKED_AT: Final = "/portal/paper/{number}"
"""The page that tells anybody whether a paper is genuine; its address stands on the paper."""


@dataclass(frozen=True, slots=True)
class Press:
    """What this process prints papers with."""

    seal: Seal | None
    """None where the operator has given no certificate."""
    origin: str
    """Under which address people know the window."""
    sample: bool
    """Whether every paper says that nothing of it is real."""
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Setting a page takes fonts and memory: few at a time, however many are asked for."""

    def address(self, number: str) -> str:
        """Where anybody may ask for a paper's standing."""
        return self.origin + CHECKED_AT.format(number=number)

    async def printed(self, sheet: Sheet) -> Content:
        """A paper, set and signed, away from the loop that answers others.

        Raises Refused PAPERS_NOT_SIGNED.
        """
        # What sets and signs takes a second to load, which no process pays that prints nothing.
        from services.documents.commands.typesetting import typeset

        seal = self.seal
        if seal is None:
            raise Refused(refusals.PAPERS_NOT_SIGNED.at())
        async with self.at_once:
            return Content(PDF, await asyncio.to_thread(lambda: seal.sign(typeset(sheet))))


def press_of(settings: Settings) -> Press:
    """As this process is set. Raises SettingsError."""
    from services.documents.commands.signing import seal_of

    seal = seal_of(settings)
    if seal is not None and settings.public_origin is None:
        raise SettingsError("Set PUBLIC_ORIGIN: papers lead people there, and it stands on them.")
    return Press(seal, settings.public_origin or "", sample=settings.sandbox)
