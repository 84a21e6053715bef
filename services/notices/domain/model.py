"""Values of notices."""

from __future__ import annotations

from enum import StrEnum


class ChannelName(StrEnum):
    """By what a notice leaves the window."""

    EMAIL = "EMAIL"
    SMS = "SMS"


class DeliveryState(StrEnum):
    """Where a delivery stands. FAILED is tried again; DROPPED is not wanted any more."""

    QUEUED = "QUEUED"
    FAILED = "FAILED"
    SENT = "SENT"
    GIVEN_UP = "GIVEN_UP"
    DROPPED = "DROPPED"
