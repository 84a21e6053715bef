"""The risk API: rules, controls, draws."""

from services.risk.api import draws, rules

ROUTERS = [rules.router, draws.router]
