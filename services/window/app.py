"""The ASGI application of the window service."""

from __future__ import annotations

from fastapi import FastAPI

from services.platform.application import create_application
from services.window.api import ROUTERS
from services.window.api.services import WindowServices


def create_app(services: WindowServices, *, intake_limit: int = 200) -> FastAPI:
    """Cases, timelines, streams and overdue lots over HTTP."""
    return create_application(
        name="window",
        title="Tradewindow: window",
        description="One view of a case from declaration to factory, its timeline and its stream.",
        routers=ROUTERS,
        services=services,
        intake_limit=intake_limit,
    )
