"""Every process of the code, and the command that starts it."""

from __future__ import annotations

from deploy.assembly import WORKERS
from services.platform.settings import SERVICES

COMMANDS = {
    **{service: ["serve", service] for service in SERVICES},
    **{f"{worker}-worker": ["work", worker] for worker in WORKERS},
    "relay": ["relay"],
}
