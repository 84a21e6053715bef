"""The risk API: rules, controls, draws."""

from services.risk.api import call_ins, draws, rules

ROUTERS = [rules.router, call_ins.router, draws.router]
