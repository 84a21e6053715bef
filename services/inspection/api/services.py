"""What the inspection API has at hand."""

from __future__ import annotations

from dataclasses import dataclass

from services.inspection.commands.seeds import SeedKeeper
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom


@dataclass
class InspectionServices:
    """Database, Temporal, tokens, sealed seeds and the law."""

    database: Database
    authenticator: Authenticator
    receipts: Receipts
    vault: Vault
    policy: PolicyCache
    waiting: WaitingRoom

    @property
    def seeds(self) -> SeedKeeper:
        """Opens sealed seeds."""
        return SeedKeeper(self.vault)
