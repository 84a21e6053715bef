"""The registry's ASGI application."""

from __future__ import annotations

from fastapi import FastAPI

from services.platform.application import create_application
from services.platform.front import Front
from services.registry.api import ROUTERS
from services.registry.api.services import RegistryServices


def create_app(services: RegistryServices, *, front: Front | None = None) -> FastAPI:
    """The app under ``/registry``."""
    return create_application(
        name="registry",
        title="Registry",
        description="Who and what: residents, groups, parties, ports, goods, the law's parameters.",
        routers=ROUTERS,
        services=services,
        front=front,
    )
