"""What the inspection API has at hand."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio.client import Client

from services.inspection.commands.seeds import SeedKeeper
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.idempotency import Receipts
from services.platform.policy import PolicyCache
from services.platform.relay import Relay
from services.platform.vault import Vault


@dataclass
class InspectionServices:
    """Database, Temporal, tokens, sealed seeds and the law."""

    database: Database
    temporal: Client
    authenticator: Authenticator
    receipts: Receipts
    vault: Vault
    policy: PolicyCache
    relay: Relay | None = None

    @property
    def seeds(self) -> SeedKeeper:
        """Opens sealed seeds."""
        return SeedKeeper(self.vault)
