"""The risk API: rules, controls, draws."""

from services.risk.api import call_ins, draw_days, draws, judgements, rules

ROUTERS = [rules.router, judgements.router, call_ins.router, draws.router, draw_days.router]
