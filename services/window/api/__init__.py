"""The window over HTTP: cases and their timelines, streams, webhooks, overdue lots."""

from services.window.api import cases, streams, webhooks
from services.window.api.services import WindowServices

ROUTERS = (cases.router, streams.router, webhooks.router)

__all__ = ["ROUTERS", "WindowServices"]
