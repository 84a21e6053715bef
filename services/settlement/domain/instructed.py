"""The digest by which the log vouches for whom a payment pays and whom it debits."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

COLUMNS: Final = ("buyer", "seller_code", "seller_bank_bic", "seller_account", "seller_country")
"""Of an instruction who pays, and who is paid where; beside them the account that is debited."""
_NONE: Final = "\x00"


def instructed_digest(case: str, row: Mapping[str, Any], payer_account: bytes | None) -> str:
    """SHA-256 (hex) over an instruction's parties and accounts, salted by its own id.

    ``row`` has the columns by name; ``payer_account`` is the digest (``sealed_digest``) of the
    account to debit as it is kept sealed.
    """
    debited = _NONE if payer_account is None else payer_account.hex()
    said = [case, *(str(row[name]) for name in COLUMNS), debited]
    return sha256("\x1e".join(said).encode()).hexdigest()


def sealed_digest(sealed: bytes | None) -> bytes | None:
    """SHA-256 of what is sealed, by which it is compared without being shown."""
    return None if sealed is None else sha256(sealed).digest()
