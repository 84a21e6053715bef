"""What the routes of notices have at hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.notices.domain.model import ChannelName
from services.platform.http import Call
from services.platform.services import Services


@dataclass
class NoticesServices(Services):
    """What every service has, and by which channels anything leaves here."""

    channels: Collection[ChannelName]


NoticesCall = Call[NoticesServices]
