"""Notices over HTTP: the own list, what was read, the own choices."""

from services.notices.api import choices, notices
from services.notices.api.services import NoticesServices

ROUTERS = (notices.router, choices.router)

__all__ = ["ROUTERS", "NoticesServices"]
