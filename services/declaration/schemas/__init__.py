"""What callers send to and get from the declaration service."""

from services.declaration.schemas.answers import (
    LotAnswer,
    ManifestAnswer,
    NameFreezeAnswer,
    QuotaAnswer,
    TicketAnswer,
    accepted_answer,
    lot_answer,
    manifest_answer,
    name_freeze_answer,
    quota_answer,
    ticket_answer,
)
from services.declaration.schemas.requests import (
    CancellationRequest,
    ConfirmationRequest,
    LotRequest,
    ManifestRequest,
    NameFreezeRequest,
    ReminderRequest,
    ShareRefusalRequest,
    submission,
)

__all__ = [
    "CancellationRequest",
    "ConfirmationRequest",
    "LotAnswer",
    "LotRequest",
    "ManifestAnswer",
    "ManifestRequest",
    "NameFreezeAnswer",
    "NameFreezeRequest",
    "QuotaAnswer",
    "ReminderRequest",
    "ShareRefusalRequest",
    "TicketAnswer",
    "accepted_answer",
    "lot_answer",
    "manifest_answer",
    "name_freeze_answer",
    "quota_answer",
    "submission",
    "ticket_answer",
]
