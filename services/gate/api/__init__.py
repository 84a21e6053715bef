"""The gate over HTTP: vehicles declared, entries recorded, lots let out."""

from services.gate.api import entries, passes, vehicles

ROUTERS = (entries.router, passes.router, vehicles.router)
