"""The law over HTTP: its parameters, the goods it restricts, the rules that decide."""

from services.law.api import filings, goods, policy

ROUTERS = (policy.router, goods.router, filings.router)
