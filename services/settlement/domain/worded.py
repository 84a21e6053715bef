"""The digests by which the log vouches for what a bank said, and for what was made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.kernel.salted import rows_digest, salted_digest
from services.settlement.domain.rules.screening import Hit

STATUS: Final = (
    *("message_id", "original_message", "code", "amount_minor", "currency", "reason"),
    *("bank_reference", "value_on", "said", "disposition"),
)
"""Of a line of a bank's report what it says, of which payment, and what became of it."""
REPORTS: Final = (
    *("kind", "bop_code", "purpose_code", "paid_minor", "currency"),
    *("counter_country", "value_on", "due_on"),
)
ADVICES: Final = ("party", "kind", "amount_minor", "currency")
HITS: Final = ("role", "list_name", "reference", "reason")


def hits_digest(case: str, hits: Iterable[Hit]) -> str:
    """Of which parties of a payment were found on which lists."""
    return rows_digest(case, [[getattr(hit, name) for name in HITS] for hit in hits])


def status_digest(case: str, row: Mapping[str, Any]) -> str:
    """Of one line of a report, salted by the payment that it is about."""
    return salted_digest(case, *(row[name] for name in STATUS))
