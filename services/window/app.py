"""The ASGI application of the window service."""

from __future__ import annotations

from fastapi import FastAPI

from services.platform.application import create_application
from services.platform.front import Front
from services.window.api import ROUTERS
from services.window.api.services import WindowServices
from services.window.schemas import StreamMessage


def create_app(services: WindowServices, *, front: Front | None = None) -> FastAPI:
    """Cases, timelines, streams, webhooks and overdue lots over HTTP."""
    app = create_application(
        name="window",
        title="Tradewindow: window",
        description="One view of a case from declaration to factory, its timeline and its stream.",
        routers=ROUTERS,
        services=services,
        front=front,
    )
    app.webhooks.post("event", tags=["webhooks"])(_told)
    return app


def _told(message: StreamMessage) -> None:
    """What is posted to a webhook: one event of a case that its party may see.

    Signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature), in the
    order of the log, at least once. Answer 2xx within ten seconds; 410 ends the delivery.
    """
