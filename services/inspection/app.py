"""The ASGI application of the inspection service."""

from __future__ import annotations

from fastapi import FastAPI

from services.inspection.api import ROUTERS
from services.inspection.api.services import InspectionServices
from services.platform.application import create_application
from services.platform.front import Front


def create_app(services: InspectionServices, *, front: Front | None = None) -> FastAPI:
    """Orders, draws, rules, accreditations and credit levels over HTTP."""
    return create_application(
        name="inspection",
        title="Tradewindow: inspection",
        description="Risk screening, verifiable draws, inspection (查验), AEO, credit levels.",
        routers=ROUTERS,
        services=services,
        front=front,
    )
