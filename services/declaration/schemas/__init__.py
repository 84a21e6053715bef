"""What callers send to and get from the declaration service."""

from services.declaration.schemas.answers import (
    LotAnswer,
    LotPage,
    ManifestAnswer,
    QuotaAnswer,
    TicketPage,
    accepted_answer,
    lot_answer,
    manifest_answer,
    quota_answer,
    ticket_answer,
)
from services.declaration.schemas.requests import (
    CancellationRequest,
    ConfirmationRequest,
    LotRequest,
    ManifestRequest,
    submission,
)

__all__ = [
    "CancellationRequest",
    "ConfirmationRequest",
    "LotAnswer",
    "LotPage",
    "LotRequest",
    "ManifestAnswer",
    "ManifestRequest",
    "QuotaAnswer",
    "TicketPage",
    "accepted_answer",
    "lot_answer",
    "manifest_answer",
    "quota_answer",
    "submission",
    "ticket_answer",
]
