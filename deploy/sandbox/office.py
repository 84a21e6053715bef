"""The registrar's office of a sandbox: one files what takes two, and the other confirms it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deploy.sandbox.parties import ROWS_MAX, Parties, Party, chunks

_REGISTRY: Final = "/registry/v1"
_LAW: Final = "/law/v1"


@dataclass(frozen=True)
class Office:
    """Two of its registrars."""

    registrar: Party
    second: Party

    @classmethod
    def of(cls, parties: Parties) -> Office:
        """The two of a sandbox in which nobody is called by name."""
        one, other = (
            parties.act_as("registrar", "platform:registrar", subject=subject)
            for subject in ("platform:registrar", "platform:second-registrar")
        )
        return cls(one, other)

    async def file(self, what: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Have records of a register on file, thousands at a time."""
        for part in chunks(rows, ROWS_MAX):
            filed = await self.registrar.post(f"{_REGISTRY}/{what}", {"rows": part})
            if filed.get("proposed"):
                await self.confirm(filed["filing_id"])

    async def list_law(self, what: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Have rows of one of the law's lists on file."""
        for part in chunks(rows, ROWS_MAX):
            filed = await self.registrar.post(f"{_LAW}/{what}", {"rows": part})
            await self.confirm_listed(filed["filing_id"])

    async def confirm_listed(self, filing_id: str) -> None:
        """The second reads what the first has proposed for a list of the law, and confirms it."""
        await self.second.sign(f"{_LAW}/filings/{filing_id}", "decision", {"confirm": True})

    async def confirm(self, change_id: str) -> None:
        """The second reads what the first has proposed, and confirms it."""
        await self.second.sign(f"{_REGISTRY}/changes/{change_id}", "decision", {"confirm": True})
