"""The settlement API: firm quotes, instructions, compliance, ledger, and the banks' own door."""

from services.settlement.api.services import SettlementServices

__all__ = ["SettlementServices"]
