"""The window over HTTP: cases and their timelines, work, streams, webhooks, overdue lots, seals."""

from services.window.api import cases, seals, streams, webhooks, work
from services.window.api.services import WindowServices

ROUTERS = (cases.router, work.router, streams.router, webhooks.router, seals.router)

__all__ = ["ROUTERS", "WindowServices"]
