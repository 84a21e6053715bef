"""The risk API: rules, controls, draws."""

from services.risk.api import call_ins, draw_days, draws, rules

ROUTERS = [rules.router, call_ins.router, draws.router, draw_days.router]
