"""Every process of the code, and the command that starts it."""

from __future__ import annotations

from services.manifests import names, workers

CARRIERS = {*(f"{worker}-worker" for worker in workers()), "relay"}
"""Who speaks to the engine; nobody else is told where it is."""
COMMANDS = {
    **{service: ["serve", service] for service in names()},
    **{f"{worker}-worker": ["work", worker] for worker in workers()},
    "relay": ["relay"],
    "portal": ["portal"],
}
OF_THE_RECORD = [process for process in COMMANDS if process != "portal"]
"""Who is told where the record is; the screens alone are not."""
