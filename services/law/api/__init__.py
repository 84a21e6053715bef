"""The law over HTTP: its parameters, the goods it restricts, the rules that decide."""

from services.law.api import goods, policy

ROUTERS = (policy.router, goods.router)
