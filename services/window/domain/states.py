"""The states of a webhook.

==========  ==========================================================================
state       what it means
==========  ==========================================================================
ACTIVE      what happens is delivered; while the receiver fails, later and later
SUSPENDED   the receiver said 410 Gone, or failed for days; its place is kept
REMOVED     its party wants no more of it
==========  ==========================================================================
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.states import StateTable


class WebhookState(StrEnum):
    """Where a webhook stands."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REMOVED = "REMOVED"


S = WebhookState
WEBHOOK: Final = StateTable(
    "webhook",
    {
        (S.ACTIVE, "give_up"): S.SUSPENDED,
        (S.ACTIVE, "replay"): S.ACTIVE,
        (S.SUSPENDED, "replay"): S.ACTIVE,
        (S.ACTIVE, "change_secret"): S.ACTIVE,
        (S.SUSPENDED, "change_secret"): S.SUSPENDED,
        (S.ACTIVE, "remove"): S.REMOVED,
        (S.SUSPENDED, "remove"): S.REMOVED,
    },
)
"""Every legal move."""
