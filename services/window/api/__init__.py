"""The window over HTTP: cases and their timelines, streams, overdue lots."""

from services.window.api import cases, streams
from services.window.api.services import WindowServices

ROUTERS = (cases.router, streams.router)

__all__ = ["ROUTERS", "WindowServices"]
