"""Refusal codes of the registry and what each tells the caller to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ID_INVALID: Final = "ID_INVALID"
RESIDENT_NOT_FILED: Final = "RESIDENT_NOT_FILED"
FILING_NO_TAKEN: Final = "FILING_NO_TAKEN"
DUPLICATE_ROW: Final = "DUPLICATE_ROW"
PERIOD_OVERLAP: Final = "PERIOD_OVERLAP"
PERIOD_INVALID: Final = "PERIOD_INVALID"
CREDIT_CODE_INVALID: Final = "CREDIT_CODE_INVALID"
CREDIT_CODE_TAKEN: Final = "CREDIT_CODE_TAKEN"
BIC_INVALID: Final = "BIC_INVALID"
KEY_INVALID: Final = "KEY_INVALID"
ROTA_ORDER_TAKEN: Final = "ROTA_ORDER_TAKEN"
NOT_FILED_YET: Final = "NOT_FILED_YET"
POLICY_VALUE_INVALID: Final = "POLICY_VALUE_INVALID"
POLICY_OVERLAP: Final = "POLICY_OVERLAP"

STATUS: Final[Mapping[str, int]] = {
    DUPLICATE_ROW: 422,
    PERIOD_INVALID: 422,
    CREDIT_CODE_INVALID: 422,
    BIC_INVALID: 422,
    KEY_INVALID: 422,
    NOT_FILED_YET: 422,
    POLICY_VALUE_INVALID: 422,
}
"""HTTP status of the codes that are not 409."""
