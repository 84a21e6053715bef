"""The settlement API: firm quotes, instructions, compliance, ledger, and the banks' own door."""

from services.settlement.api import (
    answering,
    banking,
    disputes,
    firm_quotes,
    instructions,
    ledger,
    screening,
)
from services.settlement.api.services import SettlementServices

ROUTERS = (
    firm_quotes.router,
    instructions.router,
    banking.router,
    answering.router,
    disputes.router,
    ledger.router,
    screening.router,
)
__all__ = ["ROUTERS", "SettlementServices"]
