"""What callers send to and get from the declaration service."""

from services.declaration.schemas.answers import (
    LotAnswer,
    ManifestAnswer,
    QuotaAnswer,
    TicketAnswer,
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
    ReminderRequest,
    submission,
)

__all__ = [
    "CancellationRequest",
    "ConfirmationRequest",
    "LotAnswer",
    "LotRequest",
    "ManifestAnswer",
    "ManifestRequest",
    "QuotaAnswer",
    "ReminderRequest",
    "TicketAnswer",
    "accepted_answer",
    "lot_answer",
    "manifest_answer",
    "quota_answer",
    "submission",
    "ticket_answer",
]
