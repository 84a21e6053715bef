"""What the registry's routes have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from temporalio.client import Client

from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.http import Call
from services.platform.idempotency import Receipts
from services.platform.policy import PolicyCache
from services.platform.relay import Relay
from services.platform.vault import Vault


@dataclass
class RegistryServices:
    """The registry's database, keys and policy book, behind the window's common edge."""

    database: Database
    temporal: Client
    authenticator: Authenticator
    receipts: Receipts
    vault: Vault
    policy: PolicyCache
    relay: Relay | None = None


RegistryCall = Call[RegistryServices]


def plain_row(row: Any) -> dict[str, Any]:
    """A database row as a mapping, for records that are shown as filed."""
    return dict(row._mapping)
