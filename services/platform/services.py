"""What every service's routes have at hand."""

from __future__ import annotations

from dataclasses import dataclass

from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.passkeys import RelyingParty
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom


@dataclass
class Services:
    """Database under the service's role, tokens, receipts, keys, the law, and where callers wait.

    A service that has more adds its own fields (settlement, window).
    """

    database: Database
    authenticator: Authenticator
    receipts: Receipts
    vault: Vault
    policy: PolicyCache
    waiting: WaitingRoom
    passkeys: RelyingParty | None
    """The window as phones know it; None where it has no public address."""
