"""The inspection API: orders, draws, risk rules and controls, accreditations, credit levels."""

from services.inspection.api import accreditations, credit, draws, orders, rules

ROUTERS = [
    orders.router,
    draws.router,
    rules.router,
    accreditations.router,
    credit.router,
]
