"""The ASGI application of the declaration service."""

from __future__ import annotations

from fastapi import FastAPI

from services.declaration.api import DeclarationServices, router
from services.platform.application import create_application
from services.platform.front import Front


def create_app(services: DeclarationServices, *, front: Front | None = None) -> FastAPI:
    """Lots, shares, manifests, gate and quota over HTTP."""
    return create_application(
        name="declaration",
        title="Tradewindow: declaration",
        description="Lots of border-resident trade (边民互市), from submission to the gate.",
        routers=[router],
        services=services,
        front=front,
    )
