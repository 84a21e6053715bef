"""The window over HTTP: cases and their timelines, work, streams, webhooks, overdue lots, seals,
what the public board says, figures for leaders."""

from services.window.api import board, cases, figures, seals, streams, webhooks, work
from services.window.api.services import WindowServices

ROUTERS = (
    cases.router,
    work.router,
    streams.router,
    webhooks.router,
    seals.router,
    board.router,
    figures.router,
)

__all__ = ["ROUTERS", "WindowServices"]
