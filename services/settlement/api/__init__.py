"""The settlement API: prices, instructions, compliance, the ledger, and the banks' own door."""

from services.settlement.api.services import SettlementServices

__all__ = ["SettlementServices"]
