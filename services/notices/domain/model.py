"""Values of notices."""

from __future__ import annotations

from enum import StrEnum


class ChannelName(StrEnum):
    """By what a notice leaves the window."""

    EMAIL = "EMAIL"
    SMS = "SMS"
