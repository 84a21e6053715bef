"""What the settlement API has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Path

from services.platform.services import Services
from services.settlement.commands.offering import Writer
from services.settlement.domain.messages.official import OfficialSchemas

InstructionId = Annotated[str, Path(max_length=40, description="stl_…")]


@dataclass
class SettlementServices(Services):
    """And the official schemas of bank messages."""

    official: OfficialSchemas = field(default_factory=lambda: OfficialSchemas({}))

    @property
    def writer(self) -> Writer:
        """What a message to a bank is written with."""
        return Writer(self.official, self.vault)
