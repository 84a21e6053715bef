"""What the settlement API has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Path

from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom
from services.settlement.domain.messages.official import OfficialSchemas

InstructionId = Annotated[str, Path(max_length=40, description="stl_…")]


@dataclass
class SettlementServices:
    """What the API has at hand."""

    database: Database
    authenticator: Authenticator
    receipts: Receipts
    vault: Vault
    policy: PolicyCache
    waiting: WaitingRoom
    official: OfficialSchemas = field(default_factory=lambda: OfficialSchemas({}))
