"""What the inspection API has at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from temporalio.client import Client

from services.inspection.commands.seeds import SeedKeeper
from services.inspection.commands.words import words_keep
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.http import Call
from services.platform.idempotency import Receipts, answered
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


class Travelling(BaseModel):
    """A decision's body without its words."""

    model_config = ConfigDict(extra="allow")


async def decided(
    call: Call[InspectionServices],
    *,
    workflow: str,
    queue: str,
    case: str,
    update: str,
    body: dict[str, Any],
    start: BaseModel | None = None,
) -> Response:
    """Bring a decision to its case without its words, and answer with the case as it then is."""
    receipt = await call.receipt()
    async with call.services.database.transaction() as tx:
        message = await words_keep(tx, case, receipt, body)
    response = await call.decide(
        workflow=workflow,
        queue=queue,
        case=case,
        update=update,
        body=Travelling(**message),
        start=start,
    )
    async with call.services.database.reading() as tx:
        answer = await answered(tx, receipt)
    return response if answer is None or not answer.accepted else call.respond(answer)
