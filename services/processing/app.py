"""The ASGI application of landing processing."""

from __future__ import annotations

from fastapi import FastAPI

from services.platform.application import create_application
from services.platform.front import Front
from services.processing.api import ProcessingServices, router


def create_app(services: ProcessingServices, *, front: Front | None = None) -> FastAPI:
    """The app under ``/processing``."""
    return create_application(
        name="processing",
        title="Tradewindow: landing processing",
        description="Orders, purchases, receipts by weight, e-book periods and their balance.",
        routers=[router],
        services=services,
        front=front,
    )
