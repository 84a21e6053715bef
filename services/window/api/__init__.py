"""The window over HTTP: cases and their timelines, work, streams, webhooks, overdue lots."""

from services.window.api import cases, streams, webhooks, work
from services.window.api.services import WindowServices

ROUTERS = (cases.router, work.router, streams.router, webhooks.router)

__all__ = ["ROUTERS", "WindowServices"]
