"""What the settlement API has at hand, and the HTTP status of its refusals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Path

from services.platform import problem
from services.platform.answers import Receipts
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from services.platform.waiting import WaitingRoom
from services.settlement.domain.messages.official import OfficialSchemas

InstructionId = Annotated[str, Path(max_length=40, description="stl_…")]

problem.STATUS.update(
    {
        "PURPOSE_REQUIRED": 422,
        "PURPOSE_UNKNOWN": 422,
        "PAIR_UNKNOWN": 422,
        "MESSAGE_INVALID": 422,
        "REASON_REQUIRED": 422,
        "MESSAGE_UNSAFE": 422,
        "MESSAGE_TOO_LARGE": 413,
        "UNKNOWN_REFERENCE": 404,
        "SIGNATORY_NOT_ON_FILE": 403,
    }
)


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
