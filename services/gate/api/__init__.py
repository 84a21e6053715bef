"""The gate over HTTP: vehicles declared, lots let out."""

from services.gate.api import passes, vehicles

ROUTERS = (passes.router, vehicles.router)
