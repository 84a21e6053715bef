"""Every process of the code, and the command that starts it."""

from __future__ import annotations

from deploy.operate.assembly import WORKERS
from services.platform.settings import SERVICES

CARRIERS = {*(f"{worker}-worker" for worker in WORKERS), "relay"}
"""Who speaks to the engine; nobody else is told where it is."""
COMMANDS = {
    **{service: ["serve", service] for service in SERVICES},
    **{f"{worker}-worker": ["work", worker] for worker in WORKERS},
    "relay": ["relay"],
}
